#!/usr/bin/perl
# The server of lib/serve under load, signals and sudden death.
use strict;
use warnings;
use FcgiServer;
use IO::Socket::UNIX;
use Test::More;
use Time::HiRes qw(sleep time);

plan skip_all => "no $program" unless -x $program;

my $path = "$dir/sock";

# requests and bodies
my $pid = start($path, 2, 16, 0);
is((stat $path)[2] & 0777, 0600, 'the socket has its mode');
my @open = map { ask($path, '/sleep?20') } 1 .. 200;
is(good(map { answer($_) } @open), 200, '200 requests at once');
like(answer(ask($path, '/body', body => 'x' x 50000)), qr/value=50000/,
    'a body arrives whole');
like(answer(ask($path, '/body', body => 'abc', length => 9, broken => 1)),
    qr/value=-1/, 'a body that breaks off is told');
like(answer(ask($path, '/x', keep => 1)), qr/value=0/,
    'a connection is closed though the front server would keep it');
my $stream = ask($path, '/stream?100');
sysread $stream, my $some, 10;
close $stream;
ok(until_true(sub { `cat $log` =~ /reader gone after \d\b/ }),
    'a reader that leaves is noticed');
my $silent = IO::Socket::UNIX->new(Peer => $path);
like(answer(ask($path, '/x')), qr/value=0/, 'a silent peer blocks nobody');
close $silent;

# death of a worker
my $worker = pid_of(answer(ask($path, '/x')));
kill 'KILL', $worker;
is(good(map { answer(ask($path, '/x')) } 1 .. 50), 50,
    'a killed worker is replaced');
ok(!kill(0, $worker) || until_true(sub { !kill 0, $worker }), 'it is gone');
my $start = time;
for (1 .. 5) {
	answer(ask($path, '/die?3'));
}
is(good(map { answer(ask($path, '/x')) } 1 .. 5), 5,
    'workers that die at once come back');
cmp_ok(time - $start, '<', 30, 'after a pause');

# reload
my $slow = ask($path, '/sleep?2000');
sleep 0.7;
kill 'HUP', $pid;
ok(until_true(sub { answer(ask($path, '/x')) =~ /generation=2/ }),
    'HUP brings workers of a new generation');
like(answer($slow), qr/generation=1 value=2000/,
    'while the old ones finish their requests');

# stop
$slow = ask($path, '/sleep?2000');
sleep 0.7;
kill 'TERM', $pid;
ok(until_true(sub { !-e $path }), 'TERM takes the socket away');
like(answer($slow), qr/value=2000/, 'and lets a running request finish');
is(ended($pid, 20), 0, 'with exit status 0');

# what is queued
$pid = start($path, 1, 1, 0);
@open = map { ask($path, '/sleep?100') } 1 .. 6;
sleep 0.05;
kill 'TERM', $pid;
is(good(map { answer($_) } @open), 6, 'what was queued is served, too');
is(ended($pid, 20), 0, 'before the end');

# retirement
$pid = start($path, 2, 4, 10);
my %pids;
my $answered = 0;
for (1 .. 20) {
	@open = map { ask($path, '/sleep?2') } 1 .. 10;
	my @pids = grep { $_ } map { pid_of(answer($_)) } @open;
	$answered += @pids;
	$pids{$_} = 1 for @pids;
}
is($answered, 200, 'retirement drops no request');
cmp_ok(scalar keys %pids, '>=', 8, 'workers did retire');
is(stop($pid), 0, 'stopped');

# a newer process takes the path over
my $old = start($path, 2, 4, 0);
my $new = start($path, 2, 4, 0);
$slow = undef;
is(stop($old), 0, 'the older process stops');
ok(-e $path, 'and leaves the socket of the newer one');
is(good(map { answer(ask($path, '/x')) } 1 .. 20), 20, 'which answers');

# death of the master
$worker = pid_of(answer(ask($path, '/x')));
$slow = ask($path, '/sleep?500');
sleep 0.1;
kill 'KILL', $new;
ended($new, 20);
like(answer($slow), qr/value=500/,
    'workers of a killed master finish their requests');
is(good(map { answer(ask($path, '/x')) } 1 .. 20), 20,
    'and answer until there is a new one');
$pid = start($path, 2, 4, 0);
ok(until_true(sub { !kill 0, $worker }), 'then they end');
isnt(pid_of(answer(ask($path, '/x'))), $worker, 'and the new one answers');
is(stop($pid), 0, 'and stops');

# in one process
$pid = start($path, 0, 4, 0);
is(pid_of(answer(ask($path, '/x'))), $pid, 'no workers: the process serves');
kill 'HUP', $pid;
ok(until_true(sub { answer(ask($path, '/x')) =~ /generation=2/ }),
    'and reloads');
is(stop($pid), 0, 'and stops');

my $listen = IO::Socket::UNIX->new(Local => "$dir/given", Listen => 64);
$pid = fork // die;
if ($pid == 0) {
	open STDIN, '<&', $listen or die;
	open STDERR, '>>', $log or die;
	exec $program, '-', 2, 4, 0 or die;
}
$running{$pid} = 1;
close $listen;
is(pid_of(answer(ask("$dir/given", '/x'))), $pid, 'a socket on descriptor 0');
is(stop($pid), 0, 'is served until TERM');
is(system("$program - 1 1 0 </dev/null 2>>$log") >> 8, 64,
    'descriptor 0 must be a listening socket');
is(system("$program $dir/none/sock 1 1 0 2>>$log") >> 8, 73,
    'a path that cannot be made is told');

# a socket that systemd holds
$listen = IO::Socket::UNIX->new(Local => "$dir/systemd", Listen => 64);
sub activate {
	my $child = fork // die;
	if ($child == 0) {
		require POSIX;
		POSIX::dup2(fileno $listen, 3);
		$^F = 3;
		$ENV{LISTEN_PID} = $$;
		$ENV{LISTEN_FDS} = 1;
		open STDERR, '>>', $log or die;
		exec $program, "$dir/unused", 2, 4, 0 or die;
	}
	$running{$child} = 1;
	return $child;
}
$pid = activate();
$worker = pid_of(answer(ask("$dir/systemd", '/x')));
isnt($worker, $pid, 'a socket of systemd has a master and workers');
ok(!-e "$dir/unused", 'and takes the place of the path');
is(stop($pid), 0, 'stopped');
my @waiting = map { ask("$dir/systemd", '/x') } 1 .. 5;
$pid = activate();
is(good(map { answer($_) } @waiting), 5,
    'what was asked during the restart is answered');
is(stop($pid), 0, 'stopped again');

$ENV{RELOAD_FAILS} = 1;
$pid = start($path, 1, 2, 0);
$worker = pid_of(answer(ask($path, '/x')));
kill 'HUP', $pid;
sleep 0.2;
is(pid_of(answer(ask($path, '/x'))), $worker,
    'a configuration that cannot be read changes nothing');
is(stop($pid), 0, 'stopped');

done_testing;
