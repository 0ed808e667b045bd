#!/usr/bin/perl
# Five seamless restarts, a reload and a killed master under load: no request
# fails.
#
#	t/run t/long/restart.t		(GESSO_SECONDS of load, 60)
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(sleep);
use Gesso qw(wait_for wait_child);

my $seconds = $ENV{GESSO_SECONDS} // 60;
plan skip_all => 'no wrk here'
    unless grep { -x "$_/wrk" } split /:/, $ENV{PATH};

for my $server (qw(lighttpd apache)) {
	subtest $server => sub { restarts($server) };
}
done_testing;

sub start {
	my ($site, $socket) = @_;
	my $before = (stat $socket)[1];
	my $pid = fork // die "fork: $!";
	if ($pid == 0) {
		open STDERR, '>>', "$site->{dir}/log/gesso.fcgi.log";
		exec Gesso::build() . '/fcgi-app/gesso.fcgi', '--config',
		    $site->{conf}, '--listen', $socket or die;
	}
	wait_for(sub { ((stat $socket)[1] // 0) != $before }, 20)
	    or die 'no new socket';
	return $pid;
}

sub restarts {
	my ($server) = @_;
	my $site = Gesso->start(options => [ '--server', $server ], conf => {
	    limit_free_calls_per_hour => 100_000_000 });
	my $user = $site->register;
	my ($socket) = glob "$site->{dir}/sock/fcgi.sock";
	my ($first) = $site->pids('gesso.fcgi');

	# quickstart would start a second one in the place of the first
	kill 'STOP', $site->{pid};
	my $log = "$site->{dir}/wrk.log";
	my $wrk = fork // die "fork: $!";
	if ($wrk == 0) {
		open STDOUT, '>', $log or die;
		exec 'wrk', '-t1', '-c8', "-d${seconds}s", '-H',
		    "Authorization: Bearer $user->{token}",
		    "$site->{base}/user/profile" or die;
	}
	my $pause = $seconds / 8;
	my $now = $first;
	for (1 .. 5) {
		sleep $pause;
		my $next = start($site, $socket);
		kill 'TERM', $now;
		is wait_child($now, 20), 0, 'the old one ends well'
		    if $now != $first;
		$now = $next;
	}
	sleep $pause;
	kill 'HUP', $now;
	sleep $pause / 2;
	kill 'KILL', $now;
	sleep 1; # nobody but the workers of the one that was killed
	$now = start($site, $socket);
	is wait_child($wrk, $seconds + 30), 0, 'wrk ran';
	my $said = Gesso::slurp($log);
	my ($requests) = $said =~ /^\s*(\d+) requests in/m;
	cmp_ok $requests, '>', 100 * $seconds, "$requests requests";
	unlike $said, qr/Non-2xx|Socket errors/, 'none of them failed'
	    or diag $said;
	kill 'TERM', $now;
	is wait_child($now, 20), 0, 'the last one ends well';
	kill 'CONT', $site->{pid};
	return;
}
