#!/usr/bin/perl
# What many do at once where only some may pass.  Whatever can be done to one
# thing, two at a time: t/long/races.t.
use strict;
use warnings;
use Test::More;
use Counts qw(counts_ok);
use Gesso qw(at_once got);
use Races qw(race_site);

my $site = race_site();

# crowd(count, sub): how often each was said, "8 200, 1 404 not_found".
sub crowd {
	my %said;
	$said{$_}++ for at_once(@_);
	return join ', ', map { "$said{$_} $_" } sort keys %said;
}

my $who = $site->register;
my @people = map { $site->register } 1 .. 6;
my ($once) = @{ $site->ctl('--json', qw(code new --power 7))
    ->{json}{codes} };
my ($each) = @{ $site->ctl('--json', qw(code new --power 7 --per-user))
    ->{json}{codes} };
my $redeem = sub {
	my ($code) = @_;
	return sub { return got($people[$_[0] % @people]
	    ->post('/user/recharge', { code => $code })) };
};
is crowd(6, $redeem->($once)), '1 200, 5 400 invalid_code code',
    'a code of one use is used once';
is crowd(12, $redeem->($each)), '6 200, 6 400 invalid_code code',
    'one for everybody once by each';

my $submit = sub {
	my (%fields) = @_;
	return sub { return got($who->post('/generate/text-to-image',
	    { prompt => 'a kite instant', %fields })) };
};
my $id = $who->{id} =~ s/-//gr;
$site->sql("UPDATE account SET hd_count = 3, power_available = 7,
    power_gifted = 7 WHERE id = UNHEX('$id')");
$site->sql("UPDATE power_transfer SET amount = 7, balance = 7
    WHERE account_id = UNHEX('$id')");
is crowd(8, $submit->(width => 2048, height => 2048)),
    '5 200, 3 403 insufficient_power',
    'the last units of a plan and of power are spent once';
is_deeply [ @{ $who->power }{qw(remaining hdCount)} ], [ 0, 0 ],
    'and all of them';

$who = $site->register;
$id = $who->{id} =~ s/-//gr;
$submit->()->();
$site->sql("UPDATE account SET quota_day = quota_day - 1, images_today = 500
    WHERE id = UNHEX('$id')");
is crowd(8, $submit->()), '8 200', 'a day that has just begun is a new one';
is $who->get('/user/limits')->{json}{data}{images}{used}, 8,
    'for each of them';

my $task = $who->submit('a kite neverends');
my $cancel = sub { return got($who->post("/generate/task/$task/cancel")) };
is crowd(6, $cancel), '6 200', 'a task is cancelled by all who ask';
my ($work) = map { $_->{id} }
    @{ $who->get('/works?status=failed')->{json}{data}{list} };
is crowd(6, sub { return got($who->del("/works/$work")) }),
    '1 200, 5 404 not_found', 'and its work deleted by one';

counts_ok($site);

done_testing;
