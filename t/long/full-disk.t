#!/usr/bin/perl
# A store that fills up while people upload: they are told so, nothing half is
# kept, and what there is stays whole.  On a small file system of its own, so for
# root only.
use strict;
use warnings;
use Test::More;
use Gesso;
use Media qw(png png_chunk);

my $site = Gesso->start(conf => { limit_free_calls_per_hour => 1000000,
	min_free_disk => 0 });
my $store = "$site->{dir}/media";
plan skip_all => 'no file system can be mounted here'
    if system("mount -t tmpfs -o size=2M,mode=0750 none $store 2>/dev/null");
END { system("umount -l $store 2>/dev/null") if $store }

my $user = $site->register;
my $big = png(64, 64, undef, png_chunk('teXt', 'x' x 300000));

sub upload {
	my ($bytes) = @_;
	return $user->post('/upload/image', { multipart =>
	    [ file => [ 'a.png', 'image/png', $bytes ] ] });
}

my (%answers, @kept);
for (1 .. 30) {
	my $reply = upload($big);
	$answers{"$reply->{status} " . ($reply->{json}{reason} // '')}++;
	push @kept, $reply->{json}{data}{url} if $reply->{status} == 200;
	ok $reply->{headers}{'retry-after'}, 'another time'
	    if $reply->{status} == 503;
}
is_deeply [ sort keys %answers ], [ '200 ', '503 unavailable' ],
    'some are kept, the rest is told to wait'
    or diag explain \%answers;
is scalar(() = `find $store/tmp -type f`), 0, 'no draft is left';
is $site->get($_)->{body}, $big, 'what is kept is whole' for @kept;
is $site->sql("SELECT COUNT(*) FROM media WHERE use_for = 'upload'"),
    scalar @kept, 'and has its row';
is $site->sql('SELECT SUM(storage_bytes) FROM account'),
    @kept * length $big, 'and is counted';
is $site->ctl('media', 'audit')->{status}, 0,
    'files and rows are of one mind';

done_testing;
