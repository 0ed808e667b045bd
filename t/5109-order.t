#!/usr/bin/perl
# What a caller learns first when several things are wrong, and what every reply
# tells besides: the budget, when to come again, HEAD and OPTIONS everywhere.
use strict;
use warnings;
use JSON::PP ();
use Test::More;
use Gesso qw(wait_for got);

# An hour that ends under way would begin to count anew.
wait_for(sub { time % 3600 < 3420 }, 190);

my $site = Gesso->start(rhythm => 3600, conf => {
	limit_free_calls_per_hour => 30, limit_vip_calls_per_hour => 1000000,
	limit_vip_images_per_day => 2, limit_vip_videos_per_day => 1,
	limit_login_failures_per_account => 3,
	limit_login_failures_per_address => 5,
	limit_registrations_per_hour => 4, signup_power => 1000 });
kill 'KILL', $site->pids('gesso-poller');
my ($user, $tired, $poor) = map { $site->register } 1 .. 3;
$site->ctl('user', 'vip', $_->{email}, 1) for $user, $poor;
$site->sql("UPDATE model SET status = 'active'");
$site->sql('UPDATE provider SET enabled = TRUE');
my $nobody = $site;
my $bad = bless { site => $site, token => 'bad' }, 'Gesso::User';
my $draw = '/generate/text-to-image';
my $film = '/generate/text-to-video';
my $missing = '01900000-0000-7000-8000-000000000000';

my %json = ('Content-Type' => 'application/json');
my %text = ('Content-Type' => 'text/plain');
my $huge = '{"prompt":"' . 'x' x 1100000 . '"}';

is $tired->get('/user/profile')->{status}, 200, 'a call' for 1 .. 30;
is $user->post($draw, { prompt => 'x', numImages => 2 })->{status}, 200,
    'the pictures of the day';
is $user->post($film, { prompt => 'x' })->{status}, 200, 'and its film';
$site->sql("UPDATE account SET power_available = 0 WHERE email IN
    ('$user->{email}', '$poor->{email}')");

# ---- the order of checks: each row is wrong in what it names and all behind

for my $case (
	[ 'the address', $bad, PATCH => '/nothing', $huge, \%text, '404 not_found' ],
	[ 'the method', $bad, PATCH => $draw, $huge, \%text,
	    '405 method_not_allowed' ],
	[ 'the size', $bad, POST => $draw, $huge, \%text,
	    '413 body_too_large' ],
	[ 'the token', $bad, PUT => '/config/providers', 'x', \%text,
	    '401 unauthenticated' ],
	[ 'the role', $tired, PUT => '/config/providers', 'x', \%text,
	    '403 forbidden' ],
	[ 'the budget', $tired, POST => $draw, 'x', \%text,
	    '429 api_limit' ],
	[ 'the type', $user, POST => $draw, '{', \%text,
	    '415 unsupported_content_type Content-Type' ],
	[ 'JSON', $user, POST => $draw, '{"prompt":"","model":"none"', \%json,
	    '400 invalid_json' ],
	[ 'a field', $user, POST => $draw,
	    '{"prompt":"","model":"none","numImages":4}', \%json,
	    '400 invalid_field prompt' ],
	[ 'the model', $user, POST => $draw,
	    '{"prompt":"x","model":"none","numImages":4}', \%json,
	    '400 unknown_model model' ],
	[ 'the day', $user, POST => $draw, '{"prompt":"x"}', \%json,
	    '429 daily_image_limit' ],
	[ 'the day of films', $user, POST => $film, '{"prompt":"x"}', \%json,
	    '429 daily_video_limit' ],
	[ 'power', $poor, POST => $draw, '{"prompt":"x"}', \%json,
	    '403 insufficient_power' ],
	[ 'a field, in a dry run', $user, POST => "$draw?dryRun=true",
	    '{"prompt":""}', \%json, '400 invalid_field prompt' ],
	[ 'an id, before the body', $user, PUT => "/works/$missing",
	    '{"title":"x"}', \%json, '404 not_found' ],
) {
	my ($name, $who, $method, $path, $body, $headers, $expected) = @$case;
	my $reply = $who->request($method, $path, $body, $headers);
	is got($reply), $expected, "$name comes first";
	like $reply->{headers}{'retry-after'} // '', qr/^[1-9]\d*$/,
	    'and says when to come again' if $reply->{status} == 429;
	is $reply->{headers}{'www-authenticate'},
	    $reply->{status} == 401 ? 'Bearer' : undef,
	    'and what is wanted, if a token is';
}
for my $kind ([ $draw => 'daily_image_limit' ],
    [ $film => 'daily_video_limit' ]) {
	my $dry = $user->post("$kind->[0]?dryRun=true", { prompt => 'x' });
	is_deeply [ $dry->{status}, @{ $dry->{json}{data} }{qw(allowed reason)} ],
	    [ 200, JSON::PP::false, $kind->[1] ],
	    'a dry run is asked in the same order';
}

# ---- the budget is told to whoever has one

for my $case (
	[ $user, GET => '/works', undef, 200 ],
	[ $user, GET => '/works?page=0', undef, 400 ],
	[ $user, GET => "/works/$missing", undef, 404 ],
	[ $user, GET => '/square/feeds', undef, 200 ],
	[ $user, PUT => '/config/providers', '{}', 403 ],
	[ $user, POST => $draw, 'x', 415 ],
	[ $user, POST => $draw, '{"prompt":"x"}', 429, \%json ],
	[ $poor, POST => $draw, '{"prompt":"x"}', 403, \%json ],
	[ $tired, GET => '/works', undef, 429 ],
) {
	my ($who, $method, $path, $body, $status, $headers) = @$case;
	my $reply = $who->request($method, $path, $body, $headers // \%text);
	my @told = @{ $reply->{headers} }{qw(ratelimit-limit
	    ratelimit-remaining ratelimit-reset)};
	is $reply->{status}, $status, "$method $path is $status";
	is scalar(grep { defined && /^\d+$/ } @told), 3,
	    'and tells the budget';
}
is $nobody->get($_)->{headers}{'ratelimit-limit'}, undef,
    "$_ tells strangers nothing of it"
    for '/square/feeds', '/health', '/works', '/nothing';

# ---- tries that are counted: each of them says when to come again

sub login { my ($n, $password) = @_; return $site->post('/auth/login',
    { email => "somebody$n\@example.org", password => $password }) }
is got(login($_ % 2, 'wrong horse')), '401 bad_credentials', "try $_"
    for 1 .. 5;
my $reply = login(3, 'wrong horse');
is got($reply), '429 too_many_tries', 'an address has so many failures';
like $reply->{headers}{'retry-after'}, qr/^[1-9]\d*$/, 'and then must wait';
is got($site->post('/auth/login', { map { $_ => $user->{$_} }
    qw(email password) })), '429 too_many_tries',
    'with the right password, too';
$site->sql('DELETE FROM throttle WHERE subject LIKE "login-from:%"');
is got(login(2, 'wrong horse')), '401 bad_credentials', "try $_" for 1 .. 3;
is got(login(2, 'wrong horse')), '429 too_many_tries',
    'and an account has fewer';
ok $site->register, 'four registrations are one too few';
$reply = $site->post('/auth/register', { username => 'fifth',
	email => 'fifth@example.org', password => 'correct horse' });
is got($reply), '429 too_many_tries', 'for a fifth';
like $reply->{headers}{'retry-after'}, qr/^[1-9]\d*$/, 'before the next hour';

# ---- HEAD wherever GET is, OPTIONS everywhere

my $api = JSON::PP->new->decode(Gesso::slurp(Gesso->root . '/openapi.json'));
for my $path (sort keys %{ $api->{paths} }) {
	my $real = $path =~ s/\{\w+\}/$missing/gr;
	my %may = map { uc, 1 } keys %{ $api->{paths}{$path} };
	@may{qw(HEAD OPTIONS)} = ($may{GET}, 1);
	my $options = $nobody->request('OPTIONS', $real);
	is $options->{status} . ' ' . ($options->{content} // ''), '204 ',
	    "OPTIONS $path";
	is_deeply [ sort split /, /, $options->{headers}{allow} ],
	    [ sort grep { $may{$_} } keys %may ], 'allows what there is';
	next unless $may{GET};
	my $get = $user->get($real);
	my $head = $user->request('HEAD', $real);
	is $head->{status}, $get->{status}, "HEAD $path is GET";
	is length($head->{content} // ''), 0, 'without a body';
	is_deeply [ @{ $head->{headers} }{qw(content-type content-length)} ],
	    [ @{ $get->{headers} }{qw(content-type content-length)} ],
	    'but with its type and length' unless $path eq '/health';
}
unlike $site->log('gesso.fcgi'), qr/ended with INTERNAL/,
    'nothing failed on our side';

done_testing;
