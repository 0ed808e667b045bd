#!/usr/bin/perl
# Redemption codes, VIP levels, and the ledger as its owner sees it.
use strict;
use warnings;
use JSON::PP ();
use POSIX ();
use Test::More;
use Gesso;

my $site = Gesso->start(conf => { limit_free_calls_per_hour => 1000000 });
my $user = $site->register;

sub data { return $_[0]{json}{data} }
sub refusal { return "$_[0]{status} " . ($_[0]{json}{reason} // '') . ' ' .
    ($_[0]{json}{field} // '') }

sub code {
	my $made = $site->ctl('--json', 'code', 'new', @_);
	die "code new: $made->{err}" if $made->{status};
	return $made->{json}{codes}[0];
}
sub redeem { my ($who, $code) = @_; return $who->post('/user/recharge',
    { code => $code }) }

# ---- the tool

my $made = $site->ctl('code', 'new', '--power', 10, '--count', 3);
is scalar(() = $made->{out} =~ /^[0-9A-Z]{5}(-[0-9A-Z]{5}){3}$/mg), 3,
    'codes, one a line';
for my $case ([], [ '--power', -1 ], [ '--power', 'x' ],
    [ '--power', 1, '--count', 0 ], map { [ '--power', 1, '--expires', $_ ] }
    'soon', '2099-02-31', '2099-02-29', '2099-12-31T24:00:00Z', '2099-12-31x',
    '2099-12-31T12:99:00Z', '2099-12-31T12:00:60Z', '2099-12-31T-1:00:00Z',
    '2099-1-2', '2099- 1- 2', ' 2099-01-02', '0000-00-00', '+209-01-02',
    '2099-12-31T12:00:00', '2099-12-31T12:00:00+08:00', '2099-12-31T12:00Z',
    '36501d', '106751991167d', '-1d', '') {
	is $site->ctl('code', 'new', @$case)->{status}, 2,
	    "code new @$case is refused";
}
my $code = code('--power', 100);
is $site->sql("SELECT COUNT(*) FROM redemption_code
    WHERE HEX(hash) LIKE '%$code%' OR tail = '$code'"), 0,
    'the code itself is not kept';

# ---- redeeming

my $got = redeem($user, $code);
is_deeply [ @{ data($got) }{qw(amount balance)} ], [ 100, 150 ],
    'a code gives power';
like data($got)->{transactionId}, qr/^[0-9a-f]{8}-[0-9a-f]{4}-7/,
    'in a transaction';
is_deeply $user->power, { total => 150, used => 0, remaining => 150,
	gifted => 50, hdCount => 0 }, 'that was bought, not given';
is refusal(redeem($user, $code)), '400 invalid_code code', 'it works once';
my $other = $site->register;
is refusal(redeem($other, $code)), '400 invalid_code code', 'for anybody';
is refusal(redeem($other, code('--power', 5, '--expires', '2020-01-01'))),
    '400 invalid_code code', 'not when it has expired';
is redeem($site->register, code('--power', 5, '--expires', $_))->{status}, 200,
    "but until $_" for '30d', '36500d', '2096-02-29', '2038-01-19T03:14:08Z',
    '2099-12-31T23:59:59Z';
my @words = map { redeem($other, $_)->{json}{error} } $code, 'nonsense';
is $words[0], $words[1], 'in the same words for all';

$got = redeem($user, lc code('--gifted', 7, '--hd', 3, '--vip-days', 30));
is_deeply [ @{ data($got) }{qw(amount balance hdCount vipLevel)} ],
    [ 7, 157, 3, 1 ], 'a code may give more than power';
like data($got)->{vipUntil}, qr/^\d{4}-\d\d-\d\dT/, 'VIP has an end';
is $user->power->{gifted}, 57, 'what is on the house counts as given';
is data($user->get('/user/profile'))->{vipLevel}, 1, 'the level is there';
is $user->get('/user/profile')->{headers}{'ratelimit-limit'}, 1000,
    'with its limits';

is_deeply { %{ data(redeem($user, code('--hd', 2))) } }, { amount => 0,
    balance => 157, transactionId => undef, hdCount => 2 },
    'or no power at all';

my $all = code('--gifted', 1, '--per-user');
is redeem($_, $all)->{status}, 200, 'a code for everybody' for $user, $other;
is refusal(redeem($user, $all)), '400 invalid_code code', 'is once for each';

for my $case ([ { amount => 100 }, '400 missing_field code' ],
    [ {}, '400 missing_field code' ], [ { code => 5 },
    '400 invalid_field code' ], [ { code => '' }, '400 invalid_field code' ],
    [ { code => undef }, '400 missing_field code' ]) {
	is refusal($user->post('/user/recharge', $case->[0])), $case->[1],
	    JSON::PP->new->encode($case->[0]);
}

# ---- the same key gives the same answer

my $key = { 'Idempotency-Key' => 'k1' };
$code = code('--power', 3);
my $first = $user->post('/user/recharge', { code => $code }, $key);
my $second = $user->post('/user/recharge', { code => $code }, $key);
is $first->{content}, $second->{content}, 'a repeated call is answered again';
is $second->{headers}{'idempotent-replay'}, 'true', 'and says so';
is refusal($user->post('/user/recharge', { code => 'other' }, $key)),
    '400 idempotency_mismatch Idempotency-Key',
    'with another body it is refused';

# ---- wrong tries

my $thief = $site->register;
$code = code('--power', 1);
is refusal(redeem($thief, "WRONG-$_")), '400 invalid_code code', "wrong try $_"
    for 1 .. 10;
my $locked = redeem($thief, $code);
is refusal($locked), '429 too_many_tries ', 'the eleventh must wait';
cmp_ok $locked->{headers}{'retry-after'}, '>', 500, 'and is told how long';
is redeem($other, $code)->{status}, 200, 'others need not';

# ---- 200 at once

$code = code('--power', 1000);
my @people = map { $site->register } 1 .. 20;
my @pipes;
for my $who (@people) {
	pipe my $read, my $write or die "pipe: $!";
	my $pid = fork // die "fork: $!";
	if ($pid == 0) {
		syswrite $write, redeem($who, $code)->{status} . "\n"
		    for 1 .. 10;
		POSIX::_exit(0);
	}
	close $write;
	push @pipes, [ $pid, $read ];
}
my %count;
for (@pipes) {
	my ($pid, $read) = @$_;
	$count{ s/\s//r }++ for <$read>;
	waitpid $pid, 0;
}
is_deeply \%count, { 200 => 1, 400 => 199 }, 'of 200 tries one succeeds';
is $site->ctl('ledger', 'audit')->{status}, 0, 'the ledger is right';

# ---- the ledger

my (@seen, $cursor, $balance);
for (1 .. 9) {
	my $page = data($user->get('/user/compute-power/transactions?' .
	    'pageSize=2' . ($cursor ? "&cursor=$cursor" : '')));
	is $page->{total}, 5, 'the list has a total';
	push @seen, @{ $page->{list} };
	$cursor = $page->{nextCursor} or last;
}
is_deeply [ map { $_->{kind} } @seen ], [ ('recharge') x 4, 'signup' ],
    'every movement is listed, newest first';
is_deeply [ map { $_->{amount} } @seen ], [ 3, 1, 7, 100, 50 ],
    'with its amount';
is $seen[0]{balance}, $user->power->{remaining}, 'and what was left';
$balance = $seen[0]{balance};
for (@seen) {
	is $_->{balance}, $balance, 'the balances add up';
	$balance -= $_->{change};
}
is $balance, 0, 'from nothing';
like $seen[3]{note}, qr/^.+[0-9A-Z]{4}$/, 'a code is told by its end';
my $painter = $site->register;
my $paid = $painter->submit('a kite');
is $painter->finished($paid)->{status}, 'completed', 'a picture is made';
my $lost = $painter->submit('a kite, refuse');
is $painter->finished($lost)->{status}, 'failed', 'another is not';
is_deeply [ map { [ @$_{qw(kind change balance taskId)} ] } @{ data($painter
    ->get('/user/compute-power/transactions'))->{list} } ],
    [ [ 'release', 1, 49, $lost ], [ 'hold', -1, 48, $lost ],
    [ 'capture', 0, 49, $paid ], [ 'hold', -1, 49, $paid ],
    [ 'signup', 50, 50, undef ] ], 'what tasks take and give back is told';
for my $case ([ 'page=0' => 'page' ], [ 'cursor=x' => 'cursor' ]) {
	is refusal($user->get(
	    "/user/compute-power/transactions?$case->[0]")),
	    "400 invalid_field $case->[1]", "?$case->[0] is refused";
}

done_testing;
