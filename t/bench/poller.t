#!/usr/bin/perl
# 1 000 tasks in flight in one poller: its memory, and whether each is looked at
# in time while some of the vendor's answers come a byte a second.
#
#	t/run t/bench/poller.t		GESSO_BENCH_TASKS=1000
use strict;
use warnings;
use IO::Poll qw(POLLIN);
use IO::Socket::INET;
use JSON::PP;
use Test::More;
use Time::HiRes qw(time sleep);
use Gesso qw(wait_for);

my $TASKS = $ENV{GESSO_BENCH_TASKS} // 1000;
my $POLL_S = 5;

# A vendor in one process: films are jobs that never end, pictures are calls
# that are never answered.  Every 50th look is answered a byte a second.
my $listen = IO::Socket::INET->new(Listen => 1024, LocalAddr => '127.0.0.1',
    ReuseAddr => 1) or die;
my $port = $listen->sockport;
my ($figures) = map { "$_/vendor.json" } File::Temp::tempdir(CLEANUP => 1);

sub vendor {
	my $poll = IO::Poll->new;
	my (%in, %sock, %drip, %seen, @gaps, $slow, $held, $wrote);
	($slow, $held, $wrote) = (0, 0, 0);
	$poll->mask($listen => POLLIN);
	$SIG{PIPE} = 'IGNORE';
	while (1) {
		$poll->poll(0.2);
		for my $s ($poll->handles(POLLIN)) {
			if ($s == $listen) {
				my $c = $listen->accept or next;
				$sock{fileno $c} = $c;
				$poll->mask($c => POLLIN);
				next;
			}
			my $fd = fileno $s;
			if (!sysread $s, $in{$fd}, 65536, length($in{$fd} // '')) {
				$poll->remove($s);
				delete $drip{$fd};
				delete $in{$fd};
				delete $sock{$fd};
				close $s;
				next;
			}
			next unless $in{$fd} =~ /\r\n\r\n/;
			my ($length) = $in{$fd} =~ /\r\nContent-Length: (\d+)/i;
			next if $length && length($in{$fd}) <
			    index($in{$fd}, "\r\n\r\n") + 4 + $length;
			my ($method, $path) = $in{$fd} =~ /^(\w+) (\S+)/;
			$in{$fd} = '';
			if ($path =~ /images/) {
				$held++;
				next;
			}
			my $id = $method eq 'POST' ? 'v' . int rand 1e12
			    : $path =~ m{/videos/(\w+)} ? $1 : 'none';
			if ($method eq 'GET') {
				push @gaps, time - $seen{$id} if $seen{$id};
				$seen{$id} = time;
			}
			my $body = "{\"id\":\"$id\",\"object\":\"video\"," .
			    "\"status\":\"in_progress\",\"progress\":10}";
			my $reply = "HTTP/1.1 200 OK\r\nContent-Type: " .
			    "application/json\r\nContent-Length: " .
			    length($body) . "\r\n\r\n$body";
			if ($method eq 'GET' && ++$slow % 50 == 0) {
				$drip{$fd} = [ $reply, time ];
				delete $seen{$id};
			} else {
				syswrite $s, $reply;
			}
		}
		for my $fd (keys %drip) {
			next if time - $drip{$fd}[1] < 1;
			syswrite $sock{$fd}, substr $drip{$fd}[0], 0, 1, '';
			$drip{$fd}[1] = time;
			delete $drip{$fd} unless length $drip{$fd}[0];
		}
		next if time - $wrote < 1;
		$wrote = time;
		@gaps = sort { $a <=> $b } @gaps;
		open my $out, '>', "$figures.new" or die;
		print {$out} encode_json({ jobs => scalar keys %seen,
			held => $held, looks => scalar @gaps,
			early => scalar(grep { $_ < $POLL_S * 0.8 } @gaps),
			late => scalar(grep { $_ > $POLL_S * 1.2 } @gaps),
			median => $gaps[@gaps / 2] });
		close $out;
		rename "$figures.new", $figures;
	}
}

my $vendor = fork // die;
if ($vendor == 0) {
	vendor();
	exit 0;
}
END { kill 'KILL', $vendor if $vendor }

sub figures { return eval { decode_json(Gesso::slurp($figures)) } // {} }

my $site = Gesso->start(rhythm => 3000, conf => {
	limit_free_images_per_day => 1000000,
	limit_free_videos_per_day => 1000000,
	limit_free_calls_per_hour => 1000000,
	signup_power => 1000000,
	poller_tasks => 2 * $TASKS + 100,
});
my $user = $site->register;
my $admin = $site->admin;
for my $type (qw(video image)) {
	my $reply = $admin->post('/config/providers/custom', { type => $type,
		name => "bench $type", apiUrl => "http://127.0.0.1:$port/v1",
		apiKey => 'k', config => { protocol => 'openai',
			models => [ "bench-$type" ] } });
	is $reply->{status}, 201, "a vendor of ${type}s" or diag $reply->{body};
}
$site->sql('UPDATE provider SET concurrency = 100000');

# memory(): of the poller, in KiB: all that is resident, what is its own.
sub memory {
	my ($pid) = $site->pids('gesso-poller');
	my $status = Gesso::slurp("/proc/$pid/status");
	my $smaps = Gesso::slurp("/proc/$pid/smaps_rollup");
	return ($status =~ /VmRSS:\s+(\d+)/, $smaps =~ /Pss:\s+(\d+)/);
}

diag sprintf 'idle: %d KiB resident, %d KiB its own', memory();

my %path = (video => 'text-to-video', image => 'text-to-image');
for my $type (qw(video image)) {
	my $sent = 0;
	for (1 .. $TASKS) {
		my $reply = $user->post("/generate/$path{$type}",
		    { prompt => 'a kite', model => "bench-$type" });
		$sent++ if $reply->{status} == 200;
	}
	is $sent, $TASKS, "$TASKS ${type}s are asked for";
	ok wait_for(sub {
		my $f = figures();
		return ($type eq 'video' ? $f->{jobs} : $f->{held}) // 0
		    >= $TASKS * 0.95;
	}, 120), 'and are with the vendor' or diag explain figures();
	sleep 3 * $POLL_S if $type eq 'video';
	my ($rss, $pss) = memory();
	diag sprintf '%d %ss%s: %d KiB resident, %d KiB its own', $TASKS, $type,
	    $type eq 'image' ? " besides, calls that are open" : '', $rss, $pss;
	cmp_ok $rss, '<=', 64 * 1024, 'in 64 MiB' if $type eq 'video';
}
my $f = figures();
diag sprintf '%d looks, %.2f s apart in the median, %d early, %d late',
    @{$f}{qw(looks median early late)};
my ($pid) = $site->pids('gesso-poller');
my @stat = split ' ', Gesso::slurp("/proc/$pid/stat");
diag sprintf 'CPU: %.1f s', ($stat[13] + $stat[14]) / 100;

done_testing;
