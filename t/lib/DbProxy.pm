# A proxy before the database of a site that cuts a connection at the n-th
# command, either before the database has it or after it was carried out.
#
#	my $proxy = DbProxy->between($site);
#	$proxy->arm('gesso.fcgi', before => 3);
#	... $user->get('/works') ...
#	my $seen = $proxy->rest;	# {hit => 'SELECT ...', count => 3}
#
# It knows just enough of the protocol: a packet of the client's with sequence
# number 0 begins a command; a few commands have no reply and are not counted.
# Who speaks is known by the name of the process at the other end.
package DbProxy;
use strict;
use warnings;

use IO::Select;
use IO::Socket::UNIX;
use JSON::PP;
use POSIX ();
use Socket qw(AF_UNIX PF_UNSPEC SOCK_STREAM SOL_SOCKET);
use Time::HiRes qw(sleep time);

use constant { QUIT => 1, QUERY => 3, PREPARE => 22, EXECUTE => 23,
	LONG_DATA => 24, CLOSE => 25, SO_PEERCRED => 17 };

my $JSON = JSON::PP->new->canonical;
my @running;

# between(site): everything but $site->sql goes through it from now on.
sub between {
	my ($class, $site) = @_;
	my $front = $site->{db_socket};
	my $back = $front =~ s/[^\/]+\z/behind.sock/r;
	rename $front, $back or die "$front: $!";
	$site->{db_socket} = $back;
	my $listen = IO::Socket::UNIX->new(Local => $front, Listen => 100)
	    or die "$front: $!";
	socketpair my $ours, my $its, AF_UNIX, SOCK_STREAM, PF_UNSPEC
	    or die "socketpair: $!";
	$_->autoflush(1) for $ours, $its;
	my $self = bless { control => $ours, owner => $$ }, $class;
	$self->{pid} = fork // die "fork: $!";
	if ($self->{pid} == 0) {
		close $ours;
		local $SIG{PIPE} = 'IGNORE';
		local $SIG{CHLD} = 'IGNORE';
		local $SIG{__DIE__} = sub { print STDERR "# proxy: @_" };
		serve($listen, $its, $back);
		POSIX::_exit(0);
	}
	close $its;
	push @running, $self;
	$site->sql("KILL $_->[0]") for $site->sql('SELECT id FROM ' .
	    'information_schema.processlist WHERE id <> CONNECTION_ID()');
	return $self;
}

END {
	local $?;
	$_->{owner} == $$ && kill 'KILL', $_->{pid} for @running;
}

sub ask {
	my ($self, $what) = @_;
	syswrite $self->{control}, $JSON->encode($what) . "\n";
	my $line = readline $self->{control} // die "the proxy has gone\n";
	return $JSON->decode($line);
}

# arm(process, how, n, {away => seconds, skip => pattern, only => pattern,
# each => true, deciding => true, kill => true, stall => seconds}):
# its n-th command from now on is cut, how: before, after, or half (a part of
# the reply arrives).  A database that is away takes no connection for so long,
# or until rest(); deciding are those whose outcome matters by itself: a commit,
# and what writes outside a transaction.  With kill the process itself is killed.
# Each is cut from the n-th on with each.  With stall nothing is cut: the process
# stands still for so long, and finds its command carried out.
sub arm {
	my ($self, $name, $how, $n, $more) = @_;
	$self->ask({ name => $name, how => $how, n => $n, %{ $more // {} } });
	return;
}

# rest(): nothing is cut any more.  What was: {hit => the command or undef,
# count => of commands}.
sub rest { return $_[0]->ask({}) }

# drop(process): all its connections end while nobody speaks.
sub drop { my ($self, $name) = @_; $self->ask({ drop => $name }); return }

# ---------------------------------------------------------------------------
# In a process of its own

my ($select, %link, $order, $count, $hit, $until);

sub serve {
	my ($listen, $control, $back) = @_;
	$select = IO::Select->new($listen, $control);
	($order, $count) = ({}, 0);
	while (1) {
		for my $ready ($select->can_read) {
			if ($ready == $listen) {
				take($listen->accept // next, $back);
			} elsif ($ready == $control) {
				my $line = readline $control // return;
				obey($control, $JSON->decode($line));
			} elsif (my $l = $link{$ready}) {
				$ready == $l->{client} ? from_client($l)
				    : from_server($l);
			}
		}
	}
	return;
}

sub obey {
	my ($control, $what) = @_;
	my $was = { hit => $hit, count => $count };
	if (defined $what->{drop}) {
		cut($_) for of($what->{drop});
	} else {
		($order, $count, $hit) = ($what, 0, undef);
	}
	syswrite $control, $JSON->encode($was) . "\n";
	return;
}

sub of {
	my ($name) = @_;
	my %seen;
	return grep { $_->{name} eq $name && !$seen{$_}++ } values %link;
}

sub take {
	my ($client, $back) = @_;
	my ($pid) = unpack 'I', getsockopt $client, SOL_SOCKET, SO_PEERCRED;
	open my $comm, '<', "/proc/$pid/comm" or return;
	chomp(my $name = <$comm>);
	return if defined $hit && $name eq $order->{name} && time < $until;
	my $server = IO::Socket::UNIX->new(Peer => $back) or return;
	my $l = { name => $name, pid => $pid, client => $client,
	    server => $server, in => '', texts => {} };
	$link{$_} = $l for $client, $server;
	$select->add($client, $server);
	return;
}

# strike(link): the one whose command it was.
sub strike {
	my ($l) = @_;
	kill 'KILL', $l->{pid} if $order->{kill};
	cut($l);
	return;
}

sub stall {
	my ($l) = @_;
	kill 'STOP', $l->{pid};
	if ((fork // die "fork: $!") == 0) {
		sleep $order->{stall};
		kill 'CONT', $l->{pid};
		POSIX::_exit(0);
	}
	return '';
}

sub cut {
	my ($l) = @_;
	for (@$l{qw(client server)}) {
		$select->remove($_);
		delete $link{$_};
		close $_;
	}
	return;
}

# Whole packets of the client's; the head of a command decides.
sub from_client {
	my ($l) = @_;
	sysread $l->{client}, $l->{in}, 65536, length $l->{in}
	    or return cut($l);
	while (length $l->{in} >= 4) {
		my ($size, $sequence) = unpack 'VC', substr($l->{in}, 0, 3) .
		    "\0" . substr $l->{in}, 3, 1;
		last if length $l->{in} < 4 + $size;
		my $packet = substr $l->{in}, 0, 4 + $size, '';
		my $how = $sequence == 0 ? command($l, $packet) : '';
		$how = stall($l) if $how && $order->{stall};
		return strike($l) if $how eq 'before';
		$l->{how} = $how;
		send_all($l->{server}, $packet);
	}
	return;
}

# command(link, packet): how it is cut, '' when it is not.
sub command {
	my ($l, $packet) = @_;
	my $kind = ord substr $packet, 4, 1;
	return '' if $kind == QUIT || $kind == LONG_DATA || $kind == CLOSE;
	my $text = "command $kind";
	$text = substr $packet, 5 if $kind == QUERY || $kind == PREPARE;
	$l->{preparing} = $text if $kind == PREPARE;
	$text = $l->{texts}{unpack 'V', substr $packet, 5, 4} // '?'
	    if $kind == EXECUTE;
	$text = "prepare $text" if $kind == PREPARE;
	$l->{inside} = $text =~ /^START/ if $kind == QUERY;
	my $decides = $text =~ /^COMMIT/ ||
	    ($kind == EXECUTE && !$l->{inside} && $text !~ /^SELECT/);
	return '' if $l->{name} ne ($order->{name} // '') ||
	    (defined $hit && !$order->{each}) ||
	    ($order->{skip} && $text =~ /$order->{skip}/) ||
	    ($order->{only} && $text !~ /$order->{only}/) ||
	    ($order->{deciding} && !$decides);
	return '' if ++$count < $order->{n};
	$hit = $text =~ s/\s+/ /gr;
	$until = time + $order->{away};
	if ($order->{away}) {
		$_ != $l && cut($_) for of($l->{name});
	}
	return $order->{how};
}

sub from_server {
	my ($l) = @_;
	sysread $l->{server}, my $reply, 65536 or return cut($l);
	my $how = $l->{how} // '';
	send_all($l->{client}, substr $reply, 0, length($reply) / 2)
	    if $how eq 'half';
	return strike($l) if $how;
	# the first packet of the reply: 0, the number of the statement
	$l->{texts}{unpack 'V', substr $reply, 5, 4} = delete $l->{preparing}
	    if defined $l->{preparing} && ord(substr $reply, 4, 1) == 0;
	delete $l->{preparing};
	send_all($l->{client}, $reply);
	return;
}

sub send_all {
	my ($to, $bytes) = @_;
	while (length $bytes) {
		my $n = syswrite $to, $bytes or return;
		substr $bytes, 0, $n, '';
	}
	return;
}

1;
