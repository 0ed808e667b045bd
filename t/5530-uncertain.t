#!/usr/bin/perl
# A poller dies while a vendor works: nobody knows what became of the call.  It is
# never made again, and what was held is paid back; unless the vendor can be asked
# whether it arrived.
use strict;
use warnings;
use Test::More;
use IO::Socket::INET;
use Gesso qw(wait_for wait_child);
use Media qw(png);
use Vendors;

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

# A ComfyUI that takes an order and says nothing: it is asked, and found there.
my $listen = IO::Socket::INET->new(Listen => 16, LocalAddr => '127.0.0.1',
    ReuseAddr => 1) or die;
my $orders = "$site->{dir}/orders";
my $vendor = fork // die;
if ($vendor == 0) {
	my $id;
	while (my $s = $listen->accept) {
		my $rq = '';
		while (sysread $s, $rq, 65536, length $rq) {
			my ($length) = $rq =~ /^Content-Length: (\d+)/mi;
			my $head = index $rq, "\r\n\r\n";
			last if $head >= 0 &&
			    length $rq >= $head + 4 + ($length // 0);
		}
		if ($rq =~ /^POST/) {
			($id) = $rq =~ /"prompt_id":"([^"]+)"/;
			open my $log, '>>', $orders or die;
			print {$log} "$id\n";
			close $log;
			close $s;
			next;
		}
		my $body = $rq =~ m{^GET /queue} ?
		    '{"queue_running":[],"queue_pending":[]}'
		    : $rq =~ m{^GET /view} ? png(64, 64)
		    : qq({"$id":{"outputs":{"9":{"images":[{"filename":"a.png",) .
		    '"subfolder":"","type":"output"}]}},"status":' .
		    '{"status_str":"success","completed":true}}}';
		my $type = $rq =~ m{^GET /view} ? 'image/png'
		    : 'application/json';
		print {$s} "HTTP/1.1 200 OK\r\nContent-Type: $type\r\n",
		    'Content-Length: ', length $body, "\r\n\r\n", $body;
		close $s;
	}
	exit 0;
}
END { local $?; kill 'KILL', $vendor if $vendor }
my $made = $site->admin->post('/config/providers/custom', { type => 'image',
	name => 'silent', apiUrl => 'http://127.0.0.1:' . $listen->sockport,
	apiKey => '', config => { protocol => 'comfyui', models => [ 'm' ],
	poll_ms => 200, %{ Vendors::comfyui() } } });
$site->sql("UPDATE model SET deadline_s = 60 WHERE id = 'm'");
$end = $user->finished($user->submit('a kite', model => 'm',
    provider => $made->{json}{data}{id}), 70);
is $end->{status}, 'completed', 'an order whose answer was lost is found'
    or diag explain $end;
is scalar(() = Gesso::slurp($orders) =~ /\n/g), 1, 'and not given again';

kill 'TERM', $next;
is wait_child($next, 20), 0, 'the poller ends';

done_testing;
