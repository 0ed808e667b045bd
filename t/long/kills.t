#!/usr/bin/perl
# kill -9 at random moments: a worker, the poller, the notifier, the database.
# Nothing is lost, sent twice, charged twice or stuck.
#
#	t/run t/long/kills.t
#	GESSO_TASKS=2000 GESSO_KILLS=200 GESSO_SEED=1 t/run t/long/kills.t
use strict;
use warnings;
use List::Util qw(sum0);
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);
use Gesso qw(wait_for wait_child);

my $TASKS = $ENV{GESSO_TASKS} // 2000;
my $KILLS = $ENV{GESSO_KILLS} // 200;
my $SEED = $ENV{GESSO_SEED} // time ^ $$;
my $HANDS = 4;
srand $SEED;
diag "GESSO_SEED=$SEED";

my $site = Gesso->start(delay => 300, rhythm => 2, conf => {
	limit_free_images_per_day => 1000000,
	limit_free_calls_per_hour => 1000000,
	signup_power => 1000000,
	lease => '3s',
	deadline_image => '150s',
});
$site->sql('UPDATE provider SET concurrency = 32');
my $user = $site->register;

# What prompts bring about: mostly pictures, some of each trouble.
my @words = ((('') x 12), qw(failonce limitonce htmlonce refuse lostanswer
    servererror notanimage));

# A request that was cut off may have been accepted, so it is repeated under its
# own key.
sub submit {
	my ($n) = @_;
	my $word = $words[$n % @words];
	return wait_for(sub {
		my $reply = $user->post('/generate/text-to-image',
		    { prompt => "kite number $n $word",
			numImages => $n % 9 == 0 ? 3 : 1 },
		    { 'Idempotency-Key' => "kite-$n" });
		return $reply->{status} == 200;
	}, 240);
}

my @hands;
for my $hand (1 .. $HANDS) {
	my $pid = fork // die;
	if ($pid == 0) {
		my $failed = 0;
		for (my $n = $hand; $n <= $TASKS; $n += $HANDS) {
			submit($n) or $failed++;
			# as long as there are kills
			sleep $KILLS * 0.7 * $HANDS / $TASKS;
		}
		POSIX::_exit($failed ? 1 : 0);
	}
	push @hands, $pid;
}

# A database that dies often is started ever later, so it dies more rarely.
my @victims = ((qw(gesso.fcgi-worker gesso-poller)) x 5,
    (qw(gesso-notifier mariadbd)) x 1);
my %killed;
for (1 .. $KILLS) {
	sleep 0.2 + rand 0.8;
	my $name = $victims[rand @victims];
	wait_for(sub {
		my @pids = $site->pids($name);
		return @pids && kill 'KILL', $pids[rand @pids];
	}, 20) and $killed{$name}++;
}
diag join ', ', map { "$killed{$_} $_" } sort keys %killed;
is wait_child($_, 600), 0, 'a hand has handed in all' for @hands;

sub active { return eval { scalar $site->sql(
    'SELECT COUNT(*) FROM task WHERE active') } // -1 }
ok wait_for(sub { active() == 0 }, 240), 'every task ends'
    or diag active(), ' still run';

is $site->sql('SELECT COUNT(*) FROM task'), $TASKS, 'none is lost or doubled';
is $site->sql("SELECT COUNT(*) FROM work WHERE status = 'processing'"), 0,
    'no work is left behind';
my %state = map { @$_ }
    $site->sql('SELECT state, COUNT(*) FROM task GROUP BY state');
diag join ', ', map { "$state{$_} $_" } sort keys %state;
my %reason = map { @$_ } $site->sql(
    'SELECT reason, COUNT(*) FROM task WHERE reason IS NOT NULL GROUP BY reason');
diag join ', ', map { "$reason{$_} $_" } sort keys %reason;

# Accepted by the vendor: answered 200, or begun without an answer.
my (%accepted, %seen);
for my $call ($site->journal) {
	my ($n) = ($call->{prompt} // '') =~ /^kite number (\d+)/ or next;
	$seen{$n}++;
	$accepted{$n}++ if ($call->{status} // 0) == 200;
}
is_deeply [ grep { $accepted{$_} > 1 } sort keys %accepted ], [],
    'none is made twice';
cmp_ok $reason{provider_timeout} // 0, '<=', $KILLS + $TASKS / @words * 2,
    'no more are uncertain than there were kills';

my $power = $user->power;
is $power->{total}, $power->{used} + $power->{remaining},
    'total = used + remaining';
is $site->sql("SELECT SUM(amount) FROM power_transfer WHERE kind = 'capture'"),
    $power->{used}, 'what is used was captured';
is $power->{used}, $site->sql(
    "SELECT COUNT(*) FROM work WHERE status = 'completed'"),
    'and each unit of it is a picture';
my $audit = $site->ctl('ledger', 'audit');
is $audit->{status}, 0, 'the ledger is right' or diag $audit->{out};
my $files = $site->ctl('--json', 'media', 'audit');
is $files->{json}{missing}, 0, 'no row is without its file';
is $files->{json}{wrongSize}, 0, 'every file is whole';
is $site->get('/health')->{status}, 200, 'the site is well';

done_testing;
