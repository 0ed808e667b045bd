#!/usr/bin/perl
# A walk by cursor over 100 000 works of the square and over the 100 000 of their
# author, while others come and go before, behind and under the walker: nothing
# twice, nothing missing of what was there throughout.
#
#	prove -It/lib t/long/square-walk.t
use strict;
use warnings;
use POSIX ();
use Test::More;
use Gesso;

my $MANY = $ENV{GESSO_WALK} // 100_000;
my $site = Gesso->start(rhythm => 3600,
    conf => { map { $_ => 1_000_000_000 } qw(limit_free_calls_per_hour
	limit_anonymous_calls_per_hour) });
my $user = $site->register;
my $owner = $user->{id} =~ tr/-//dr;

# Published in the order of their numbers; those that stay, and those that go.
sub seed {
	my ($count, $from) = @_;
	$site->sql("INSERT INTO work (id, account_id, task_id, position, type,
	    status, title, prompt, params, provider_id, model_id, media,
	    thumbnail, extension, thumbnail_extension, width, height,
	    created_at, published_at, like_count)
	    SELECT UNHEX(CONCAT(LPAD(HEX(1700000000000 + seq * 1000), 12, '0'),
		'7000', LPAD(HEX(seq), 16, '0'))), UNHEX('$owner'),
		UNHEX(LPAD(HEX(seq), 32, '0')), 0,
		IF(seq % 4 = 0, 'video', 'image'), 'completed', seq, seq, '{}',
		's', 'm', RANDOM_BYTES(16), RANDOM_BYTES(16), 'png', 'jpg', 8,
		8, NOW(3), FROM_UNIXTIME(1700000000 + seq), seq * 7 % 5
	      FROM seq_${from}_to_" . ($from + $count - 1));
	return;
}
seed($MANY, 1);
$site->sql("INSERT INTO square (work_id, type, latest, hot)
    SELECT id, type, UNIX_TIMESTAMP(published_at) * 1000,
	UNIX_TIMESTAMP(published_at) * 1000 + CAST(ROUND(21600000 *
	LOG2(1 + 4 * like_count)) AS SIGNED) FROM work;
    UPDATE square_count c SET total = (SELECT COUNT(*) FROM square s
	WHERE s.type = c.type);
    INSERT INTO work_count (account_id, type, status, total)
    SELECT account_id, type, status, COUNT(*) FROM work GROUP BY 1, 2, 3");
my $child;
END {
	local $?;
	kill 'KILL', $child if $child;
}
my @ids = map { $_->[0] } $site->sql('SELECT LOWER(HEX(id)) FROM work
    ORDER BY id');
is scalar @ids, $MANY, "there are $MANY works";

# Every tenth is taken off or deleted at some time, and new ones come.
my %leaving = map { $ids[10 * $_] => 1 } 0 .. $MANY / 10 - 1;
sub dashed { return $_[0] =~ s/^(.{8})(.{4})(.{4})(.{4})/$1-$2-$3-$4-/r }

sub disturb {
	my ($leaving) = @_;
	my $pid = fork // die "fork: $!";
	return $child = $pid if $pid;
	undef $child;
	my @go = @$leaving;
	my $done = 0;
	local $SIG{TERM} = sub { $done = 1 };
	while (!$done) {
		my ($new) = eval { $user->published(1) };
		my $id = splice @go, rand @go, 1 if @go;
		$user->del('/works/' . dashed($id) .
		    (rand 2 < 1 ? '/publish' : '')) if $id;
	}
	POSIX::_exit(0);
}

# walk(path): every id, in order.
sub walk {
	my ($path) = @_;
	my (@seen, $cursor);
	while (1) {
		my $reply = $user->get("$path&pageSize=100" .
		    (defined $cursor ? "&cursor=$cursor" : ''));
		die "$reply->{status} $reply->{content}"
		    unless $reply->{status} == 200;
		my $data = $reply->{json}{data};
		push @seen, map { $_->{id} =~ tr/-//dr } @{ $data->{list} };
		$cursor = $data->{nextCursor} // last;
	}
	return @seen;
}

my @leaving = sort keys %leaving;
my @paths = ('/square/feeds?sort=latest', '/square/feeds?sort=hot',
    '/works?status=completed', '/works?type=all');
my $share = int @leaving / @paths;
for my $path (@paths) {
	my @now = splice @leaving, 0, $share;
	my $pid = disturb(\@now);
	my @seen = walk($path);
	kill 'TERM', $pid;
	waitpid $pid, 0;
	undef $child;
	my %times;
	$times{$_}++ for @seen;
	is scalar(grep { $_ > 1 } values %times), 0, "$path: nothing twice";
	is scalar(grep { !$times{$_} && !$leaving{$_} } @ids), 0,
	    'nothing missing of what was there throughout';
	diag scalar(@seen) . ' seen';
}
is $site->sql('SELECT SUM(total) FROM square_count') -
    $site->sql('SELECT COUNT(*) FROM square'), 0, 'kept totals are right';

done_testing;
