#!/usr/bin/perl
# The examples, as the programs that they are for read them.
use strict;
use warnings;
use File::Temp qw(tempdir);
use JSON::PP;
use Test::More;
use Tree qw(files root rows text);

$ENV{PATH} .= ':/usr/sbin:/sbin';

my $dir = tempdir(CLEANUP => 1);
my $examples = root() . '/conf-examples';

sub has {
	my ($tool) = @_;
	return grep { -x "$_/$tool" } split /:/, $ENV{PATH};
}

# said(command ...): its exit status and all that it says.
sub said {
	my $pid = open my $pipe, '-|' // die "fork: $!";
	if ($pid == 0) {
		open STDERR, '>&', \*STDOUT;
		exec @_ or die;
	}
	local $/;
	my $said = <$pipe> // '';
	close $pipe;
	return ($? >> 8, $said);
}

sub spew {
	my ($path, $text) = @_;
	open my $file, '>', $path or die "$path: $!";
	print {$file} $text;
	return close $file;
}

# What web servers take is more than gesso takes, so that refusals are its own.
my %bytes = (K => 1 << 10, M => 1 << 20, G => 1 << 30);
my ($least) = text('lib/core/options.def') =~
    /OPTION\(max_video_bytes, SIZE, "(\w+)"/;
$least = $least =~ s/(\w)$//r * $bytes{$1} + (256 << 10);
for my $name (qw(lighttpd apache-proxy apache-fcgid)) {
	my $text = text("conf-examples/$name.conf");
	my $most = $text =~ /server\.max-request-size = (\d+)/ ? $1 << 10
	    : $text =~ /Define GESSO_BODY_MAX (\d+)/ ? $1 : 0;
	cmp_ok $most, '>', $least, "$name takes the largest film";
}

# Apache, with nothing loaded but what the a2enmod line names.
my $modules = '/usr/lib/apache2/modules';
for my $name (qw(apache-proxy apache-fcgid)) {
	my $text = text("conf-examples/$name.conf");
	my ($enabled) = $text =~ /a2enmod ((?:[^\n]*\\\n)*[^\n]*)/;
	my @modules = grep { /^\w+$/ } split /[\s\\#]+/, $enabled;
	cmp_ok scalar @modules, '>', 8, "$name names its modules";
	SKIP: {
		skip 'no Apache here', 1
		    unless has('apache2') && -d $modules;
		my $load = join '', map { "LoadModule ${_}_module " .
		    "$modules/mod_$_.so\n" } qw(mpm_event authz_core mime dir),
		    grep { !/^(alias|filter)$/ } @modules;
		$load .= "LoadModule ${_}_module $modules/mod_$_.so\n"
		    for qw(alias filter);
		spew("$dir/$name.conf", "ServerRoot $dir\nServerName x\n" .
		    "TypesConfig /dev/null\nListen 127.0.0.1:1\n" .
		    "ErrorLog $dir/log\n${load}Include $examples/$name.conf\n" .
		    ($name =~ /proxy/
		    ? "Include $examples/apache-sandbox.conf\n" : ''));
		my ($status, $said) = said('apache2', '-t', '-f',
		    "$dir/$name.conf");
		is $status, 0, "Apache takes $name.conf" or diag $said;
	}
	unlike $text =~ s/^#.*//mgr, qr/%r/, "$name logs no query by %r";
}

# systemd
my @services = files(qr{^conf-examples/.*\.service$});
cmp_ok scalar @services, '>=', 4, 'there are units';
SKIP: {
	skip 'no systemd-analyze here', scalar @services
	    unless has('systemd-analyze');
	for my $unit (@services) {
		my (undef, $said) = said('systemd-analyze', 'security',
		    '--offline=true', '--no-pager', root() . "/$unit");
		my ($exposure) = $said =~ /exposure level .*: ([\d.]+)/;
		ok defined $exposure && $exposure <= 2.0,
		    "$unit is exposed by 2.0 at most" or diag $said;
	}
}
my @hardened = map {
	my ($set) = text($_) =~ /(# Everything.*?)\n(?:\n|\z)/s;
	$set;
} @services;
is_deeply [ grep { $_ ne $hardened[0] } @hardened ], [],
    'all units are hardened alike';
like $hardened[0], qr/^SystemCallFilter=\S+ seccomp$/m,
    'and let the helper seal itself';
for my $service (grep { /(gesso|chat)\.service$/ } @services) {
	my ($listen) = text($service) =~ /--listen (\S+)/;
	my ($stream) = text($service =~ s/service$/socket/r) =~
	    /^ListenStream=(\S+)/m;
	is $stream, $listen, "$service and its socket name one place";
}

SKIP: {
	skip 'no logrotate here', 1 unless has('logrotate');
	my ($status, $said) = said('logrotate', '-d', '-s', "$dir/state",
	    "$examples/logrotate");
	ok $status == 0 && $said !~ /^error/m, 'logrotate takes its example'
	    or diag $said;
}
like text('conf-examples/crontab'),
    qr{^\* \* \* \* \* www-data .*/gesso-poller --config \S+$}m,
    'cron starts a poller every minute';

# What a web server says by itself.
my %catalogue = map { $_->[2] => $_ } reverse rows('lib/core/errors.def', 'ERR');
my $pages = text('htdocs/errors/error.shtml');
while ($pages =~ /<!--#(?:(?:el)?if [^>]*= (\d+)"|else) -->\n(.*),\n/g) {
	my ($code, $page) = ($1 // 404, decode_json("{$2}"));
	my $row = $catalogue{ $page->{reason} };
	is $page->{code}, $code, "$code has its page";
	my $chinese = $row->[4] // '';
	utf8::decode($chinese);
	is $page->{message}, $chinese, "and the catalogue's sentence";
}

done_testing;
