#!/usr/bin/perl
# The walk of t/5055-cuts.t along every command of every flow: a connection that
# breaks before the database has a command, after it was carried out, in the
# middle of its reply; at connections that are warm and at new ones; of a
# database that is there again at once, and of one that stays away; and deaths of
# the process in its place.  Some two hours.
#
#	t/run t/long/cuts.t
#	GESSO_FLOW='submit|film' t/run t/long/cuts.t
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(time);
use ChatVendor;
use Cuts;
use CutCalls qw(call_flows);
use CutChores qw(chore_flow);
use CutCtl qw(ctl_flows);
use CutTalks qw(chat_flow talk_flows ticket_flow message_flow);
use CutTasks qw(task_flows);

my $cuts = Cuts->start({ deadline_image => '15s', deadline_video => '20s' });
$cuts->{vendor} = ChatVendor->start;
$cuts->{vendor}->join($cuts->{site});
$cuts->{site}->sql("UPDATE model SET price = 3 WHERE id = 'parrot'");

# each way to break it, for those flows that are named
sub walk {
	my ($flow, @ways) = @_;
	return if $ENV{GESSO_FLOW} && $flow->{name} !~ /$ENV{GESSO_FLOW}/;
	$cuts->poller if $flow->{process} eq 'gesso-poller' &&
	    $flow->{name} ne 'housekeeping';
	for my $way (@ways) {
		my ($began, $was) = (time, $cuts->{cuts});
		$cuts->walk($flow, $way);
		diag sprintf '%s%s: %d cuts, %.1f s', $flow->{name},
		    join('', map { ", $_ $way->{$_}" } sort keys %$way),
		    $cuts->{cuts} - $was, time - $began;
	}
	return;
}

my @hows = map { { how => $_ } } qw(before after half);
my @away = map { { how => $_, away => 60 } } qw(before after half);
my @cold = map { { how => $_, cold => 1 } } qw(before after);

walk($_, @hows, @away, @cold) for call_flows;
walk($_, @hows, @away) for ctl_flows;
walk(chat_flow, @hows, @away, @cold);
walk($_, @hows, @cold) for talk_flows, ticket_flow, message_flow;
walk(chore_flow, @hows, @cold);
# away for a while, and for longer than the lease is
my @gone = map { my $how = $_; map { { how => $how, away => $_ } } 1, 4 }
    qw(before after);
walk($_, @hows, @cold, @gone) for task_flows;
$cuts->stop_poller;

# deaths
my @dead = map { { how => $_, kill => 1 } } qw(before after);
walk($_, @dead) for call_flows, ctl_flows, chat_flow, talk_flows, chore_flow,
    ticket_flow, message_flow;
walk($_, @dead) for task_flows;

# two pollers, of which one has it
$cuts->poller(2);
for my $flow (task_flows) {
	$flow->{name} .= ' of two';
	walk($flow, { how => 'before' }, { how => 'after' }, @dead,
	    { how => 'before', stall => 4.2 }); # longer than a lease
}
$cuts->stop_poller;
diag "$cuts->{cuts} cuts";

done_testing;
