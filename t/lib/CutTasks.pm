# The lives of tasks, answers and messages, as flows for t/lib/Cuts.pm: what the
# poller, gesso-chat.fcgi and the notifier do.
package CutTasks;
use strict;
use warnings;

use Exporter qw(import);
use Time::HiRes qw(sleep);
use Gesso qw(wait_for);
use Cuts;
use CutCalls qw(is_one);

our @EXPORT_OK = qw(task_flows chat_flow message_flow);

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
			my ($cuts, $s, $got) = @_;
			return (ended($cuts, $s, $got, $end),
			    told($cuts, $s));
		},
	};
}

sub ended {
	my ($cuts, $s, $got, $end) = @_;
	my $task = 'task_id = ' . Cuts::hex($s->{id});
	my $sent = grep { ($_->{prompt} // '') eq $s->{prompt} &&
	    ($_->{status} // 0) == 200 } $cuts->{site}->journal;
	my %moved = map { @$_ } $cuts->{site}->sql('SELECT kind, amount FROM ' .
	    "power_transfer WHERE $task");
	return (is_one('status', $got->{status}, $end->{status}),
	    is_one('reason', $got->{reason} // '', $end->{reason} // ''),
	    is_one('times sent', $sent, $end->{sent}),
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

# ---- an answer of the assistant

sub chat_flow {
	return {
		name => 'an answer',
		process => 'gesso-chat.fcgi',
		soon => 40,
		before => sub { { text => 'text=a-b-c cut' . ++$n } },
		act => sub {
			my ($cuts, $s) = @_;
			my $stream = $cuts->{user}->ask({ model => 'parrot',
				message => $s->{text} });
			my $status = $stream->head(20) // 0;
			return { status => $status, headers =>
			    $stream->{headers}, json => $stream->json }
			    if $status != 200;
			return { status => 200, events => [ $stream->rest ] };
		},
		after => \&answered,
	};
}

sub answered {
	my ($cuts, $s, $reply, $cut, $given) = @_;
	my $site = $cuts->{site};
	my @wrong = Cuts::judge($reply, $cut, $given);
	my $ask = "(SELECT id FROM message WHERE content = '$s->{text}')";
	my $asked = grep { ($_->{body}{messages}[-1]{content} // '') eq
	    $s->{text} } $cuts->{vendor}->calls;
	my $there = $cuts->count('message', "question_id IN $ask");
	my $ok = $reply->{status} == 200;
	push @wrong, is_one('answers', $there, 1, $ok ? () : 0),
	    is_one('times asked', $asked, $ok ? 1 : 0);
	my $last = $ok ? $reply->{events}[-1]{type} : 'none';
	push @wrong, is_one('the last event', $last,
	    'done', $given->{away} ? 'error' : ()) if $ok;
	push @wrong, is_one('streaming', $cuts->count('message',
	    "status = 'streaming'"), 0) unless $given->{away};
	if ($cuts->count('message', "status = 'streaming'")) {
		# in place of some minutes
		$site->sql('UPDATE message SET dies_at = NOW(3) - INTERVAL 1 ' .
		    "SECOND WHERE status = 'streaming'");
		Gesso::run('', Gesso::build() . '/poller/gesso-poller',
		    '--config', $site->{conf}, '--once');
	}
	my $end = $site->sql("SELECT CONCAT_WS(' ', m.status, t.kind, " .
	    "t.amount) FROM message m JOIN power_transfer t ON t.task_id = " .
	    "m.id AND t.kind <> 'hold' WHERE m.question_id IN $ask");
	# one that could not be stored is swept: its words stay, its price not
	push @wrong, is_one('its end', $end,
	    $ok ? 'complete capture 3' : 'failed release 3',
	    $last eq 'error' ? 'partial release 3' : ()) if $there;
	return @wrong;
}

# ---- messages over the WebSocket

sub message_flow {
	return {
		name => 'a message',
		process => 'gesso-notifier',
		skip => 'heartbeat',
		soon => 40,
		before => sub { { n => ++$n } },
		act => sub {
			my ($cuts, $s) = @_;
			my ($ws, @heard);
			sleep 0.1;
			wait_for(sub {
				$ws = $cuts->{user}->ws;
				return $ws->{status} == 101;
			}, 10) or return [];
			$cuts->{site}->sql('INSERT INTO event (account_id, ' .
			    'body, created_at) VALUES (' .
			    Cuts::hex($cuts->{user}{id}) .
			    ", '{\"n\":$s->{n}}', NOW(3))");
			@heard = $ws->until(sub { defined $_[0]{n} }, 12);
			push @heard, $ws->next(0.1) // ();
			$ws->cut;
			return [ map { $_->{n} // () } @heard ];
		},
		after => sub {
			my ($cuts, $s, $heard) = @_;
			return is_one('heard', "@$heard", $s->{n});
		},
	};
}

1;
