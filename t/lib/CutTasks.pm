# The lives of tasks, as flows for t/lib/Cuts.pm: what the poller does.
package CutTasks;
use strict;
use warnings;

use Exporter qw(import);
use Time::HiRes qw(sleep);
use Gesso qw(wait_for);
use Cuts;
use CutCalls qw(is_one);

our @EXPORT_OK = qw(task_flows);

# What a poller does whether there is a task or not.
my $ALWAYS = '^SELECT provider_id,\s+CAST|heartbeat|chore';
my $END_S = 60;
my $n = 0;

# life(name, path, {member => value}, {status, reason, sent, paid, cancel}): of
# a task until its end, in the poller.
sub life {
	my ($name, $kind, $body, $end) = @_;
	my $look = $kind =~ /video/ ? 'video-task' : 'task';
	return {
		name => $name,
		process => 'gesso-poller',
		skip => $ALWAYS,
		soon => $END_S,
		before => sub { { prompt => "$body->{prompt} cut" . ++$n } },
		act => sub {
			my ($cuts, $s) = @_;
			my $user = $cuts->{user};
			my $reply = $user->post("/generate/$kind",
			    { %$body, prompt => $s->{prompt} });
			die $reply->{content} if $reply->{status} != 200;
			my $id = $s->{id} = $reply->{json}{data}{taskId};
			my $task = sub { $user->get("/generate/$look/$id")
			    ->{json}{data} };
			if ($end->{cancel}) {
				wait_for(sub { $task->()->{stage} eq 'running' },
				    10);
				$user->post("/generate/$look/$id/cancel");
				sleep 1.5; # until the poller sees it
			}
			my $got;
			wait_for(sub {
				$got = $task->();
				return $got->{status} ne 'processing';
			}, $END_S - 3);
			sleep 0.1; # what it learns of it
			return $got;
		},
		after => sub {
			my ($cuts, $s, $got, $cut, $given) = @_;
			my $lost = lost($cuts, $s, $got, $given, $cut);
			return (ended($cuts, $s, $got, $lost // $end),
			    told($cuts, $s));
		},
	};
}

# Whoever dies between "I send it" and "it has answered" leaves nobody who knows
# whether the vendor had it: it is not sent again, and paid back.  Who only stood
# still there sends nothing any more.
sub lost {
	my ($cuts, $s, $got, $given, $cut) = @_;
	# what lasts beyond the tries is paid back
	return { status => 'failed', reason => $given->{reason},
	    sent => sent($cuts, $s) } if $given->{reason} && $cut &&
	    $got->{status} eq 'failed';
	return if ($got->{reason} // '') ne 'provider_timeout' ||
	    !($given->{kill} || $given->{stall});
	$cuts->{lost}++;
	return { status => 'failed', reason => 'provider_timeout',
	    sent => $given->{kill} && sent($cuts, $s) ? 1 : 0 };
}

sub sent {
	my ($cuts, $s) = @_;
	return scalar grep { ($_->{prompt} // '') eq $s->{prompt} &&
	    ($_->{status} // 0) == 200 } $cuts->{site}->journal;
}

sub ended {
	my ($cuts, $s, $got, $end) = @_;
	my $task = 'task_id = ' . Cuts::hex($s->{id});
	my %moved = map { @$_ } $cuts->{site}->sql('SELECT kind, amount FROM ' .
	    "power_transfer WHERE $task");
	return (is_one('status', $got->{status}, $end->{status}),
	    is_one('reason', $got->{reason} // '', $end->{reason} // ''),
	    is_one('times sent', sent($cuts, $s), $end->{sent}),
	    is_one('moves', join(' ', sort keys %moved),
		$end->{paid} ? 'capture hold' : 'hold release'),
	    is_one('works', $cuts->count('work', "$task AND status = '" .
		($end->{status} eq 'completed' ? 'completed' : 'failed') . "'"),
		1),
	    is_one('files', $cuts->count('media m JOIN work w ON m.name IN ' .
		'(w.media, w.thumbnail)', "w.$task"),
		$end->{status} eq 'completed' ? 2 : 0));
}

# Its messages: one end, and progress that does not go down.
sub told {
	my ($cuts, $s) = @_;
	my (@mine, $since);
	wait_for(sub {
		my $page = $cuts->{user}->get('/events?limit=500&since=' .
		    ($cuts->{since} // 0))->{json}{data};
		@mine = grep { ($_->{taskId} // '') eq $s->{id} }
		    @{ $page->{list} };
		$since = $page->{lastEventId};
		return grep { $_->{type} ne 'task_progress' } @mine;
	}, 10);
	$cuts->{since} = $since;
	my @steps = map { $_->{progress} // () } @mine;
	my $ends = grep { $_->{type} ne 'task_progress' } @mine;
	return (is_one('ends that were told', $ends, 1),
	    is_one('progress', "@steps", join ' ', sort { $a <=> $b } @steps));
}

sub task_flows {
	my $film = { duration => 1, model => 'runway' };
	return (
	    life('a picture', 'text-to-image', { prompt => 'a kite,' },
		{ status => 'completed', sent => 1, paid => 1 }),
	    life('a refusal', 'text-to-image', { prompt => 'a kite, refuse' },
		{ status => 'failed', reason => 'content_policy', sent => 0 }),
	    life('a film', 'text-to-video', { prompt => 'a kite,', %$film },
		{ status => 'completed', sent => 1, paid => 1 }),
	    life('a film that fails', 'text-to-video',
		{ prompt => 'a kite, failjob', %$film },
		{ status => 'failed', reason => 'provider_unavailable',
		    sent => 1 }),
	    life('a cancelled film', 'text-to-video',
		{ prompt => 'a kite, neverends', %$film },
		{ status => 'failed', reason => 'cancelled', sent => 1,
		    paid => 1, cancel => 1 }));
}

1;
