# The simulated vendors alone, behind a lighttpd of their own, ended with the
# test.
#
#	my $sandbox = Sandbox->start(delay => 20);
#	my $reply = $sandbox->post('/openai/v1/images/generations',
#	    { model => 'gpt-image-2', prompt => 'a kite' },
#	    $sandbox->bearer);
package Sandbox;
use strict;
use warnings;

use File::Temp qw(tempdir);
use Gesso qw(wait_for wait_child);

my @running;

# start(delay => milliseconds, port => number, dir => of an earlier one,
# public => the address that its links have)
sub start {
	my ($class, %given) = @_;
	my $dir = $given{dir} // tempdir('sandbox-XXXXXX', TMPDIR => 1,
	    CLEANUP => !$ENV{GESSO_KEEP});
	my $port = $given{port} // Gesso::free_port();
	my $self = bless { dir => $dir, port => $port, owner => $$,
	    base => "http://127.0.0.1:$port/sandbox",
	    public => $given{public} // "http://127.0.0.1:$port/sandbox",
	    delay => $given{delay} // 20 }, $class;
	push @running, $self;
	$self->web_start;
	$self->vendor_start;
	return $self;
}

sub spawn {
	my ($self, $name, @command) = @_;
	my $pid = fork // die "fork: $!";
	if ($pid == 0) {
		open STDIN, '<', '/dev/null' or die;
		open STDOUT, '>>', "$self->{dir}/log" or die;
		open STDERR, '>&', \*STDOUT or die;
		exec @command or die;
	}
	return $self->{pids}{$name} = $pid;
}

sub vendor_start {
	my ($self) = @_;
	my $socket = "$self->{dir}/sandbox.sock";
	unlink $socket;
	$self->spawn(vendor => Gesso::build() . '/sandbox/sandbox.fcgi',
	    '--listen', $socket, '--journal', "$self->{dir}/sandbox.journal",
	    '--state-dir', "$self->{dir}/state", '--public-url',
	    $self->{public}, '--delay-ms', $self->{delay});
	wait_for(sub { -S $socket }, 20)
	    or die "no sandbox:\n" . Gesso::slurp("$self->{dir}/log");
	return;
}

sub web_start {
	my ($self) = @_;
	my ($dir, $root) = ($self->{dir}, Gesso::root());
	my $conf = Gesso::slurp("$root/conf-examples/lighttpd-sandbox.conf");
	$conf =~ s/^(var\.gesso_sandbox = ).*/$1"$dir\/sandbox.sock"/m;
	open my $file, '>', "$dir/lighttpd.conf" or die;
	print {$file} <<"CONF";
server.modules = ( "mod_fastcgi" )
server.bind = "127.0.0.1"
server.port = $self->{port}
server.document-root = "$root/htdocs"
server.upload-dirs = ( "$dir" )
server.errorlog = "$dir/log"
$conf
CONF
	close $file;
	my ($lighttpd) = grep { -x } map { "$_/lighttpd" }
	    split(/:/, $ENV{PATH}), '/usr/sbin';
	$self->spawn(web => $lighttpd, '-D', '-f', "$dir/lighttpd.conf");
	wait_for(sub {
		IO::Socket::INET->new(PeerAddr => "127.0.0.1:$self->{port}");
	}, 20) or die "no lighttpd:\n" . Gesso::slurp("$dir/log");
	return;
}

# end(name, signal): one of the two processes; its wait status.
sub end {
	my ($self, $name, $signal) = @_;
	my $pid = delete $self->{pids}{$name} or return;
	kill $signal // 'TERM', $pid;
	my $status = wait_child($pid, 20);
	kill 'KILL', $pid unless defined $status;
	return $status;
}

END {
	local $?;
	for my $self (@running) {
		next if $self->{owner} != $$;
		$self->end($_) for qw(web vendor);
	}
}

sub bearer { return { Authorization => 'Bearer a-key-of-mine' } }

# A client of the HTTP part and a reader of the journal, as for a whole site.
BEGIN {
	no strict 'refs';
	*$_ = \&{"Gesso::$_"}
	    for qw(request get post put del raw journal);
}

# The lines of the journal that speak of a prompt.
sub calls {
	my ($self, $prompt) = @_;
	return grep { ($_->{prompt} // '') eq $prompt } $self->journal;
}

1;
