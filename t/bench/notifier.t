#!/usr/bin/perl
# 10 000 WebSockets at one notifier: memory and processor while nothing happens;
# then 1 000 events a second to random ones, from their commit to the client,
# beside somebody who reads and somebody who never does.
#
#	t/run t/bench/notifier.t
#	GESSO_CONNECTIONS=1000 GESSO_RATE=500 GESSO_ROUNDS=1 \
#	    t/run t/bench/notifier.t
use strict;
use warnings;
use IPC::Open2 qw(open2);
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);
use Gesso;
use Notifier;

my $CONNECTIONS = $ENV{GESSO_CONNECTIONS} // 10000;
my $RATE = $ENV{GESSO_RATE} // 1000;
my $ROUNDS = $ENV{GESSO_ROUNDS} // 24; # many and short: machines have moods
my $SECONDS = 5;

my $site = Gesso->start;
my $notifier = Notifier->start($site);
my $pid = $notifier->{pid};

sub memory { return Gesso::slurp("/proc/$pid/status") =~ /VmRSS:\s+(\d+)/ ? $1 : 0 }
sub busy {
	my @stat = split ' ', Gesso::slurp("/proc/$_[0]/stat");
	return ($stat[13] + $stat[14]) / POSIX::sysconf(POSIX::_SC_CLK_TCK);
}

my $empty = memory();
my $child = open2(my $out, my $in, Gesso::build() . '/t/crowd/listeners',
    '--config', "$site->{dir}/gesso.conf", '--socket', $notifier->{socket},
    '--connections', $CONNECTIONS);
like my $line = <$out> // '', qr/^open/, "$CONNECTIONS connections open";
diag $line;
my $full = memory();
diag sprintf 'resident: %d KiB empty, %d KiB full, %.2f KiB a connection',
    $empty, $full, ($full - $empty) / $CONNECTIONS;
cmp_ok $full, '<=', 64 * 1024, 'in 64 MiB';

my ($db) = $site->pids('mariadbd');
sleep 5;
my ($began, $busy, $db_busy) = (time, busy($pid), busy($db));
sleep 40;
my $share = 100 * (busy($pid) - $busy) / (time - $began);
diag sprintf 'idle: %.2f %% of a core, the database %.2f %%', $share,
    100 * (busy($db) - $db_busy) / (time - $began);
cmp_ok $share, '<=', 2, 'at most 2 % of a core while nothing happens';

my (%p99, $lost, $slowest);
for my $round (1 .. $ROUNDS) {
	for my $deaf ($round % 2 ? (0, 1) : (1, 0)) {
		($began, $busy) = (time, busy($pid));
		print {$in} "load $SECONDS $RATE $deaf\n";
		$line = <$out> // last;
		my %figure = $line =~ /(\w+)=(\S+)/g;
		push @{ $p99{$deaf} }, $figure{p99};
		$lost += $figure{lost};
		chomp $line;
		diag sprintf '%s; %.1f %% of a core', $line,
		    100 * (busy($pid) - $busy) / (time - $began);
	}
}
sub middle { my @all = sort { $a <=> $b } @_; return $all[$#all / 2] }
my ($with, $without) = map { middle(@{ $p99{$_} }) } 1, 0;
diag sprintf 'p99 %.1f ms, beside one that never reads %.1f ms (%+.0f %%)',
    $without, $with, 100 * ($with / $without - 1);
is $lost, 0, 'none is lost';
cmp_ok $without, '<=', 500, 'p99 from commit to client is at most 500 ms';
cmp_ok $with, '<=', 1.2 * $without, 'whoever never reads is no burden';
diag sprintf 'resident after that: %d KiB', memory();
cmp_ok memory(), '<=', 64 * 1024, 'still in 64 MiB';
close $in;
waitpid $child, 0;

done_testing;
