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

# Both want to come before the C library.
plan skip_all => 'built with sanitizers' if Gesso::slurp(Gesso::build() .
    '/config.h') =~ /^#define GESSO_SANITIZED/m;
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
    [ 'lock', 'ENOLCK', 'chat.seats', { %$once, fault => { repeat => 10 } } ],
    [ 'write', 'short', '/state/' ], [ 'eventfd', 'EMFILE', '' ]);
# of one of its reads a part has been read already
some((talk_flows)[1], [ 'read', 'EIO', '/state/',
    { first => 2, step => 5, last => 7 } ]);

$faults->poller;
some((task_flows)[0], [ 'open', 'EMFILE', '/media/', { first => 2, step => 5 } ],
    [ 'fsync', 'EIO', '/media/',
	{ first => 2, last => 2, reason => 'result_invalid' } ],
    [ 'write', 'ENOSPC', '/media/', { %$once, reason => 'storage_full' } ],
    [ 'epoll_ctl', 'ENOMEM', 'socket', $once ]);
# what the disk does not write the vendor still has
some((task_flows)[2], [ 'fsync', 'EIO', '/media/', { first => 2, last => 2 } ],
    [ 'write', 'EIO', '/media/', $once ]);
$faults->stop_poller;

# arm(process, fault): until rest().
sub arm {
	my ($process, $fault, $n) = @_;
	$kernel->arm($process, '', $n // 1, { fault => $fault->{fault} });
	return;
}

# An answer whose file can't be written to is no answer of a dead writer.
{
	arm('gesso-chat.fcgi', fault('write', 'ENOSPC', '/state/answer'), 3);
	my $stream = $user->ask({ model => 'parrot',
		message => 'words=25 ms=40' });
	my $words = join '', map { "w$_ " } 0 .. 24;
	is $stream->head(20), 200, 'an answer begins';
	my $start = $stream->next(10);
	ok wait_for(sub { $kernel->look->{hit} }, 10), 'and meets a full disk';
	my $along = $user->pick_up(@$start{qw(conversationId messageId)}, 0);
	my @told = ([ $along->rest ], [ $start, $stream->rest ]);
	for my $who ('who comes along', 'who asked') {
		my @events = @{ shift @told };
		is $events[-1]{type}, 'done', "$who hears its end";
		is join('', map { $_->{content} // () } grep { $_->{type} eq
		    'token' } @events), $words, '... and every word';
	}
	is $site->sql("SELECT status FROM message WHERE id = " .
	    Cuts::hex($start->{messageId})), 'complete', 'it is complete';
}

# A worker that can't have what its threads need is none: the next one can.
{
	my ($old) = $site->pids('gesso.fcgi-worker');
	arm('gesso.fcgi', fault('epoll_create1', 'EMFILE', '',
	    { fault => { repeat => 200 } }));
	kill 'KILL', $old;
	ok wait_for(sub { $site->log('gesso.fcgi') =~
	    /cannot start threads: Too many open files/ }, 10),
	    'a worker without descriptors says so';
	$kernel->rest;
	is $site->get('/health')->{status}, 200, 'and another one serves';
}

# Nobody can be let in for a while.
{
	my $log = length $site->log('gesso-notifier');
	arm('gesso-notifier', fault('accept', 'EMFILE', '',
	    { fault => { repeat => 1000000 } }));
	my $ws = later(sub { $user->ws->{status} });
	ok wait_for(sub { $kernel->look->{hits} > 1 }, 10),
	    'somebody knocks at a notifier without descriptors';
	my $hits = $kernel->rest->{hits};
	is $ws->(), 101, 'and is let in when there are some';
	my $lines = () = substr($site->log('gesso-notifier'), $log) =~
	    /cannot accept a connection: Too many open files/g;
	is $lines, $hits, 'each try is told';
	cmp_ok $lines, '<', 100, 'and there are few';
}

is_deeply [ $faults->books ], [], 'the books are right';
diag "$faults->{cuts} faults";

done_testing;
