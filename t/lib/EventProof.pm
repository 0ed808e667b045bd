# That no event is lost: t/crowd/proof writes and listens, and meanwhile its
# notifiers are killed.
package EventProof;
use strict;
use warnings;

use Exporter qw(import);
use IO::Select;
use Test::More;
use Time::HiRes qw(sleep time);
use Gesso;
use Notifier;

our @EXPORT_OK = qw(event_proof);

# event_proof(writers, commits, clients, slow_ms: of the one long transaction;
# notifiers: how many; kill_s: between two kills): tests, and prints figures.
sub event_proof {
	my (%given) = @_;
	my $site = Gesso->start;
	my @notifiers = map { Notifier->start($site, { ws_tick => 10 }) }
	    1 .. $given{notifiers};
	open my $out, '-|', Gesso::build() . '/t/crowd/proof',
	    '--config', "$site->{dir}/gesso.conf",
	    '--socket', join(',', map { $_->{socket} } @notifiers),
	    (map { ("--$_" =~ tr/_/-/r, $given{$_}) }
	    qw(writers commits clients slow_ms)) or die "proof: $!";
	my $select = IO::Select->new($out);
	my ($text, $kills, $more) = ('', 0, 1);
	my $due = time + $given{kill_s};
	while ($more && $text !~ /^written$/m) {
		my $left = $due - time;
		if ($left > 0) {
			$more = sysread $out, $text, 4096, length $text
			    if $select->can_read($left);
			next;
		}
		my $victim = $notifiers[$kills++ % @notifiers];
		$victim->end('KILL');
		$victim->run;
		$due = time + $given{kill_s};
	}
	$more = sysread $out, $text, 4096, length $text while $more;
	close $out;
	is $?, 0, 'the proof comes to its end' or return;
	my %figure = $text =~ /^(\w+)=(\S+)$/mg;
	$figure{kills} = $kills;
	diag join ', ', map { "$_ $figure{$_}" } sort keys %figure;
	diag sprintf '%.0f commits a second, the naive cursor loses %.1f %%',
	    $figure{committed} / $figure{seconds},
	    100 * $figure{naive_lost} / $figure{committed};
	is $figure{committed}, $given{commits}, 'all that was to be is committed';
	cmp_ok $figure{rolledback}, '>', 0, 'and some was rolled back';
	is $site->sql('SELECT last_seq FROM event_sequence'), $given{commits},
	    'the numbers have no hole';
	is $figure{lost}, 0, 'nobody misses an event';
	is $figure{disorder}, 0, 'each task is told of in order';
	is $figure{twice_in_a_connection}, 0, 'and none twice but across a cut';
	is $figure{surprises}, 0, 'nobody is told or closed otherwise';
	cmp_ok $figure{naive_lost}, '>', $given{commits} / 100,
	    'a cursor that trusts the order of insertion loses more than 1 %';
	return \%figure;
}

1;
