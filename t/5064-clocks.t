#!/usr/bin/perl
# The database's clock is set while tasks are under way, forward and back.  None is lost, ended early, sent twice or left waiting, and
# the clocks of the machine need not agree with it.
use strict;
use warnings;
use File::Temp qw(tempdir);
use Test::More;
use Time::HiRes qw(time);
use Gesso qw(wait_for);

my ($library) = glob '/usr/lib/*/faketime/libfaketimeMT.so.1';
my ($server) = grep { -x } map { "$_/mariadbd" } split(/:/, $ENV{PATH}),
    '/usr/sbin';
plan skip_all => 'no libfaketime here' unless $library && $server;

my $dir = tempdir('gesso-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $real = time;

sub text {
	my ($name, $text) = @_;
	open my $f, '>', "$dir/$name.new" or die;
	print $f $text;
	close $f or die;
	rename "$dir/$name.new", "$dir/$name" or die;
	return;
}

# What the database's clock is ahead of this machine's, in seconds.
sub ahead { my ($s) = @_; return text('ahead', sprintf "%+d\n", $s) }

ahead(7200);
text('mariadbd', <<"SH");
#!/bin/sh
LD_PRELOAD=$library FAKETIME_TIMESTAMP_FILE=$dir/ahead FAKETIME_NO_CACHE=1
FAKETIME_DONT_FAKE_MONOTONIC=1
export LD_PRELOAD FAKETIME_TIMESTAMP_FILE FAKETIME_NO_CACHE \\
	FAKETIME_DONT_FAKE_MONOTONIC
exec $server "\$@"
SH
chmod 0755, "$dir/mariadbd" or die;

my $site = Gesso->start(env => { PATH => "$dir:$ENV{PATH}" },
    conf => { limit_free_calls_per_hour => 100000,
	limit_free_images_per_day => 100 });
my $user = $site->register;

sub db_ahead { return $site->sql('SELECT UNIX_TIMESTAMP(NOW(3))') - time }

is int(db_ahead() / 60 + 0.5), 120, 'the database is two hours ahead';
my $other = $site->register;
my $refreshed = $other->post('/auth/refresh', {});
is $refreshed->{status}, 200, 'a token is renewed';
is $other->get('/user/profile')->{status}, 200, 'and the old one has its minute';
my $ticket = $other->post('/auth/ws-ticket', {})->{json}{data};
ok $ticket->{ticket}, 'there are tickets';

my $n = 0;
for my $step ([ 'a day forward', 86400 ], [ 'an hour back', -3600 ]) {
	my ($name, $s) = @$step;
	my $word = 'kite' . ++$n;
	my $task = $user->submit("a $word, delay-2000");
	ok wait_for(sub { ($user->task($task)->{stage} // '') =~
	    /submitting|running/ }), "$name: a task is under way";
	my $target = int(db_ahead() + 0.5) + $s;
	ahead($target);
	ok wait_for(sub { abs(db_ahead() - $target) < 5 }), 'the clock is set';
	my $began = time;
	my $end = $user->finished($task, 30);
	is $end->{status}, 'completed', 'it is done all the same';
	is $site->sql("SELECT COUNT(*) FROM task WHERE finished_at IS NULL"), 0,
	    'nothing waits';
	is scalar(grep { ($_->{prompt} // '') =~ /$word,/ } $site->journal), 1,
	    'it was sent once';
	my $next = $user->finished($user->submit("another $word"), 20);
	is $next->{status}, 'completed', 'and the next one, too';
}
is $user->power->{remaining}, 46, 'each has cost its price';
is $site->ctl('ledger', 'audit')->{status}, 0, 'the ledger is right';
ok wait_for(sub { $site->get('/health')->{json}{data}{poller} eq 'ok' }),
    'the poller counts as alive';

done_testing;
