#!/usr/bin/perl
# Hostile tokens at every door, and two signing keys at once.
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256 hmac_sha384 hmac_sha512);
use JSON::PP;
use MIME::Base64 qw(encode_base64url decode_base64url);
use Test::More;
use Fcgi;
use Gesso qw(wait_for);

my $site = Gesso->start(conf => { limit_free_calls_per_hour => 1000000 });
my $user = $site->register;
my ($kid, $key) = Gesso::slurp("$site->{dir}/token.keys") =~ /^(\S+) (\S+)/;
$key = pack 'H*', $key;

# ---- the makers

my $json = JSON::PP->new->utf8->canonical;
my ($head, $claims) = map { decode_base64url($_) }
    (split /\./, $user->{token})[0, 1];
my %head = %{ $json->decode($head) };
my %claims = %{ $json->decode($claims) };

sub text { my ($what) = @_; return ref $what ? $json->encode($what) : $what }

# signed({header}, {claims}, key, digest)
sub signed {
	my ($h, $c, $with, $digest) = @_;
	my $what = join '.', map { encode_base64url(text($_)) } $h, $c;
	return "$what." . encode_base64url(
	    ($digest // \&hmac_sha256)->($what, $with // $key));
}
sub head { my %h = (%head, @_); delete $h{$_} for grep { !defined $h{$_} } keys %h; return \%h }
sub claims { my %c = (%claims, @_); delete $c{$_} for grep { !defined $c{$_} } keys %c; return \%c }

is signed(\%head, \%claims), $user->{token}, 'the test signs as gesso does'
    or diag "$head $claims";
my ($h64, $c64, $s64) = split /\./, $user->{token};
my $uuid = '01890000-0000-7000-8000-000000000000';

my %hostile = (
	'nothing' => '',
	'dots' => '..',
	'one part' => $h64,
	'two parts' => "$h64.$c64",
	'four parts' => "$user->{token}.x",
	'a dot more' => "$user->{token}.",
	'alg none' => signed(head(alg => 'none'), \%claims),
	'alg none, no signature' => (join '.', (split /\./,
	    signed(head(alg => 'none'), \%claims))[0, 1]) . '.',
	'alg NoNe' => signed(head(alg => 'NoNe'), \%claims),
	'alg hs256' => signed(head(alg => 'hs256'), \%claims),
	'alg HS384' => signed(head(alg => 'HS384'), \%claims, $key,
	    \&hmac_sha384),
	'alg HS512' => signed(head(alg => 'HS512'), \%claims, $key,
	    \&hmac_sha512),
	'alg RS256' => signed(head(alg => 'RS256'), \%claims),
	'alg ES256' => signed(head(alg => 'ES256'), \%claims),
	'no alg' => signed(head(alg => undef), \%claims),
	'alg a number' => signed(head(alg => 1), \%claims),
	'no kid' => signed(head(kid => undef), \%claims),
	'an unknown kid' => signed(head(kid => 'other'), \%claims),
	'kid a path' => signed(head(kid => '../../dev/null'), \%claims),
	'kid a query' => signed(head(kid => "' OR 1=1"), \%claims),
	'typ at+jwt' => signed(head(typ => 'at+jwt'), \%claims),
	'crit' => signed(head(crit => ['x'], x => 1), \%claims),
	'alg twice' => signed('{"alg":"none","alg":"HS256","kid":"' . $kid .
	    '","typ":"JWT"}', \%claims),
	'header an array' => signed('["HS256"]', \%claims),
	'header no JSON' => signed('{"alg":"HS256"', \%claims),
	'another key' => signed(\%head, \%claims, 'x' x 32),
	'an empty key' => signed(\%head, \%claims, ''),
	'the key in hex' => signed(\%head, \%claims, unpack 'H*', $key),
	'no signature' => "$h64.$c64.",
	'a short signature' => "$h64.$c64." . substr($s64, 0, -4),
	'a longer signature' => "$user->{token}AAAA",
	'padding' => "$user->{token}=",
	'unused bits' => "$h64.$c64." . substr($s64, 0, -1) .
	    do { my $c = substr $s64, -1; my $n = index(join('', 'A' .. 'Z',
		'a' .. 'z', 0 .. 9, '-_'), $c);
		(('A' .. 'Z', 'a' .. 'z', 0 .. 9, '-', '_')[$n ^ 1]) },
	'base64 with +/' => "$h64.$c64." . ($s64 =~ tr{-_}{+/}r) . '+',
	'a blank inside' => "$h64. $c64.$s64",
	'a blank behind' => "$user->{token} x",
	'a comma behind' => "$user->{token},x",
	'expired' => signed(\%head, claims(exp => time - 1)),
	'exp now' => signed(\%head, claims(exp => int time)),
	'exp 0' => signed(\%head, claims(exp => 0)),
	'exp negative' => signed(\%head, claims(exp => -1)),
	'no exp' => signed(\%head, claims(exp => undef)),
	'exp a text' => signed(\%head, claims(exp => "$claims{exp}")),
	'exp null' => signed(\%head, claims(exp => JSON::PP::null)),
	'exp a fraction' => signed(\%head,
	    $json->encode(\%claims) =~ s/"exp":(\d+)/"exp":$1.5/r),
	'exp huge' => signed(\%head,
	    $json->encode(\%claims) =~ s/"exp":(\d+)/"exp":1e300/r),
	'exp twice' => signed(\%head,
	    $json->encode(\%claims) =~ s/"exp":(\d+)/"exp":1,"exp":$1/r),
	'no sub' => signed(\%head, claims(sub => undef)),
	'sub of nobody' => signed(\%head, claims(sub => $uuid)),
	'sub in upper case' => signed(\%head, claims(sub => uc $claims{sub})),
	'sub a number' => signed(\%head, claims(sub => 1)),
	'sub an object' => signed(\%head, claims(sub => {})),
	'no jti' => signed(\%head, claims(jti => undef)),
	'jti a word' => signed(\%head, claims(jti => 'x')),
	'no iat' => signed(\%head, claims(iat => undef)),
	'no epoch' => signed(\%head, claims(epoch => undef)),
	'an epoch to come' => signed(\%head, claims(epoch => 1)),
	'epoch a text' => signed(\%head, claims(epoch => '0')),
	'claims an array' => signed(\%head, '[]'),
	'claims no JSON' => signed(\%head, 'x'),
	'claims with a NUL' => signed(\%head,
	    $json->encode(\%claims) =~ s/"iat"/"x\\u0000":1,"iat"/r),
	'claims of 10 kB' => signed(\%head, claims(x => 'x' x 10000)),
	'claims 40 deep' => signed(\%head,
	    $json->encode(\%claims) =~ s/^\{/'{"x":' . '[' x 40 . ']' x 40 .
		','/er),
	'a JWE' => join('.', $h64, ('AA') x 4),
	'10 kB of dots' => '.' x 10000,
	'bytes' => "\xff\xfe.\x01.\x7f",
);
delete $hostile{expired};	# has a reason of its own, below
delete $hostile{'exp now'};

my $id = $uuid;
my @doors = (
	[ GET => '/user/profile' ], [ GET => '/user/compute-power' ],
	[ GET => '/user/limits' ], [ PUT => '/user/password' ],
	[ POST => '/auth/register' ], [ POST => '/auth/login' ],
	[ POST => '/auth/refresh' ], [ POST => '/auth/logout' ],
	[ POST => '/auth/logout-all' ],
	[ POST => '/generate/text-to-image' ],
	[ POST => '/generate/text-to-video' ],
	[ GET => "/generate/task/$id" ], [ GET => "/generate/video-task/$id" ],
	[ POST => "/generate/task/$id/cancel" ],
	[ POST => "/generate/video-task/$id/cancel" ],
	[ GET => '/works' ], [ GET => "/works/$id" ],
	[ GET => "/works/$id/download" ], [ GET => '/health' ],
);

sub knock {
	my ($door, $header) = @_;
	return Fcgi::request($site, { REQUEST_METHOD => $door->[0],
	    REQUEST_URI => $door->[1], CONTENT_LENGTH => 0,
	    HTTP_AUTHORIZATION => $header });
}

for my $name (sort keys %hostile) {
	my @open;
	for my $door (@doors) {
		my $got = knock($door, "Bearer $hostile{$name}");
		push @open, "@$door: $got->{status} " .
		    ($got->{json}{reason} // '')
		    unless $got->{status} == 401 &&
			$got->{json}{reason} eq 'unauthenticated' &&
			$got->{headers}{'www-authenticate'} eq 'Bearer';
	}
	is_deeply \@open, [], "$name is refused at every door";
}
for my $exp (time - 1, int time) {
	my $got = knock($doors[0], 'Bearer ' .
	    signed(\%head, claims(exp => $exp)));
	is_deeply [ $got->{status}, $got->{json}{reason} ],
	    [ 401, 'token_expired' ], 'one whose time has passed is told so';
}
for my $header ("Basic dTpw", $user->{token}, 'Bearer', 'Bearer ',
    "Bearer\t$user->{token}", "Token $user->{token}",
    "Bearer Bearer $user->{token}", 'bearer x') {
	is knock($_, $header)->{status}, 401,
	    substr($header, 0, 16) . " at $_->[1]" for $doors[0], $doors[-1];
}
for my $door (@doors) {
	my $got = knock($door, undef);
	my $public = $door->[1] =~ m{^/(auth/(register|login)|health)$};
	is $got->{status} == 401 ? 1 : 0, $public ? 0 : 1,
	    "@$door without a token";
}
is knock($doors[0], "bearer  $user->{token}")->{status}, 200,
    'the scheme is no matter of case';

# ---- every single bit counts

my @bytes = split //, $user->{token};
my @accepted;
for my $at (0 .. $#bytes) {
	my @copy = @bytes;
	$copy[$at] = chr(ord($copy[$at]) ^ 1 << $at % 7);
	next if $copy[$at] =~ /[\0-\x1f\x7f]/;
	push @accepted, $at
	    if knock($doors[0], 'Bearer ' . join '', @copy)->{status} != 401;
}
is_deeply \@accepted, [], 'no token with a bit turned is accepted';

# ---- two keys at once

sub keys_write {
	my ($text) = @_;
	open my $file, '>', "$site->{dir}/token.keys.new" or die;
	chmod 0600, "$site->{dir}/token.keys.new";
	print {$file} $text;
	close $file;
	rename "$site->{dir}/token.keys.new", "$site->{dir}/token.keys";
	my $before = () = $site->log('gesso.fcgi') =~ /was read again/g;
	$site->kill_by_name('gesso.fcgi', 'HUP');
	return wait_for(sub {
		my $now = () = $site->log('gesso.fcgi') =~ /was read again/g;
		return $now > $before;
	});
}
my $old_line = "$kid " . unpack 'H*', $key;
my $new = 'n' x 32;
my $new_line = 'k2 ' . unpack 'H*', $new;

my $failed = 0;
my $try = sub {
	$failed++ if $user->get('/user/profile')->{status} != 200;
};
$try->() for 1 .. 5;
ok keys_write("$new_line\n$old_line\n"), 'a new key signs';
$try->() for 1 .. 30;
is $failed, 0, 'nobody with an old token notices';
my $login = sub {
	return $site->post('/auth/login', { email => $user->{email},
	    password => $user->{password} })->{json}{data}{token};
};
ok wait_for(sub {
	my $made = $json->decode(decode_base64url((split /\./, $login->())[0]));
	return $made->{kid} eq 'k2';
}), 'tokens are signed with it';
my $fresh = bless { %$user, token => $login->() }, 'Gesso::User';
is $fresh->get('/user/profile')->{status}, 200, 'and are good';
is knock($doors[0], 'Bearer ' . signed(head(kid => 'k2'), \%claims))->{status},
    401, 'the old key does not sign for the new one';
ok keys_write("$new_line\n"), 'the old key goes';
ok wait_for(sub { $user->get('/user/profile')->{status} == 401 }),
    'and with it its tokens';
is $fresh->get('/user/profile')->{status}, 200, 'the new ones stay';

{
	open my $file, '>', "$site->{dir}/token.keys" or die;
	print {$file} "short deadbeefcafe\n";
	close $file;
	$site->kill_by_name('gesso.fcgi', 'HUP');
	ok wait_for(sub { $site->log('gesso.fcgi') =~
	    /old configuration stays in force/ }),
	    'a file without a good key changes nothing';
	is $fresh->get('/user/profile')->{status}, 200, 'and disturbs nobody';
	unlike $site->log('gesso.fcgi'), qr/deadbeefcafe/, 'nor is it in the log';
	ok keys_write("$new_line\n"), 'a good one is taken';
	rename "$site->{dir}/seal.keys", "$site->{dir}/seal.keys.away" or die;
	$site->kill_by_name('gesso.fcgi', 'HUP');
	ok wait_for(sub { $site->log('gesso.fcgi') =~
	    /seal[.]keys'.*\n.*old configuration stays in force/ }),
	    'so it is without the keys that seal';
}

done_testing;
