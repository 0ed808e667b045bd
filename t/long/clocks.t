#!/usr/bin/perl
# Three pollers, many tasks, and a database whose clock is set again and again by
# seconds, minutes, hours and a day: each task is sent once, made and paid once.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(sleep time);
use DbClock;
use Gesso qw(wait_for);

my $clock = DbClock->new or plan skip_all => 'no libfaketime here';
my $site = Gesso->start(env => $clock->env, rhythm => 3600, conf => {
	signup_power => 1000, limit_free_images_per_day => 1000,
	limit_free_calls_per_hour => 1000000 });
my $user = $site->register;
my @pollers = map {
	my $pid = fork // die "fork: $!";
	if ($pid == 0) {
		open STDERR, '>>', "$site->{dir}/log/pollers.log" or die;
		exec Gesso::build() . '/poller/gesso-poller', '--config',
		    $site->{conf}, '--forever' or die;
	}
	$pid;
} 1, 2;
END { kill 'TERM', @pollers if @pollers }

my (@tasks, $ahead);
for my $step (2, -2, 300, -300, 7200, -7200, 86400, -86400, 40, -40, 3600,
    86400, -90000) {
	push @tasks, map {
		$user->submit('a kite' . (@tasks + $_) . ', delay-4000') } 0 .. 4;
	sleep 1.5;
	ok $clock->ahead($site, $ahead = ($ahead // 0) + $step),
	    "the clock is set by $step seconds";
	sleep 2;
	is $user->finished($user->submit("a bird, instant"), 20)->{status},
	    'completed', 'what comes then is made';
}
my %ends;
$ends{ $user->finished($_, 60)->{status} // 'never' }++ for @tasks;
is_deeply \%ends, { completed => scalar @tasks }, 'all are made';
my %sent;
$sent{$_}++ for map { ($_->{prompt} // '') =~ /(kite\d+),/ ? $1 : () }
    $site->journal;
is scalar keys %sent, scalar @tasks, 'all were sent';
is_deeply [ grep { $sent{$_} > 1 } sort keys %sent ], [], 'none was sent twice';
is $user->power->{remaining}, 1000 - @tasks - 13, 'each has cost its price';
is $site->ctl('ledger', 'audit')->{status}, 0, 'the ledger is right';

done_testing;
