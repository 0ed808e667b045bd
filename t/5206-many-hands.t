#!/usr/bin/perl
# Many people do everything at once, at random, on the same works: afterwards
# every number that is kept equals what it counts.  GESSO_SEED=N does the same
# again, GESSO_STEPS=250 more of it.
use strict;
use warnings;
use JSON::PP ();
use Test::More;
use Counts qw(counts_ok);
use Gesso qw(at_once);
use Media qw(png);

my $HANDS = 6;
my $STEPS = $ENV{GESSO_STEPS} // 60;

my $seed = $ENV{GESSO_SEED} // time;
diag "GESSO_SEED=$seed";
my $site = Gesso->start(delay => 20, rhythm => 2, conf => {
	storage_quota => '20K', signup_power => 60,
	map { $_ => 100000 } qw(limit_free_images_per_day
	    limit_free_videos_per_day limit_free_calls_per_hour) });
$site->ctl('model', 'set', 'openai/gpt-4', '--price', 2);
my @people = map { $site->register } 1 .. 3;
$site->sql('UPDATE account SET hd_count = 3');
my @codes = map { @{ $site->ctl('--json', 'code', 'new', '--count', 4, @$_)
    ->{json}{codes} } } [ '--power', 7 ], [ '--gifted', 3, '--hd', 1 ];

# What a hand does: the status of the reply.
my @words = ('a kite', 'a kite', 'a kite refuse', 'a kite failjob',
    'a kite notanimage', 'a kite delay-300', 'a kite slow delay-900');
sub pick { return $_[rand @_] }
sub some_work {
	my ($who, $path) = @_;
	my $list = $who->get($path)->{json}{data}{list};
	return @$list ? pick(@$list)->{id} : '01900000-0000-7000-8000-000000000000';
}
my @acts = (
	(sub { my $who = shift; return $who->post('/generate/text-to-image',
	    { prompt => pick(@words), numImages => 1 + int rand 3,
	    rand 4 < 1 ? (width => 2048, height => 2048) : (),
	    rand 3 < 1 ? (model => 'dall-e-3') : () }) }) x 5,
	(sub { my $who = shift; return $who->post('/generate/text-to-video',
	    { prompt => pick(@words), duration => 1 + int rand 4 }) }),
	(sub { my $who = shift; return $who->del('/works/' .
	    some_work($who, '/works?pageSize=10')) }) x 3,
	(sub { my $who = shift; my $id = $who->get('/works/' .
	    some_work($who, '/works?status=processing'))
	    ->{json}{data}{taskId} // 'x';
	    return $who->post("/generate/task/$id/cancel") }) x 2,
	(sub { my $who = shift; return $who->post('/works/' .
	    some_work($who, '/works?status=completed') . '/publish', {}) }) x 4,
	(sub { my $who = shift; return $who->del('/works/' .
	    some_work($who, '/works?status=completed') . '/publish') }),
	(map { my $call = $_; sub { my $who = shift; return $who->post(
	    '/square/' . some_work($who, '/square/feeds') . "/$call",
	    $call eq 'play' ? undef :
	    { ($call eq 'like' ? 'liked' : 'favorited') =>
	    rand 3 < 1 ? JSON::PP::false : JSON::PP::true }) }
	    } qw(like like favorite favorite play)),
	(sub { my $who = shift; return $who->post('/user/recharge',
	    { code => pick(@codes) }, rand 2 < 1
	    ? { 'Idempotency-Key' => 'k' . int rand 4 } : {}) }),
	(sub { my $who = shift; my $up = $who->post('/upload/image',
	    { multipart => [ file => [ 'a.png', 'image/png',
	    png(64 + int rand 9, 64) ] ] });
	    $who->put('/user/profile',
	    { avatar => $up->{json}{data}{url} }) if $up->{status} == 200;
	    return $up }) x 2,
	(sub { my $who = shift; my ($row) = @{ $site->ctl('--json', 'upload',
	    'list', $who->{email}, '--limit', 1)->{json}{uploads} };
	    $site->ctl('--yes', 'upload', 'delete', $who->{email}, $row->{id})
	    if $row; return { status => 200 } }),
	(sub { my $who = shift; my $stream = $who->ask({ message =>
	    pick('hello', 'hello refuse', 'hello cutoff') });
	    my $status = $stream->head; $stream->rest if rand 3 > 1;
	    return { status => $status } }),
);

my @said = at_once($HANDS, sub {
	my ($n) = @_;
	srand $seed + $n;
	my %seen;
	for (1 .. $STEPS) {
		my $reply = pick(@acts)->(pick(@people));
		$seen{ $reply->{status} }++;
	}
	return join ' ', map { "$_:$seen{$_}" } sort keys %seen;
});
my %seen;
$seen{ (split /:/)[0] } += (split /:/)[1] for map { split } @said;
diag join ' ', map { "$_:$seen{$_}" } sort keys %seen;
is join(' ', grep { !/^(200|400|403|404|429|503)$/ } keys %seen), '',
    'everybody is answered' or diag explain \@said;
counts_ok($site);
for my $who (@people) {
	my $power = $who->power;
	is $power->{total}, $power->{used} + $power->{remaining}, 'power';
	my $list = $who->get('/works?pageSize=100')->{json}{data};
	is $list->{total}, scalar @{ $list->{list} }, 'the total of a list'
	    unless $list->{nextCursor};
	my $shown = $who->get('/works?favorite=true&pageSize=100')->{json}{data};
	is $shown->{total}, scalar @{ $shown->{list} }, 'and of the favorites';
}

done_testing;
