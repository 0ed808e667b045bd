#!/usr/bin/perl
# The connection to the database breaks at some command of a call, of a task's
# life, of an answer: before the database had it, or after it was carried out
# and before anybody heard so.  No task and no power is lost or doubled.  All
# commands in turn: t/long/cuts.t.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(time);
use ChatVendor;
use Cuts;
use CutCalls qw(call_flows);
use CutTalks qw(chat_flow);
use CutTasks qw(task_flows);

my $cuts = Cuts->start;
$cuts->{vendor} = ChatVendor->start;
$cuts->{vendor}->join($cuts->{site});
$cuts->{site}->sql("UPDATE model SET price = 3 WHERE id = 'parrot'");

# Everything that decides, and some of the others.
my @ways = ({ how => 'before', deciding => 1 },
    { how => 'after', deciding => 1 },
    { how => 'after', first => 2, step => 7 });
my $half = { how => 'half', first => 2, step => 4 };

$cuts->walk($_, @ways) for call_flows;
$cuts->walk($_, @ways, $half) for chat_flow;
$cuts->poller;
$cuts->walk((task_flows)[0], @ways, $half,
    # a result is in hand, and the database away for longer than a lease
    { how => 'before', deciding => 1, first => 3, last => 3, away => 4 });
$cuts->stop_poller;
diag "$cuts->{cuts} cuts";

done_testing;
