# One FastCGI request straight to gesso.fcgi, as no web server would send it.
#
#	my $reply = Fcgi::request($site, { REQUEST_METHOD => 'POST',
#	    CONTENT_LENGTH => 99 }, 'short');
package Fcgi;
use strict;
use warnings;

use IO::Socket::UNIX;
use JSON::PP;

my %doors;

# A gesso.fcgi beside those of a front that keeps their sockets to itself;
# Gesso->start opens it.
sub door_open {
	my ($site) = @_;
	my $path = "$site->{dir}/door.sock";
	my $pid = fork // die "fork: $!";
	if ($pid == 0) {
		open STDERR, '>>', "$site->{dir}/log/gesso.fcgi.log";
		exec 'setpriv', '--pdeathsig', 'TERM',
		    glob(Gesso::build() . '/*/gesso.fcgi'),
		    '--config', $site->{conf}, '--listen', $path or die;
	}
	$doors{$path} = $pid;
	Gesso::wait_for(sub { -S $path }, 20) or die 'no door';
	return;
}

END {
	local $?;
	kill 'TERM', values %doors;
	waitpid $_, 0 for values %doors;
}

# The socket that gesso.fcgi of a site was told to listen at.
sub socket_path {
	my ($site) = @_;
	return "$site->{dir}/door.sock" unless $site->has_master;
	my ($pid) = $site->pids('gesso.fcgi');
	my @words = split /\0/, Gesso::slurp("/proc/$pid/cmdline");
	for my $i (1 .. $#words) {
		return $words[$i] if $words[$i - 1] eq '--listen';
	}
	die 'no socket';
}

sub record {
	my ($type, $content) = @_;
	return pack('CCnnCC', 1, $type, 1, length $content, 0, 0) . $content;
}

sub stream {
	my ($type, $bytes) = @_;
	my $records = '';
	while (length $bytes) {
		$records .= record($type, substr $bytes, 0, 60000, '');
	}
	return $records . record($type, '');
}

sub pair {
	my ($name, $value) = @_;
	return pack('NN', map { length($_) | 0x80000000 } $name, $value) .
	    $name . $value;
}

# All that comes back on a connection: {stdout, ended}.
sub converse {
	my ($path, $bytes) = @_;
	my $socket = IO::Socket::UNIX->new(Peer => $path)
	    or die "connect $path: $!";
	local $SIG{PIPE} = 'IGNORE';
	syswrite $socket, $bytes;
	my ($in, %got) = ('', (stdout => '', ended => 0));
	while (sysread $socket, $in, 65536, length $in) {
		while (length $in >= 8) {
			my (undef, $type, undef, $length, $padding) =
			    unpack 'CCnnC', $in;
			last if length $in < 8 + $length + $padding;
			my $content = substr $in, 8, $length;
			substr $in, 0, 8 + $length + $padding, '';
			$got{stdout} .= $content if $type == 6;
			$got{ended} = 1 if $type == 3;
		}
		last if $got{ended};
	}
	return \%got;
}

# The records of a request up to its body.
sub opening {
	my ($given) = @_;
	my %vars = (REQUEST_METHOD => 'GET', REMOTE_ADDR => '127.0.0.1',
	    REQUEST_URI => '/api/v1/health', %$given);
	$vars{REQUEST_URI} = "/api/v1$vars{REQUEST_URI}"
	    unless $vars{REQUEST_URI} =~ m{^(/api|/media|\w+://|$)};
	$vars{HTTP_AUTHORIZATION} = "Bearer $vars{user}{token}"
	    if $vars{user};
	delete $vars{user};
	return record(1, pack 'nCx5', 1, 0) .
	    stream(4, join '', map { pair($_, $vars{$_}) }
		grep { defined $vars{$_} } sort keys %vars);
}

# cut(site, {variables}, beginning of the body): and then the web server is gone.
sub cut {
	my ($site, $given, $body) = @_;
	my $path = socket_path($site);
	my $socket = IO::Socket::UNIX->new(Peer => $path)
	    or die "connect $path: $!";
	my $records = stream(5, $body);
	syswrite $socket, opening($given) . substr $records, 0, -8;
	close $socket;
	return;
}

# request(site, {variables}, body) -> {status, headers, body, json}
sub request {
	my ($site, $given, $body) = @_;
	my $got = converse(socket_path($site),
	    opening($given) . stream(5, $body // ''));
	my ($head, $rest) = split /\r\n\r\n/, $got->{stdout}, 2;
	my %headers = map { /^([^:]+): (.*)/ ? (lc $1 => $2) : () }
	    split /\r\n/, $head // '';
	return { status => ($headers{status} // 0) =~ s/ .*//r,
	    headers => \%headers, body => $rest, ended => $got->{ended},
	    json => scalar eval { JSON::PP->new->utf8->decode($rest) } };
}

1;
