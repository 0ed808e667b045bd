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
$cuts->walk($_, { how => 'after', deciding => 1 },
    { how => 'before', deciding => 1, first => 2 }) for ctl_flows;
diag "$cuts->{cuts} cuts";

done_testing;
