#!/usr/bin/perl
# What a film of 300 MiB costs in memory: the peak of every process of ours while
# it comes in, over what that process had before.  And in time.
#
#	t/run t/bench/upload.t		GESSO_BENCH_MIB=300
use strict;
use warnings;
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(time);
use Gesso qw(at_once);
use Media qw(sample);

my $MIB = $ENV{GESSO_BENCH_MIB} // 300;
my $PART = 1 << 16;

my $site = Gesso->start(rhythm => 3600, conf => { limit_free_calls_per_hour => 1000000,
	workers => 2 });
my $user = $site->register;

# Every process below quickstart whose program is ours: pid => name.
sub ours {
	my %ours;
	for my $pid (map { $site->pids($_) } qw(gesso.fcgi gesso.fcgi-worker
	    gesso-chat.fcgi gesso-chat.fcgi-worker gesso-poller
	    gesso-notifier)) {
		for my $one ($pid, map { split ' ', Gesso::slurp($_) }
		    glob "/proc/$pid/task/*/children") {
			my ($name) = Gesso::slurp("/proc/$one/status") =~
			    /^Name:\s+(gesso\S*)/ or next;
			$ours{$one} = $name;
		}
	}
	return %ours;
}
sub memory {
	my ($pid, $field) = @_;
	my ($kib) = Gesso::slurp("/proc/$pid/status") =~ /^$field:\s+(\d+)/m;
	return $kib // 0;
}

# A good film with that much of nothing behind it.
sub film_send {
	my ($mib) = @_;
	my $head = "--b\r\nContent-Disposition: form-data; name=\"file\"; " .
	    "filename=\"a.mp4\"\r\n\r\n" . sample('h264.mp4');
	my $rest = $mib * (1 << 20);
	$head .= pack('N', 8 + $rest) . 'free';
	my $end = "\r\n--b--\r\n";
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
	    PeerPort => $site->{port}) or die "connect: $!";
	print {$socket} "POST /api/v1/upload/video HTTP/1.1\r\nHost: x\r\n" .
	    "Authorization: Bearer $user->{token}\r\nConnection: close\r\n" .
	    "Content-Type: multipart/form-data; boundary=b\r\n" .
	    'Content-Length: ' . (length($head) + $rest + length $end) .
	    "\r\n\r\n$head";
	my $nothing = "\0" x $PART;
	for (my $left = $rest; $left > 0; $left -= $PART) {
		print {$socket} $nothing;
	}
	print {$socket} $end;
	local $/;
	return scalar <$socket>;
}

# Every worker and its helper have seen films and pictures.
at_once(16, sub { film_send(1) }) for 1 .. 3;
my %ours = ours();
my %before;
for my $pid (keys %ours) {
	if (open my $clear, '>', "/proc/$pid/clear_refs") {
		print {$clear} "5\n"; # the peak begins anew
	}
	$before{$pid} = memory($pid, 'VmRSS');
}
my $began = time;
my $reply = film_send($MIB);
my $took = time - $began;
like $reply, qr{^HTTP/1.1 200 }, "a film of $MIB MiB is kept";
my ($size) = $reply =~ /"fileSize":(\d+)/;
is $size, length(sample('h264.mp4')) + 8 + ($MIB << 20), 'all of it';
for my $pid (sort { $a <=> $b } keys %ours) {
	my $grown = memory($pid, 'VmHWM') - $before{$pid};
	cmp_ok $grown, '<', 2048, "$ours{$pid} grows by less than 2 MiB";
	diag sprintf '%s: %d KiB, %+d KiB at its peak', $ours{$pid},
	    $before{$pid}, $grown;
}
diag sprintf '%d MiB in %.1f s', $MIB, $took;

done_testing;
