# Chromium without a window, told what to do by its own protocol.
#
#	my $browser = Chromium->start or plan skip_all => 'no chromium here';
#	$browser->visit('http://127.0.0.1:8080/');
#	my $value = $browser->run('await fetch("/x").then((r) => r.status)');
package Chromium;
use strict;
use warnings;

use File::Temp qw(tempdir);
use HTTP::Tiny;
use JSON::PP;
use Gesso qw(wait_for wait_child);
use WebSocket;

my $JSON = JSON::PP->new->utf8->allow_nonref;
my @running;

# start(): undef where it is not installed.
sub start {
	my ($class) = @_;
	my ($program) = grep { -x } map { ("$_/chromium", "$_/chromium-browser") }
	    split /:/, $ENV{PATH};
	return undef unless $program;
	my $dir = tempdir('chromium-XXXXXX', TMPDIR => 1, CLEANUP => 1);
	my $self = bless { dir => $dir, owner => $$, calls => 0 }, $class;
	$self->{pid} = fork // die "fork: $!";
	if ($self->{pid} == 0) {
		setpgrp;
		local $ENV{HOME} = $dir;
		open STDOUT, '>', "$dir/log" or die;
		open STDERR, '>&', \*STDOUT or die;
		exec $program, '--headless=new', '--disable-gpu',
		    # its own walls want more than a container gives
		    '--no-sandbox', '--disable-dev-shm-usage', '--no-first-run',
		    '--disable-extensions', '--disable-background-networking',
		    '--disable-component-update', "--user-data-dir=$dir/profile",
		    '--remote-debugging-port=0', 'about:blank' or die;
	}
	push @running, $self;
	my $port = wait_for(sub {
		return Gesso::slurp("$dir/profile/DevToolsActivePort") =~ /^(\d+)\n/
		    && $1;
	}, 60) or return undef;
	my ($page) = grep { $_->{type} eq 'page' } @{ $JSON->decode(
	    HTTP::Tiny->new->get("http://127.0.0.1:$port/json/list")->{content}) };
	my ($path) = $page->{webSocketDebuggerUrl} =~ m{^ws://[^/]+(/.*)};
	$self->{ws} = WebSocket->connect("127.0.0.1:$port", $path);
	$self->ask('Page.enable');
	return $self;
}

# ask(method, {parameters}): its result.
sub ask {
	my ($self, $method, $parameters) = @_;
	my $id = ++$self->{calls};
	$self->{ws}->send_frame(1, $JSON->encode({ id => $id, method => $method,
	    params => $parameters // {} }));
	my ($reply) = (reverse $self->{ws}->until(
	    sub { ($_[0]{id} // 0) == $id }, 90));
	return $reply->{result} // die "$method: " . $JSON->encode($reply);
}

sub visit {
	my ($self, $url) = @_;
	$self->ask('Page.navigate', { url => $url });
	return wait_for(sub {
		$self->run('location.href + document.readyState') =~
		    m{^\Q$url\E.*complete$};
	}, 30);
}

# run(script): the value of an expression, promises awaited.
sub run {
	my ($self, $script) = @_;
	my $result = $self->ask('Runtime.evaluate', { expression => $script,
	    awaitPromise => JSON::PP::true, returnByValue => JSON::PP::true });
	die $JSON->encode($result->{exceptionDetails})
	    if $result->{exceptionDetails};
	return $result->{result}{value};
}

END {
	local $?;
	for (grep { $_->{owner} == $$ } @running) {
		kill 'TERM', -$_->{pid};
		wait_child($_->{pid}, 5);
		kill 'KILL', -$_->{pid};
	}
}

1;
