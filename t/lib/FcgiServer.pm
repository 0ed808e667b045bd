# A FastCGI server that does nothing but serve (t/unit/serve/server.c), and a
# client of its own.
#
#	my $pid = start("$dir/sock", 2, 16, 0);	# workers, threads, requests
#	is answer(ask("$dir/sock", '/sleep?20')), ...;
#	stop($pid);
package FcgiServer;
use strict;
use warnings;
use Exporter qw(import);
use File::Temp qw(tempdir);
use IO::Socket::UNIX;
use POSIX qw(WNOHANG);
use Time::HiRes qw(sleep time);

our @EXPORT = qw($program $dir $log %running start ended stop until_true ask
    answer pid_of good);

our $program = ($ENV{top_builddir} // 'build') . '/t/unit/serve/server';
our $dir = tempdir(CLEANUP => 1);
our $log = "$dir/log";
our %running;
my $owner = $$;

END {
	local $?;
	kill 'KILL', keys %running if $$ == $owner;
}

# start(path, workers, threads, requests) -> pid, once the socket is there
sub start {
	my ($path, @numbers) = @_;
	my $before = (stat $path)[1] // 0;
	my $pid = fork // die "fork: $!";
	if ($pid == 0) {
		open STDERR, '>>', $log or die;
		exec $program, $path, @numbers or die;
	}
	$running{$pid} = 1;
	for (1 .. 1000) {
		last if ((stat $path)[1] // 0) != $before;
		sleep 0.02;
	}
	return $pid;
}

# The exit status of a server, undef when it does not end within the seconds.
sub ended {
	my ($pid, $seconds) = @_;
	my $until = time + $seconds;
	while (time < $until) {
		if (waitpid($pid, WNOHANG) == $pid) {
			delete $running{$pid};
			return $?;
		}
		sleep 0.02;
	}
	return undef;
}

sub stop {
	my ($pid) = @_;
	kill 'TERM', $pid;
	return ended($pid, 20);
}

sub until_true {
	my ($claim) = @_;
	for (1 .. 1000) {
		return 1 if $claim->();
		sleep 0.02;
	}
	return 0;
}

sub record {
	my ($type, $content) = @_;
	return pack('CCnnCC', 1, $type, 1, length $content, 0, 0) . $content;
}

sub pair {
	my ($name, $value) = @_;
	return pack('CC', length $name, length $value) . $name . $value;
}

# A connection with a request on its way; body and length as given.
sub ask {
	my ($path, $script, %with) = @_;
	my ($name, $query) = split /\?/, $script;
	my $body = $with{body} // '';
	my $s = IO::Socket::UNIX->new(Peer => $path) or return undef;
	my $params = join '', pair(REQUEST_METHOD => 'GET'),
	    pair(SCRIPT_NAME => $name), pair(QUERY_STRING => $query // ''),
	    pair(CONTENT_LENGTH => $with{length} // length $body);
	my $text = record(1, pack('nCx5', 1, $with{keep} ? 1 : 0)) .
	    record(4, $params) . record(4, '');
	$text .= record(5, $body) if length $body;
	$text .= record(5, '') unless $with{broken};
	syswrite $s, $text;
	shutdown $s, 1 if $with{broken};
	return $s;
}

# The standard output of a request; undef when it was not ended properly.
sub answer {
	my ($s) = @_;
	return undef unless $s;
	my ($all, $out, $done) = ('', '', 0);
	1 while sysread($s, $all, 65536, length $all);
	while (length $all >= 8) {
		my (undef, $type, undef, $len, $pad) = unpack 'CCnnC', $all;
		$out .= substr $all, 8, $len if $type == 6;
		$done = 1 if $type == 3;
		substr($all, 0, 8 + $len + $pad) = '';
	}
	return $done ? $out : undef;
}

sub pid_of {
	return defined $_[0] && $_[0] =~ /^pid=(\d+)/m ? $1 : 0;
}

sub good {
	return scalar grep { defined && /value=/ } @_;
}

1;
