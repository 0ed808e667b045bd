#!/usr/bin/perl
# The connection to the database breaks at some command of a call, of a task's
# life, of an answer: before the database had it, or after it was carried out and
# before anybody heard so.  No task and no power is lost or doubled.  All commands
# in turn: t/long/cuts.t.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(time);
use ChatVendor;
use Cuts;
use CutCalls qw(call_flows);
use CutTasks qw(task_flows chat_flow message_flow);

my $cuts = Cuts->start;
$cuts->{vendor} = ChatVendor->start;
$cuts->{vendor}->join($cuts->{site});
$cuts->{site}->sql("UPDATE model SET price = 3 WHERE id = 'parrot'");

# Every commit, and some of the others.
my @ways = ({ how => 'before', only => '^COMMIT' },
    { how => 'after', only => '^COMMIT' },
    { how => 'before', first => 2, step => 9 },
    { how => 'after', first => 2, step => 7 },
    { how => 'half', first => 3, step => 9 });

$cuts->walk($_, @ways) for call_flows, chat_flow;
$cuts->poller;
$cuts->walk((task_flows)[0], @ways);
$cuts->stop_poller;
diag "$cuts->{cuts} cuts";

done_testing;
