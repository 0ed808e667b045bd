# Answers of the assistant, and messages over the WebSocket, as flows for
# t/lib/Cuts.pm: what gesso-chat.fcgi and the notifier do.
package CutTalks;
use strict;
use warnings;

use Exporter qw(import);
use Time::HiRes qw(sleep time);
use Gesso qw(wait_for);
use Cuts;
use CutCalls qw(is_one);

our @EXPORT_OK = qw(chat_flow talk_flows ticket_flow message_flow);

my $n = 0;

# ---- an answer

# Of the model 'parrot', whose price is 3.
sub ask {
	my ($cuts, $text) = @_;
	return $cuts->{user}->ask({ model => 'parrot', message => $text });
}

# read(stream): as a reply, with {events}.
sub read_all {
	my ($stream) = @_;
	my $status = $stream->head(20) // 0;
	return { status => $status || 500, content => '',
	    headers => $stream->{headers}, json => $stream->json }
	    if $status != 200;
	return { status => 200, events => [ $stream->rest ] };
}

sub words {
	my ($reply) = @_;
	return join '', map { $_->{type} eq 'token' ? $_->{content} : () }
	    @{ $reply->{events} // [] };
}

sub last_of { return ($_[0]{events}[-1] // {})->{type} // 'nothing' }

sub chat_flow {
	return {
		name => 'an answer',
		process => 'gesso-chat.fcgi',
		soon => 40,
		before => sub { { text => 'text=a-b-c cut' . ++$n } },
		act => sub { read_all(ask($_[0], $_[1]{text})) },
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
	my $dead = $given->{kill} && $cut;
	push @wrong, is_one('answers', $there, 1, $ok ? () : 0),
	    is_one('times asked', $asked, $dead ? (0, 1) : $ok ? 1 : 0);
	my $away = $given->{away} && $cut;
	push @wrong, is_one('the last event', last_of($reply), 'done',
	    $away ? 'error' : ()) if $ok && !$dead;
	# who comes after a dead one sees to what it left
	wait_for(sub { !$cuts->count('message', "status = 'streaming'") },
	    $dead ? 5 : 0);
	push @wrong, is_one('streaming', $cuts->count('message',
	    "status = 'streaming'"), 0) unless $given->{away} || $dead;
	sweep($cuts);
	my $end = $site->sql("SELECT CONCAT_WS(' ', m.status, t.kind, " .
	    "t.amount) FROM message m JOIN power_transfer t ON t.task_id = " .
	    "m.id AND t.kind <> 'hold' WHERE m.question_id IN $ask");
	my $done = last_of($reply) eq 'done';
	# one that could not be stored, and was not told as done, is swept: its
	# words stay, its price not; unless it was stored and nobody heard that
	push @wrong, is_one('its end', $end, $done ? 'complete capture 3'
	    : ($ok && !$dead ? () : 'failed release 3', $away || $dead
	    ? ('complete capture 3', 'partial release 3') : ())) if $there;
	push @wrong, picked_up($cuts, $reply) if $there && $ok;
	return @wrong;
}

# sweep(cuts): what is still being written is nobody's any more.
sub sweep {
	my ($cuts) = @_;
	return unless $cuts->count('message', "status = 'streaming'");
	# in place of some minutes
	$cuts->{site}->sql('UPDATE message SET dies_at = NOW(3) - INTERVAL 1 ' .
	    "SECOND WHERE status = 'streaming'");
	Gesso::run('', Gesso::build() . '/poller/gesso-poller',
	    '--config', $cuts->{site}{conf}, '--once');
	return;
}

# Whoever comes back hears the rest of what is kept.
sub picked_up {
	my ($cuts, $reply) = @_;
	my $start = $reply->{events}[0] or return;
	my $heard = words($reply);
	my $more = read_all($cuts->{user}->pick_up($start->{conversationId},
	    $start->{messageId}, length $heard));
	my $kept = $cuts->{site}->sql('SELECT content FROM message WHERE id = ' .
	    Cuts::hex($start->{messageId}));
	return (is_one('coming back', $more->{status}, 200),
	    is_one('all that was said', $heard . words($more), $kept));
}

# begun(cuts, question): an answer and its ids, once it is being written.
sub begun {
	my ($cuts, $text) = @_;
	my $stream = ask($cuts, $text);
	die 'no answer: ' . ($stream->json // {})->{error} // ''
	    if ($stream->head(20) // 0) != 200;
	my $start = $stream->next(10);
	return { stream => $stream, start => $start,
	    talk => "/assistant/conversations/$start->{conversationId}",
	    row => 'id = ' . Cuts::hex($start->{messageId}),
	    moves => 'task_id = ' . Cuts::hex($start->{messageId}) };
}

# follow(name, question, whether it is over before it is followed)
sub follow {
	my ($name, $text, $over) = @_;
	return {
		name => "following $name",
		process => 'gesso-chat.fcgi',
		soon => 40,
		before => sub {
			my ($cuts) = @_;
			my $s = begun($cuts, $text . ' cut' . ++$n);
			$s->{stream}->rest if $over;
			return $s;
		},
		act => sub {
			my ($cuts, $s) = @_;
			return read_all($cuts->{user}->pick_up(
			    $s->{start}{conversationId},
			    $s->{start}{messageId}, 0));
		},
		after => sub {
			my ($cuts, $s, $reply, $cut, $given) = @_;
			my @wrong = Cuts::judge($reply, $cut, $given);
			$s->{stream}->rest;
			wait_for(sub { !$cuts->count('message',
			    "status = 'streaming'") }, 5);
			sweep($cuts);
			my $told = $reply->{events} // [];
			push @wrong, is_one('the last event', last_of($reply),
			    'done', $cut ? qw(error nothing start token) : ())
			    if @$told;
			push @wrong, picked_up($cuts, { events =>
			    [ $s->{start}, @$told ] });
			return (@wrong, is_one('ends', $cuts->count(
			    'power_transfer', "$s->{moves} AND kind <> 'hold'"),
			    1));
		},
	};
}

# removal(name, question, whether it is over): of its conversation.
sub removal {
	my ($name, $text, $over) = @_;
	return {
		name => "delete of $name",
		process => 'gesso.fcgi',
		before => sub {
			my ($cuts) = @_;
			my $s = begun($cuts, $text . ' cut' . ++$n);
			$s->{stream}->rest if $over;
			return $s;
		},
		act => sub { $_[0]{user}->del($_[1]{talk}) },
		after => sub {
			my ($cuts, $s, $reply, $cut, $given) = @_;
			my $gone = !$cuts->count('message', $s->{row});
			my $again = $cuts->{user}->del($s->{talk});
			my @events = $s->{stream}->rest(10);
			return (Cuts::judge($reply, $cut, $given),
			    is_one('gone', $gone ? 1 : 0,
				$reply->{status} == 200 ? 1 : (0, 1)),
			    is_one('again', $again->{status}, $gone ? 404 : 200),
			    is_one('left', $cuts->count('message', $s->{row}), 0),
			    is_one('ends', $cuts->count('power_transfer',
				"$s->{moves} AND kind <> 'hold'"), 1));
		},
	};
}

sub talk_flows {
	return (follow('an answer', 'text=a-b-c', 1),
	    follow('one that is written', 'words=30 ms=60', 0),
	    removal('an answer', 'text=a-b-c', 1),
	    removal('one that is written', 'words=100 ms=40', 0));
}

# ---- messages over the WebSocket

# heard(cuts, since, until): what comes after an event, by one who connects again
# whenever it has to; a hash each.
sub heard {
	my ($cuts, $since, $last) = @_;
	my @heard;
	wait_for(sub {
		my $ws = $cuts->{user}->ws("since=$since");
		return 0 if $ws->{status} != 101;
		while (my $m = $ws->next(12)) {
			next unless defined $m->{n};
			push @heard, $m;
			$since = $m->{eventId};
			last if $m->{n} == $last;
		}
		return 0 if !@heard || $heard[-1]{n} != $last;
		push @heard, $ws->next(0.1) // ();
		$ws->cut;
		return 1;
	}, 30);
	return @heard;
}

sub message_flow {
	return {
		name => 'messages',
		process => 'gesso-notifier',
		skip => 'heartbeat',
		soon => 40,
		before => sub {
			my ($cuts) = @_;
			wait_for(sub { !$cuts->count('event', 'seq IS NULL') },
			    10);
			return { n => $n += 3, since => scalar $cuts->{site}
			    ->sql('SELECT last_seq FROM event_sequence') };
		},
		act => sub {
			my ($cuts, $s) = @_;
			my $tell = sub { $cuts->{site}->sql(join ';', map {
			    'INSERT INTO event (account_id, body, created_at) ' .
			    'VALUES (' . Cuts::hex($cuts->{user}{id}) .
			    ", '{\"n\":$_}', NOW(3))" } @_) };
			$tell->($s->{n} - 2);
			my $child = fork // die "fork: $!";
			if ($child == 0) {
				sleep 0.2; # for those who are connected
				$tell->($s->{n} - 1, $s->{n});
				POSIX::_exit(0);
			}
			my @heard = heard($cuts, $s->{since}, $s->{n});
			waitpid $child, 0;
			return [ map { $_->{n} // () } @heard ];
		},
		after => sub {
			my ($cuts, $s, $heard) = @_;
			return is_one('heard', "@$heard",
			    join ' ', $s->{n} - 2 .. $s->{n});
		},
	};
}

# A ticket opens one connection, or none when that broke.
sub ticket_flow {
	return {
		name => 'a ticket',
		process => 'gesso-notifier',
		skip => 'heartbeat',
		soon => 40,
		before => sub { { ticket => $_[0]{user}->post('/auth/ws-ticket')
		    ->{json}{data}{ticket} } },
		act => sub { $_[0]{site}->ws("ticket=$_[1]{ticket}") },
		after => sub {
			my ($cuts, $s, $ws, $cut, $given) = @_;
			my $again;
			wait_for(sub {
				$again = $cuts->{site}->ws("ticket=$s->{ticket}");
				return $again->{status} !~ /^(?:0|50.)$/;
			}, 20);
			my ($first, $second) = map { $_->{status} } $ws, $again;
			$_->cut for $ws, $again;
			return (is_one('opened', $first, 101,
				$cut ? (503, 401) : (),
				$given->{kill} ? (0, 500, 502) : ()),
			    is_one('again', $second, 401,
				$first == 101 ? () : 101));
		},
	};
}

1;
