# gessoctl in tests of what it does.
#
#	use Ctl qw(ctl_of done fails);
#	ctl_of($site);
#	my $user = done('user', 'show', $email);	# its JSON
#	fails(2, qr/no state/, 'task', 'list', '--state', 'asleep');
package Ctl;
use strict;
use warnings;
use Exporter qw(import);
use Test::More;

our @EXPORT_OK = qw(ctl_of done fails);

my $site;
sub ctl_of { ($site) = @_; return }

# done(arguments): the JSON of what must have worked.
sub done {
	my $run = $site->ctl('--json', @_);
	my @words = grep { !ref } @_;
	is $run->{status}, 0, "gessoctl @words" or diag $run->{err};
	return $run->{json};
}

# fails(exit status, pattern of standard error, arguments)
sub fails {
	my ($status, $pattern, @words) = @_;
	my $run = $site->ctl(@words);
	is $run->{status}, $status, "gessoctl @words ends with $status";
	like $run->{err}, $pattern, 'and says why';
	return;
}

1;
