#!/usr/bin/perl
# Calls an hour, pictures and films a day: exact under many hands, and still
# there after everything was restarted.
use strict;
use warnings;
use Test::More;
use Fcgi;
use Gesso qw(wait_for at_once);

# An hour that ends under way would begin to count anew.
wait_for(sub { time % 3600 < 3420 }, 190);

my $site = Gesso->start(rhythm => 3600, conf => {
	limit_anonymous_calls_per_hour => 30, limit_vip_videos_per_day => 4,
	signup_power => 100000 });
kill 'KILL', $site->pids('gesso-poller');
my $draw = '/generate/text-to-image';

sub got {
	my ($reply) = @_;
	return join ' ', $reply->{status}, $reply->{json}{reason} // ();
}

# together(count, sub): how often each text came back.
sub together {
	my %count;
	$count{$_}++ for at_once(@_);
	return \%count;
}

# ---- calls

my $user = $site->register;
my $first = $user->get('/user/profile')->{headers};
is_deeply [ @$first{qw(ratelimit-limit ratelimit-remaining)} ], [ 100, 99 ],
    'a call tells what is left';
my $left = 3600 - time % 3600;
cmp_ok abs($first->{'ratelimit-reset'} - $left), '<=', 2,
    'and when the clock hour ends';
is_deeply together(200, sub { got($user->get('/user/profile')) }),
    { 200 => 99, '429 api_limit' => 101 },
    'of 200 calls at once exactly those pass that were left';

my $over = $user->get('/works');
is got($over), '429 api_limit', 'one more is refused';
is $over->{headers}{'ratelimit-remaining'}, 0, 'nothing is left';
cmp_ok abs($over->{headers}{'retry-after'} - (3600 - time % 3600)), '<=', 2,
    'and when to come again';
is got($user->post($draw, 'x', { 'Content-Type' => 'text/plain' })),
    '429 api_limit', 'the budget comes before the content type';
is got($user->get('/nothing')), '404 not_found', 'but after the address';
is got($user->post($draw, 'x' x 1100000,
    { 'Content-Type' => 'application/json' })), '413 body_too_large',
    'and the size';
is got($site->get('/user/profile', { Authorization => 'Bearer x' })),
    '401 unauthenticated', 'and the token';

my $other = $site->register;
is $other->get('/user/profile')->{status}, 200, 'others are not concerned';
is $other->get('/user/profile')->{headers}{'ratelimit-remaining'}, 98,
    'and have their own count';
for my $case ([ GET => '/nothing' ], [ PUT => '/works' ],
    [ OPTIONS => '/works' ]) {
	$other->request(@$case, '');
}
is $other->get('/user/profile')->{headers}{'ratelimit-remaining'}, 97,
    'what never passed the token is not counted';
is got($other->post($draw, {})), '400 missing_field', 'what did';
is $other->get('/user/profile')->{headers}{'ratelimit-remaining'}, 95,
    'is counted whatever came of it';

$site->sql("UPDATE account SET vip_level = 1 WHERE id = UNHEX('" .
    $user->{id} =~ tr/-//dr . "')");
my $vip = $user->get('/user/profile');
is_deeply [ $vip->{status}, @{ $vip->{headers} }{qw(ratelimit-limit
    ratelimit-remaining)} ], [ 200, 1000, 899 ], 'a VIP has more';
$site->sql('UPDATE account SET vip_level = 0');

# ---- it survives

kill 'KILL', $site->api_pids;
ok wait_for(sub { got($user->get('/user/profile')) eq '429 api_limit' }),
    'killed workers forget nothing';
SKIP: {
	skip 'mod_fcgid knows no master', 2 unless $site->has_master;
	my ($master) = $site->pids('gesso.fcgi');
	$site->kill_by_name('gesso.fcgi');
	ok wait_for(sub {
		my ($new) = $site->pids('gesso.fcgi');
		return $new && $new != $master;
	}), 'a killed master is replaced';
	ok wait_for(sub { got($user->get('/user/profile')) eq
	    '429 api_limit' }), 'and has forgotten nothing';
}

# ---- addresses

my $call = sub {
	my ($address) = @_;
	return Fcgi::request($site, { REMOTE_ADDR => $address,
	    REQUEST_METHOD => 'POST', REQUEST_URI => '/auth/login' }, 'x');
};
is_deeply together(60, sub { got($call->('192.0.2.7')) }),
    { '415 unsupported_content_type' => 30, '429 api_limit' => 30 },
    'strangers are counted by address';
is got($call->('::ffff:192.0.2.7')), '429 api_limit',
    'however it is written';
is got($call->('192.0.2.8')), '415 unsupported_content_type',
    'another address has its own';
is_deeply together(40, sub { got($call->("2001:db8:7:7::$_[0]")) }),
    { '415 unsupported_content_type' => 30, '429 api_limit' => 10 },
    'an IPv6 network is one address';
for my $open ('/square/feeds', '/square/01900000-0000-7000-8000-000000000000') {
	is got(Fcgi::request($site, { REMOTE_ADDR => '192.0.2.7',
	    REQUEST_URI => $open })), '429 api_limit',
	    "whatever they ask for: $open";
}
is Fcgi::request($site, { REMOTE_ADDR => '192.0.2.7', user => $user,
    REQUEST_URI => '/square/feeds' })->{headers}{'ratelimit-limit'}, 100,
    'whoever has a token has a count of his own';
is Fcgi::request($site, { REMOTE_ADDR => '192.0.2.7',
    REQUEST_METHOD => 'POST', REQUEST_URI => '/auth/login',
    HTTP_X_FORWARDED_FOR => '203.0.113.1', HTTP_X_REAL_IP => '203.0.113.1',
    HTTP_FORWARDED => 'for=203.0.113.1' }, 'x')->{status}, 429,
    'and no header changes it';
is got(Fcgi::request($site, { REMOTE_ADDR => '192.0.2.7' })), '200',
    'health is never refused';

# ---- the day

my $painter = $site->register;
my $ask = sub {
	my ($who, $n) = @_;
	return $who->post($draw, { prompt => 'x', numImages => $n });
};
is got($ask->($painter, 4)), '200', 'four pictures';
is got($ask->($painter, 4)), '200', 'eight';
my $full = $ask->($painter, 3);
is got($full), '429 daily_image_limit', 'eleven are one too many';
cmp_ok $full->{headers}{'retry-after'}, '<=', 86400, 'until tomorrow';
is_deeply $painter->get('/user/limits')->{json}{data}{images}{used}, 8,
    'a refusal takes none of them';
is got($ask->($painter, 2)), '200', 'ten are the limit';
is got($ask->($painter, 1)), '429 daily_image_limit', 'and no more';
my $dry = $painter->post("$draw?dryRun=true", { prompt => 'x' });
is_deeply [ @{ $dry->{json}{data} }{qw(allowed reason)} ],
    [ JSON::PP::false, 'daily_image_limit' ], 'a dry run knows';
is got($painter->post($draw, { prompt => '' })), '400 invalid_field',
    'the free checks come first';
is got($painter->post($draw, { prompt => 'x', model => 'nothing' })),
    '400 unknown_model', 'so does the model';
is got($ask->($other, 1)), '200', 'others are not concerned';

my $limits = $painter->get('/user/limits')->{json}{data};
is_deeply [ sort keys %$limits ], [qw(calls images videos)],
    'the limits are told';
is_deeply [ @{ $limits->{images} }{qw(limit used remaining)} ],
    [ 10, 10, 0 ], 'of pictures';
is_deeply [ @{ $limits->{videos} }{qw(limit used remaining)} ],
    [ 3, 0, 3 ], 'of films';
is_deeply [ @{ $limits->{calls} }{qw(limit used remaining)} ],
    [ 100, 10, 90 ], 'of calls' or diag explain $limits;
like $limits->{images}{resetAt}, qr/T00:00:00Z$/, 'until midnight';
like $limits->{calls}{resetAt}, qr/:00:00Z$/, 'until the full hour';

$site->sql('UPDATE account SET quota_day = quota_day - 1');
is $painter->get('/user/limits')->{json}{data}{images}{used}, 0,
    'a new day begins with nothing';
is got($ask->($painter, 4)), '200', 'and pictures are made again';

my $crowd = $site->register;
is_deeply together(60, sub { got($ask->($crowd, 1)) }),
    { 200 => 10, '429 daily_image_limit' => 50 },
    'of 60 pictures at once exactly ten are made';
is $site->sql("SELECT COUNT(*) FROM task WHERE account_id = UNHEX('" .
    $crowd->{id} =~ tr/-//dr . "')"), 10, 'no more and no less';

$site->sql("UPDATE model SET status = 'active'");
$site->sql('UPDATE provider SET enabled = TRUE');
my $film = sub { $crowd->post('/generate/text-to-video', { prompt => 'x' }) };
is_deeply together(9, sub { got($film->()) }),
    { 200 => 3, '429 daily_video_limit' => 6 }, 'three films a day';
$site->sql("UPDATE account SET vip_level = 1 WHERE id = UNHEX('" .
    $crowd->{id} =~ tr/-//dr . "')");
is got($film->()), '200', 'a VIP has more of these, too';
is got($film->()), '429 daily_video_limit', 'but not without end';
$site->sql("UPDATE account SET vip_until = NOW(3) - INTERVAL 1 SECOND WHERE " .
    "id = UNHEX('" . $crowd->{id} =~ tr/-//dr . "')");
is_deeply [ @{ $crowd->get('/user/limits')->{json}{data}{videos} }{
    qw(limit used remaining)} ], [ 3, 4, 0 ],
    'when the level ends more may be used than is allowed';

is $site->ctl('ledger', 'audit')->{status}, 0, 'the ledger is right';
unlike $site->log('gesso.fcgi'), qr/ended with INTERNAL/,
    'nothing failed on our side';

done_testing;
