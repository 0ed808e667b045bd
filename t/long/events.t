#!/usr/bin/perl
# No event is lost, told out of order, or twice but across a cut, while 64
# writers commit 200 000, 2 % roll back, one takes 3 s, the notifier is killed
# twice a second and 1 000 clients are cut off at random.
#
#	t/run t/long/events.t
#	GESSO_COMMITS=20000 GESSO_CLIENTS=100 GESSO_NOTIFIERS=2 \
#	    t/run t/long/events.t
use strict;
use warnings;
use Test::More;
use EventProof qw(event_proof);

event_proof(writers => $ENV{GESSO_WRITERS} // 64,
    commits => $ENV{GESSO_COMMITS} // 200000,
    clients => $ENV{GESSO_CLIENTS} // 1000, slow_ms => 3000,
    notifiers => $ENV{GESSO_NOTIFIERS} // 1, kill_s => 0.5);

done_testing;
