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
	cmp_ok time - $began, '<', 8, 'soon';
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
is $site->ctl('ledger', 'audit')->{status}, 0, 'the ledger is right';

done_testing;
