#!/usr/bin/perl
# What a WebSocket of RFC 6455 is, to the letter: heads and frames that are in
# order, and those that are not; below a path of the web server, for pages of
# some origins only.
use v5.14;
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(time sleep);
use Gesso qw(wait_for);
use WebSocket;

my $began = time;
my $site = Gesso->start(options => [ '--path', '/studio' ],
    conf => { ws_origins => 'https://art.example.org, http://localhost:5173' });
like $site->{ws}, qr{:\d+/studio/ws$}, 'the WebSocket is below the path, too';
my $ann = $site->register;
my $address = "127.0.0.1:$site->{port}";
my $socket = "$site->{dir}/sock/ws.sock";
my $path = "/studio/ws?token=$ann->{token}";

sub happens {
	my ($n) = @_;
	my $id = $ann->{id} =~ s/-//gr;
	$site->sql('INSERT INTO event (account_id, body, created_at) VALUES ' .
	    "(UNHEX('$id'), '{\"n\":$n}', NOW(3))");
	return;
}

my $idle = $ann->ws; # left alone until the end
is $idle->next->{type}, 'hello', 'it opens through the web server';

# Heads.  What a front server makes good itself is shown without it.
for my $case (
	[ 'without Upgrade', Upgrade => undef ],
	[ 'with an upgrade to something else', Upgrade => 'h2c' ],
	[ 'without Connection', Connection => 'keep-alive' ],
	[ 'without a version', 'Sec-WebSocket-Version' => undef ],
	[ 'of an old version', 'Sec-WebSocket-Version' => 8 ],
	[ 'without a key', 'Sec-WebSocket-Key' => undef ],
	[ 'with half a key', 'Sec-WebSocket-Key' => 'AAAAAAAA' ],
	[ 'with a key that is none', 'Sec-WebSocket-Key' => '!' x 24 ],
	[ 'for protocols that we do not speak',
	    'Sec-WebSocket-Protocol' => 'chat, mqtt' ],
	[ 'without a host', Host => undef ],
    ) {
	my ($name, $header, $value) = @$case;
	my $ws = WebSocket->connect($socket, $path, $header => $value);
	is_deeply [ $ws->{status}, $ws->{json}{reason}, $ws->{json}{field} ],
	    [ 400, 'invalid_field', $header ], "a request $name is refused";
	is $ws->{headers}{'sec-websocket-version'},
	    $header =~ /Version/ ? 13 : undef, 'and told which version it is'
	    if $header =~ /Version/;
}
for my $case (
	[ 'several words in Connection', Connection => 'keep-alive, Upgrade' ],
	[ 'capitals in Upgrade', Upgrade => 'WebSocket' ],
	[ 'an extension that is not for us', 'Sec-WebSocket-Extensions' =>
	    'permessage-deflate; client_max_window_bits' ],
	[ 'a long cookie', Cookie => 'c=' . 'x' x 5000 ],
	[ 'our protocol among others', 'Sec-WebSocket-Protocol' => 'a, events' ],
	[ 'a page that is listed', Origin => 'https://art.example.org' ],
	[ 'another that is listed', Origin => 'http://localhost:5173' ],
    ) {
	my ($name, $header, $value) = @$case;
	my $ws = WebSocket->connect($socket, $path, $header => $value);
	is $ws->{status}, 101, "$name is no hindrance";
	is $ws->{headers}{'sec-websocket-extensions'}, undef, 'none is used';
}
my $refused = WebSocket->connect($socket, '/studio/ws?token=x',
    'Accept-Language' => 'en');
like $refused->{json}{message}, qr/^[ -~]+$/, 'in the language of the caller';
my $id = $refused->{headers}{'x-request-id'};
is $refused->{json}{requestId}, $id, 'a refusal has an id';
ok wait_for(sub { $site->log('gesso-notifier') =~
    /req=\Q$id\E handshake status=401 reason=unauthenticated/ }),
    'which stands in the log';
unlike $site->log('gesso-notifier') . $site->log('access'),
    qr/\Q$ann->{token}\E/, 'and no token does';
$refused = WebSocket->connect($socket, '/studio/ws?since=x&token=x');
is $refused->{status}, 401, 'who asks is looked at before what is asked for';
like $site->raw("POST $path HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" .
    "Content-Length: 0\r\n\r\n"), qr{^HTTP/1.1 405.*^Allow: GET\r}ms,
    'GET is the only method';

# Pages of other origins are told so in the WebSocket's own way.
for my $origin ('https://evil.example', 'null', 'http://art.example.org',
    'https://art.example.org.evil.example', 'https://art.example.org:444') {
	my $ws = WebSocket->connect($address, $path, Origin => $origin);
	is $ws->{status}, 101, "the handshake of a page of $origin ends well";
	is $ws->closed, 1008, 'and the WebSocket at once';
	is scalar @{ $ws->{unread} }, 0, 'without a word';
}

# Frames: (name, bytes, code it is closed with; none: it stays open)
sub frame {
	my ($first, $content, $announced) = @_;
	my $length = $announced // length $content;
	return pack('C', $first) . ($length < 126 ? pack 'C', 128 | $length
	    : $length < 65536 ? pack 'Cn', 254, $length
	    : pack 'CQ>', 255, $length) . "\0\0\0\0" . $content;
}
for my $case (
	[ 'a text', frame(0x81, 'hello') ],
	[ 'no text', frame(0x81, '') ],
	[ 'Chinese', frame(0x81, "\xe4\xbd\xa0\xe5\xa5\xbd") ],
	[ 'bytes', frame(0x82, "\0\xff\xfe") ],
	[ 'a text in three parts', frame(0x01, 'a'), frame(0x00, 'b'),
	    frame(0x80, 'c') ],
	[ 'a ping between two parts', frame(0x01, 'a'), frame(0x89, 'p'),
	    frame(0x80, 'c') ],
	[ 'a pong that nobody asked for', frame(0x8a, 'x') ],
	[ 'as much as we listen to', frame(0x82, 'x' x 4096) ],
	[ 'more than that', frame(0x82, 'x' x 4097), 1009 ],
	[ 'more than that in parts', frame(0x02, 'x' x 3000),
	    frame(0x80, 'x' x 3000), 1009 ],
	[ 'the beginning of a terabyte', frame(0x82, 'x' x 5000, 1 << 40), 1009 ],
	[ 'a text that is no UTF-8', frame(0x81, "a\xff\xff"), 1007 ],
	[ 'half a character', frame(0x81, "\xe4\xbd"), 1007 ],
	[ 'bits of an extension', frame(0xc1, ''), 1002 ],
	[ 'an opcode of the future', frame(0x83, ''), 1002 ],
	[ 'an end without a beginning', frame(0x80, ''), 1002 ],
	[ 'two beginnings', frame(0x01, 'a'), frame(0x01, 'b'), 1002 ],
	[ 'half a ping', frame(0x09, ''), 1002 ],
	[ 'a reason to close that is none',
	    frame(0x88, pack 'n', 1005), 1002 ],
	[ 'a farewell', frame(0x88, pack 'n', 1000), 1000 ],
	[ 'a farewell with a reason of its own',
	    frame(0x88, pack('n', 4000) . 'bye'), 4000 ],
    ) {
	my ($name, @rest) = @$case;
	my $code = $rest[-1] =~ /^\d{4}\z/ ? pop @rest : undef;
	my $ws = $ann->ws;
	$ws->next;
	$ws->put($_) for @rest;
	if ($code) {
		is $ws->closed, $code, "$name closes it with $code";
		next;
	}
	state $n = 0;
	happens(++$n);
	is $ws->next->{n}, $n, "$name is not minded";
	$ws->cut;
}

# Pings, both ways.
my $ws = $ann->ws;
$ws->next;
$ws->send_frame(9, 'are you there');
my ($opcode, $content) = $ws->frame(time + 5);
is_deeply [ $opcode, $content ], [ 10, 'are you there' ], 'a ping is answered';
ok wait_for(sub { $idle->text(0.5); $idle->{pings} }, 35),
    'who is silent is pinged within half a minute';

done_testing;
