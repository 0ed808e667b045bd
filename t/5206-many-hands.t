#!/usr/bin/perl
# Many people do everything at once, at random, on the same works: afterwards
# every number that is kept equals what it counts.  GESSO_SEED=N does the same
# again, GESSO_STEPS=250 more of it.
use strict;
use warnings;
use JSON::PP ();
use Test::More;
use Gesso qw(wait_for at_once);
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
ok wait_for(sub { !$site->sql('SELECT COUNT(*) FROM task WHERE active') &&
    !$site->sql("SELECT COUNT(*) FROM message WHERE status = 'streaming'")
    }, 60), 'everything ends';

my $grouped = "SELECT account_id, type, status, COUNT(*) AS n FROM work
    GROUP BY account_id, type, status";
my %counts = (
	'works by owner, type and status' => "SELECT c.* FROM work_count c
	    LEFT JOIN ($grouped) w USING (account_id, type, status)
	    WHERE c.total <> COALESCE(w.n, 0)",
	'no works without a count' => "SELECT w.* FROM ($grouped) w
	    LEFT JOIN work_count c USING (account_id, type, status)
	    WHERE c.total IS NULL",
	'what is on the square' => 'SELECT * FROM square_count c WHERE total <>
	    (SELECT COUNT(*) FROM square s WHERE s.type = c.type)',
	'a place for each that is published' => 'SELECT id FROM work LEFT JOIN
	    square ON work_id = id WHERE (published_at IS NULL) <>
	    (work_id IS NULL)',
	'no place without a work' => 'SELECT work_id FROM square LEFT JOIN work
	    ON work_id = id WHERE id IS NULL',
	(map { my ($name, $column) = @$_; "$name of each work" =>
	    "SELECT id FROM work w WHERE $column <> (SELECT COUNT(*)
	    FROM work_$name r WHERE r.work_id = w.id)" } [ like => 'like_count' ],
	    [ favorite => 'favorite_count' ], [ play => 'play_count' ]),
	'scores' => 'SELECT work_id FROM square JOIN work ON id = work_id
	    WHERE hot = latest AND like_count + favorite_count > 0',
	'what each made' => "SELECT email, `generated` FROM account a
	    WHERE `generated` < (SELECT COUNT(*) FROM work w
	    WHERE w.account_id = a.id AND w.status = 'completed')",
	'uploads of each' => "SELECT email FROM account a WHERE storage_bytes <>
	    (SELECT COALESCE(SUM(bytes), 0) FROM media m WHERE
	    m.account_id = a.id AND use_for = 'upload' AND deleted_at IS NULL)",
	'avatars that are there' => 'SELECT email FROM account a JOIN media m
	    ON m.name = a.avatar WHERE m.deleted_at IS NOT NULL',
	'files of works that are there' => 'SELECT w.id FROM work w JOIN media m
	    ON m.name IN (w.media, w.thumbnail) WHERE m.deleted_at IS NOT NULL',
	'files of none' => "SELECT HEX(m.name) FROM media m LEFT JOIN work w
	    ON w.media = m.name WHERE m.use_for = 'result'
	    AND m.deleted_at IS NULL AND w.id IS NULL",
	'conversations' => 'SELECT id FROM conversation c WHERE message_count <>
	    (SELECT COUNT(*) FROM message m WHERE m.conversation_id = c.id)',
	'nothing is held' => 'SELECT email FROM account WHERE power_held <> 0',
	'codes' => 'SELECT tail FROM redemption_code c WHERE uses <> (SELECT
	    COUNT(*) FROM redemption r WHERE r.code_hash = c.hash)',
	'works that wait' => "SELECT id FROM work WHERE status = 'processing'",
);
for my $what (sort keys %counts) {
	my @wrong = $site->sql($counts{$what});
	is scalar @wrong, 0, $what or diag explain \@wrong;
}
my $audit = $site->ctl('ledger', 'audit');
is $audit->{status}, 0, 'the ledger' or diag $audit->{out}, $audit->{err};
for my $who (@people) {
	my $power = $who->power;
	is $power->{total}, $power->{used} + $power->{remaining}, 'power';
	my $list = $who->get('/works?pageSize=100')->{json}{data};
	is $list->{total}, scalar @{ $list->{list} }, 'the total of a list'
	    unless $list->{nextCursor};
	my $shown = $who->get('/works?favorite=true&pageSize=100')->{json}{data};
	is $shown->{total}, scalar @{ $shown->{list} }, 'and of the favorites';
}
ok wait_for(sub { $site->ctl('media', 'audit')->{status} == 0 }, 20),
    'files and rows are of one mind'
    or diag $site->ctl('media', 'audit')->{err};
unlike $site->log($_), qr/ended with INTERNAL|level=error/, "$_ is content"
    for qw(gesso.fcgi gesso-chat.fcgi gesso-poller);

done_testing;
