#!/usr/bin/perl
# No statement of the library reads more rows than it needs when every table is
# large: each is run, and rolled back, for somebody whose rows are the oldest,
# and the rows that the engine touched are counted.  And each can be prepared
# once and run again and again.
use strict;
use warnings;
use Test::More;
use Gesso;

my $MANY = 20_000; # rows of a table
my $OWN = 200; # of them, the oldest, belong to the one who asks
my $READ_MAX = 60; # rows that a statement may touch

# Tables of a few rows, whatever the site does.
my %small = map { $_ => 1 } qw(breaker chore estimate event_sequence heartbeat
    model provider schema_migration setting square_count work_count);

# What may read more, and how much of it.
my %more = (
	(map { $_ => [ 3 * $OWN, 'looks at every own work' ] } qw(words_seek
	    words_page words_total favorite_page favorite_total favorite_seek)),
	(map { $_ => [ $OWN + 10, 'counts the own ones on their index' ] } qw(
	    transfer_total conversation_total)),
	(map { $_ => [ $MANY / 20, 'looks at what has not ended' ] } qw(
	    media_oldest_task metrics_tasks queue_leased queue_demand
	    queue_strays step_tasks_forward step_tasks_back)),
	metrics_ledger => [ $MANY + 10, 'adds the balances, once a scrape' ],
	(map { $_ => [ 10 * $MANY, 'adds everything; gessoctl' ] } qw(
	    audit_accounts audit_tasks audit_messages)),
);

my $site = Gesso->start(rhythm => 3600);
kill 'KILL', $site->pids('gesso-poller'), $site->pids('gesso-notifier');

sub root {
	my ($sql, @options) = @_;
	return Gesso::run($sql, 'mariadb', '--no-defaults', '--batch',
	    '--skip-column-names', @options, "--socket=$site->{db_socket}",
	    '--user=root', $site->{db_name});
}

# Rows by their number: an id, and what belongs together belongs to the same.
sub id { return "UNHEX(LPAD(HEX($_[0]), 32, '0'))" }
my $owner = "IF(seq <= $OWN, 1, 2 + seq % 300)";
my %pair = (work_id => id('1 + seq DIV 20'), account_id => id('1 + seq % 20'));
my %given = (
	account => { id => id('seq'), avatar => id('seq') },
	event => { id => 'seq', seq => 'seq' },
	media => { thumbnail => id('seq'),
		deleted_at => 'IF(seq % 100 = 0, NOW(3), NULL)' },
	power_transfer => { id => 'seq', debit => "'issued'",
		credit => "'available'" },
	redemption => { code_hash => 'UNHEX(SHA2(seq, 256))' },
	square => { latest => 'seq', hot => 'seq', work_id => id('seq') },
	task => { id => id('seq'), finished_at =>
		'IF(seq % 100 = 0, NULL, NOW(3) - INTERVAL seq SECOND)' },
	work => { task_id => id('seq'), published_at => 'NOW(3)',
		status => "IF(seq % 100, 'completed', 'processing')" },
	work_like => \%pair,
	work_favorite => { %pair, work_id => id('seq'),
		account_id => id($owner) },
	work_play => \%pair,
	work_deleted => { work_id => id('seq') },
);

# value(table, name, type, whether it may be null): an expression of seq.
sub value {
	my ($table, $name, $type, $null) = @_;
	return $given{$table}{$name} if $given{$table}{$name};
	return id($owner) if $name eq 'account_id';
	return 'NULL' if $null && $name !~ /_id$/;
	return id('seq') if $type eq 'binary(16)';
	return 'UNHEX(SHA2(seq, 256))' if $type =~ /^binary/;
	return "ELT(1 + seq % " . ($1 =~ tr/,// + 1) . ", $1)"
	    if $type =~ /^enum\((.*)\)/;
	return 'NOW(3) - INTERVAL seq SECOND' if $type =~ /^datetime/;
	return "LEFT(CONCAT('x', seq), $1)" if $type =~ /char\((\d+)\)/;
	return "CONCAT('x', seq)" if $type =~ /text|varbinary/;
	return $name eq 'position' ? 0 : 1;
}

my %columns;
push @{ $columns{ shift @$_ } }, $_ for $site->sql(
    "SELECT table_name, column_name, column_type, is_nullable
       FROM information_schema.columns WHERE table_schema = DATABASE()
	AND generation_expression IS NULL ORDER BY 1, ordinal_position");
my @big = grep { !$small{$_} } sort keys %columns;
for my $table (@big) {
	my @columns = @{ $columns{$table} };
	my $made = root("DELETE FROM $table;
	    INSERT INTO $table (" . join(', ', map { $_->[0] } @columns) .
	    ') SELECT ' . join(', ', map { value($table, @$_[0, 1],
		$_->[2] eq 'YES') } @columns) . " FROM seq_1_to_$MANY;
	    ANALYZE TABLE $table");
	is $made->{err}, '', "there are many rows of $table";
}

# A statement with everything about the first of everybody.
my %literal = (u => "X'" . '0' x 31 . "1'", i => '10', t => 'NOW(3)',
    b => "X'" . '00' x 32 . "'", r => '0.5');
my @statements = map { [ split /\t/ ] }
    split /\n/, Gesso::run('', Gesso::build() .
    '/t/unit/domain/statements-list')->{out};
cmp_ok scalar @statements, '>', 100, 'there are statements';
for my $word ('all', 'image') {
	my @lines;
	for my $n (0 .. $#statements) {
		my ($name, $in, $sql) = @{ $statements[$n] };
		my @in = split //, $in;
		$sql =~ s/JSON_TABLE\(\?/shift @in; "JSON_TABLE('[]'"/ge;
		$sql =~ s/\?/my $c = shift @in; $literal{$c} \/\/ "'$word'"/ge;
		push @lines, 'START TRANSACTION; FLUSH STATUS;',
		    "$sql;", "SELECT 'READ', $n, SUM(variable_value)
		    FROM information_schema.session_status
		    WHERE variable_name LIKE 'Handler_read%';" =~
		    s/\s+/ /gr, 'ROLLBACK;';
	}
	my $said = root(join("\n", @lines), '--force');
	my %read = $said->{out} =~ /^READ\t(\d+)\t(\d+)/mg;
	my @failed = grep { $statements[$_][2] =~ /^SELECT/ } map {
		/at line (\d+)/ ? int(($1 - 1) / 4) : () }
	    split /\n/, $said->{err};
	is join(' ', map { $statements[$_][0] } @failed), '',
	    "all that read can be run for '$word'" or diag $said->{err};
	for my $n (sort { $a <=> $b } keys %read) {
		my $name = $statements[$n][0];
		my ($max, $why) = @{ $more{$name} // [ $READ_MAX, '' ] };
		cmp_ok $read{$n}, '<=', $max, "$name reads few rows $why"
		    or diag $statements[$n][2];
	}
}

# Each is prepared once and run again: for nobody, for somebody, with nothing at
# all, and when its tables are not what they were.  What the database says
# against the data (22..., 23...) is no matter.
my %nobody = (%literal, u => "X'" . 'F' x 32 . "'", i => '0', s => "'nobody'");
my %none = (i => '1', map { $_ => 'NULL' } qw(u t b r s));
my %known = (%literal, s => "'image'");
my (@prepare, @changed);
for my $n (0 .. $#statements) {
	my ($name, $in, $sql) = @{ $statements[$n] };
	my @values = map { my ($json, $c) = ($_, substr $in, 0, 1, '');
	    [ map { $json ? "'[]'" : $_->{$c} // $_->{s} }
	    \(%nobody, %known, %none) ] } map { scalar(/JSON_TABLE\($/) }
	    (split /\?/, $sql, -1)[0 .. length($in) - 1];
	my @run = map { my $k = $_; 'START TRANSACTION; ' . (@values ? 'SET ' .
	    join(', ', map { "\@v$_ = $values[$_][$k]" } 0 .. $#values) . '; '
	    : '') . "EXECUTE p$n" . (@values ? ' USING ' .
	    join(', ', map { "\@v$_" } 0 .. $#values) : '') . '; ROLLBACK;' }
	    0 .. 2;
	push @prepare, "PREPARE p$n FROM '" . $sql =~ s/'/''/gr . "';",
	    @run[0, 1, 1, 2];
	push @changed, @run[1, 0, 1];
}
my @lines = ("SET sql_mode = CONCAT(\@\@sql_mode, ',ONLY_FULL_GROUP_BY');",
    @prepare, (map { "ALTER TABLE $_ COMMENT = 'changed';" } sort keys
    %columns), @changed);
my $said = root(join("\n", @lines), '--force');
my @refused = grep { !/^ERROR \d+ \((?:2[23]...|01000)\)/ }
    $said->{err} =~ /^ERROR .*/mg;
is_deeply \@refused, [], 'a prepared statement can be run again'
    or diag map { /at line (\d+)/ ? "$1: $lines[$1 - 1]\n" : () } @refused;

done_testing;
