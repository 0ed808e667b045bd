#!/usr/bin/perl
# A process is killed at a command of its own to the database, before it was
# carried out or after it: who comes after it sets everything right.  All commands
# in turn: t/long/cuts.t.
use strict;
use warnings;
use Test::More;
use ChatVendor;
use Cuts;
use CutCalls qw(call_flows);
use CutCtl qw(ctl_flows);
use CutTalks qw(chat_flow);
use CutTasks qw(task_flows);

my $cuts = Cuts->start({ deadline_image => '10s' });
$cuts->{vendor} = ChatVendor->start;
$cuts->{vendor}->join($cuts->{site});
$cuts->{site}->sql("UPDATE model SET price = 3 WHERE id = 'parrot'");

sub named {
	my ($pattern, @flows) = @_;
	return grep { $_->{name} =~ /$pattern/ } @flows;
}

# once(command, how): the first such.
sub once {
	my ($only, $how) = @_;
	return { how => $how, kill => 1, only => $only, last => 1 };
}

$cuts->walk($_, once('^COMMIT', 'after'), once('^COMMIT', 'before'))
    for named('^submit with a key', call_flows),
    named('credit grant|user add', ctl_flows);
$cuts->walk($_, once('^UPDATE message', 'before'), once('^COMMIT', 'after'))
    for chat_flow;

# a result is in the store, and no row names it yet
$cuts->poller;
$cuts->walk((task_flows)[0], once('^UPDATE task SET state = ., reason', 'before'),
    once('^UPDATE task SET state = ., reason', 'after'));
is $cuts->{lost} // 0, 0, 'no result is lost that was in the store';
$cuts->stop_poller;
diag "$cuts->{cuts} cuts";

done_testing;
