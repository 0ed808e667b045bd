#!/usr/bin/perl
# The memory of the poller does not grow over ten thousand tasks of all outcomes,
# nor that of the notifier over a hundred thousand messages and ten thousand
# connections.  (That of workers: 5190-flat-memory.t.)
#
#	t/run t/long/memory.t	GESSO_TASKS=10000 GESSO_MESSAGES=100000
#				GESSO_CONNECTS=10000
use strict;
use warnings;
use List::Util qw(sum0);
use Test::More;
use Gesso qw(wait_for);
use Notifier;

my $TASKS = $ENV{GESSO_TASKS} // 10_000;
my $MESSAGES = $ENV{GESSO_MESSAGES} // 100_000;
my $CONNECTS = $ENV{GESSO_CONNECTS} // 10_000;
my $SLACK_KIB = 1024; # of a heap that has found its size

my $site = Gesso->start(rhythm => 100_000, delay => 0, conf => {
	(map { $_ => 1_000_000_000 } qw(limit_free_calls_per_hour
	    limit_free_images_per_day signup_power)) });
$site->sql('UPDATE provider SET concurrency = 32');
my ($ann, $bob) = map { $site->register } 1 .. 2;

# What only this process has, in KiB.
sub memory {
	my ($pid) = @_;
	return sum0(Gesso::slurp("/proc/$pid/smaps_rollup") =~
	    /^Private_\w+:\s+(\d+)/mg);
}

sub grown {
	my ($what, $pid, $before) = @_;
	my $growth = memory($pid) - $before;
	diag "$what: $before KiB before, $growth KiB more";
	cmp_ok $growth, '<', $SLACK_KIB, "$what: it has not grown";
	return;
}

# tasks(count): so many are done, a few hundred waiting at a time.
my $submitted = 0;
my @words = ('', '', '', '', qw(refuse failonce servererror notanimage));
sub active { return $site->sql('SELECT COUNT(*) FROM task WHERE active') }
sub tasks {
	my ($count) = @_;
	while ($count > 0) {
		my $some = $count > 250 ? 250 : $count;
		for (1 .. $some) {
			my $word = $words[++$submitted % @words];
			$ann->submit("kite $submitted instant $word",
			    width => 256, height => 256);
		}
		$count -= $some;
		wait_for(sub { active() < 250 }, 300) or die "it is stuck";
	}
	return wait_for(sub { active() == 0 }, 600);
}

my ($poller) = $site->pids('gesso-poller');
ok tasks(500), 'to warm up';
my $before = memory($poller);
ok tasks($TASKS), 'all tasks end';
grown("the poller, $TASKS tasks", $poller, $before);
is $site->ctl('ledger', 'audit')->{status}, 0, 'the ledger is right';

# messages(count): as many come to the one connection of bob.
my $notifier = Notifier->start($site);
my $ws = $notifier->ws($bob);
$ws->next;
my $id = $bob->{id} =~ s/-//gr;
sub messages {
	my ($count) = @_;
	my $got = 0;
	while ($got < $count) {
		$site->sql('INSERT INTO event (account_id, body, created_at) ' .
		    "SELECT UNHEX('$id'), CONCAT('{\"n\":', seq, '}'), NOW(3) " .
		    'FROM seq_1_to_100');
		for (1 .. 100) {
			$ws->next(20) or return;
			$got++;
		}
	}
	return $got;
}

sub connects {
	my ($count) = @_;
	for (1 .. $count) {
		my $one = $notifier->ws($_ % 2 ? $ann : $bob,
		    $_ % 3 ? undef : 'since=0');
		return unless $one->{status} == 101;
		$one->next if $_ % 5;
		$one->cut;
	}
	return wait_for(sub { $notifier->files < 40 }, 60);
}

ok messages(10_000), 'to warm up';
ok connects(1_000), 'that, too';
$before = memory($notifier->{pid});
ok messages($MESSAGES), 'all messages come';
grown("the notifier, $MESSAGES messages", $notifier->{pid}, $before);
ok connects($CONNECTS), 'all connections open, and none is left';
grown("the notifier, $CONNECTS connections besides", $notifier->{pid}, $before);

done_testing;
