#!/usr/bin/perl
# The database does not answer: 503, quickly, and everything again when it does.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(sleep time);
use Gesso qw(wait_for);

my $site = Gesso->start(conf => { db_timeout => '1s' });
my $user = $site->register;
my ($database) = $site->pids('mariadbd');

kill 'STOP', $database;
for my $path ('/user/profile', '/works', '/health') {
	my $began = time;
	my $reply = $user->get($path);
	is $reply->{status}, 503, "$path is 503";
	cmp_ok time - $began, '<', 20, 'soon';
	next if $path eq '/health';
	is $reply->{json}{reason}, 'unavailable', 'and says why';
	ok $reply->{headers}{'retry-after'}, 'and when to come again';
}
my $reply = $user->post('/generate/text-to-image', { prompt => 'a kite' });
is $reply->{status}, 503, 'nothing is accepted';
kill 'CONT', $database;

ok wait_for(sub { $user->get('/user/profile')->{status} == 200 }, 10),
    'it comes back';
ok wait_for(sub { $site->get('/health')->{status} == 200 }, 20),
    'the whole site does';
is $user->power->{remaining}, 50, 'nothing was taken';

$site->kill_by_name('mariadbd');
ok wait_for(sub { $user->get('/user/profile')->{status} == 200 }, 10),
    'a database that died comes back, too';
my $task = $user->finished($user->submit('a kite, instant'));
is $task->{status}, 'completed', 'and pictures are made';

# What the database closes while it is idle (wait_timeout) is made anew, and
# nobody notices.
sub cut {
	my @ids = $site->sql('SELECT id FROM information_schema.processlist ' .
	    'WHERE id <> CONNECTION_ID()');
	# one that has just ended by itself is no matter
	eval { $site->sql("KILL CONNECTION $_->[0]") } for @ids;
	return scalar @ids;
}
my %key = ('Idempotency-Key' => 'once');
my @calls = (
	[ read => sub { $user->get('/works') } ],
	[ write => sub { $user->post('/generate/text-to-image',
	    { prompt => 'x, instant' }) } ],
	[ 'write with a key' => sub { $user->post('/generate/text-to-image',
	    { prompt => 'x, instant' }, \%key) } ],
	[ login => sub { $site->post('/auth/login', { email => $user->{email},
	    password => $user->{password} }) } ],
	[ events => sub { $user->get('/events') } ],
);
for my $case (@calls) {
	my ($name, $call) = @$case;
	$call->();
	cmp_ok cut(), '>', 0, 'connections are cut';
	is $call->()->{status}, 200, "$name: all the same";
}
$task = $user->submit('a boat, instant');
cut();
is $user->finished($task)->{status}, 'completed', 'the poller, too';
is $site->ctl('ledger', 'audit')->{status}, 0, 'the ledger is right';

done_testing;
