# A notifier beside the site's own, at a socket of its own, that a test may end
# and start again as it likes.
#
#	my $notifier = Notifier->start($site, { ws_tick => 5 });
#	my $ws = $notifier->ws($user, 'since=0');
#	$notifier->end('KILL');
#	$notifier->run;
package Notifier;
use strict;
use warnings;

use Gesso qw(wait_for wait_child);
use WebSocket;

my $count = 0;
my @running;

# start(site, {setting => value}): one that listens.
sub start {
	my ($class, $site, $conf) = @_;
	my $name = 'notifier' . ++$count;
	my $self = bless { site => $site, owner => $$,
	    conf => "$site->{dir}/$name.conf",
	    socket => "$site->{dir}/sock/$name.sock",
	    log => "$site->{dir}/log/$name.log" }, $class;
	my %set = (ws_listen => $self->{socket}, %{ $conf // {} });
	my $text = Gesso::slurp("$site->{dir}/gesso.conf");
	$text =~ s/^\Q$_\E\s*=.*\n//m for keys %set;
	open my $out, '>', $self->{conf} or die "$self->{conf}: $!";
	print {$out} $text, map { "$_ = $set{$_}\n" } sort keys %set;
	close $out;
	push @running, $self;
	$self->run;
	wait_for(sub { -S $self->{socket} }, 20) or die "no notifier\n";
	return $self;
}

sub run {
	my ($self) = @_;
	$self->{pid} = fork // die "fork: $!";
	return if $self->{pid};
	open STDERR, '>>', $self->{log} or die;
	exec 'setpriv', '--pdeathsig', 'KILL', Gesso::build() .
	    '/ws-notifier/gesso-notifier', '--config', $self->{conf} or die;
}

# end(signal): its wait status.
sub end {
	my ($self, $signal) = @_;
	kill $signal // 'TERM', $self->{pid};
	my $status = wait_child($self->{pid}, 20);
	$self->{pid} = 0 if defined $status;
	return $status;
}

# How many descriptors it holds: one a connection, and its own.
sub files {
	my ($self) = @_;
	return scalar(() = glob "/proc/$self->{pid}/fd/*");
}

sub ws {
	my ($self, $user, $query) = @_;
	return WebSocket->connect($self->{socket},
	    "/ws?token=$user->{token}" . ($query ? "&$query" : ''));
}

END {
	local $?;
	$_->{owner} == $$ && $_->{pid} and kill 'KILL', $_->{pid} for @running;
}

1;
