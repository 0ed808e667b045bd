#!/usr/bin/perl
# A worker, the poller, the notifier and the database die in turn while 100
# tasks run: nothing is lost, charged twice or sent twice.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(sleep);
use Gesso qw(wait_for);

my $site = Gesso->start(delay => 700, rhythm => 2, conf => {
	limit_free_images_per_day => 1000,
	limit_free_calls_per_hour => 100000,
	signup_power => 1000,
	lease => '3s',
	deadline_image => '40s',
});
my $user = $site->register;
my %tasks;

# submit(n): waits out the moments in which there is no answer.  A request that
# was cut off may have been accepted, so it is repeated under its own key.
sub submit {
	my ($n) = @_;
	my $id = wait_for(sub {
		my $reply = $user->post('/generate/text-to-image',
		    { prompt => "kite number $n" },
		    { 'Idempotency-Key' => "kite-$n" });
		return $reply->{status} == 200 && $reply->{json}{data}{taskId};
	}, 30);
	ok $id, "task $n is accepted" or return;
	$tasks{$id} = $n;
}

my @victims = qw(gesso.fcgi-worker gesso-poller gesso-notifier mariadbd);
for my $n (1 .. 100) {
	submit($n);
	if ($n % 12 == 0) {
		my $victim = $victims[$n / 12 % @victims];
		ok wait_for(sub { $site->kill_by_name($victim) }, 10),
		    "$victim is killed";
	}
}

sub running {
	return eval { $site->sql('SELECT COUNT(*) FROM task WHERE active') }
	    // -1;
}
ok wait_for(sub { running() == 0 }, 120), 'every task ends'
    or diag running(), ' still run';

is scalar keys %tasks, 100, 'there are 100 tasks';
is $site->sql('SELECT COUNT(*) FROM task'), 100, 'and no other';
my %status;
$status{$user->task($_)->{status}}++ for keys %tasks;
is $status{processing}, undef, 'each says so';
cmp_ok $status{completed} // 0, '>=', 60, 'most of them with a picture';
diag join ', ', map { "$status{$_} $_" } sort keys %status;

my %sent;
$sent{$_->{prompt}}++ for grep { ($_->{prompt} // '') =~ /^kite/ }
    $site->journal;
is_deeply [ grep { $sent{$_} > 1 } sort keys %sent ], [], 'none is sent twice';

my $power = $user->power;
is $power->{used}, $status{completed} // 0, 'what failed is paid back';
my $audit = $site->ctl('ledger', 'audit');
is $audit->{status}, 0, 'the ledger is right' or diag $audit->{out};
is $site->get('/health')->{status}, 200, 'the site is well';

done_testing;
