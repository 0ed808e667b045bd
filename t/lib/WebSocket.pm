# A WebSocket client for tests (RFC 6455), in the manner of a person: it says
# what the handshake came to, gives one message after the other, and the code
# with which the other side closed.
#
#	my $ws = $user->ws('since=0');
#	is $ws->{status}, 101;
#	my $hello = $ws->next;			# a hash, undef when none comes
#	is $ws->closed, 4401;			# waits for the end
package WebSocket;
use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use JSON::PP;
use MIME::Base64 qw(encode_base64);
use Time::HiRes qw(time);

my $JSON = JSON::PP->new->utf8;

# connect("host:port" or path of a socket, "/ws?...", Header => value ...): the
# reply of the handshake in {status}, {headers}, {body}; open when it is 101.
sub connect {
	my ($class, $address, $path, %headers) = @_;
	my $socket = $address =~ m{^/}
	    ? IO::Socket::UNIX->new(Peer => $address)
	    : IO::Socket::INET->new(PeerAddr => $address, Timeout => 10);
	my $self = bless { socket => $socket, in => '', status => 0 }, $class;
	return $self unless $socket;
	my %all = (Host => $address =~ m{^/} ? 'localhost' : $address,
	    Connection => 'Upgrade', Upgrade => 'websocket',
	    'Sec-WebSocket-Version' => 13,
	    'Sec-WebSocket-Key' => encode_base64(pack('N4',
		map { int rand 2**32 } 1 .. 4), ''), %headers);
	$self->put(join '', "GET $path HTTP/1.1\r\n",
	    (map { "$_: $all{$_}\r\n" } grep { defined $all{$_} } sort keys %all),
	    "\r\n");
	$self->handshake;
	return $self;
}

sub put {
	my ($self, $bytes) = @_;
	local $SIG{PIPE} = 'IGNORE';
	while (length $bytes) {
		my $n = syswrite $self->{socket}, $bytes;
		return 0 unless defined $n;
		substr $bytes, 0, $n, '';
	}
	return 1;
}

# more(until): reads what comes; false at the end or when nothing came by then.
sub more {
	my ($self, $until) = @_;
	my $left = $until - time;
	return 0 if $left < 0 && $left > -1 && !IO::Select->new($self->{socket})
	    ->can_read(0);
	return 0 unless IO::Select->new($self->{socket})
	    ->can_read($left > 0 ? $left : 0);
	my $n = sysread $self->{socket}, $self->{in}, 65536, length $self->{in};
	$self->{eof} = 1 unless $n;
	return $n;
}

sub handshake {
	my ($self) = @_;
	my $until = time + 15;
	1 while $self->{in} !~ /\r\n\r\n/ && $self->more($until);
	$self->{in} =~ s{^HTTP/1\.1 (\d+)[^\r]*\r\n(.*?)\r\n\r\n}{}s or return;
	$self->{status} = $1;
	for (split /\r\n/, $2) {
		$self->{headers}{lc $1} = $2 if /^([^:]+):\s*(.*)/;
	}
	return if $self->{status} == 101;
	my $length = $self->{headers}{'content-length'};
	1 while length $self->{in} < ($length // 2**30) && $self->more($until);
	$self->{body} = $self->{in};
	$self->{json} = eval { $JSON->decode($self->{in}) };
	return;
}

# frame(until): opcode and content of the next frame, nothing when none comes.
sub frame {
	my ($self, $until) = @_;
	while (1) {
		my $have = length $self->{in};
		my ($first, $second) = unpack 'CC', $self->{in};
		my ($head, $length) = (2, ($second // 0) & 127);
		if ($have >= 4 && $length == 126) {
			($head, $length) = (4, unpack 'x2n', $self->{in});
		} elsif ($have >= 10 && $length == 127) {
			($head, $length) = (10, unpack 'x2Q>', $self->{in});
		} elsif ($length > 125) {
			$head = 2**30;
		}
		if ($have >= 2 && $have >= $head + $length) {
			my $content = substr $self->{in}, $head, $length;
			substr $self->{in}, 0, $head + $length, '';
			return ($first & 15, $content);
		}
		return unless $self->more($until);
	}
}

# send_frame(opcode, content): masked, as clients must.
sub send_frame {
	my ($self, $opcode, $content) = @_;
	my $mask = pack 'N', int rand 2**32;
	my $length = length $content;
	my $masked = $content ^ substr $mask x ($length / 4 + 1), 0, $length;
	return $self->put(pack('C', 128 | $opcode) . ($length < 126
	    ? pack('C', 128 | $length) : pack('Cn', 254, $length)) .
	    $mask . $masked);
}

# text(seconds): the next message as it came.  Pings are answered.
sub text {
	my ($self, $seconds) = @_;
	return undef unless $self->{status} == 101;
	my $until = time + ($seconds // 30);
	while (my ($opcode, $content) = $self->frame($until)) {
		return $content if $opcode == 1;
		if ($opcode == 9) {
			$self->{pings}++;
			$self->send_frame(10, $content);
		} elsif ($opcode == 8) {
			$self->{code} = length $content >= 2
			    ? unpack 'n', $content : 1005;
			$self->send_frame(8, $content);
			return undef;
		}
	}
	$self->{code} //= 1006 if $self->{eof};
	return undef;
}

sub next {
	my ($self, $seconds) = @_;
	my $text = $self->text($seconds);
	return defined $text ? $JSON->decode($text) : undef;
}

# until(sub, seconds): messages up to the first for which it is true.
sub until {
	my ($self, $claim, $seconds) = @_;
	my $until = time + ($seconds // 30);
	my @messages;
	while (my $message = $self->next($until - time)) {
		push @messages, $message;
		return @messages if $claim->($message);
	}
	return @messages;
}

# closed(seconds): the code with which it was closed, undef when it is open.
sub closed {
	my ($self, $seconds) = @_;
	my $until = time + ($seconds // 30);
	while (!defined $self->{code} && time < $until) {
		push @{ $self->{unread} }, $self->text($until - time) // ();
	}
	return $self->{code};
}

# cut(): goes without a word.
sub cut {
	my ($self) = @_;
	close $self->{socket};
	$self->{status} = 0;
	return;
}

1;
