#!/usr/bin/perl
# Every list has the same pages, the same cursors, the same refusals.
use strict;
use warnings;
use Test::More;
use Gesso qw(got);

my $site = Gesso->start(rhythm => 3600,
    conf => { limit_free_calls_per_hour => 1000000 });
kill 'KILL', $site->pids('gesso-poller');
my $user = $site->register;
my $other = $site->register;
my $hex = $user->{id} =~ tr/-//dr;

# Seven of everything.
$user->published(4);
$user->published(3, { type => "'video'" });
$user->post('/square/' . $_->{id} . '/favorite')
    for @{ $user->get('/works')->{json}{data}{list} };
$site->ctl('credit', 'grant', $user->{email}, $_, '--reason', "grant $_")
    for 1 .. 6;
$site->sql("INSERT INTO conversation (id, account_id, title, model_id,
	provider_id, created_at, updated_at)
    SELECT UNHEX(CONCAT(LPAD(HEX(seq), 12, '0'), '7000',
	LPAD(HEX(seq), 16, '8'))), UNHEX('$hex'), CONCAT('talk ', seq), 'm', 'p',
	NOW(3), NOW(3) - INTERVAL seq DIV 2 SECOND FROM seq_1_to_7");

sub data { return $_[0]{json}{data} }
sub ids { return [ map { $_->{id} } @{ data($_[0])->{list} } ] }

my @lists = ('/works', '/works?type=all&status=completed', '/works?q=title',
    '/works?favorite=true', '/square/feeds', '/square/feeds?sort=latest',
    '/user/compute-power/transactions', '/assistant/conversations');
my %filtered = ('/works' => '/works?type=video',
    '/works?q=title' => '/works?q=prompt',
    '/works?favorite=true' => '/works',
    '/square/feeds' => '/square/feeds?type=image',
    '/square/feeds?sort=latest' => '/square/feeds?sort=hot',
    '/user/compute-power/transactions' => '/assistant/conversations',
    '/assistant/conversations' => '/user/compute-power/transactions');
my %fails = (
	(map { $_ => '400 invalid_field page' } 'page=0', 'page=-1', 'page=x',
	    'page=', 'page=1.5', 'page=1e400', 'page=NaN', 'page=%2b', 'page=1;2'),
	(map { $_ => '400 invalid_field pageSize' } 'pageSize=0',
	    'pageSize=-20', 'pageSize=ten', 'pageSize=2.5'),
	(map { $_ => '400 invalid_field cursor' } 'cursor=x', 'cursor=',
	    'cursor=' . 'A' x 43, 'cursor=' . 'x' x 5000, 'cursor=%00a'),
	'page=1&page=1' => '400 invalid_field page',
	'page=101&pageSize=100' => '400 use_cursor page',
	'page=10001&pageSize=1' => '400 use_cursor page',
	'page=' . 10**15 => '400 use_cursor page',
);
$fails{'cursor=%00a'} = '400 invalid_field query';
my %works = ('page=100&pageSize=100' => 0, 'page=10000&pageSize=1' => 0,
	'page=01&pageSize=7' => 7, 'unknown=1' => 7, 'page=1' => 7);

for my $list (@lists) {
	my $more = sub { $user->get($list . ($list =~ /\?/ ? '&' : '?') . $_[0]) };
	my $whole = $user->get($list);
	is $whole->{status}, 200, $list or diag $whole->{content};
	my $all = ids($whole);
	is scalar @$all, 7, 'has seven';
	is_deeply [ @{ data($whole) }{qw(total page pageSize nextCursor)} ],
	    [ 7, 1, 20, undef ], 'on one page of twenty';
	is_deeply ids($user->get($list)), $all, 'in an order that stays';

	for my $page (1 .. 4) {
		my $reply = $more->("page=$page&pageSize=3");
		my @shown = (@$all, (undef) x 9)[3 * $page - 3 .. 3 * $page - 1];
		@shown = grep { defined } @shown;
		is_deeply ids($reply), \@shown, "page $page of three";
		is_deeply [ @{ data($reply) }{qw(total page pageSize)} ],
		    [ 7, $page, 3 ], 'says where it is';
		is defined data($reply)->{nextCursor}, $page < 3,
		    'and whether there is more';
	}
	is data($more->('pageSize=101'))->{pageSize}, 100,
	    'a page has a hundred at most';

	my (@walk, $cursor);
	for (1 .. 9) {
		my $reply = $more->('pageSize=2' .
		    ($cursor ? "&cursor=$cursor" : ''));
		push @walk, @{ ids($reply) };
		$cursor = data($reply)->{nextCursor} // last;
	}
	is_deeply \@walk, $all, 'a walk by cursor meets each once';
	is $cursor // 'left', data($more->('page=3&pageSize=2'))->{nextCursor},
	    'pages and cursors go together';
	is_deeply ids($more->("pageSize=5&cursor=$cursor")), [ $all->[6] ],
	    'a cursor goes with any size';
	if (my $else = $filtered{$list}) {
		is got($user->get($else . ($else =~ /\?/ ? '&' : '?') .
		    "cursor=$cursor")), '400 invalid_field cursor',
		    "but not with $else";
	}
	is got($more->($_)), $fails{$_}, substr($_, 0, 30) . ' is refused'
	    for sort keys %fails;
	for my $query (sort keys %works) {
		my $reply = $more->($query);
		is $reply->{status}, 200, "$query is not" or next;
		is scalar @{ ids($reply) }, $works{$query}, 'and found';
	}
	next if $list =~ /square/;
	is scalar @{ ids($other->get($list)) },
	    $list =~ /transactions/ ? 1 : 0, 'others have their own';
}

done_testing;
