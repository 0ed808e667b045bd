#!/usr/bin/perl
# Whatever can be done to one thing, two at a time: every operation against
# every other, and against itself.  GESSO_TIMES=5 times each; words of the
# command line choose scenes: t/run t/long/races.t :: account vendor
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(time);
use Counts qw(counts_ok);
use Race qw(pairs race);
use Races qw(scenes race_site);

my $TIMES = $ENV{GESSO_TIMES} // 5;

my $site = race_site();
my $all = 0;
for my $scene (scenes(@ARGV)) {
	my $began = time;
	my @pairs = pairs($scene);
	my $races = race($site, $scene, $TIMES, @pairs);
	$all += $races;
	diag sprintf '%s: %d pairs, %d races, %.0f s', $scene->{name},
	    scalar @pairs, $races, time - $began;
}
counts_ok($site);
my ($deadlocks) = $site->sql("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'");
diag "$all races, " . ($deadlocks ? $deadlocks->[1] : 'unknown') . ' deadlocks';

done_testing;
