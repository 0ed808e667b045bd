#!/usr/bin/perl
# A poller dies while a vendor works: nobody knows what became of the call.  It is
# never made again, and what was held is paid back.
use strict;
use warnings;
use Test::More;
use Gesso qw(wait_for wait_child);

my $site = Gesso->start(rhythm => 3000, conf => {
	lease => '3s', deadline_image => '12s',
	limit_free_calls_per_hour => 100000 });
my $user = $site->register;
my $task = $user->submit('a kite, neverends');

sub sent { return scalar grep { ($_->{prompt} // '') =~ /neverends/ }
    $site->journal }
sub stage { return $user->task($task)->{stage} // '' }

ok wait_for(sub { stage() eq 'submitting' }, 10), 'the vendor is called';
$site->kill_by_name('gesso-poller');
my $next = fork // die;
if ($next == 0) {
	open STDERR, '>', '/dev/null';
	exec Gesso::build() . '/poller/gesso-poller', '--config',
	    $site->{conf}, '--forever' or die;
}
ok wait_for(sub { stage() eq 'uncertain' }, 10),
    'the next poller finds it without a holder: uncertain';
is $user->task($task)->{status}, 'processing', 'which is not the end';
is $user->power->{remaining}, 49, 'nor paid back yet';

my $end = $user->finished($task, 30);
is $end->{status}, 'failed', 'at its deadline it fails';
is $end->{reason}, 'provider_timeout', 'with a reason';
is $end->{refunded}, 1, 'and is paid back';
cmp_ok sent(), '<=', 1, 'it was not sent again';
is $user->power->{remaining}, 50, 'all of it is there';
is $site->ctl('ledger', 'audit')->{status}, 0, 'the ledger is right';
kill 'TERM', $next;
is wait_child($next, 20), 0, 'the poller ends';

done_testing;
