# A stream of server-sent events as a client hears it: one event after the
# other, each with the moment it came.
#
#	my $stream = $user->ask({ message => 'hello' });
#	is $stream->{status}, 200;
#	while (my $event = $stream->next) { print $event->{content} }
package EventStream;
use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use JSON::PP;
use Time::HiRes qw(time);

my $JSON = JSON::PP->new->utf8;

# open(port, method, path, {header => value}, body): sent, and nothing waited
# for.
sub open {
	my ($class, $port, $method, $path, $headers, $body) = @_;
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
	    PeerPort => $port, Timeout => 10) or die "connect: $!";
	my $self = bless { socket => $socket, in => '', text => '',
	    comments => 0, began => time }, $class;
	my %all = (Host => "127.0.0.1:$port", Connection => 'close',
	    defined $body ? ('Content-Type' => 'application/json',
		'Content-Length' => length $body) : (), %{ $headers // {} });
	print {$socket} "$method $path HTTP/1.1\r\n",
	    (map { "$_: $all{$_}\r\n" } sort keys %all), "\r\n", $body // '';
	$socket->flush;
	return $self;
}

# more(seconds): reads what comes; false at the end, or when nothing comes.
sub more {
	my ($self, $seconds) = @_;
	return 0 if $self->{eof} || !IO::Select->new($self->{socket})
	    ->can_read($seconds > 0 ? $seconds : 0);
	my $n = sysread $self->{socket}, $self->{in}, 65536, length $self->{in};
	$self->{eof} = 1 unless $n;
	$self->unpack;
	return $n;
}

# The head, then the chunks of the body, to text.
sub unpack {
	my ($self) = @_;
	if (!$self->{status} && $self->{in} =~
	    s{\AHTTP/1\.1 (\d+) .*?\r\n(.*?)\r\n\r\n}{}s) {
		$self->{status} = $1;
		$self->{headers} = { map { /^([^:]+): *(.*)/ ? (lc $1 => $2)
		    : () } split /\r\n/, $2 };
	}
	return unless $self->{status};
	if (($self->{headers}{'transfer-encoding'} // '') ne 'chunked') {
		$self->{text} .= $self->{in};
		$self->{in} = '';
		return;
	}
	while ($self->{in} =~ /\A([0-9a-f]+)\r\n/i &&
	    length $self->{in} >= $+[0] + hex($1) + 2) {
		$self->{text} .= substr $self->{in}, $+[0], hex $1;
		substr $self->{in}, 0, $+[0] + hex($1) + 2, '';
		$self->{eof} = 1 if $1 =~ /^0+$/;
	}
	return;
}

# head(seconds): the status, once it is there.
sub head {
	my ($self, $seconds) = @_;
	my $until = time + ($seconds // 30);
	1 while !$self->{status} && $self->more($until - time);
	return $self->{status};
}

# next(seconds): the next event with {at}; undef at the end or when none came.
sub next {
	my ($self, $seconds) = @_;
	my $until = time + ($seconds // 30);
	while (1) {
		while ($self->{text} =~ s/\A(.*?)\n\n//s) {
			my $event = $1;
			$self->{comments}++ if $event =~ /^:/;
			return { %{ $JSON->decode($1) }, at => time }
			    if $event =~ /^data: (.*)\z/;
		}
		$self->more($until - time) or return undef;
	}
}

# rest(seconds): all events until the end.
sub rest {
	my ($self, $seconds) = @_;
	my (@events, $event);
	push @events, $event while $event = $self->next($seconds);
	return @events;
}

# json(): the whole of an ordinary reply.
sub json {
	my ($self) = @_;
	1 while $self->more(30);
	return eval { $JSON->decode($self->{text}) };
}

sub close { my ($self) = @_; return CORE::close $self->{socket} }

# said(events): their tokens in one.
sub said {
	return join '', map { $_->{type} eq 'token' ? $_->{content} : () } @_;
}

1;
