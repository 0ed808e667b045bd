#!/usr/bin/perl
# From nothing but a Debian and the tarball to a running site, by the lines of
# README's "Install" and no others: behind Apache, then behind lighttpd.
#
#	t/run t/long/clean-debian.t	(GESSO_MIRROR, GESSO_SUITE, or GESSO_ROOT:
#					such a system, which is copied)
#
# Boots a system made by debootstrap in systemd-nspawn; the ports are the
# machine's own.
use strict;
use warnings;
use File::Temp qw(tempdir);
use Test::More;
use Gesso qw(wait_for wait_child);
use Tree qw(text);

sub has {
	my ($tool) = @_;
	return grep { -x "$_/$tool" } split /:/, "$ENV{PATH}:/usr/sbin";
}
plan skip_all => 'only root makes a Debian' if $<;
for my $tool (qw(debootstrap systemd-nspawn nsenter)) {
	plan skip_all => "no $tool here" unless has($tool);
}
plan skip_all => 'something listens at port 80'
    if IO::Socket::INET->new(PeerAddr => '127.0.0.1:80');

my $dir = tempdir('gesso-XXXXXX', TMPDIR => 1, CLEANUP => !$ENV{GESSO_KEEP});
my $root = "$dir/root";
my $mirror = $ENV{GESSO_MIRROR} // ''; # debootstrap knows one
my ($boot, $leader);
END {
	local $?;
	if ($leader) {
		kill 'KILL', $leader;
		wait_child($boot, 30);
	}
}

sub sh {
	my ($script, @prefix) = @_;
	return Gesso::run("exec 2>&1\n$script\n", @prefix, 'sh', '-e');
}
# inside(script): as root of the new system, logged in.
sub inside {
	my ($script) = @_;
	return sh("cd /root; cd gesso-*[0-9] 2>/dev/null || :\n$script",
	    'nsenter', '-t', $leader, qw(-m -u -i -n -p -r -w),
	    'env', '-i', qw(HOME=/root LANG=C.UTF-8
	    DEBIAN_FRONTEND=noninteractive),
	    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin');
}
sub fine {
	my ($run, $name) = @_;
	return is $run->{status}, 0, $name
	    || diag substr $run->{out}, -4000;
}

# The lines of the README between two sentences, as they stand.
my ($install) = text('README.md') =~ /^## Install\n(.*?)^## /ms;
sub lines {
	my ($from, $to) = @_;
	my ($part) = $install =~ /$from(.*?)$to/s or die "no '$from'";
	return join '', $part =~ /^    (.*\n)/mg;
}
# doctor exits with 1 where only the vendors are missing.
sub obey {
	my ($name, $lines) = @_;
	my ($doctor) = $lines =~ s/^gessoctl doctor\n//m;
	fine(inside($lines), $name) or BAIL_OUT($name);
	return unless $doctor;
	my $found = inside('gessoctl doctor || test $? -eq 1');
	fine($found, 'doctor finds no fault');
	unlike $found->{out}, qr/^WARN  (?!vendors)/m, 'and misses a vendor only'
	    or diag $found->{out};
	return;
}

my $made = sh('make -s -C ' . Gesso::build() . " dist && cp " .
    Gesso::build() . "/gesso-*.tar.xz $dir/");
fine($made, 'a tarball') or BAIL_OUT('no tarball');
my $bare = sh(($ENV{GESSO_ROOT} ? "cp -a '$ENV{GESSO_ROOT}' $root" :
    'debootstrap --variant=minbase --include=systemd-sysv ' .
    ($ENV{GESSO_SUITE} // 'bookworm') . " $root $mirror") .
    " && cp $dir/gesso-*.tar.xz $root/root/");
fine($bare, 'a Debian') or BAIL_OUT('no Debian');

$boot = fork // die "fork: $!";
if ($boot == 0) {
	open STDIN, '<', '/dev/null' or die;
	open STDOUT, '>', "$dir/console" or die;
	open STDERR, '>&', \*STDOUT or die;
	exec qw(systemd-nspawn --keep-unit --register=no --console=pipe -b -D),
	    $root or die;
}
$leader = wait_for(sub {
	my ($pid) = Gesso::slurp("/proc/$boot/task/$boot/children") =~ /(\d+)/;
	return $pid && Gesso::slurp("/proc/$pid/comm") eq "systemd\n" && $pid;
}, 30);
ok wait_for(sub { inside('systemctl is-system-running || :')->{out} =~
    /running|degraded/ }, 60), 'it runs' or BAIL_OUT('it does not start');

obey('build, installation, settings, programs',
    lines('', 'Apache in front of them:'));
my $site = bless { server => 'apache', base => 'http://localhost/api/v1' },
    'Gesso';

# A vendor, simulated, since a real one wants money.
fine(inside('cp sandbox/sandbox.fcgi /usr/local/bin/
systemd-run --unit=sandbox -p User=www-data /usr/local/bin/sandbox.fcgi \
    --listen /run/gesso/sandbox.sock --public-url http://localhost/sandbox
echo "egress_allow = 127.0.0.0/8, ::1" >> /etc/gesso/gesso.conf'),
    'a simulated vendor');

front('Apache', lines('Apache in front of them:', 'Or lighttpd:'),
    'cp /usr/local/share/doc/gesso/examples/apache-sandbox.conf \
    /etc/apache2/conf-enabled/ && systemctl reload apache2');
fine(inside('systemctl disable --now apache2'), 'no Apache any more');
front('lighttpd', lines('Or lighttpd:', '`gessoctl doctor` says'),
    'cp /usr/local/share/doc/gesso/examples/lighttpd-sandbox.conf \
    /etc/lighttpd/conf-enabled/99-sandbox.conf && systemctl restart lighttpd');

# and away again
fine(inside('cp -a /usr/local /root/before; make uninstall;
    systemctl daemon-reload'), 'make uninstall');
my $left = inside('find / -xdev -newer /root/gesso-*.tar.xz -name "*gesso*" \
    -not -path "/root/*" -not -path "/proc/*" -not -path "/sys/*" \
    -not -path "/run/*" -not -path "/tmp/*" -not -path "/var/tmp/*" -not -path "/var/lib/mysql/*" \
    -not -path "/etc/systemd/system/*.wants/*" -not -path "/etc/apache2/*" \
    -not -path "/etc/lighttpd/*" -not -path "/var/lib/apache2/*"');
is_deeply [ sort split /\n/, $left->{out} ],
    [qw(/etc/gesso /etc/gesso/gesso.conf /var/lib/gesso)],
    'what is left is the settings and the files';
done_testing;

sub front {
	my ($name, $lines, $sandbox) = @_;
	obey($name, $lines);
	fine(inside($sandbox . "\n" . 'echo key | gessoctl provider set ' .
	    'dalle --url http://localhost/sandbox/openai/v1 --key-stdin ' .
	    '--enable'), "$name: a vendor");
	ok wait_for(sub { $site->get('/health')->{status} == 200 }, 20),
	    "$name: it answers";
	my $user = $site->register(email => lc "$name\@example.org",
	    username => $name);
	my $id = $user->submit('a kite over cliffs', model => 'dall-e-3');
	my $task;
	for (1 .. 60) { # calls are counted here
		sleep 1;
		$task = $user->task($id);
		last if $task->{status} ne 'processing';
	}
	is $task->{status}, 'completed', "$name: a picture is made"
	    or diag explain $task;
	my $url = $task->{result}{images}[0]{url};
	like $site->get($url)->{body}, qr/^\x89PNG/, "$name: and sent";
	my $found = inside('gessoctl doctor');
	fine($found, "$name: doctor is content");
	return;
}
