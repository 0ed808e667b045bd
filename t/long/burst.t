#!/usr/bin/perl
# Many calls at one moment on a machine that is busy with other things: no web
# server refuses one of them, not even while gesso.fcgi is killed.
#
#	t/run t/long/burst.t		(GESSO_CALLS at once, 400)
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(sleep);
use Gesso qw(wait_for at_once);

my $calls = $ENV{GESSO_CALLS} // 400;
my $hogs = 6;
my $owner = $$;
my @busy;

for (1 .. $hogs) {
	my $pid = fork // die "fork: $!";
	if ($pid == 0) {
		1 while getppid == $owner;
		exit;
	}
	push @busy, $pid;
}

# burst(site, user): how often each answer came.
sub burst {
	my ($site, $user) = @_;
	my %count;
	$count{$_}++ for at_once($calls, sub {
		my $reply = $user->get('/user/profile');
		return "$reply->{status} " . ($reply->{json}{reason} // '');
	});
	return \%count;
}

for my $server (qw(lighttpd apache apache-fcgid)) {
	my $site = Gesso->start(options => [ '--server', $server ],
	    conf => { limit_free_calls_per_hour => 100_000_000 });
	my $user = $site->register;
	is_deeply burst($site, $user), { '200 ' => $calls },
	    "$server: $calls calls at once are answered" for 1 .. 3;
	next if $server eq 'apache-fcgid'; # there Apache keeps the processes

	my $killer = fork // die "fork: $!";
	if ($killer == 0) {
		for (1 .. 5) {
			sleep 1;
			kill 'KILL', $site->pids('gesso.fcgi');
		}
		POSIX::_exit(0);
	}
	my %all;
	my $rounds = 0;
	while (waitpid($killer, POSIX::WNOHANG) != $killer) {
		my $count = burst($site, $user);
		$all{$_} += $count->{$_} for keys %$count;
		$rounds++;
	}
	is_deeply \%all, { '200 ' => $rounds * $calls },
	    "$server: nor is one of " . $rounds * $calls .
	    ' refused while gesso.fcgi is killed' or diag explain \%all;
}
kill 'TERM', @busy;
done_testing;
