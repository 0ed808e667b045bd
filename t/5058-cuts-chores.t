#!/usr/bin/perl
# The connection breaks while a poller looks after what is over, two pollers share
# the tasks, somebody follows an answer or hears messages.  All commands in turn:
# t/long/cuts.t.
use strict;
use warnings;
use Test::More;
use ChatVendor;
use Cuts;
use CutChores qw(chore_flow);
use CutTalks qw(talk_flows ticket_flow message_flow);
use CutTasks qw(task_flows);

my $cuts = Cuts->start;
$cuts->{vendor} = ChatVendor->start;
$cuts->{vendor}->join($cuts->{site});
$cuts->{site}->sql("UPDATE model SET price = 3 WHERE id = 'parrot'");

# A chore that never comes through, and one that is cut.
$cuts->walk(chore_flow, { how => 'after', only => '^DELETE FROM idempotency',
	each => 1, last => 1,
	leaves => 'idempotency|revoked|ws_ticket|throttle|heartbeat' },
    { how => 'after', first => 30, last => 30 });
$cuts->walk($_, { how => 'after', first => 6, last => 6 })
    for talk_flows, ticket_flow, message_flow;
$cuts->poller(2);
$cuts->walk((task_flows)[0],
    { how => 'after', deciding => 1, first => 2, last => 5, step => 3 });
$cuts->stop_poller;
diag "$cuts->{cuts} cuts";

done_testing;
