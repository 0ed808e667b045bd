#!/usr/bin/perl
# A disk that is really full: media lies on a small file system of its own.
# What does not fit is a task that failed with storage_full and was paid back,
# or an upload that comes again later; no half of a file stays.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Find qw(find);
use File::Temp qw(tempdir);
use Test::More;
use Gesso qw(wait_for);

my $SIZE_MIB = 24;

# The file system is mounted where nobody else sees it; the user that we are to
# the outside is root in there, and gives that up again afterwards.
my $dir = $ENV{GESSO_FULL_DIR};
unless ($dir) {
	my @inside = $> ? qw(unshare --user --map-root-user --mount)
	    : qw(unshare --mount);
	my @again = $> ? ('unshare', '--user', "--map-user=$>") : ();
	my $own = tempdir('gesso-XXXXXX', TMPDIR => 1, CLEANUP => 1);
	my $mount = 'mkdir -p "$0/media" && mount -t tmpfs ' .
	    "-o size=${SIZE_MIB}m,mode=0700 none \"\$0/media\"";
	plan skip_all => 'no file system may be mounted here'
	    if system "@inside sh -c '$mount' $own >/dev/null 2>&1";
	local $ENV{GESSO_FULL_DIR} = $own;
	my $status = system @inside, 'sh', '-c', "$mount && exec \"\$@\"", $own,
	    @again, $^X, '-I' . Gesso::root() . '/t/lib', abs_path($0);
	exit($status >> 8 || $status & 127);
}

my $site = Gesso->start(dir => $dir, delay => 600, conf => {
	min_free_disk => '8M', limit_free_calls_per_hour => 10000 });
my $user = $site->register;

sub room {
	my ($free) = qx(df --output=avail -k $dir/media) =~ /(\d+)\s*\z/;
	return $free;
}

# leave(KiB): that much room, by a file of nobody.
sub leave {
	my ($kib) = @_;
	unlink "$dir/media/ballast";
	system('fallocate', '-l', (room() - $kib) . 'K',
	    "$dir/media/ballast") == 0 or die;
	return;
}

# Every file of media.
sub files {
	my @files;
	find(sub { push @files, $File::Find::name if -f && $_ ne 'ballast' },
	    "$dir/media");
	return sort @files;
}

sub same_files {
	my ($files, $what) = @_;
	is_deeply [ files() ], $files, $what;
	return;
}

my $first = $user->finished($user->submit('a kite'));
is $first->{status}, 'completed', 'there is room for one';
my @before = files();
is scalar @before, 2, 'a picture and its thumbnail';

# Nearly full: nothing new.
leave(4 * 1024);
my $reply = $user->post('/generate/text-to-image', { prompt => 'a kite' });
is $reply->{status}, 503, 'no work is accepted when the disk is nearly full';
is $reply->{json}{reason}, 'unavailable', 'it says so';
cmp_ok $reply->{headers}{'retry-after'}, '>', 0, 'and when to come again';
is $user->power->{remaining}, 49, 'nothing is charged';
is $site->get('/health')->{json}{data}{store}, 'full', 'health knows it';
is $user->get('/works')->{status}, 200, 'people see what they have';
my $upload = sub {
	return $user->post('/upload/image', { multipart => [
		file => [ 'a.png', 'image/png',
		    Gesso::slurp((grep { /\.png$/ } @before)[0]) ] ] });
};
$reply = $upload->();
is $reply->{status}, 503, 'nor an upload';
same_files(\@before, 'which leaves nothing');

# Full: accepted while there was room, and then there is none.
$site->stop;
$site = Gesso->start(dir => $dir, port => $site->{port}, delay => 600,
    conf => { min_free_disk => 0, limit_free_calls_per_hour => 10000 });
$user->{site} = $site;
unlink "$dir/media/ballast";
my %power = %{ $user->power };
my %video = (duration => 2, resolution => '480p');
for my $case (
	[ 'a picture within the answer', 0, 'text-to-image', 'task',
	    { model => 'dall-e-3' } ],
	[ 'a picture of which a part fits', 100, 'text-to-image', 'task',
	    { model => 'dall-e-3' } ],
	[ 'pictures by the way of links', 40, 'text-to-image', 'task',
	    { model => 'stable-diffusion-xl', numImages => 2 } ],
	[ 'a film', 4, 'text-to-video', 'video-task',
	    { model => 'runway', %video } ],
	[ 'a film that needs a key', 4, 'text-to-video', 'video-task',
	    { model => 'sora', %video } ],
    ) {
	my ($what, $kib, $path, $look, $fields) = @$case;
	leave($kib);
	my $since = $user->get('/events')->{json}{data}{lastEventId};
	$reply = $user->post("/generate/$path",
	    { prompt => "a kite, $what", %$fields });
	is $reply->{status}, 200, "$what is accepted"
	    or diag explain $reply->{json};
	my $data = $reply->{json}{data};
	my $task;
	ok wait_for(sub {
		$task = $user->get("/generate/$look/$data->{taskId}")
		    ->{json}{data};
		return $task->{status} ne 'processing';
	}, 40), 'and ends';
	is_deeply [ @$task{qw(status reason result)} ],
	    [ 'failed', 'storage_full', undef ], 'with storage_full';
	is $task->{refunded}, $data->{cost}, 'all is paid back';
	is $user->get("/works/$_")->{json}{data}{status}, 'failed',
	    'the work has failed' for @{ $data->{works} };
	my @told = grep { ($_->{taskId} // '') eq $data->{taskId} &&
	    $_->{type} eq 'task_failed' }
	    @{ $user->get("/events?since=$since")->{json}{data}{list} };
	is scalar @told, 1, 'one event tells it';
	same_files(\@before, 'no half of a file stays');
}
leave(16);
is $upload->()->{status}, 503, 'an upload that is too large for the rest';
same_files(\@before, 'leaves nothing');
is_deeply $user->power, \%power, 'nothing was charged in the end';

# Room again, and nobody did anything.
unlink "$dir/media/ballast";
my $task = $user->finished($user->submit('a kite'));
is $task->{status}, 'completed', 'once there is room it goes on by itself';
is $upload->()->{status}, 200, 'uploads, too';
is $site->ctl('ledger', 'audit')->{status}, 0, 'the ledger is right';
my $audit = $site->ctl('--json', 'media', 'audit');
is_deeply [ @{ $audit->{json} }{qw(missing wrongSize)} ], [ 0, 0 ],
    'no row without its file';

done_testing;
