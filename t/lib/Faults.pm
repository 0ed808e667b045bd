# Walks along the system calls that a flow makes and lets each in turn fail once
# (t/lib/faults.c stands between the program and the C library), as t/lib/Cuts.pm
# does with the commands to the database; its flows are those.
#
#	my $faults = Faults->start;
#	$faults->walk($flow, fault('fsync', 'EIO', '/media/'));
package Faults;
use strict;
use warnings;

use parent -norequire, 'Cuts';
use Errno;
use Exporter qw(import);
use File::Find qw(find);
use File::Temp qw(tempdir);
use Test::More;
use Cuts;
use Gesso qw(wait_for);

our @EXPORT_OK = qw(fault ways);

# The layout of struct order in faults.c.
use constant { HEAD => 'a32a32a160l3', HEAD_SIZE => 236, SIZE => 568 };

# fault(call, error or 'short', part of the path, {more of a way to cut}): of
# 'short' a part is written, and then there is no room.
sub fault {
	my ($call, $error, $path, $more) = @_;
	my $short = $error eq 'short';
	return { how => "$call $error", %{ $more // {} }, fault => {
		call => $call, path => $path // '', part => $short ? 7 : 0,
		error => Errno->can($short ? 'ENOSPC' : $error)->(),
		repeat => $short ? 2 : 1, %{ ($more // {})->{fault} // {} } } };
}

# What may fail, of a kind: [call, error, part of the path, more].
my %WAYS = (
	store => [ (map { my $call = $_; map { [ $call, $_, '/media/' ] }
	    qw(EIO ENOSPC) } qw(fsync write rename)),
	    [qw(write short /media/)], [qw(link EIO /media/)],
	    [qw(open EMFILE /media/)], [qw(open EACCES /media/)],
	    [qw(open ENOSPC /media/)], [qw(mkdir ENOSPC /media/)],
	    [qw(read EIO /media/)], [qw(statvfs EIO)], [qw(unlink EIO /media/)] ],
	helper => [ [qw(open EMFILE /proc/self/fd)], [qw(ftruncate EIO /media/)],
	    [qw(sendmsg ENOBUFS)], [qw(recv ECONNRESET socket)] ],
	spawn => [ [qw(socketpair EMFILE)], [qw(posix_spawn EAGAIN)],
	    [qw(posix_spawn ENOMEM)] ],
	state => [ [qw(open EMFILE /state/)], [qw(open ENOSPC /state/)],
	    [qw(open EACCES /state/)], [qw(lock ENOLCK /state/)],
	    [qw(write ENOSPC /state/)], [qw(write short /state/)],
	    [qw(unlink EIO /state/)], [qw(getrandom EINTR)] ],
	database => [ [ 'connect', 'EAGAIN', 'sock', { cold => 1 } ],
	    [ 'connect', 'ECONNREFUSED', 'sock', { cold => 1 } ],
	    [ 'socket', 'EMFILE', '', { cold => 1 } ],
	    [qw(recv ECONNRESET)] ],
);

# ways(kind ...): to walk.
sub ways { return map { fault(@$_) } map { @{ $WAYS{$_} } } @_ }

sub start {
	my ($class, $conf) = @_;
	my $dir = tempdir(CLEANUP => 1);
	my $built = Gesso::run('', $ENV{CC} // 'cc', '-shared', '-fPIC', '-O1',
	    '-o', "$dir/faults.so", Gesso->root . '/t/lib/faults.c', '-ldl');
	die "faults.c: $built->{err}" if $built->{status};
	open my $control, '+>', "$dir/order" or die "$dir/order: $!";
	syswrite $control, "\0" x SIZE;
	$ENV{GESSO_FAULTS} = "$dir/order";
	$ENV{LD_PRELOAD} = "$dir/faults.so";
	my $self = Cuts::start($class, $conf);
	$self->{proxy} = bless { control => $control,
	    database => $self->{proxy} }, 'Faults::Kernel';
	return $self;
}

# What fails by itself is no fault of ours to look for in the logs.
sub faults { return }

# Files that no row names, and drafts.
sub strays {
	my ($self) = @_;
	my %named = map { lc $_->[0] => 1 } $self->{site}->sql(
	    'SELECT HEX(name) FROM media');
	my @strays;
	find(sub {
		push @strays, $File::Find::name
		    if -f && !(/^([0-9a-f]{32})[.]/ && $named{$1});
	}, $self->{site}{media});
	return @strays;
}

# children(name, pids): processes of that name that these have started.
sub children {
	my ($name, @parents) = @_;
	my %mine = map { $_ => 1 } @parents;
	return grep { defined } map {
		my ($pid, $parent) = Gesso::slurp($_) =~
		    /^(\d+) \(\Q$name\E\) \S (\d+)/;
		defined $parent && $mine{$parent} ? $pid : undef;
	} glob '/proc/[0-9]*/stat';
}

# servers(flow): its processes, the pollers themselves among them.
sub servers {
	my ($self, $flow) = @_;
	my @pids = $self->pids($flow);
	return (@pids, children('gesso-poller', @pids));
}

# helperless(flow): the same, when gesso-media has to be started for it.
sub helperless {
	my ($self, $flow) = @_;
	return { %$flow, name => "$flow->{name} without a helper",
	    before => sub {
		kill 'KILL', children('gesso-media', $self->servers($flow));
		return $flow->{before}->(@_);
	    } };
}

# descriptors(flow): that its processes have open.
sub descriptors {
	my ($self, $flow) = @_;
	my $count = 0;
	$count += () = glob "/proc/$_/fd/*" for $self->servers($flow);
	return $count;
}

# unsaid(flow, reply, fault, since): a complaint when a reply is about a fault
# of which nothing stands in the log.
sub unsaid {
	my ($self, $flow, $reply, $given, $since) = @_;
	return if ref $reply ne 'HASH' || ($reply->{status} // '') !~ /^5/;
	local $! = $given->{fault}{error};
	my $new = substr $self->{site}->log($flow->{process}), $since;
	return if $new =~ /\Q$!\E|Lost connection|Can't connect|no room/;
	return "the log does not say '$!' of $reply->{status}: $new";
}

sub once {
	my ($self, $flow, $given, $n, $name) = @_;
	my $log = length $self->{site}->log($flow->{process});
	my $after = $flow->{after};
	my $hit = $self->SUPER::once({ %$flow, after => sub {
		my (undef, undef, $reply, $cut) = @_;
		return ($after->(@_), $cut ? $self->unsaid($flow, $reply,
		    $given, $log) : ());
	} }, $given, $n, $name);
	my @strays;
	wait_for(sub { !(@strays = $self->strays) }, 2) if $hit;
	# what can't be removed is swept later
	is_deeply \@strays, [], "$name: no file is left over"
	    if $hit && $hit !~ /^unlink/;
	unlink @strays;
	return $hit;
}

sub walk {
	my ($self, $flow, @ways) = @_;
	my $open;
	for my $way (@ways) {
		$self->SUPER::walk($flow, $way);
		my $now = $self->descriptors($flow);
		$open //= $now;
		cmp_ok $now, '<=', $open + 8,
		    "$flow->{name}, $way->{how}: no descriptor is lost";
	}
	return;
}

package Faults::Kernel;

sub put {
	my ($self, $at, $bytes) = @_;
	sysseek $self->{control}, $at, 0;
	syswrite $self->{control}, $bytes;
	return;
}

# arm(process, how, n, {fault => of fault()})
sub arm {
	my ($self, $name, $how, $n, $more) = @_;
	my $fault = $more->{fault};
	$self->put(Faults::HEAD_SIZE, pack 'l', 0);
	$self->put(0, pack Faults::HEAD, $name,
	    @$fault{qw(call path error repeat part)});
	$self->put(Faults::HEAD_SIZE + 4, "\0" x
	    (Faults::SIZE - Faults::HEAD_SIZE - 4));
	$self->put(Faults::HEAD_SIZE, pack 'l', $n);
	return;
}

# rest(): nothing fails any more; what did so far, as look() gives it.
sub rest {
	my ($self) = @_;
	$self->put(Faults::HEAD_SIZE, pack 'l', 0);
	return $self->look;
}

# look(): {hit => the first that failed or undef, count => of such calls, hits}
sub look {
	my ($self) = @_;
	sysseek $self->{control}, Faults::HEAD_SIZE + 4, 0;
	sysread $self->{control}, my $bytes, Faults::SIZE;
	my ($count, $hits, $what) = unpack 'llZ*', $bytes;
	return { count => $count, hits => $hits,
	    hit => $hits ? $what : undef };
}

sub drop { my ($self, $name) = @_; return $self->{database}->drop($name) }

1;
