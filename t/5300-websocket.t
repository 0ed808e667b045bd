#!/usr/bin/perl
# Who may open a WebSocket, what it is told, and how it is closed.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(time);
use Gesso qw(wait_for);

my $site = Gesso->start(conf => { ws_connections_per_user => 6,
    limit_free_calls_per_hour => 100000 });
my ($ann, $bob) = map { $site->register } 1 .. 2;

# happens(user, number): an event of the user, as a task would write it.
sub happens {
	my ($user, @numbers) = @_;
	my $id = $user->{id} =~ s/-//gr;
	$site->sql('INSERT INTO event (account_id, body, created_at) VALUES ' .
	    join ',', map { "(UNHEX('$id'), '{\"n\":$_}', NOW(3))" } @numbers);
	return;
}

sub numbers { return join ' ', map { $_->{n} // $_->{type} } @_ }

# Whatever is no token ends before the upgrade, in our own form.
my $other = $ann->{token} =~ s/.$/$& eq 'A' ? 'B' : 'A'/er;
for my $case (
	[ 'no token', '/ws', 401, 'unauthenticated' ],
	[ 'an empty token', '/ws?token=', 401, 'unauthenticated' ],
	[ 'a word', '/ws?token=abc', 401, 'unauthenticated' ],
	[ 'another signature', "/ws?token=$other", 401, 'unauthenticated' ],
	[ 'a token in two parts', '/ws?token=' . ($ann->{token} =~ s/\.[^.]*$//r),
	    401, 'unauthenticated' ],
	[ 'an unknown ticket', '/ws?ticket=AAAAAAAAAAAAAAAAAAAAAA', 401,
	    'unauthenticated' ],
	[ 'a since that is no number', "/ws?token=$ann->{token}&since=x", 400,
	    'invalid_field' ],
	[ 'a negative since', "/ws?token=$ann->{token}&since=-1", 400,
	    'invalid_field' ],
	[ 'a since without end', "/ws?token=$ann->{token}&since=" . '9' x 30, 400,
	    'invalid_field' ],
	[ 'another path', "/ws/x?token=$ann->{token}", 404, 'not_found' ],
    ) {
	my ($name, $path, $status, $reason) = @$case;
	my $ws = WebSocket_connect($path);
	is "$ws->{status} $ws->{json}{reason}", "$status $reason",
	    "$name is answered with $status";
	is $ws->{json}{code}, $status, 'which the body repeats';
	is $ws->{headers}{'www-authenticate'}, $status == 401 ? 'Bearer' : undef,
	    'and the header asks for what is missing';
}

sub WebSocket_connect {
	my ($path, %headers) = @_;
	require WebSocket;
	return WebSocket->connect("127.0.0.1:$site->{port}", $path, %headers);
}

my $plain = $site->get("http://127.0.0.1:$site->{port}/ws?token=$ann->{token}");
is $plain->{status}, 400, 'without an upgrade there is nothing here';
is WebSocket_connect("/ws?token=$ann->{token}", Upgrade => 'h2c')->{status},
    400, 'nor with an upgrade to something else';

# What is told.
my $ws = $ann->ws;
is $ws->{status}, 101, 'a token opens it';
my $hello = $ws->next;
is $hello->{type}, 'hello', 'the first message is a greeting';
like $hello->{eventId}, qr/^\d+$/, 'with the number of the last event';
my $theirs = $bob->ws;
$theirs->next;
happens($ann, 1 .. 3);
happens($bob, 10);
my @seen = map { $ws->next } 1 .. 3;
is numbers(@seen), '1 2 3', 'events come in their order';
cmp_ok $seen[1]{eventId}, '>', $seen[0]{eventId}, 'their numbers grow';
like $seen[0]{at}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'and say when';
is numbers($theirs->next), '10', 'everybody hears the own ones';
is $ws->next(0.3), undef, 'and no others';

# since
my $again = $ann->ws("since=$seen[0]{eventId}");
is numbers(map { $again->next } 1 .. 3), 'hello 2 3',
    'since replays what was missed';
happens($ann, 4);
is numbers($again->next, $ws->next), '4 4', 'and goes on live';
$again->cut;
is numbers($ann->ws("since=$seen[2]{eventId}")->next), 'hello',
    'since the last one nothing is replayed';
$site->sql('UPDATE event_sequence SET first_kept = ' . $seen[1]{eventId});
$site->sql('DELETE FROM event WHERE seq < ' . $seen[1]{eventId});
my $late = $ann->ws('since=0');
my @late = map { $late->next } 1 .. 5;
is numbers(@late), 'hello reset 2 3 4', 'who comes too late is told so first';
is $late[1]{eventId}, $seen[1]{eventId} - 1, 'and where it goes on';
$late->cut;
my $early = $ann->ws('since=1000000');
is numbers(map { $early->next } 1 .. 2), 'hello reset',
    'a number that was never given is no place to start';
happens($ann, 5);
is numbers($early->next), '5', 'but new ones come';
is numbers($ws->next), '5', 'to all';

# The same by plain HTTP.
my $events = $ann->get('/events?since=0')->{json}{data};
is numbers(@{ $events->{list} }), 'reset 2 3 4 5', '/events gives the same';
is $events->{nextCursor}, undef, 'to the end';
is_deeply $ann->get("/events?since=$events->{lastEventId}")->{json}{data},
    { list => [], nextCursor => undef, lastEventId => $events->{lastEventId} },
    'and nothing twice';
my $part = $ann->get("/events?since=$seen[1]{eventId}&limit=2")->{json}{data};
is numbers(@{ $part->{list} }), '3 4', 'a limit cuts it';
is $part->{lastEventId}, $part->{list}[-1]{eventId}, 'where it says';
is numbers(@{ $ann->get("/events?limit=2&cursor=$part->{nextCursor}")
    ->{json}{data}{list} }), '5', 'and the cursor goes on there';
my $kept = $part->{lastEventId} + 2;
$site->sql("UPDATE event_sequence SET first_kept = $kept");
$site->sql("DELETE FROM event WHERE seq < $kept");
is numbers(@{ $ann->get("/events?cursor=$part->{nextCursor}")
    ->{json}{data}{list} }), 'reset', 'or says that it came too late';
is $ann->get('/events?since=x')->{json}{field}, 'since', 'since is a number';
is $ann->get('/events?limit=0')->{json}{field}, 'limit', 'limit is positive';
is $site->get('/events')->{status}, 401, 'nobody hears without a token';

# Tickets.
my $ticket = $ann->post('/auth/ws-ticket')->{json}{data};
cmp_ok length $ticket->{ticket}, '>=', 22, 'a ticket is a long word';
like $ticket->{expiresAt}, qr/^\d{4}-.*Z$/, 'with an end';
my $ticketed = $site->ws("ticket=$ticket->{ticket}");
is numbers($ticketed->next), 'hello', 'it opens a WebSocket';
is $site->ws("ticket=$ticket->{ticket}")->{status}, 401, 'once';
my $stale = $ann->post('/auth/ws-ticket')->{json}{data};
$site->sql('UPDATE ws_ticket SET dies_at = NOW(3) - INTERVAL 1 SECOND');
is $site->ws("ticket=$stale->{ticket}")->{status}, 401, 'and soon';
is $site->get("/works?ticket=$stale->{ticket}")->{status}, 401,
    'and nothing else';

# How many.
$_->cut for $early, $ticketed;
my @many;
ok wait_for(sub {
	my $more = $ann->ws;
	push @many, $more if $more->{status} == 101;
	return $more->{status} == 429 && $more;
}), 'one account has only so many';
cmp_ok scalar @many, '<=', 5, 'counting those that are open';
ok $many[0]->next, 'which go on';
$_->cut for @many;

# A WebSocket tells what it is sent nothing of, but not any length of it.
my $chatty = $bob->ws;
$chatty->next;
$chatty->send_frame(1, 'hello') for 1 .. 3;
happens($bob, 11);
is numbers($chatty->next), '11', 'what clients say is not minded';
$chatty->send_frame(1, 'x' x 5000);
is $chatty->closed, 1009, 'unless it is long';

# The end of a session is the end of its connections.
my $began = time;
my $held = $site->ws('ticket=' .
    $ann->post('/auth/ws-ticket')->{json}{data}{ticket});
is numbers($held->next), 'hello', 'a ticket of a token';
my $new = $ann->put('/user/password', { oldPassword => $ann->{password},
    newPassword => 'another long password' });
is $new->{status}, 200, 'the password changes';
$began = time;
is $ws->closed, 4401, 'the WebSocket of the old token ends';
is $held->closed, 4401, 'and that of its ticket';
cmp_ok time - $began, '<', 15, 'within seconds';
$ann->{token} = $new->{json}{data}{token};
$ws = $ann->ws;
is numbers($ws->next), 'hello', 'the new token opens one';
$ann->post('/auth/logout');
is $ws->closed, 4401, 'until its owner logs out';
$theirs = $bob->ws;
$theirs->next;
$site->sql("UPDATE account SET banned_at = NOW(3) WHERE username = '" .
    "$bob->{username}'");
is $theirs->closed, 4401, 'or is banned';

done_testing;
