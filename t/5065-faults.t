#!/usr/bin/perl
# The kernel refuses something once: there is no room, no descriptor, no memory,
# or the disk does not write.  Nothing is lost, nobody is charged, no half file
# stays, nobody ends or hangs, and the caller is told the right thing.  All calls
# in turn: t/long/faults.t.
use strict;
use warnings;
use Test::More;
use ChatVendor;
use Cuts;
use CutCalls qw(call_flows);
use CutTalks qw(chat_flow talk_flows);
use CutTasks qw(task_flows);
use Faults qw(fault);
use Gesso qw(wait_for later);

my $faults = Faults->start;
my ($site, $user, $kernel) = @$faults{qw(site user proxy)};
$faults->{vendor} = ChatVendor->start;
$faults->{vendor}->join($site);
$site->sql("UPDATE model SET price = 3 WHERE id = 'parrot'");

# some(flow, [call, error, path, {first, last, step ...}] ...)
sub some {
	my ($flow, @ways) = @_;
	$faults->walk($flow, map { fault(@$_) } @ways);
	return;
}

my %call = map { $_->{name} => $_ } call_flows;
my $once = { last => 1 };
some($call{upload}, [ 'fsync', 'EIO', '/media/', { step => 3 } ],
    [ 'open', 'EMFILE', '/media/', { step => 4 } ],
    [ 'write', 'short', '/media/' ], [ 'mkdir', 'ENOSPC', '/media/', $once ],
    [ 'rename', 'EIO', '/media/', { first => 2 } ],
    [ 'open', 'EMFILE', '/proc/self/fd' ], [ 'sendmsg', 'ENOBUFS', '' ]);
some($call{'a given picture with a key'},
    [ 'fsync', 'ENOSPC', '/media/', { first => 2, step => 4 } ],
    [ 'recv', 'ECONNRESET', 'socket', { step => 5 } ]);
some($call{login}, [ 'open', 'EACCES', '/state/' ],
    [ 'lock', 'ENOLCK', '/state/' ],
    [ 'connect', 'EAGAIN', 'sock', { cold => 1 } ],
    [ 'socket', 'EMFILE', '', { cold => 1 } ]);
some(chat_flow, [ 'open', 'EMFILE', '/state/', { step => 2 } ],
    [ 'write', 'short', '/state/' ], [ 'eventfd', 'EMFILE', '' ]);

$faults->poller;
some((task_flows)[0], [ 'fsync', 'EIO', '/media/',
	{ first => 2, last => 2, reason => 'result_invalid' } ],
    [ 'write', 'ENOSPC', '/media/', { %$once, reason => 'storage_full' } ]);
$faults->stop_poller;

is_deeply [ $faults->books ], [], 'the books are right';
diag "$faults->{cuts} faults";

done_testing;
