#!/usr/bin/perl
# Each of many settings broken on purpose: doctor names it and its cure.
use strict;
use warnings;
use Test::More;
use Gesso qw(wait_for);

my $site = Gesso->start;
my $dir = $site->{dir};

# doctor(options) -> (exit status, check => {verdict, detail, cure}).
sub doctor {
	my $run = $site->ctl('--json', 'doctor', @_);
	my %found;
	for (@{ $run->{json}{findings} // [] }) {
		$found{ $_->{check} } = $_
		    unless $found{ $_->{check} } &&
		    $found{ $_->{check} }{verdict} ne 'OK';
	}
	return ($run->{status}, \%found, $run);
}

my ($status, $found, $run) = doctor();
is $status, 0, 'a site that is well has no findings' or diag $run->{out};
is_deeply [ grep { $_->{cure} } values %$found ], [], 'and needs no cure';
cmp_ok scalar keys %$found, '>=', 25, 'much is looked at';

# broken(name, check, verdict, pattern of the cure, break, mend, options)
sub broken {
	my ($name, $check, $verdict, $cure, $break, $mend, @options) = @_;
	$break->();
	my ($status, $found, $run) = doctor(@options);
	$mend->();
	my $finding = $found->{$check} // { verdict => 'no finding' };
	ok $finding->{verdict} eq $verdict && ($finding->{cure} // '') =~ $cure,
	    "$name is named, with its cure"
	    or diag $run->{out}, $run->{err};
	is $status, $verdict eq 'FAIL' ? 2 : 1, 'and decides the exit status';
	return;
}

sub spew {
	my ($path, $text) = @_;
	open my $file, '>', $path or die "$path: $!";
	print {$file} $text;
	return close $file;
}

# set(name, value) and unset(): a setting of gesso.conf, for doctor alone.
my $settings = Gesso::slurp($site->{conf});
sub set {
	my ($name, $value) = @_;
	return sub {
		my $text = $settings;
		$text =~ s/^\Q$name\E\b.*\n//m;
		spew($site->{conf}, "$text$name = $value\n");
	};
}
sub unset { return sub { spew($site->{conf}, $settings) } }

sub sql {
	my ($query) = @_;
	return sub { $site->sql($query) };
}
sub root_sql {
	my ($query) = @_;
	return sub {
		my $result = Gesso::run($query, 'mariadb', '--no-defaults',
		    "--socket=$site->{db_socket}", '--user=root', 'gesso');
		die $result->{err} if $result->{status};
	};
}

my $keys = Gesso::slurp("$dir/token.keys");
broken('a weak key', 'token keys', 'FAIL', qr/key rotate token/,
    sub { spew("$dir/token.keys", "q1 00112233\n") },
    sub { spew("$dir/token.keys", $keys) }, '--offline');
broken('a key that everybody may read', 'seal keys', 'FAIL', qr/key rotate/,
    sub { chmod 0644, "$dir/seal.keys" },
    sub { chmod 0600, "$dir/seal.keys" }, '--offline');
broken('settings that everybody may change', 'settings', 'FAIL', qr/chmod go-w/,
    sub { chmod 0666, $site->{conf} }, sub { chmod 0600, $site->{conf} },
    '--offline');
broken('a database password for everybody', 'database secret', 'FAIL',
    qr/chmod o-rwx/, sub { chmod 0644, "$dir/db.password" },
    sub { chmod 0600, "$dir/db.password" }, '--offline');
broken('a helper that is not there', 'media helper', 'FAIL', qr/setting/,
    set(media_helper => '/nowhere/gesso-media'), unset(), '--offline');
broken('a helper that is not sealed', 'media seal', 'FAIL', qr/--check/, sub {
	spew("$dir/open-helper",
	    "#!/bin/sh\necho openat: done\necho socket: denied\nexit 71\n");
	chmod 0755, "$dir/open-helper";
	set(media_helper => "$dir/open-helper")->();
}, unset(), '--offline');
SKIP: {
	my @alone = qw(unshare --net);
	system("@alone true 2>/dev/null") == 0
	    or skip 'no name space of our own here', 1;
	my $run = Gesso::run(undef, @alone, 'sh', '-c',
	    'echo 100 >/proc/sys/net/core/somaxconn; exec "$@"', 'sh',
	    $site->{ctl}, '--json', 'doctor', '--offline');
	like $run->{out}, qr/"queue".{0,80}of more than 100 calls.*somaxconn=4096/,
	    'a short queue is named, with its cure' or diag %$run;
}
broken('a media_dir that is not there', 'media_dir', 'FAIL', qr/make/,
    set(media_dir => "$dir/nowhere"), unset(), '--offline');
broken('a full disk', 'media_dir', 'FAIL', qr/make room/,
    set(min_free_disk => '1024G'), unset(), '--offline');
broken('an open door to the private network', 'egress', 'FAIL',
    qr/egress_allow/, set(egress_allow => '0.0.0.0/0'), unset(), '--offline');
broken('a base_path elsewhere', 'addresses', 'FAIL', qr/public_url/,
    set(public_url => "http://127.0.0.1:$site->{port}/studio"), unset(),
    '--offline');
broken('a database that is not there', 'database', 'FAIL', qr/db_socket/,
    set(db_socket => "$dir/nowhere.sock"), unset(), '--offline');
broken('a migration that is missing', 'schema', 'FAIL', qr/migrate up/,
    sql('DELETE FROM schema_migration ORDER BY version DESC LIMIT 1'),
    sub { }, '--offline');
$site->ctl('migrate', 'up');
SKIP: {
	($status, $found) = doctor('--offline');
	last unless $found->{schema}{verdict} ne 'OK';
	# a migration can't be run twice: take the site anew
	$site->stop;
	$site = Gesso->start;
	$dir = $site->{dir};
	$settings = Gesso::slurp($site->{conf});
}
broken('rights over the whole server', 'database rights', 'WARN', qr/REVOKE/,
    root_sql('GRANT SELECT ON *.* TO gesso@localhost'),
    root_sql('REVOKE SELECT ON *.* FROM gesso@localhost'), '--offline');
broken('commits that are not durable', 'durability', 'WARN',
    qr/innodb_flush_log_at_trx_commit/,
    root_sql('SET GLOBAL innodb_flush_log_at_trx_commit = 2'),
    root_sql('SET GLOBAL innodb_flush_log_at_trx_commit = 1'), '--offline');
broken('too few connections', 'connections', 'WARN', qr/max_connections/,
    set(worker_threads => 200), unset(), '--offline');
broken('a unit of power from nowhere', 'ledger', 'FAIL', qr/ledger audit/,
    sql('UPDATE account SET power_available = power_available + 1'),
    sql('UPDATE account SET power_available = power_available - 1'),
    '--offline');
broken('no administrator', 'administrator', 'WARN', qr/user role/,
    sql("UPDATE account SET role = 'user'"),
    sql("UPDATE account SET role = 'admin'"), '--offline');
broken('no vendor', 'vendors', 'WARN', qr/provider set/,
    sql('UPDATE provider SET enabled = 0'),
    sql('UPDATE provider SET enabled = 1 WHERE sealed_key IS NOT NULL'),
    '--offline');
broken('a dead cron', 'poller', 'FAIL', qr/cron/, sub {
	kill 'STOP', $site->pids('gesso-poller'), $site->{pid};
	$site->sql("UPDATE heartbeat SET at = at - INTERVAL 1 DAY " .
	    "WHERE name = 'poller'");
}, sub {
	kill 'CONT', $site->pids('gesso-poller'), $site->{pid};
	wait_for(sub { ($site->get('/health')->{json}{data}{poller} // '')
	    eq 'ok' }, 60);
}, '--offline');

# what is seen through the public address only
broken('a web server that is not there', 'public address', 'FAIL',
    qr/web server/, set(public_url => 'http://127.0.0.1:9'), unset());
broken('keys that gesso.fcgi does not know', 'authorization', 'FAIL',
    qr/SIGHUP/, sub {
	spew("$dir/other.keys", 'q2 ' . '5a' x 32 . "\n");
	chmod 0600, "$dir/other.keys";
	set(token_key_file => "$dir/other.keys")->();
}, unset());
my $front = "$dir/web/gesso.conf";
my $conf = Gesso::slurp($front);

# reload(): the web server with what the file says now.
sub reload {
	my ($pid) = $site->pids('lighttpd');
	kill 'TERM', $pid;
	wait_for(sub {
		my ($next) = $site->pids('lighttpd');
		return $next && $next != $pid &&
		    $site->get('/health')->{status} == 200;
	}, 20) or diag 'lighttpd does not come back';
	return;
}
sub front {
	my ($from, $to) = @_;
	return sub {
		(my $text = $conf) =~ s/$from/$to/ or die "no $from";
		spew($front, $text);
		reload();
	};
}
my $mend = sub { spew($front, $conf); reload() };
broken('a front that takes less than we', 'limit of images', 'FAIL',
    qr/max-request-size/, front(qr/max-request-size = 614400/,
	'max-request-size = 4000'), $mend);
broken('a front that hands no /ws on', 'websocket', 'WARN', qr/ws_listen/,
    front(qr/"ws\(\/\|\$\)"/, '"elsewhere"'), $mend);

($status, $found, $run) = doctor();
is $status, 0, 'mended, all is well' or diag $run->{out};

done_testing;
