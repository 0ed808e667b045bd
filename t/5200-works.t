#!/usr/bin/perl
# Own works: lists in every way, the title, publishing, deleting.
use strict;
use warnings;
use utf8;
use JSON::PP ();
use Test::More;
use Gesso;

my $site = Gesso->start(conf => { limit_free_calls_per_hour => 1000000 });
my $user = $site->register;
my $other = $site->register;
my $nobody = '01900000-0000-7000-8000-000000000000';

sub data { return $_[0]{json}{data} }
sub ids { return [ map { $_->{id} } @{ data($_[0])->{list} } ] }
sub refusal { return "$_[0]{status} " . ($_[0]{json}{reason} // '') . ' ' .
    ($_[0]{json}{field} // '') }

# ---- lists

my @images = $user->made(25, { title => "'a Red kite'" });
my @films = $user->made(5, { type => "'video'", prompt => "'50% green_sea'",
	mime => "'video/mp4'", extension => "'mp4'", duration_ms => 5200 });
my @failed = $user->made(3, { status => "'failed'", error => "'no'",
	media => 'NULL', thumbnail => 'NULL' });
my @all = reverse @images, @films, @failed;

my $list = $user->get('/works');
is data($list)->{total}, 33, 'the list has a total';
is_deeply [ @{ data($list) }{qw(page pageSize)} ], [ 1, 20 ],
    'and pages of 20';
is_deeply ids($list), [ @all[0 .. 19] ], 'newest first';
my ($item) = grep { $_->{id} eq $films[0] } @{ data($list)->{list} };
is_deeply [ sort keys %$item ], [ qw(createdAt fileUrl id status thumbnail
    title type) ], 'an item has the members of the seed';
like $item->{createdAt}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
    'times are RFC 3339';
like $item->{fileUrl}, qr{^http://127\.0\.0\.1:$site->{port}/media/\w+\.mp4$},
    'addresses are absolute';
is data($other->get('/works'))->{total}, 0, 'others see nothing of it';

for my $case (
	[ 'type=video' => [ reverse @films ] ],
	[ 'type=image&status=completed&pageSize=100' => [ reverse @images ] ],
	[ 'status=failed' => [ reverse @failed ] ],
	[ 'status=processing' => [] ],
	[ 'type=all&status=all&pageSize=100' => \@all ],
	[ 'q=kite&pageSize=100' => [ reverse @images ] ],
	[ 'q=KITE+red&pageSize=100' => [ reverse @images ] ],
	[ 'q=kite+green' => [] ],
	[ 'q=PROMPT+kite&pageSize=100' => [ reverse @images ] ],
	[ 'q=50%25' => [ reverse @films ] ],
	[ 'q=green_sea' => [ reverse @films ] ],
	[ 'q=greenXsea' => [] ],
	[ 'q=a&type=video&status=completed' => [ reverse @films ] ],
	[ 'page=2' => [ @all[20 .. 32] ] ],
	[ 'page=3' => [] ],
	[ 'page=4&pageSize=10' => [ @all[30 .. 32] ] ],
) {
	my ($query, $expected) = @$case;
	my $reply = $user->get("/works?$query");
	is_deeply ids($reply), $expected, "?$query";
	is data($reply)->{total}, scalar @$expected, 'with its total'
	    unless $query =~ /^page/;
}
is data($user->get('/works?pageSize=' . 9 x 30))->{pageSize}, 100,
    'however large a page is asked for';
is data($user->get('/works?pageSize=500'))->{pageSize}, 100,
    'pages have at most 100';

for my $case (
	[ 'type=film' => 'type' ], [ 'status=done' => 'status' ],
	[ 'page=0' => 'page' ], [ 'page=-1' => 'page' ],
	[ 'page=1.5' => 'page' ], [ 'page=x' => 'page' ],
	[ 'page=' => 'page' ], [ 'pageSize=0' => 'pageSize' ],
	[ 'pageSize=1e400' => 'pageSize' ], [ 'cursor=x' => 'cursor' ],
	[ 'favorite=maybe' => 'favorite' ], [ 'page=1&page=2' => 'page' ],
) {
	my ($query, $field) = @$case;
	is refusal($user->get("/works?$query")), "400 invalid_field $field",
	    "?$query is refused";
}
is refusal($user->get('/works?page=501&pageSize=20')), '400 use_cursor page',
    'deep pages want a cursor';
is $user->get('/works?page=500&pageSize=20')->{status}, 200,
    'up to 10 000 they do not';

# ---- cursors

for my $filter ('', 'type=image', 'q=kite', 'status=completed') {
	my (@seen, $cursor);
	my $whole = ids($user->get("/works?pageSize=100&$filter"));
	for (1 .. 20) {
		my $reply = $user->get("/works?pageSize=4&$filter" .
		    (defined $cursor ? "&cursor=$cursor" : ''));
		push @seen, @{ ids($reply) };
		$cursor = data($reply)->{nextCursor};
		last unless defined $cursor;
	}
	is_deeply \@seen, $whole, "a walk by cursor with '$filter'";
}
my $cursor = data($user->get('/works?type=image&pageSize=2'))->{nextCursor};
is refusal($user->get("/works?type=video&pageSize=2&cursor=$cursor")),
    '400 invalid_field cursor', 'a cursor goes with its filters only';
is refusal($user->get("/square/feeds?cursor=$cursor")),
    '400 invalid_field cursor', 'and with its list';

# ---- one work

my $id = $images[3];
my $work = data($user->get("/works/$id"));
is_deeply [ sort keys %$work ], [ sort qw(id type title thumbnail status
    createdAt fileUrl prompt negativePrompt params provider model width height
    duration fileSize taskId published publishedAt description showPrompt
    likeCount favoriteCount playCount error) ], 'a work has all its members';
is_deeply [ @$work{qw(width height published likeCount error)} ],
    [ 1024, 768, JSON::PP::false, 0, undef ], 'with their values';
is data($user->get("/works/$films[0]"))->{duration}, 5,
    'films have a duration in seconds';
for my $bad ($nobody, 'x', uc $id, "$id-", '..%2f..') {
	is refusal($user->get("/works/$bad")), '404 not_found ',
	    "there is no work '$bad'";
}
is refusal($other->get("/works/$id")), '404 not_found ', 'nor one of others';

# ---- title

my $titled = $user->put("/works/$id", { title => '  落日 🌅  ' });
is data($titled)->{title}, '落日 🌅', 'a title is set, trimmed';
is data($user->get("/works/$id"))->{title}, data($titled)->{title},
    'and stays';
is_deeply ids($user->get('/works?q=%E6%97%A5')), [ $id ],
    'and is found by any part of it';
$user->put("/works/$id", { title => 'Äpfel' });
is_deeply ids($user->get('/works?q=%C3%A4PF')), [ $id ],
    'without regard to case in any script';
is $user->put("/works/$id", { title => '🌅' x 200 })->{status}, 200,
    'it may have 200 characters';
is refusal($user->put("/works/$id", { title => '🌅' x 201 })),
    '400 invalid_field title', 'and no more';
$user->put("/works/$id", { title => 'x' });
my $said = '落日 and a long tale of what came after it, ' x 20;
my $told = data($other->get('/works/' . data($other->post(
    '/generate/text-to-image', { prompt => $said }))->{works}[0]));
ok $told->{title} ne '' && index($said, $told->{title} =~ s/[…\s.]+$//r) == 0
    && length $told->{title} <= 200, 'until then it is the first words of the prompt'
    or diag $told->{title};
for my $case ([ {}, '400 missing_field title' ],
    [ { title => 'x' x 201 }, '400 invalid_field title' ],
    [ { title => '   ' }, '400 invalid_field title' ],
    [ { title => 5 }, '400 invalid_field title' ]) {
	is refusal($user->put("/works/$id", $case->[0])), $case->[1],
	    "$case->[1]";
}
is refusal($other->put("/works/$id", { title => 'mine' })),
    '404 not_found ', 'others set none';

# ---- publishing

is refusal($user->post("/works/$failed[0]/publish", {})), '400 not_ready ',
    'what is not finished is not published';
is refusal($other->post("/works/$id/publish", {})), '404 not_found ',
    'nor what belongs to others';
is refusal($user->post("/works/$id/publish", { description => 'x' x 2001 })),
    '400 invalid_field description', 'descriptions have an end';
is refusal($user->post("/works/$id/publish", { showPrompt => 'yes' })),
    '400 invalid_field showPrompt', 'showPrompt is true or false';
my $published = $user->post("/works/$id/publish");
is $published->{status}, 200, 'publishing takes no body';
ok data($published)->{published}, 'the work says so';
my $at = data($published)->{publishedAt};
$published = $user->post("/works/$id/publish",
    { description => 'at the sea', showPrompt => JSON::PP::true });
is_deeply [ @{ data($published) }{qw(description showPrompt publishedAt)} ],
    [ 'at the sea', JSON::PP::true, $at ],
    'again: other words, the same place';
is $site->get("/square/$id")->{status}, 200, 'everybody sees it';
my $off = $user->del("/works/$id/publish");
is_deeply [ $off->{status}, data($off)->{published} ],
    [ 200, JSON::PP::false ], 'it is taken off';
is $user->del("/works/$id/publish")->{status}, 200, 'again is fine';
is $site->get("/square/$id")->{status}, 404, 'nobody sees it';

# ---- deleting

$user->post("/works/$id/publish", {});
$other->post("/square/$id/like");
$other->post("/square/$id/favorite");
is data($other->get('/works?favorite=true'))->{total}, 1,
    'a favorite is in the list of who has it';
is refusal($other->del("/works/$id")), '404 not_found ',
    'others do not delete';
my $gone = $user->del("/works/$id");
is_deeply [ $gone->{status}, data($gone) ], [ 200, {} ], 'the owner does';
is refusal($user->del("/works/$id")), '404 not_found ', 'once';
is refusal($user->get("/works/$id")), '404 not_found ', 'it is gone';
is data($user->get('/works'))->{total}, 32, 'from the total';
is data($user->get('/works?q=kite'))->{total}, 24, 'from what is found';
is data($site->get('/square/feeds'))->{total}, 0, 'from the square';
is $site->get("/square/$id")->{status}, 404, 'wholly';
is data($other->get('/works?favorite=true'))->{total}, 0,
    'from the favorites of others';
is refusal($user->get("/works/$id/download")), '404 not_found ',
    'and is not to be had';
is refusal($user->del("/works/$_")), '404 not_found ',
    "nor is '$_' deleted" for $nobody, 'x';
is $site->sql('SELECT SUM(total) FROM work_count') -
    $site->sql('SELECT COUNT(*) FROM work'), 0, 'kept totals are right';

done_testing;
