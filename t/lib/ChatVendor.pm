# A vendor of answers that does what the question says, and remembers what it
# was asked and how it ended.  It speaks OpenAI's chat completions.
#
#	my $vendor = ChatVendor->start;
#	$vendor->join($site);		# a custom provider with the model 'parrot'
#	$user->ask({ model => 'parrot', message => 'words=20 ms=50' });
#	my @calls = $vendor->calls;
#
# In the question: words=N (20), ms=N between them (10), first=N ms before the
# first, stamp=1 (each word is the moment it was sent), end=done|cut|hang|error,
# text=... (says that instead).
package ChatVendor;
use strict;
use warnings;

use File::Temp qw(tempdir);
use IO::Select;
use IO::Socket::INET;
use JSON::PP;
use POSIX ();
use Time::HiRes qw(sleep time);

my $JSON = JSON::PP->new->utf8->canonical;
my @running;

sub start {
	my ($class) = @_;
	my $listen = IO::Socket::INET->new(Listen => 1024, ReuseAddr => 1,
	    LocalAddr => '127.0.0.1') or die "listen: $!";
	my $self = bless { port => $listen->sockport, owner => $$,
	    dir => tempdir(CLEANUP => 1) }, $class;
	$self->{pid} = fork // die "fork: $!";
	if ($self->{pid} == 0) {
		local $SIG{PIPE} = 'IGNORE';
		$self->serve($listen);
		POSIX::_exit(0);
	}
	close $listen;
	push @running, $self;
	return $self;
}

sub stop {
	my ($self) = @_;
	kill 'KILL', delete $self->{pid} or return;
	return;
}

END {
	local $?;
	$_->{owner} == $$ && $_->{pid} && $_->stop for @running;
}

# join(site, {member => value}): a provider of the site; its id.
sub join {
	my ($self, $site, $config) = @_;
	my $reply = $site->admin->post('/config/providers/custom', {
		type => 'assistant', name => 'Parrot', apiKey => 'sk-parrot',
		apiUrl => "http://127.0.0.1:$self->{port}/v1",
		config => { models => ['parrot'], %{ $config // {} } } });
	die "provider: $reply->{content}" unless $reply->{status} == 201;
	return $reply->{json}{data}{id};
}

# What it was asked so far, each with {body}, {asked}, {words}, {ended} and
# {how}: whole, left (the caller hung up).
sub calls {
	my ($self) = @_;
	my %calls;
	CORE::open my $file, '<', "$self->{dir}/journal" or return;
	while (my $text = <$file>) {
		my $line = $JSON->decode($text);
		$calls{$line->{n}} = { %{ $calls{$line->{n}} // {} }, %$line };
	}
	return map { $calls{$_} } sort { $a <=> $b } keys %calls;
}

sub note {
	my ($self, %line) = @_;
	syswrite $self->{journal}, $JSON->encode(\%line) . "\n";
	return;
}

# ---- the server: one process for all of its callers

sub serve {
	my ($self, $listen) = @_;
	CORE::open $self->{journal}, '>>', "$self->{dir}/journal" or die;
	my $select = IO::Select->new($listen);
	my (%calls, $n);
	while (1) {
		my $soonest = 1;
		for (values %calls) {
			next unless defined $_->{due};
			my $left = $_->{due} - time;
			$soonest = $left if $left < $soonest;
		}
		for my $socket ($select->can_read($soonest > 0 ? $soonest : 0)) {
			if ($socket == $listen) {
				my $new = $listen->accept or next;
				$new->blocking(0);
				$select->add($new);
				$calls{$new} = { socket => $new, in => '', n => ++$n };
				next;
			}
			my $call = $calls{$socket};
			my $got = sysread $socket, $call->{in}, 65536,
			    length $call->{in};
			if (!$got) {
				$self->note(n => $call->{n}, how => 'left',
				    ended => time, words => $call->{said})
				    if $call->{asked};
				$select->remove($socket);
				delete $calls{$socket};
				close $socket;
			} elsif (!$call->{asked}) {
				$self->read_request($call);
			}
		}
		for my $call (grep { defined $_->{due} && $_->{due} <= time }
		    values %calls) {
			next if $self->speak($call);
			$self->note(n => $call->{n}, how => 'whole',
			    ended => time, words => $call->{said});
			$select->remove($call->{socket});
			delete $calls{$call->{socket}};
			close $call->{socket};
		}
	}
}

sub read_request {
	my ($self, $call) = @_;
	$call->{in} =~ /\A(.*?)\r\n\r\n(.*)\z/s or return;
	my ($head, $body) = ($1, $2);
	my ($length) = $head =~ /^content-length: *(\d+)/mi;
	return if length $body < ($length // 0);
	if ($head !~ /^POST /) { # what are its models?
		syswrite $call->{socket}, "HTTP/1.1 404 Not Found\r\n" .
		    "Content-Length: 0\r\nConnection: close\r\n\r\n";
		shutdown $call->{socket}, 2;
		return;
	}
	my $asked = $JSON->decode($body);
	my $text = $asked->{messages}[-1]{content};
	%$call = (%$call, words => 20, ms => 10, first => 0, end => 'done',
	    said => 0, asked => 1, $text =~ /\b(\w+)=(\S+)/g);
	($call->{text}) = $text =~ /\btext=(.*)/s;
	$self->note(n => $call->{n}, asked => time, body => $asked,
	    key => $head =~ /^authorization: *(.*?)\r?$/mi ? $1 : undef);
	$call->{due} = time + $call->{first} / 1000;
	return;
}

sub chunk {
	my ($call, $data) = @_;
	syswrite $call->{socket}, "data: $data\n\n";
	return;
}

# speak(call): the next thing it says; false when that was all.
sub speak {
	my ($self, $call) = @_;
	syswrite $call->{socket}, "HTTP/1.1 200 OK\r\n" .
	    "Content-Type: text/event-stream\r\nConnection: close\r\n\r\n"
	    unless $call->{said};
	my @words = $call->{text} ? split /(?<= )/, $call->{text} : ();
	my $count = @words || $call->{words};
	if ($call->{said} < $count) {
		my $word = @words ? $words[$call->{said}]
		    : $call->{stamp} ? sprintf '%d@%.4f ', $call->{said}, time
		    : "w$call->{said} ";
		chunk($call, $JSON->encode({ choices => [ { index => 0,
		    delta => { content => $word },
		    finish_reason => undef } ] }));
		$call->{said}++;
		$call->{due} += $call->{ms} / 1000;
		return 1;
	}
	if ($call->{end} eq 'hang') {
		$call->{due} = undef;
		return 1;
	}
	chunk($call, $JSON->encode({ error => { message => 'oops' } }))
	    if $call->{end} eq 'error';
	return 0 if $call->{end} ne 'done';
	chunk($call, $JSON->encode({ choices => [ { index => 0, delta => {},
	    finish_reason => 'stop' } ] }));
	chunk($call, $JSON->encode({ choices => [], usage =>
	    { prompt_tokens => 5, completion_tokens => $call->{said} } }));
	chunk($call, '[DONE]');
	return 0;
}

1;
