#!/usr/bin/perl
# How long a picture takes beyond what its vendor took: from the answer of the
# submission to the status "completed", one task after the other.
#
#	t/run t/bench/latency.t		GESSO_BENCH_TASKS=50
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(time sleep);
use Gesso;

my $TASKS = $ENV{GESSO_BENCH_TASKS} // 50;
my $DELAY = 0.2;

my $site = Gesso->start(delay => 1000 * $DELAY, conf => {
	limit_free_images_per_day => 1000000,
	limit_free_calls_per_hour => 1000000,
	signup_power => 1000000,
});
my $user = $site->register;

my @beyond;
for my $n (1 .. $TASKS) {
	my $task = $user->submit("a kite, number $n");
	my $accepted = time;
	my $status;
	until (($status = $user->task($task)->{status}) ne 'processing') {
		sleep 0.005;
	}
	is $status, 'completed', "task $n";
	push @beyond, time - $accepted - $DELAY;
}
@beyond = sort { $a <=> $b } @beyond;
diag sprintf 'beyond the vendor: median %.3f s, slowest %.3f s of %d',
    $beyond[@beyond / 2], $beyond[-1], scalar @beyond;

done_testing;
