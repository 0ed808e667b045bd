#!/usr/bin/perl
# The database's clock is set while tasks are under way, forward and back.  None
# is lost, ended early, sent twice or left waiting, and the clocks of the machine
# need not agree with it.
use strict;
use warnings;
use Test::More;
use DbClock;
use Gesso qw(wait_for);

my $clock = DbClock->new(7200) or plan skip_all => 'no libfaketime here';
my $site = Gesso->start(env => $clock->env,
    conf => { limit_free_calls_per_hour => 100000 });
my $user = $site->register;

is int($clock->of($site) / 60 + 0.5), 120, 'the database is two hours ahead';
my $other = $site->register;
my $refreshed = $other->post('/auth/refresh', {});
is $refreshed->{status}, 200, 'a token is renewed';
is $other->get('/user/profile')->{status}, 200, 'and the old one has its minute';
my $ticket = $other->post('/auth/ws-ticket', {})->{json}{data};
ok $ticket->{ticket}, 'there are tickets';

my $n = 0;
for my $step ([ 'a day forward', 7200 + 86400 ], [ 'an hour back', 3600 + 86400 ]) {
	my ($name, $ahead) = @$step;
	my $word = 'kite' . ++$n;
	my $task = $user->submit("a $word, delay-2000");
	ok wait_for(sub { ($user->task($task)->{stage} // '') =~
	    /submitting|running/ }), "$name: a task is under way";
	ok $clock->ahead($site, $ahead), 'the clock is set';
	is $user->finished($task, 30)->{status}, 'completed',
	    'it is done all the same';
	is $site->sql("SELECT COUNT(*) FROM task WHERE finished_at IS NULL"), 0,
	    'nothing waits';
	is scalar(grep { ($_->{prompt} // '') =~ /$word,/ } $site->journal), 1,
	    'it was sent once';
	is $user->finished($user->submit("another $word"), 20)->{status},
	    'completed', 'and so is the next one';
}
is $user->power->{remaining}, 46, 'each has cost its price';
is $site->ctl('ledger', 'audit')->{status}, 0, 'the ledger is right';
ok wait_for(sub { $site->get('/health')->{json}{data}{poller} eq 'ok' }),
    'the poller counts as alive';

done_testing;
