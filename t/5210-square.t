#!/usr/bin/perl
# The square: feeds for everybody, likes, favorites and plays.
use strict;
use warnings;
use utf8;
use JSON::PP ();
use POSIX ();
use Test::More;
use Gesso;

my $site = Gesso->start(conf => { limit_free_calls_per_hour => 1000000 });
my $ann = $site->register;
my $bob = $site->register;
my $nobody = '01900000-0000-7000-8000-000000000000';

sub data { return $_[0]{json}{data} }
sub ids { return [ map { $_->{id} } @{ data($_[0])->{list} } ] }
sub refusal { return "$_[0]{status} " . ($_[0]{json}{reason} // '') . ' ' .
    ($_[0]{json}{field} // '') }

is_deeply [ @{ data($site->get('/square/feeds')) }{qw(list total)} ],
    [ [], 0 ], 'an empty square';

my @images = $ann->published(12);
my @films = $ann->published(3, { type => "'video'", extension => "'mp4'",
	duration_ms => 4900 });
$ann->made(2);
my @newest = reverse @images, @films;

# ---- what is shown

my $feed = $site->get('/square/feeds');
is data($feed)->{total}, 15, 'only what is published counts';
my $item = data($feed)->{list}[0];
is_deeply [ sort keys %$item ], [ sort qw(id type title url thumbnail
    description prompt playCount likeCount favoriteCount author width height
    duration createdAt publishedAt) ], 'an item has all its members';
is_deeply [ sort keys %{ $item->{author} } ], [ qw(avatar id username) ],
    'its author too';
is $item->{author}{username}, $ann->{username}, 'by name';
is $item->{description}, '', 'without words the description is empty';
is $item->{prompt}, undef, 'the prompt is not shown';
$ann->post("/works/$item->{id}/publish", { showPrompt => JSON::PP::true,
	description => '海边' });
$item = data($site->get("/square/$item->{id}"));
is_deeply [ @$item{qw(prompt description)} ], [ 'a prompt', '海边' ],
    'unless its author shows it';
my $seen = data($bob->get('/square/feeds'))->{list}[0];
is_deeply [ @$seen{qw(liked favorited)} ],
    [ JSON::PP::false, JSON::PP::false ], 'with a token one sees what one likes';

# ---- orders, filters, pages

is_deeply ids($site->get('/square/feeds?sort=latest')), \@newest,
    'latest goes by publication';
is_deeply ids($site->get('/square/feeds?type=video')), [ reverse @films ],
    'films only';
is data($site->get('/square/feeds?type=video'))->{total}, 3,
    'with their total';
is_deeply ids($site->get('/square/feeds?sort=latest&pageSize=4&page=2')),
    [ @newest[4 .. 7] ], 'pages';
is_deeply ids($site->get('/square/feeds?page=9')), [], 'a page past the end';
for my $sort (qw(hot latest)) {
	my (@walk, $cursor);
	for (1 .. 9) {
		my $reply = $site->get("/square/feeds?sort=$sort&pageSize=4" .
		    ($cursor ? "&cursor=$cursor" : ''));
		push @walk, @{ ids($reply) };
		$cursor = data($reply)->{nextCursor} or last;
	}
	is_deeply \@walk, ids($site->get("/square/feeds?sort=$sort")),
	    "a walk by cursor, $sort";
}
for my $case ([ 'type=film' => 'type' ], [ 'sort=best' => 'sort' ],
    [ 'page=0' => 'page' ], [ 'pageSize=-3' => 'pageSize' ],
    [ 'cursor=!' => 'cursor' ]) {
	is refusal($site->get("/square/feeds?$case->[0]")),
	    "400 invalid_field $case->[1]", "?$case->[0] is refused";
}
is refusal($site->get('/square/feeds?page=101&pageSize=100')),
    '400 use_cursor page', 'deep pages want a cursor';

# ---- for caches

my $tag = $feed->{headers}{etag};
like $tag, qr{^W/"\w+"$}, 'an anonymous reader gets a tag';
like $feed->{headers}{'cache-control'}, qr/public, max-age=\d+$/,
    'and may keep it for a moment';
$feed = $site->get('/square/feeds');
my $again = $site->get('/square/feeds',
    { 'If-None-Match' => $feed->{headers}{etag} });
is "$again->{status} " . ($again->{content} // ''), '304 ', 'and asks by its tag';
is $site->get('/square/feeds', { 'If-None-Match' => '*' })->{status}, 304,
    'or by any';
isnt $feed->{headers}{etag}, $tag, 'which changes with what is shown';
is $bob->get('/square/feeds')->{headers}{'cache-control'}, 'no-store',
    'what one sees oneself is not kept';
is $site->request('HEAD', '/square/feeds')->{status}, 200, 'HEAD works';

# ---- likes, favorites, plays

my $old = $images[0];
is data($bob->get("/square/$old"))->{liked}, JSON::PP::false, 'not liked yet';
for (1 .. 2) {
	is_deeply data($bob->post("/square/$old/like")),
	    { liked => JSON::PP::true, likeCount => 1 }, 'liked, once';
	is_deeply data($bob->post("/square/$old/favorite")),
	    { favorited => JSON::PP::true, favoriteCount => 1 },
	    'favored, once';
}
$item = data($bob->get("/square/$old"));
is_deeply [ @$item{qw(liked favorited likeCount favoriteCount)} ],
    [ JSON::PP::true, JSON::PP::true, 1, 1 ], 'the work shows it';
is data($site->get('/square/feeds'))->{list}[0]{id}, $old,
    'and is the hottest now';
is_deeply ids($site->get('/square/feeds?sort=latest')), \@newest,
    'but not the latest';
is_deeply ids($bob->get('/works?favorite=true')), [ $old ],
    'it is among the favorites';
is data($ann->get("/works/$old"))->{likeCount}, 1, 'its owner sees the count';
is_deeply data($bob->post("/square/$old/like", { liked => JSON::PP::false })),
    { liked => JSON::PP::false, likeCount => 0 }, 'taken back by a body';
for (1 .. 2) {
	is_deeply data($bob->del("/square/$old/favorite")),
	    { favorited => JSON::PP::false, favoriteCount => 0 },
	    'taken back by DELETE, once';
}
is_deeply data($bob->del("/square/$old/like")),
    { liked => JSON::PP::false, likeCount => 0 }, 'what is not liked, too';

is_deeply data($bob->post("/square/$old/play")),
    { counted => JSON::PP::true, playCount => 1 }, 'a play counts';
is_deeply data($bob->post("/square/$old/play")),
    { counted => JSON::PP::false, playCount => 1 }, 'once a day';
is_deeply data($ann->post("/square/$old/play")),
    { counted => JSON::PP::false, playCount => 1 }, 'never for the author';

my ($private) = $ann->made(1);
for my $call (qw(like favorite play)) {
	is refusal($bob->post("/square/$_/$call")), '404 not_found ',
	    "no $call of $_" for $nobody, 'x', $private;
	is $site->post("/square/$old/$call")->{status}, 401,
	    "no $call without a token";
}
is refusal($bob->post("/square/$old/like", { liked => 'no' })),
    '400 invalid_field liked', 'liked is true or false';
is $site->get("/square/$_")->{status}, 404, "there is no '$_'"
    for $nobody, 'x', $private;
is $site->get('/square/feeds', { Authorization => 'Bearer bad' })->{status},
    401, 'a bad token is never nobody';

# ---- taken off and put back

my ($first, $second) = @images[1, 2];
$bob->post("/square/$first/$_") for qw(like favorite play);
$ann->del("/works/$first/publish");
is_deeply ids($bob->get('/works?favorite=true')), [],
    'what is taken off is no favorite of others';
is refusal($bob->del("/square/$first/like")), '404 not_found ',
    'nor are likes taken back';
$ann->post("/works/$first/publish", { description => 'again' });
is_deeply [ @{ data($bob->get("/square/$first")) }{qw(liked favorited likeCount
    favoriteCount playCount description prompt)} ],
    [ JSON::PP::true, JSON::PP::true, 1, 1, 1, 'again', undef ],
    'put back it has what it had';
is_deeply ids($bob->get('/works?favorite=true')), [ $first ],
    'and is a favorite again';
is data($site->get('/square/feeds?sort=latest'))->{list}[0]{id}, $first,
    'as the latest';
is data($site->get('/square/feeds'))->{total}, 15, 'counted once';
is data($bob->post("/square/$first/play"))->{playCount}, 1,
    'a play of that day stays one';
is_deeply [ map { data($bob->post("/square/$second/like", $_))->{liked} }
    {}, { liked => undef } ], [ JSON::PP::true, JSON::PP::true ],
    'a body without a word likes';
$ann->del("/works/$second");
is refusal($bob->post("/square/$second/like")), '404 not_found ',
    'a deleted one is gone';

# ---- many at once: 1 000 likes by 20 people on one work, some taken back

my @crowd = map { $site->register } 1 .. 20;
my @children;
for my $child (1 .. 10) {
	my $pid = fork // die "fork: $!";
	if ($pid == 0) {
		srand $child;
		for (1 .. 100) {
			my $who = $crowd[rand @crowd];
			my $reply = rand 3 < 2
			    ? $who->post("/square/$old/like")
			    : $who->del("/square/$old/like");
			POSIX::_exit(1) if $reply->{status} != 200;
		}
		POSIX::_exit(0);
	}
	push @children, $pid;
}
my $fine = 0;
for (@children) {
	waitpid $_, 0;
	$fine++ if $? == 0;
}
is $fine, 10, 'all are answered';
my $hex = $old =~ s/-//gr;
my $rows = $site->sql("SELECT COUNT(*) FROM work_like
    WHERE work_id = UNHEX('$hex')");
is data($site->get("/square/$old"))->{likeCount}, $rows,
    "the count equals the $rows rows";

# ---- not public

$site->stop;
$site = Gesso->start(dir => $site->{dir}, conf => { square_public => 'no' });
$_->{site} = $site for $ann, $bob;
is $site->get('/square/feeds')->{status}, 401,
    'a square that is not public wants a token';
is $site->get("/square/$old")->{status}, 401, 'for each work, too';
is $bob->get('/square/feeds')->{status}, 200, 'and shows all with one';

done_testing;
