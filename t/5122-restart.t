#!/usr/bin/perl
# A restart of everything forgets nothing: counts, locks, tokens that died,
# answers that are given again, pictures and films that are being made.
use strict;
use warnings;
use Test::More;
use Fcgi;
use Gesso qw(wait_for got);

# An hour that ends under way would begin to count anew.
wait_for(sub { time % 3600 < 3420 }, 190);

my $site = Gesso->start(delay => 1500, rhythm => 2, conf => {
	limit_free_calls_per_hour => 2000,
	limit_anonymous_calls_per_hour => 20, limit_registrations_per_hour => 3,
	limit_login_failures_per_account => 3 });
my ($user, $other) = map { $site->register } 1 .. 2;

sub login {
	my ($who, $password) = @_;
	return $site->post('/auth/login', { email => $who->{email},
	    password => $password // $who->{password} });
}
sub stranger {
	return got(Fcgi::request($site, { REMOTE_ADDR => '192.0.2.1',
	    REQUEST_URI => '/square/feeds' }));
}
my $clone = sub { bless { %$user, token => login($user)->{json}{data}{token} },
    'Gesso::User' };
my ($out, $old) = ($clone->(), $clone->());

# ---- before

my %key = ('Idempotency-Key' => 'before');
my $draw = '/generate/text-to-image';
my $first = $user->post($draw, { prompt => 'a kite', numImages => 4 }, \%key);
is $first->{status}, 200, 'a task';
my $film = $user->post('/generate/text-to-video',
    { prompt => 'a boat', model => 'runway' })->{json}{data}{taskId};
ok wait_for(sub { ($user->get("/generate/video-task/$film")
    ->{json}{data}{stage} // '') eq 'running' }), 'a film is being made';
is got($out->post('/auth/logout', '')), 200, 'a token is thrown away';
my $fresh = bless { %$user, token => $old->post('/auth/refresh', '')
    ->{json}{data}{token} }, 'Gesso::User';
is got(login($other, 'wrong')), '401 bad_credentials', 'a wrong password'
    for 1 .. 3;
is got(login($other)), '429 too_many_tries', 'locks the account';
is stranger(), 200, 'a stranger looks' for 1 .. 10;
is got($site->post('/auth/register', { username => 'third', email =>
    'third@example.org', password => 'x' x 8 })), 201, 'a third one registers';
is $user->finished($first->{json}{data}{taskId})->{status}, 'completed',
    'pictures are made';
my $sent = $user->submit('a late kite');
ok wait_for(sub { $user->task($sent)->{stage} eq 'submitting' }),
    'another is being made';
my $last = $user->get('/events')->{json}{data}{lastEventId};
my $left = $user->get('/user/profile')->{headers}{'ratelimit-remaining'};

is $site->stop, 0, 'everything stops';
$site = Gesso->start(dir => $site->{dir}, port => $site->{port},
    delay => 1500, rhythm => 2);
$_->{site} = $site for $user, $other, $out, $old, $fresh;

# ---- after

is $user->get('/user/profile')->{headers}{'ratelimit-remaining'}, $left - 1,
    'calls are counted on';
my $again = $user->post($draw, { prompt => 'a kite', numImages => 4 }, \%key);
is $again->{body}, $first->{body}, 'an answer is given again';
is $again->{headers}{'idempotent-replay'}, 'true', 'as what it is';
is $user->get('/user/limits')->{json}{data}{images}{used}, 5,
    'the pictures of the day are counted';
is got($out->get('/user/profile')), '401 unauthenticated',
    'a token that was thrown away stays dead';
is got($fresh->get('/user/profile')), 200, 'a refreshed one lives';
is got(login($other)), '429 too_many_tries', 'a lock stays';
is stranger(), 200, 'a stranger looks on' for 1 .. 10;
is stranger(), '429 api_limit', 'as often as he may';
my $more = $site->post('/auth/register', { username => 'fourth', email =>
    'fourth@example.org', password => 'x' x 8 });
is got($more), '429 too_many_tries', 'nobody more registers this hour'
    or diag $more->{body};
is $user->task($sent)->{status}, 'completed',
    'a picture that was being made was waited for';
my $seen;
ok wait_for(sub {
	$seen = $user->get("/generate/video-task/$film")->{json}{data};
	return $seen->{status} ne 'processing';
}, 40), 'the film ends';
is $seen->{status}, 'completed', 'well' or diag explain $seen;
is scalar(grep { ($_->{prompt} // '') eq 'a boat' } $site->journal), 1,
    'and was ordered once';
my @ids = map { $_->{eventId} }
    @{ $user->get("/events?since=$last")->{json}{data}{list} };
is_deeply \@ids, [ $last + 1 .. $last + @ids ], 'events are numbered on';
cmp_ok scalar @ids, '>', 1, 'and told';
is $site->ctl('ledger', 'audit')->{status}, 0, 'the ledger is right';

done_testing;
