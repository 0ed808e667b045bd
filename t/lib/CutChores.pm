# What the poller does besides tasks, as flows for t/lib/Cuts.pm: it looks after
# everything that is over.
package CutChores;
use strict;
use warnings;

use Exporter qw(import);
use File::Path qw(make_path);
use Cuts;
use CutCalls qw(is_one);

our @EXPORT_OK = qw(chore_flow);

my $DAYS_AGO = time - 3 * 86400;
my $n = 0;

# What is over, and what must be left of it: nothing.
my %OLD = (
	idempotency => "idempotency_key LIKE 'old%'",
	revoked_token => 'expires_at < NOW() - INTERVAL 1 DAY',
	ws_ticket => 'dies_at < NOW() - INTERVAL 1 DAY',
	throttle => 'window_start < NOW() - INTERVAL 1 DAY',
	heartbeat => "name = 'old' AND host = 'older'",
	event => 'created_at < NOW() - INTERVAL 2 DAY',
	message => "status = 'streaming'",
	media => 'deleted_at IS NOT NULL',
	'square JOIN work ON work.id = square.work_id' => 'hot < latest',
);

sub orphan {
	my ($cuts) = @_;
	my $dir = "$cuts->{site}{media}/ab/cd";
	make_path($dir);
	my $path = sprintf '%s/abcd%028x.png', $dir, ++$n;
	open my $file, '>', $path or die "$path: $!";
	close $file;
	utime $DAYS_AGO, $DAYS_AGO, $path;
	return $path;
}

sub upload {
	my ($cuts) = @_;
	my $reply = $cuts->{user}->post('/upload/image',
	    CutCalls::picture_form('file'));
	return $reply->{json}{data};
}

sub make_old {
	my ($cuts) = @_;
	my ($site, $user) = @$cuts{qw(site user)};
	my $me = Cuts::hex($user->{id});
	my $then = 'NOW(3) - INTERVAL 3 DAY';
	my ($kept, $dead) = (upload($cuts), upload($cuts));
	$site->ctl(qw(--yes upload delete), $user->{email}, $dead->{id});
	my ($work) = $user->published(1, { media => 'NULL', thumbnail => 'NULL' });
	$user->post('/generate/text-to-image', { prompt => 'x' },
	    { 'Idempotency-Key' => 'old' . ++$n });
	$site->sql(join ';', "UPDATE idempotency SET created_at = $then",
	    "INSERT INTO revoked_token (jti, dies_at, expires_at) VALUES " .
	    "(RANDOM_BYTES(16), $then, $then)",
	    'INSERT INTO ws_ticket (hash, account_id, jti, token_epoch, ' .
	    "token_expires_at, dies_at) VALUES (RANDOM_BYTES(32), $me, " .
	    "RANDOM_BYTES(16), 0, NOW(3), $then)",
	    "INSERT INTO throttle (subject, window_start, tries) VALUES " .
	    "('old$n', $then, 1)",
	    "REPLACE INTO heartbeat (name, host, at) VALUES ('old', 'older', " .
	    "$then), ('old', 'newer', NOW(3))",
	    "UPDATE event SET created_at = $then",
	    "UPDATE square SET hot = 1 WHERE work_id = " . Cuts::hex($work),
	    "REPLACE INTO chore (name, due_at, place) VALUES ('housekeeping', " .
	    'NOW(3), ' . hex('ab') . ')');
	return { kept => $kept, orphan => orphan($cuts), work => $work,
	    answer => streaming($cuts) };
}

# An answer whose writer is dead, with its price held.
sub streaming {
	my ($cuts) = @_;
	my $stream = $cuts->{user}->ask({ model => 'parrot',
		message => 'text=a b' });
	$stream->head(20);
	my $start = $stream->next(10);
	$stream->rest;
	my $row = Cuts::hex($start->{messageId});
	my $me = Cuts::hex($cuts->{user}{id});
	$cuts->{site}->sql("UPDATE message SET status = 'streaming', dies_at = " .
	    "NOW(3) - INTERVAL 1 DAY, finished_at = NULL WHERE id = $row; " .
	    "DELETE FROM power_transfer WHERE task_id = $row AND kind = " .
	    "'capture'; UPDATE account SET power_held = power_held + 3, " .
	    "power_spent = power_spent - 3 WHERE id = $me");
	return "task_id = $row AND kind = 'release'";
}

sub poll_once {
	my ($cuts) = @_;
	return Gesso::run('', Gesso::build() . '/poller/gesso-poller',
	    '--config', $cuts->{site}{conf}, '--once');
}

# left(cuts, state): what is over, and is still there.
sub left {
	my ($cuts, $s) = @_;
	return ((map { my $count = $cuts->count($_, $OLD{$_});
		$count ? "$count of $_" : () } sort keys %OLD),
	    -e $s->{orphan} ? 'the orphan' : ());
}

sub chore_flow {
	return {
		name => 'housekeeping',
		process => 'gesso-poller',
		before => \&make_old,
		act => \&poll_once,
		after => sub {
			my ($cuts, $s, $got, $cut, $given) = @_;
			my @wrong = $given->{each} ? () : harm($cuts, $s);
			my @left = left($cuts, $s);
			push @wrong, "not cut, but left: @left"
			    if @left && !$cut;
			# only what could not be done is left by one that fails
			push @wrong, "left: @left"
			    if $given->{each} && grep {
			    !/of (?:$given->{leaves})/ } @left;
			$cuts->{proxy}->rest;
			$cuts->{site}->sql('UPDATE chore SET place = ' .
			    hex 'ab');
			my $end = poll_once($cuts);
			push @wrong, is_one('the end', $end->{status}, 0),
			    is_one('left in the end', join(', ', left($cuts,
				$s)), '');
			return (@wrong, harm($cuts, $s), is_one('given back',
			    $cuts->count('power_transfer', $s->{answer}), 1));
		},
	};
}

# What may never be: a row without its file.
sub harm {
	my ($cuts, $s) = @_;
	return is_one('a file that is kept',
	    $cuts->{site}->get($s->{kept}{url})->{status}, 200),
	    is_one('the square', $cuts->count('square', 'work_id = ' .
		Cuts::hex($s->{work})), 1),
	    grep { /files: (?:missing|wrongSize)/ } $cuts->books;
}

1;
