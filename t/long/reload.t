#!/usr/bin/perl
# A call that comes alone while the workers are replaced is answered, also when
# it was the one that leaves, too slow to take it, that was woken for it.
#
#	t/run t/long/reload.t		(GESSO_ROUNDS of it, 60)
use strict;
use warnings;
use FcgiServer;
use IO::Select;
use Test::More;
use Time::HiRes qw(sleep);

my $rounds = $ENV{GESSO_ROUNDS} // 60;
plan skip_all => "no $program" unless -x $program;

# Whoever shares a processor with these and has the least right to it is slow.
my @busy = map {
	my $pid = fork // die "fork: $!";
	exec 'taskset', '-c', 0, 'perl', '-e', '1 while 1' unless $pid;
	$pid;
} 1, 2;

my $unheard = 0;
for my $round (1 .. $rounds) {
	my $path = "$dir/$round";
	my $pid = start($path, 1, 1, 0);
	my $worker = pid_of(answer(ask($path, '/x')));
	sleep 0.3; # it waits for the next one
	system "taskset -a -c -p 0 $worker >/dev/null &&
	    chrt -a -i -p 0 $worker" and die 'no slow worker';
	kill 'HUP', $pid;
	sleep 0.05;
	my $call = ask($path, '/x');
	$unheard++ unless IO::Select->new($call)->can_read(10) && answer($call);
	stop($pid);
}
kill 'KILL', @busy;
is $unheard, 0, "of $rounds calls";
done_testing;
