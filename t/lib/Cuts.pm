# Walks along the commands that a flow sends to the database and cuts the
# connection at each in turn (t/lib/DbProxy.pm), until the flow passes without
# being cut; after each the books must be right.
#
#	my $cuts = Cuts->start;
#	$cuts->walk($flow, { how => 'before' },
#	    { how => 'after', step => 3, away => 60, cold => 1 });
#
# A flow is {name, process, skip => commands that don't count, before => sub
# that makes what it needs, act => sub given that, after => sub given that, what
# act returned and the command that was cut, '' for none: complaints}.
package Cuts;
use strict;
use warnings;

use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);
use DbProxy;
use Gesso qw(wait_for);

my $owner = $$;
my @keepers; # of pollers

use constant { COMMANDS_MAX => 500, SOON_S => 30 };

# start({name => value} of gesso.conf): a site with one worker and no poller.
sub start {
	my ($class, $conf) = @_;
	my $site = Gesso->start(rhythm => 3600, conf => {
		workers => 1, chat_connections => 1, lease => '3s',
		poller_tick => 50, db_timeout => '5s', signup_power => 1000000,
		limit_free_calls_per_hour => 1000000,
		limit_free_images_per_day => 1000000,
		limit_free_videos_per_day => 1000000, %{ $conf // {} } });
	kill 'TERM', $site->pids('gesso-poller');
	my $self = bless { site => $site, cuts => 0 }, $class;
	wait_for(sub { !$site->pids('gesso-poller') }, 20);
	$self->{user} = $site->register;
	$self->{other} = $site->register;
	$self->{proxy} = DbProxy->between($site);
	return $self;
}

# Pollers of our own, one unless more are asked for; housekeeping and looking
# after models are put off.
sub poller {
	my ($self, $count) = @_;
	$self->{pollers} //= [];
	$self->{site}->sql('REPLACE INTO chore (name, due_at) VALUES ' .
	    "('housekeeping', NOW(3) + INTERVAL 1 DAY), " .
	    "('models', NOW(3) + INTERVAL 1 DAY)");
	while (@{ $self->{pollers} } < ($count // 1)) {
		my $pid = fork // die "fork: $!";
		POSIX::_exit(eval { keep_poller($self->{site}) } // 70)
		    if $pid == 0;
		push @{ $self->{pollers} }, $pid;
		push @keepers, $pid;
	}
	return;
}

# A poller, and another when it is killed; the exit status of the last.
sub keep_poller {
	my ($site) = @_;
	my ($pid, $over);
	local $SIG{TERM} = sub { $over = 1; kill 'TERM', $pid if $pid };
	while (!$over) {
		$pid = fork // die "fork: $!";
		if ($pid == 0) {
			$SIG{TERM} = 'DEFAULT';
			open STDERR, '>>', "$site->{dir}/log/gesso-poller.log";
			exec Gesso::build() . '/poller/gesso-poller',
			    '--config', $site->{conf}, '--forever' or die;
		}
		1 while waitpid($pid, 0) != $pid;
		return $? >> 8 | $? & 127 if $over || $? != 9;
	}
	return 0;
}

# One that a test which fails leaves behind.
END {
	local $?;
	$owner == $$ && kill 'TERM', @keepers;
}

sub stop_poller {
	my ($self) = @_;
	my @pids = @{ delete $self->{pollers} // return };
	kill 'TERM', @pids;
	@keepers = ();
	is Gesso::wait_child($_, 20), 0, 'the poller ends well' for @pids;
	$self->{site}->sql('DELETE FROM chore');
	return;
}

# walk(flow, {how, step, first, last, only, deciding, away, cold, kill, stall},
# ...): a test each cut, of each way to cut, and the books.
sub walk {
	my ($self, $flow, @ways) = @_;
	for my $way (@ways) {
		my $name = join ' ', $flow->{name},
		    map { $way->{$_} ? $_ : () } qw(cold away kill stall);
		my $n = $way->{first} // 1;
		my $last = $way->{last} // COMMANDS_MAX;
		$n += $way->{step} // 1
		    while $n <= $last && $self->once($flow, $way, $n, $name);
		cmp_ok $n, '<', COMMANDS_MAX,
		    "$name: cut $way->{how} to the end";
	}
	is_deeply [ $self->books ], [], "$flow->{name}: the books are right";
	return;
}

# One run that is cut at its n-th command; whether it was.
sub once {
	my ($self, $flow, $given, $n, $name) = @_;
	my $state = $flow->{before} ? $flow->{before}->($self) : {};
	my @pids = $self->pids($flow);
	$self->{proxy}->drop($flow->{process}) if $given->{cold};
	$self->{proxy}->arm($flow->{process}, $given->{how}, $n, {
		skip => $flow->{skip}, deciding => $given->{deciding},
		kill => $given->{kill}, only => $given->{only},
		each => $given->{each}, stall => $given->{stall},
		fault => $given->{fault}, away => $given->{away} // 0 });
	my $began = time;
	my $got = $flow->{act}->($self, $state, $given);
	my $took = time - $began;
	my $seen = $self->{proxy}->rest;
	my $cut = $seen->{hit} // '';
	$self->back($flow, @pids) if $cut && $given->{kill};
	my @wrong = $flow->{after}->($self, $state, $got, $cut, $given);
	push @wrong, "it took $took s" if $took > ($flow->{soon} // SOON_S);
	my @now = $self->pids($flow);
	push @wrong, "the process is another one: @pids, @now"
	    if "@pids" ne "@now" && !($cut && $given->{kill});
	$self->{cuts}++ if $cut;
	is_deeply \@wrong, [], "$name: cut $given->{how} command $n"
	    or diag $cut || 'not reached';
	return $cut;
}

# back(flow, its processes): waits until there is another in their place.
sub back {
	my ($self, $flow, @were) = @_;
	return if !@were || $flow->{process} eq 'gesso-poller';
	wait_for(sub {
		my @now = $self->pids($flow);
		return @now == @were && "@now" ne "@were";
	}, 20) or diag "no new $flow->{process}";
	# one that dies sooner is taken for one that cannot start, by its master
	# or by quickstart
	sleep($flow->{process} eq 'gesso-notifier' ? 10 : 1);
	return;
}

sub pids {
	my ($self, $flow) = @_;
	return grep { kill 0, $_ } @{ $self->{pollers} // [] }
	    if $flow->{process} eq 'gesso-poller';
	return $self->{site}->pids("$flow->{process}-worker"),
	    $self->{site}->pids($flow->{process});
}

# ---------------------------------------------------------------------------
# What must hold

# judge(reply, cut, how): a success, or where it was cut the refusal of the
# contract, or what a web server says of a process that was killed.  What only reads or prepares, and whole transactions before their
# commit, are run again: nobody notices, if the database is there.
sub judge {
	my ($reply, $cut, $given) = @_;
	my $status = $reply->{status};
	return if $status =~ /^2/;
	return if $cut && $given->{kill} && $status =~ /^50[023]/;
	return if $cut && $given->{fault} &&
	    Gesso::got($reply) eq '500 internal';
	return "status $status without a cut: $reply->{content}" unless $cut;
	return "status $status, but $cut could be run again"
	    if $cut =~ /^(?:prepare|SELECT|START)/ && $given->{how} ne 'half' &&
	    !$given->{away} && !$given->{cold} && !$given->{fault};
	return "status $status: $reply->{content}" if $status != 503;
	return 'another reason: ' . ($reply->{json}{reason} // '')
	    if ($reply->{json}{reason} // '') ne 'unavailable';
	return $reply->{headers}{'retry-after'} ? () : 'no Retry-After';
}

# Counters that are no sum of their rows, each by name.
my %SUMS = (
	'works in all' => 'SELECT COUNT(*) FROM (SELECT account_id, type, ' .
	    'status, SUM(n) AS n FROM (SELECT account_id, type, status, ' .
	    'total AS n FROM work_count UNION ALL SELECT account_id, type, ' .
	    'status, -1 FROM work) x GROUP BY account_id, type, status ' .
	    'HAVING SUM(n) <> 0) y',
	'works on the square' => 'SELECT COUNT(*) FROM square_count c WHERE ' .
	    'total <> (SELECT COUNT(*) FROM square s WHERE s.type = c.type) ' .
	    'OR total <> (SELECT COUNT(*) FROM work w WHERE w.type = c.type ' .
	    'AND w.published_at IS NOT NULL)',
	likes => 'SELECT COUNT(*) FROM work w WHERE like_count <> (SELECT ' .
	    'COUNT(*) FROM work_like l WHERE l.work_id = w.id)',
	favorites => 'SELECT COUNT(*) FROM work w WHERE favorite_count <> ' .
	    '(SELECT COUNT(*) FROM work_favorite l WHERE l.work_id = w.id)',
	plays => 'SELECT COUNT(*) FROM work w WHERE play_count <> (SELECT ' .
	    'COUNT(*) FROM work_play l WHERE l.work_id = w.id)',
	'images of the day' => 'SELECT COUNT(*) FROM account a WHERE ' .
	    'images_today <> (SELECT COALESCE(SUM(t.count), 0) FROM task t ' .
	    "WHERE t.account_id = a.id AND t.kind LIKE '%image' AND " .
	    't.quota_day = a.quota_day AND (t.reason IS NULL OR t.reason = ' .
	    "'content_policy'))",
	'films of the day' => 'SELECT COUNT(*) FROM account a WHERE ' .
	    'videos_today <> (SELECT COUNT(*) FROM task t ' .
	    "WHERE t.account_id = a.id AND t.kind LIKE '%video' AND " .
	    't.quota_day = a.quota_day AND (t.reason IS NULL OR t.reason ' .
	    "= 'content_policy' OR (t.reason = 'cancelled' AND t.refunded = " .
	    '0)))',
	generated => 'SELECT COUNT(*) FROM account a WHERE `generated` <> ' .
	    '(SELECT COUNT(*) FROM work w JOIN task t ON t.id = w.task_id ' .
	    "WHERE w.account_id = a.id AND w.status = 'completed')",
	'messages of conversations' => 'SELECT COUNT(*) FROM conversation c ' .
	    'WHERE message_count <> (SELECT COUNT(*) FROM message m WHERE ' .
	    'm.conversation_id = c.id)',
	'uses of codes' => 'SELECT COUNT(*) FROM redemption_code c WHERE ' .
	    'uses <> (SELECT COUNT(*) FROM redemption r WHERE r.code_hash = ' .
	    'c.hash)',
);

# books(): complaints about ledger, files and counters.
sub books {
	my ($self) = @_;
	my $site = $self->{site};
	my @wrong;
	my $audit = $site->ctl('ledger', 'audit');
	push @wrong, "ledger: $audit->{out}$audit->{err}" if $audit->{status};
	my $files = $site->ctl('--json', 'media', 'audit')->{json};
	push @wrong, map { $files->{$_} ? "$files->{$_} files: $_" : () }
	    qw(missing wrongSize orphans miscounts);
	push @wrong, map { "$_->[1] wrong: $_->[0]" } grep { $_->[1] }
	    $site->sql(join ' UNION ALL ', map { "SELECT '$_', " .
	    "($SUMS{$_})" } sort keys %SUMS);
	push @wrong, map { "our fault: $_" } $self->faults;
	return @wrong;
}

# faults(): new lines of the logs about what should not happen.
sub faults {
	my ($self) = @_;
	my @lines;
	for my $name (qw(gesso.fcgi gesso-chat.fcgi gesso-poller)) {
		my $log = $self->{site}->log($name);
		my $from = $self->{read}{$name} // 0;
		$self->{read}{$name} = length $log;
		push @lines, grep { / ended with INTERNAL|INTERNAL: / }
		    split /\n/, substr $log, $from;
	}
	return @lines;
}

# count(table, condition): of rows.
sub count {
	my ($self, $table, $where) = @_;
	return scalar $self->{site}->sql(
	    "SELECT COUNT(*) FROM $table WHERE $where");
}

# hex(id): as it stands in the database.
sub hex { return "UNHEX('" . ($_[0] =~ tr/-//dr) . "')" }

1;
