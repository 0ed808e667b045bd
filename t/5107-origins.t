#!/usr/bin/perl
# Pages of other origins: none may call unless they are listed, whole and byte
# for byte; and a site below a path of its server.
use strict;
use warnings;
use Test::More;
use Fcgi;
use Gesso;

my $closed = Gesso->start;
my $open = Gesso->start(conf => { limit_free_calls_per_hour => 1000000,
	cors_origins => 'https://art.example.org, http://localhost:5173,' .
	    ' https://xn--bcher-kva.example' });
my @origins = (undef, 'https://art.example.org', 'http://localhost:5173',
	'https://xn--bcher-kva.example', 'https://art.example.org:443',
	'https://art.example.org/', 'http://art.example.org',
	'https://ART.example.org', 'https://art.example.org.evil.example',
	'https://evil.example/?https://art.example.org',
	'https://part.example.org', 'https://example.org', 'null', '*', 'file://',
	'http://localhost', 'http://localhost:51730', 'http://127.0.0.1:5173',
	'https://art.example.org, http://localhost:5173', 'art.example.org');
my %listed = map { $_ => 1 } @origins[1 .. 3];
my $id = '01890000-0000-7000-8000-000000000000';
my @doors = ([ GET => '/user/profile' ], [ GET => '/works' ],
	[ POST => '/auth/login' ], [ POST => '/generate/text-to-image' ],
	[ GET => "/generate/task/$id" ], [ GET => '/health' ],
	[ GET => '/nothing' ], [ PUT => '/works' ]);

sub cors {
	my ($reply) = @_;
	my $h = $reply->{headers};
	return { map { $_ => $h->{$_} }
	    grep { /^(access-control-|vary$)/ } keys %$h };
}

my $exposed = 'X-Request-Id, Retry-After, RateLimit-Limit, ' .
    'RateLimit-Remaining, RateLimit-Reset, Idempotent-Replay';
for my $origin (@origins) {
	my (@wrong, @wrong_closed);
	my $shown = $origin // 'no origin';
	my %plain = (vary => 'Origin', $origin && $listed{$origin} ? (
	    'access-control-allow-origin' => $origin,
	    'access-control-expose-headers' => $exposed) : ());
	for my $door (@doors) {
		my %request = (REQUEST_METHOD => $door->[0],
		    REQUEST_URI => $door->[1], HTTP_ORIGIN => $origin);
		my $is = cors(Fcgi::request($open, \%request));
		push @wrong, "@$door" unless eq_hash($is, \%plain);
		push @wrong_closed, "@$door"
		    if %{ cors(Fcgi::request($closed, \%request)) };
	}
	is_deeply \@wrong, [], "$shown gets its headers at every door";
	is_deeply \@wrong_closed, [], "and none where no origin is listed";
	my %preflight = (%plain, $origin && $listed{$origin} ? (
	    'access-control-allow-methods' => 'POST, OPTIONS',
	    'access-control-allow-headers' => 'Authorization, Content-Type, ' .
		'Accept-Language, Idempotency-Key',
	    'access-control-max-age' => 7200) : ());
	my $reply = Fcgi::request($open, { REQUEST_METHOD => 'OPTIONS',
	    REQUEST_URI => '/generate/text-to-image', HTTP_ORIGIN => $origin,
	    HTTP_ACCESS_CONTROL_REQUEST_METHOD => 'POST',
	    HTTP_ACCESS_CONTROL_REQUEST_HEADERS => 'authorization' });
	is $reply->{status}, 204, 'a preflight is answered';
	is_deeply cors($reply), \%preflight, 'as it should be';
}
is $open->get('/health')->{headers}{'access-control-allow-credentials'},
    undef, 'cookies are never asked for';

done_testing;
