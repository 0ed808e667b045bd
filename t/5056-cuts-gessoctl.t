#!/usr/bin/perl
# The connection of gessoctl to the database breaks at what decides: its exit
# status and words are true, to do it again is safe or warned of.  All commands
# in turn: t/long/cuts.t.
use strict;
use warnings;
use Test::More;
use Cuts;
use CutCtl qw(ctl_flows);

my $cuts = Cuts->start;
for my $flow (ctl_flows) {
	my $long = $flow->{name} =~ /migrate/;
	$cuts->walk($flow, { how => 'after', deciding => 1,
		$long ? (first => 2, last => 8, step => 3) : () });
}
diag "$cuts->{cuts} cuts";

done_testing;
