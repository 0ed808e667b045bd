#!/usr/bin/perl
# The assistant's streams: how long a word takes from the vendor to the client
# behind each web server, and many streams at once in one process: its memory,
# whether each word of each stream arrives in its place, and what others feel.
#
#	t/run -v t/bench/stream.t	GESSO_BENCH_STREAMS=500
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(time sleep);
use ChatVendor;
use EventStream;
use Gesso qw(wait_for);

my $STREAMS = $ENV{GESSO_BENCH_STREAMS} // 500;
my $WORDS = $ENV{GESSO_BENCH_WORDS} // 60;
my $PAUSE = $ENV{GESSO_BENCH_PAUSE} // 500;
my $PER_USER = 50;

sub percentile {
	my ($part, @sorted) = (shift, sort { $a <=> $b } @_);
	return $sorted[$part * $#sorted];
}

# When a word came, less when it was said, in milliseconds.
sub lag {
	my ($event) = @_;
	my ($said) = $event->{content} =~ /@([\d.]+)/ or return;
	return 1000 * ($event->{at} - $said);
}

sub site {
	my (%more) = @_;
	my $site = Gesso->start(%more, conf => {
		limit_free_calls_per_hour => 1000000000,
		chat_streams_per_user => $PER_USER });
	my $vendor = ChatVendor->start;
	$vendor->join($site);
	return ($site, $vendor);
}

# ---- a word's way, behind each web server

for my $front (qw(lighttpd apache apache-fcgid)) {
	my ($site, $vendor) = site(options => [ '--server', $front ]);
	my $user = $site->register;
	my (@first, @later);
	for (1 .. 21) {
		my $stream = $user->ask({ model => 'parrot',
		    message => 'words=10 ms=50 stamp=1' });
		my @lags = map { $_->{type} eq 'token' ? lag($_) : () }
		    $stream->rest;
		next if $_ == 1; # processes start
		push @first, shift @lags;
		push @later, @lags;
	}
	cmp_ok percentile(1, @first), '<', 50,
	    "$front: a first word arrives within 50 ms";
	diag sprintf '%s: first word median %.1f ms, slowest %.1f ms; ' .
	    'later ones p99 %.1f ms', $front, percentile(0.5, @first),
	    percentile(1, @first), percentile(0.99, @later);
	$site->stop;
	$vendor->stop;
}

# ---- many at once

my ($site, $vendor) = site();
my @users = map { $site->register } 1 .. ($STREAMS + $PER_USER - 1) / $PER_USER;
my ($worker) = $site->pids('gesso-chat.fcgi-worker');

sub memory {
	my ($name) = @_;
	return Gesso::slurp("/proc/$worker/status") =~ /^$name:\s+(\d+)/m
	    ? $1 / 1024 : 0;
}

# The profile, over and over on one connection, for so many seconds: how long
# each took, in milliseconds.
sub profiles {
	my ($seconds) = @_;
	my $user = $users[0];
	my ($path) = $site->{base} =~ m{^http://[^/]+(/.*)};
	my $request = "GET $path/user/profile HTTP/1.1\r\nHost: x\r\n" .
	    "Authorization: Bearer $user->{token}\r\n\r\n";
	my ($socket, @took);
	my $until = time + $seconds;
	while (time < $until) {
		# web servers keep a connection for so many requests only
		$socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
		    PeerPort => $site->{port}) or die
		    if @took % 100 == 0;
		my $from = time;
		syswrite $socket, $request;
		sysread $socket, my $reply, 65536;
		die $reply unless $reply =~ m{^HTTP/1.1 200};
		push @took, 1000 * (time - $from);
		# a site is not asked by one who never breathes
		sleep 0.002;
	}
	return @took;
}

profiles(2);
my @idle = profiles(8);
my $rest = memory('VmRSS');

# Another process is the readers', so that we can ask meanwhile.
pipe my $told, my $tell or die;
my $reader = fork // die;
if ($reader == 0) {
	close $told;
	setpriority 0, 0, 10;
	print {$tell} join ' ', readers();
	close $tell;
	POSIX::_exit(0);
}
close $tell;
sub readers {
	my %streams;
	my $select = IO::Select->new;
	for my $n (0 .. $STREAMS - 1) {
		my $stream = $users[$n / $PER_USER]->ask({ model => 'parrot',
		    message => "words=$WORDS ms=$PAUSE stamp=1" });
		$select->add($stream->{socket});
		$stream->{words} = 0;
		$streams{$stream->{socket}} = $stream;
	}
	my ($whole, $wrong, $words, @lags) = (0, 0, 0);
	my $until = time + $WORDS * $PAUSE / 1000 + 60;
	while (%streams && time < $until) {
		for my $socket ($select->can_read(1)) {
			my $stream = $streams{$socket};
			$stream->more(0);
			while (my $event = $stream->next(0)) {
				$stream->{last} = $event->{type};
				next if $event->{type} ne 'token';
				my ($place) = $event->{content} =~ /^(\d+)/;
				$wrong++ if $place != $stream->{words}++;
				$words++;
				push @lags, lag($event);
			}
			next unless $stream->{eof};
			$whole++ if ($stream->{last} // '') eq 'done' &&
			    $stream->{words} == $WORDS;
			$select->remove($socket);
			delete $streams{$socket};
		}
	}
	return ($whole, $wrong, $words, percentile(0.5, @lags),
	    percentile(0.99, @lags), percentile(1, @lags));
}

wait_for(sub { scalar(() = $vendor->calls) >= $STREAMS }, 30);
sleep 2;
my @busy = profiles(8);
my ($whole, $wrong, $words, @lags) = split / /, do { local $/; <$told> };
waitpid $reader, 0;

is $whole, $STREAMS, 'every stream is whole';
is $words, $STREAMS * $WORDS, 'no word is lost';
is $wrong, 0, 'none out of its place';
cmp_ok memory('VmHWM'), '<=', 64, 'in 64 MiB';
diag sprintf '%d streams, %.0f words a second: %.1f MiB at most, %.1f at rest',
    $STREAMS, $STREAMS * 1000 / $PAUSE, memory('VmHWM'), $rest;
diag sprintf 'a word takes %.1f ms (median), %.1f ms (p99), %.1f ms at most',
    @lags;
diag sprintf 'GET /user/profile idle: median %.2f ms, p99 %.2f ms of %d',
    percentile(0.5, @idle), percentile(0.99, @idle), scalar @idle;
diag sprintf 'GET /user/profile then: median %.2f ms, p99 %.2f ms of %d; %.2f',
    percentile(0.5, @busy), percentile(0.99, @busy), scalar @busy,
    percentile(0.99, @busy) / percentile(0.99, @idle);

done_testing;
