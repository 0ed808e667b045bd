# Did the processes of a site live through what was done to them?
#
#	my $unharmed = Unharmed->watch($site);
#	...
#	$unharmed->check('a long prompt');
package Unharmed;
use strict;
use warnings;

use Test::More;

# When a process began, in ticks since the boot; '' when it is gone.
sub began {
	my ($pid) = @_;
	open my $file, '<', "/proc/$pid/stat" or return '';
	my ($state, @rest) = split ' ', <$file> =~ s/.*[)] //r;
	return $state eq 'Z' ? '' : $rest[18];
}

# Everything that serves, with its workers.
sub watch {
	my ($class, $site) = @_;
	my %pids = map { /^((?:gesso|sandbox)\S*) (\d+)$/ ? ($2, $1) : () }
	    split /\n/, Gesso::slurp($site->{pids});
	die 'no processes' if keys %pids < 5;
	return bless { site => $site, pids => \%pids,
	    began => { map { $_ => began($_) } keys %pids } }, $class;
}

# The same processes are there, and none says that it had to end.
sub check {
	my ($self, $after) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my %names = map { $_ => 1 } values %{ $self->{pids} };
	my @died = map { $self->{pids}{$_} }
	    grep { began($_) ne $self->{began}{$_} } keys %{ $self->{pids} };
	is "@died", '', "$after: nothing has ended";
	my @said = map { grep { /signal|assert|a unit of work|Sanitizer/i }
		split /\n/, $self->{site}->log($_) }
	    map { s/-worker$//r } sort keys %names;
	is_deeply \@said, [], 'and nothing says so' or diag explain \@said;
	return;
}

1;
