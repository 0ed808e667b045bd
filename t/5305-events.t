#!/usr/bin/perl
# No event is lost, told out of order, or twice but across a cut: the small
# version of t/long/events.t, with two notifiers.
use strict;
use warnings;
use Test::More;
use EventProof qw(event_proof);

event_proof(writers => 16, commits => 5000, clients => 50, slow_ms => 1000,
    notifiers => 2, kill_s => 0.4);

done_testing;
