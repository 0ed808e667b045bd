#!/usr/bin/perl
# Registering, logging in, tokens that die, profiles.
use strict;
use warnings;
use utf8;
use Test::More;
use Fcgi;
use Gesso qw(wait_for at_once);

binmode Test::More->builder->$_, ':utf8' for qw(output failure_output);

my $site = Gesso->start(conf => { limit_free_calls_per_hour => 1000000,
	limit_registrations_per_hour => 20 });
my $counter = 0;

# register(member => value ...) from an address of its own
sub register {
	my (%given) = @_;
	my $n = ++$counter;
	my %body = (username => "name$n", email => "name$n\@example.org",
	    password => 'correct horse', %given);
	delete $body{$_} for grep { !defined $body{$_} } keys %body;
	my $text = JSON::PP->new->utf8->encode(\%body);
	return Fcgi::request($site, { REQUEST_METHOD => 'POST',
	    REQUEST_URI => '/auth/register',
	    CONTENT_TYPE => 'application/json',
	    REMOTE_ADDR => '192.0.2.' . $n % 250,
	    CONTENT_LENGTH => length $text }, $text);
}

sub got {
	my ($reply) = @_;
	my $json = $reply->{json} // {};
	return join ' ', $reply->{status}, map { $_ // '-' }
	    @$json{qw(reason field)};
}

# ---- registration

my $reply = register(username => 'Ann', email => 'Ann@Example.ORG');
is $reply->{status}, 201, 'an account is made';
is $reply->{json}{code}, 201, 'and the code says so';
my $data = $reply->{json}{data};
is_deeply [ sort keys %$data ], [qw(token user)], 'with a token';
is_deeply [ sort keys %{ $data->{user} } ], [qw(email id username)],
    'and a user';
is $data->{user}{email}, 'ann@example.org', 'the e-mail in lower case';
like $data->{user}{id}, qr/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/,
    'the id is a UUIDv7';

for my $case (
    [ { username => undef }, '400 missing_field username' ],
    [ { email => undef }, '400 missing_field email' ],
    [ { password => undef }, '400 missing_field password' ],
    [ { username => JSON::PP::null }, '400 missing_field username' ],
    [ { username => 17 }, '400 invalid_field username' ],
    [ { email => [] }, '400 invalid_field email' ],
    [ { password => { a => 1 } }, '400 invalid_field password' ],
    [ { username => 'ab' }, '400 invalid_field username' ],
    [ { username => 'abc' }, '201 - -' ],
    [ { username => '日本語' }, '201 - -' ],
    [ { username => 'हिन्दी' }, '201 - -' ],
    [ { username => 'แสงดาว์' }, '201 - -' ],
    [ { username => "re\x{301}mi" }, '201 - -' ],
    [ { username => "\x{301}remi" }, '400 invalid_field username' ],
    [ { username => "r_\x{301}emi" }, '400 invalid_field username' ],
    [ { username => 'a' x 32 }, '201 - -' ],
    [ { username => 'я' x 32 }, '201 - -' ],
    [ { username => 'a' x 33 }, '400 invalid_field username' ],
    [ { username => 'a b c' }, '400 invalid_field username' ],
    [ { username => 'a/b' }, '400 invalid_field username' ],
    [ { username => "a\tb" }, '400 invalid_field username' ],
    [ { username => 'a@b' }, '400 invalid_field username' ],
    [ { username => '<b>x</b>' }, '400 invalid_field username' ],
    [ { username => "a\x{202e}bc" }, '400 invalid_field username' ],
    [ { username => '😀😀😀' }, '400 invalid_field username' ],
    [ { username => 'a_b-c.9' }, '201 - -' ],
    [ { username => 'ANN' }, '400 username_taken username' ],
    [ { username => 'Änn' }, '400 username_taken username' ],
    [ { email => 'ANN@example.org' }, '400 email_taken email' ],
    [ { email => 'no-at.example.org' }, '400 invalid_field email' ],
    [ { email => 'a@b@example.org' }, '400 invalid_field email' ],
    [ { email => 'a@localhost' }, '400 invalid_field email' ],
    [ { email => 'a@example..org' }, '400 invalid_field email' ],
    [ { email => 'a@.example.org' }, '400 invalid_field email' ],
    [ { email => 'a@-x.org' }, '400 invalid_field email' ],
    [ { email => '@example.org' }, '400 invalid_field email' ],
    [ { email => 'a b@example.org' }, '400 invalid_field email' ],
    [ { email => ' a@example.org' }, '400 invalid_field email' ],
    [ { email => ('l' x 64) . '@example.org' }, '201 - -' ],
    [ { email => ('l' x 65) . '@example.org' }, '400 invalid_field email' ],
    [ { email => 'm@' . join('.', ('d' x 62) x 3, ('d' x 61), 'o') },
	'201 - -' ],
    [ { email => 'm@' . join('.', ('d' x 62) x 3, ('d' x 62), 'o') },
	'400 invalid_field email' ],
    [ { email => 'a+b.c_d@sub.example.co' }, '201 - -' ],
    [ { password => 'x' x 7 }, '400 invalid_field password' ],
    [ { password => 'x' x 8 }, '201 - -' ],
    [ { password => '密' x 8 }, '201 - -' ],
    [ { password => 'x' x 128 }, '201 - -' ],
    [ { password => 'x' x 129 }, '400 invalid_field password' ],
    [ { password => '        ' }, '201 - -' ],
) {
	my ($body, $expected) = @$case;
	my ($member) = keys %$body;
	is got(register(%$body)), $expected,
	    "$member '" . substr($body->{$member} // 'absent', 0, 40) . "'";
}

# ---- twenty an hour from one address, those that succeed

sub from {
	my ($address, $n) = @_;
	my $text = qq({"username":"crowd$n","email":"crowd$n\@example.org",) .
	    '"password":"correct horse"}';
	return Fcgi::request($site, { REQUEST_METHOD => 'POST',
	    REQUEST_URI => '/auth/register', REMOTE_ADDR => $address,
	    CONTENT_TYPE => 'application/json' }, $text);
}
is from('2001:db8:1:2::1', 1)->{status}, 201, 'a crowd at one address';
is from('2001:db8:1:2::1', 1)->{status}, 400, 'a failure is not counted'
    for 1 .. 3;
is from("2001:db8:1:2::$_", $_)->{status}, 201, "number $_" for 2 .. 20;
my $last = from('2001:db8:1:2:3::9', 21);
is got($last), '429 too_many_tries -', 'the next one of the network waits';
like $last->{headers}{'retry-after'}, qr/^[1-9]\d*$/, 'and is told how long';
is from('2001:db8:1:3::1', 21)->{status}, 201, 'another network does not';

# ---- logging in

sub login {
	my ($email, $password, $address) = @_;
	my $text = JSON::PP->new->utf8->encode(
	    { email => $email, password => $password });
	return Fcgi::request($site, { REQUEST_METHOD => 'POST',
	    REQUEST_URI => '/auth/login', CONTENT_TYPE => 'application/json',
	    REMOTE_ADDR => $address // '198.51.100.1' }, $text);
}
$reply = login('ANN@example.org', 'correct horse');
is $reply->{status}, 200, 'one logs in without regard to case';
is_deeply $reply->{json}{data}{user}, $data->{user}, 'as the same user';
ok $reply->{json}{data}{token}, 'with a token';

# A hash of weaker times is made anew by whoever proves to know the password.
my $weak = '$argon2id$v=19$m=64,t=1,p=1$7SpOFNgv2gm35XAwt7T3LA$' .
    'lIoJPE+uz4wxsuJ2j4k2riczNeBDV2mbXV3cepeoQh0';
sub hash { return $site->sql('SELECT password_hash FROM account WHERE ' .
    "email = 'ann\@example.org'") }
$site->sql("UPDATE account SET password_hash = '$weak' " .
    "WHERE email = 'ann\@example.org'");
is got(login('ann@example.org', 'wrong horse')), '401 bad_credentials -',
    'a wrong password';
is hash(), $weak, 'leaves a weak hash as it is';
is login('ann@example.org', 'correct horse')->{status}, 200, 'the right one';
my $strong = hash();
like $strong, qr/^\$argon2id\$v=19\$m=1024,t=1,/,
    'is hashed again as the settings want it';
is login('ann@example.org', 'correct horse')->{status}, 200,
    'it is the same password';
is hash(), $strong, 'and is not hashed a third time';

my $wrong = login('ann@example.org', 'wrong horse');
my $nobody = login('nobody@example.org', 'wrong horse');
is got($wrong), '401 bad_credentials -', 'a wrong password is refused';
is_deeply [ map { $nobody->{json}{$_} } qw(code message error reason) ],
    [ map { $wrong->{json}{$_} } qw(code message error reason) ],
    'an unknown e-mail in the same words';
is_deeply [ sort keys %{ $nobody->{headers} } ],
    [ sort keys %{ $wrong->{headers} } ], 'with the same headers';
is got(login('ann@example.org', 'x' x 129)), '400 invalid_field password',
    'nobody hashes novels';

for my $email ('ann@example.org', 'nobody@example.org') {
	is got(login($email, 'wrong')), '401 bad_credentials -', "$email, $_"
	    for 2 .. 10;
	my $locked = login($email, 'correct horse', '198.51.100.2');
	is got($locked), '429 too_many_tries -',
	    'after ten failures even the right password waits';
	cmp_ok $locked->{headers}{'retry-after'}, '<=', 901,
	    'at most a quarter of an hour';
}
my $guessed = $site->register;
my %said;
$said{$_}++ for at_once(40, sub {
	return got(login($guessed->{email}, "guess $_[0]", '198.51.100.4'));
});
# Those that are counted at one moment are all over the limit together.
my $answered = delete $said{'401 bad_credentials -'} // 0;
ok $answered > 0 && $answered <= 10,
    'of many guesses at once ten are answered at most' or diag $answered;
is_deeply \%said, { '429 too_many_tries -' => 40 - $answered },
    'the others wait';
is got($site->put('/user/password', { oldPassword => $guessed->{password},
    newPassword => 'y' x 8 }, { Authorization =>
    "Bearer $guessed->{token}" })), '429 too_many_tries -',
    'a locked password is not changed either';
$site->sql("UPDATE throttle SET window_start = NOW(3) - INTERVAL 901 SECOND " .
    "WHERE subject = 'login:$guessed->{email}'");
is got(login($guessed->{email}, $guessed->{password}, '198.51.100.5')),
    '200 - -', 'after a quarter of an hour the lock opens';
my $bob = $site->register;
is got(login("somebody$_\@example.org", 'wrong', '198.51.100.3')),
    '401 bad_credentials -', "address, try $_" for 1 .. 2;
$site->sql("UPDATE throttle SET tries = 1000000 WHERE subject LIKE " .
    "'login-from:198.51.100.3%'");
is got(login('somebody3@example.org', 'wrong', '198.51.100.3')),
    '429 too_many_tries -', 'an address that guesses waits, too';

# ---- tokens die

my $again = sub {
	return $site->post('/auth/login', { email => $bob->{email},
	    password => $bob->{password} })->{json}{data}{token};
};
my $first = bless { %$bob }, 'Gesso::User';
my $second = bless { %$bob, token => $again->() }, 'Gesso::User';
isnt $first->{token}, $second->{token}, 'every login has its own token';

$reply = $first->post('/auth/refresh', '');
is $reply->{status}, 200, 'a token is refreshed';
my $fresh = bless { %$bob, token => $reply->{json}{data}{token} },
    'Gesso::User';
is $fresh->get('/user/profile')->{status}, 200, 'the new one is good';
is $first->get('/user/profile')->{status}, 200, 'the old one is, too, yet';
like $site->sql('SELECT TIMESTAMPDIFF(SECOND, NOW(), dies_at) FROM ' .
    'revoked_token'), qr/^(5\d|60)$/, 'for a minute';
$site->sql('UPDATE revoked_token SET dies_at = NOW(3) + INTERVAL 30 SECOND');
is $first->post('/auth/refresh', '')->{status}, 200,
    'it may be refreshed once more';
like $site->sql('SELECT TIMESTAMPDIFF(SECOND, NOW(), dies_at) FROM ' .
    'revoked_token'), qr/^[12]\d$|^30$/, 'which does not make it live longer';
is $first->post('/auth/logout', '')->{status}, 200, 'or thrown away';
is got($first->get('/user/profile')), '401 unauthenticated -',
    'then it is dead';
is got($first->post('/auth/refresh', '')), '401 unauthenticated -',
    'and has no next one';
is $fresh->get('/user/profile')->{status}, 200, 'the new one lives';
is $first->get('/user/profile')->{headers}{'www-authenticate'}, 'Bearer',
    'and the header says what is wanted';

$reply = $fresh->post('/auth/logout', '');
is $reply->{body} =~ /"data":\{\}/ ? $reply->{status} : 'other', 200,
    'one logs out';
is got($fresh->get('/user/profile')), '401 unauthenticated -',
    'the token is dead at once';
is $second->get('/user/profile')->{status}, 200, 'others live';

my $third = bless { %$bob, token => $again->() }, 'Gesso::User';
is $second->post('/auth/logout-all', '')->{status}, 200, 'out everywhere';
is got($_->get('/user/profile')), '401 unauthenticated -', 'all are dead'
    for $second, $third;

# ---- the password

$bob->{token} = $again->();
my $other = bless { %$bob, token => $again->() }, 'Gesso::User';
for my $case (
    [ {}, '400 missing_field oldPassword' ],
    [ { oldPassword => $bob->{password} }, '400 missing_field newPassword' ],
    [ { oldPassword => 'wrong', newPassword => 'y' x 8 },
	'400 bad_credentials oldPassword' ],
    [ { oldPassword => $bob->{password}, newPassword => 'y' x 7 },
	'400 invalid_field newPassword' ],
    [ { oldPassword => $bob->{password}, newPassword => 'y' x 129 },
	'400 invalid_field newPassword' ],
) {
	is got($bob->put('/user/password', $case->[0])), $case->[1],
	    "password: $case->[1]";
}
$reply = $bob->put('/user/password', { oldPassword => $bob->{password},
    newPassword => 'another horse' });
is $reply->{status}, 200, 'the password is changed';
is got($other->get('/user/profile')), '401 unauthenticated -',
    'all other tokens are dead';
$bob->{token} = $reply->{json}{data}{token};
is $bob->get('/user/profile')->{status}, 200, 'the new one is good';
is $site->post('/auth/login', { email => $bob->{email},
    password => $bob->{password} })->{status}, 401, 'the old one is not';
is $site->post('/auth/login', { email => $bob->{email},
    password => 'another horse' })->{status}, 200, 'the new one is';

# ---- who one is

$data = $bob->get('/user/profile')->{json}{data};
is_deeply [ sort keys %$data ], [qw(avatar computePower createdAt email id
    role totalGenerated username vipLevel)], 'the profile is whole';
is_deeply [ @$data{qw(id username computePower vipLevel totalGenerated role)} ],
    [ $bob->{id}, $bob->{username}, 50, 0, 0, 'user' ], 'and true';
like $data->{createdAt}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
    'with a time of RFC 3339';
is_deeply $bob->power, { total => 50, used => 0, remaining => 50,
	gifted => 50, hdCount => 0 }, 'and has what everybody is given';
is $site->admin->get('/user/profile')->{json}{data}{role}, 'admin',
    'the administrator is one';
$site->sql("UPDATE account SET vip_level = 3 WHERE email = '$bob->{email}'");
is $bob->get('/user/profile')->{json}{data}{vipLevel}, 3, 'a VIP level is seen at once';
$site->sql("UPDATE account SET vip_until = NOW(3) - INTERVAL 1 SECOND");
is $bob->get('/user/profile')->{json}{data}{vipLevel}, 0,
    'until the day it ends';

# ---- another name, another picture

# stored(use_for, owner, duration): the address of a file that is not there.
sub stored {
	my ($use, $owner, $duration) = @_;
	my $name = sprintf '%08x%08x%08x%08x', map { 1 + int rand 2**31 } 1 .. 4;
	my $small = $name =~ s/^./8/r; # which no other begins with
	my $id = $owner->{id} =~ tr/-//dr;
	$site->sql("INSERT INTO media (name, account_id, use_for, mime, " .
	    "extension, bytes, sha256, width, height, duration_ms, thumbnail, " .
	    "created_at) VALUES (UNHEX('$small'), UNHEX('$id'), 'thumbnail', " .
	    "'image/webp', 'webp', 1, UNHEX(REPEAT('00', 32)), 1, 1, NULL, " .
	    "NULL, NOW(3)), (UNHEX('$name'), UNHEX('$id'), '$use', " .
	    "'image/png', 'png', 1, UNHEX(REPEAT('00', 32)), 1, 1, " .
	    ($duration // 'NULL') . ", UNHEX('$small'), NOW(3))");
	my $base = $site->{base} =~ s{/api/v1$}{}r;
	return ("$base/media/$name.png", "$base/media/$small.webp");
}
my $eve = $site->register;
my ($picture, $thumbnail) = stored('upload', $bob);
for my $case (
    [ { username => 'ab' }, '400 invalid_field username' ],
    [ { username => 'a b' }, '400 invalid_field username' ],
    [ { username => 7 }, '400 invalid_field username' ],
    [ { username => uc $eve->{username} }, '400 username_taken username' ],
    [ { avatar => 7 }, '400 invalid_field avatar' ],
    [ { avatar => 'x' }, '400 invalid_field avatar' ],
    [ { avatar => 'http://elsewhere/media/x.png' },
	'400 invalid_field avatar' ],
    [ { avatar => $picture =~ s/png$/jpg/r }, '400 invalid_field avatar' ],
    [ { avatar => "$picture/../x" }, '400 invalid_field avatar' ],
    [ { avatar => $thumbnail }, '400 invalid_field avatar' ],
    [ { avatar => (stored('upload', $eve))[0] },
	'400 invalid_field avatar' ],
    [ { avatar => (stored('result', $bob))[0] },
	'400 invalid_field avatar' ],
    [ { avatar => (stored('upload', $bob, 1000))[0] },
	'400 invalid_field avatar' ],
) {
	is got($bob->put('/user/profile', $case->[0])), $case->[1],
	    'profile: ' . JSON::PP->new->encode($case->[0]);
}
my $seen = sub { $bob->get('/user/profile')->{json}{data} };
is $seen->()->{username}, $bob->{username}, 'a refusal changes nothing';
$data = $bob->put('/user/profile', { username => 'Böb',
    avatar => $picture })->{json}{data};
is_deeply [ @$data{qw(username avatar)} ], [ 'Böb', $thumbnail ],
    'name and picture are changed, the picture shown by its thumbnail';
is_deeply $seen->(), $data, 'for good';
is $bob->put('/user/profile', { username => 'BÖB' })->{status}, 200,
    'the own name may be written in another way';
is $bob->put('/user/profile', { avatar => $thumbnail })->{json}{data}{avatar},
    $thumbnail, 'what was shown may be given back';
is $bob->put('/user/profile', {})->{json}{data}{avatar}, $thumbnail,
    'nothing asked, nothing changed';
is $bob->put('/user/profile', { avatar => '' })->{json}{data}{avatar}, '',
    'the picture can be taken away';

# ---- a ban

$site->sql("UPDATE account SET banned_at = NOW(3), token_epoch = token_epoch " .
    "+ 1 WHERE email = '$bob->{email}'");
is got($bob->get('/user/profile')), '403 banned -', 'a ban is read at once';
is got($site->post('/auth/login', { email => $bob->{email},
    password => 'another horse' })), '403 banned -', 'at login, too';
is got($site->post('/auth/login', { email => $bob->{email},
    password => 'guessed' })), '401 bad_credentials -',
    'but told to the owner only';
$site->sql('UPDATE account SET banned_at = NULL');
is got($bob->get('/user/profile')), '401 unauthenticated -',
    'tokens from before stay dead';

is $site->ctl('ledger', 'audit')->{status}, 0, 'the ledger is right';
unlike $site->log('gesso.fcgi'), qr/ended with INTERNAL|horse/,
    'nothing failed, and no password is in the log';

done_testing;
