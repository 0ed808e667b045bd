# A vendor that answers as badly as it can: what stands as "worst-NAME" in a
# request says how.
#
#	my $vendor = WorstVendor->start;
#	apiUrl => $vendor->url
package WorstVendor;
use strict;
use warnings;

use IO::Socket::INET;
use POSIX ();

my @running;

sub start {
	my ($class) = @_;
	my $listen = IO::Socket::INET->new(Listen => 64, ReuseAddr => 1,
	    LocalAddr => '127.0.0.1') or die "listen: $!";
	my $self = bless { port => $listen->sockport, owner => $$ }, $class;
	$self->{pid} = fork // die "fork: $!";
	if ($self->{pid} == 0) {
		$SIG{CHLD} = $SIG{PIPE} = 'IGNORE';
		while (1) {
			my $socket = $listen->accept or next;
			eval { $self->answer($socket) }, POSIX::_exit(0) if !fork;
		}
	}
	push @running, $self;
	return $self;
}

END {
	local $?;
	$_->{owner} == $$ && kill 'KILL', $_->{pid} for @running;
}

sub url { my ($self) = @_; return "http://127.0.0.1:$self->{port}" }

# ---- of pictures: status, body

my $key = 'ask-' x 2_000_000;
my %pictures = (
	many => sub { 200, '{"data":[' .
	    join(',', ('{"b64_json":"QUJD"}') x 20_000) . ']}' },
	links => sub { 200, '{"data":[' . join(',',
	    ('{"url":"http://127.0.0.1/' . 'x' x 100_000 . '"}') x 100) . ']}' },
	control => sub { 200, '{"data":[{"url":"http://127.0.0.1/' .
	    '\u0001\r\n' x 500 . '"},{"b64_json":"\u0000"}]}' },
	error => sub { 400, '{"error":{"message":"' . $key . '"}}' },
	said => sub { 400, '{"error":{"message":"' . 'ask-' x 12_000 . '",' .
	    '"code":"' . '\u0001' x 1000 . '"}}' },
	deep => sub { 200, '[' x 5_000_000 },
	values => sub { 200, '{"data":[' . '0,' x 5_000_000 . '0]}' },
	long => sub { 200, '{"data":[{"b64_json":"' . 'QUJD' x 10_000_000 .
	    '"}]}' },
	endless => sub { 200, ' ' x (70 << 20) },
	bytes => sub { 200, "\xff\0" x 1_000_000 },
	number => sub { 200, '{"data":' . '9' x 5_000_000 . '}' },
	nothing => sub { 200, '' },
);

sub pictures { return sort keys %pictures }

# ---- of answers: a stream

sub delta { return qq(data: {"choices":[{"delta":{"content":"$_[0]"}}]}\n\n) }

my %answers = (
	line => sub { 'data: ' . 'x' x 5_000_000 },
	lines => sub { "data: x\n" x 1_000_000 },
	comments => sub { ': ' . 'x' x 1000 . "\n\n" },
	delta => sub { delta('a' . '\u0001' x 150_000) . "data: [DONE]\n\n" },
	deltas => sub { delta('a') x 20_000 . "data: [DONE]\n\n" },
	much => sub { delta('b' x 200_000) x 20 },
	usage => sub { delta('a') . 'data: {"choices":[],"usage":{' .
	    '"prompt_tokens":9223372036854775806,' .
	    '"completion_tokens":9223372036854775806}}' . "\n\ndata: [DONE]\n\n" },
	deep => sub { 'data: ' . '[' x 500_000 . "\n\n" },
	error => sub { 'data: {"error":{"message":"' . 'ask-' x 200_000 .
	    '"}}' . "\n\n" },
	bytes => sub { "data: \xff\0\xfe\n\n" x 1000 },
);

sub answers { return sort keys %answers }

# ---- the server

sub put {
	my ($socket, $status, $type, $body) = @_;
	print {$socket} "HTTP/1.1 $status X\r\nContent-Type: $type\r\n" .
	    "Connection: close\r\n\r\n$body";
	shutdown $socket, 1;
	sysread $socket, my $rest, 65536;
	return;
}

sub answer {
	my ($self, $socket) = @_;
	my $in = '';
	while (sysread $socket, $in, 1 << 20, length $in) {
		my ($head) = $in =~ /\A(.*?\r\n\r\n)/s or next;
		my ($length) = $head =~ /^content-length: *(\d+)/mi;
		last if length($in) >= length($head) + ($length // 0);
	}
	my ($path) = $in =~ m{^\S+ (\S+)};
	my ($how) = $in =~ /worst-(\w+)/;
	return put($socket, 200, 'text/event-stream', $answers{$how}->())
	    if $path =~ m{/chat/completions};
	if ($path =~ m{/images/}) {
		my ($status, $body) = $pictures{$how}->();
		return put($socket, $status, 'application/json', $body);
	}
	# ComfyUI: a file's name, a run, how it went
	return put($socket, 200, 'application/json', '{"name":"' .
	    'x' x ($in =~ /worst-short/ ? 10 : 40 << 20) . '"}')
	    if $path =~ m{/upload/};
	return put($socket, 200, 'application/json',
	    '{"prompt_id":"' . ($in =~ /"prompt_id":"([^"]+)"/)[0] . '"}')
	    if $path =~ m{/prompt$};
	return put($socket, 200, 'application/json', qq({"$1":{"status":{) .
	    '"status_str":"error","messages":[["execution_error",' .
	    qq({"exception_message":"$key"}]]}}}))
	    if $path =~ m{/history/(.*)};
	# Replicate and everybody else
	return put($socket, 400, 'application/json', '{"detail":"no"}');
}

1;
