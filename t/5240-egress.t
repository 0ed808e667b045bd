#!/usr/bin/perl
# Addresses that are nobody's business, in 70 spellings, as an administrator may
# write them, as a vendor may redirect to them, and as a name may come to mean
# them: a listener on every address of this machine hears nothing.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use IO::Socket::IP;
use File::Temp ();
use POSIX ();
use Test::More;
use Gesso;

my @spellings = qw(
    127.0.0.1 127.0.0.3 127.1 127.0.1 127.255.255.254 2130706433 0x7f000001
    0x7f.1 0x7f.0.0.1 0177.0.0.1 0177.1 017700000001 127.0.0.1.
    0x7F000001 00000177.0.0.1 0177.0x0.0.1 localhost LOCALHOST localhost.
    a.localhost 0 0.0.0.0 0x0 0.0 00
    10.0.0.1 10.1 012.0.0.1 0xa000001 167772161 10.255.255.255
    100.64.0.1 169.254.169.254 0xa9fea9fe 2852039166 0251.0376.0251.0376
    172.16.0.1 172.31.255.255 192.0.0.8 192.0.2.1 192.88.99.1 192.168.0.1
    0300.0250.0.1 3232235521 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1
    240.0.0.1 255.255.255.255
    [::1] [0:0:0:0:0:0:0:1] [::] [::127.0.0.1] [::ffff:127.0.0.1]
    [::ffff:7f00:1] [0:0:0:0:0:ffff:127.0.0.1] [::ffff:10.0.0.1]
    [::ffff:169.254.169.254] [64:ff9b::7f00:1] [64:ff9b::10.0.0.1]
    [2002:7f00:1::] [2002:c0a8:101::1] [100::1] [2001:db8::1] [fc00::1]
    [fd12:3456::1] [fe80::1] [fec0::1] [ff02::1] [2001::1]
);
cmp_ok scalar @spellings, '>=', 70, 'there are ' . @spellings . ' spellings';

# The listener.
my $sink = IO::Socket::IP->new(LocalHost => '::', V6Only => 0, Listen => 128,
    LocalPort => 0) // IO::Socket::INET->new(LocalAddr => '0.0.0.0',
    Listen => 128) or die "no listener: $!";
my $port = $sink->sockport;
my $select = IO::Select->new($sink);

sub heard {
	my $count = 0;
	while ($select->can_read(0)) {
		$sink->accept;
		$count++;
	}
	return $count;
}

# A vendor that may be called and sends everybody on: /N/... to spelling N.
my $redirector = IO::Socket::INET->new(LocalAddr => '127.0.0.2', Listen => 64,
    LocalPort => 0) or plan skip_all => '127.0.0.2 is not here';
my $child = fork // die "fork: $!";
if ($child == 0) {
	$SIG{TERM} = 'DEFAULT';
	while (my $client = $redirector->accept) {
		my $line = <$client> // '';
		my ($n) = $line =~ m{^GET /(\d+)/};
		while (my $header = <$client>) {
			last if $header eq "\r\n";
		}
		print {$client} "HTTP/1.1 302 Found\r\nConnection: close\r\n" .
		    "Content-Length: 0\r\n" .
		    "Location: http://$spellings[$n]:$port/x\r\n\r\n"
		    if defined $n;
		close $client;
	}
	POSIX::_exit(0);
}
END {
	local $?;
	kill 'KILL', $child if $child;
	waitpid $child, 0 if $child;
}

# A resolver that changes its mind.
my $work = File::Temp::tempdir(CLEANUP => 1);
my $shim = "$work/rebind.so";
my $compiled = Gesso::run('', $ENV{CC} // 'cc', '-shared', '-fPIC', '-o',
    $shim, Gesso->root . '/t/lib/rebind.c', '-ldl');
die "rebind.c: $compiled->{err}" if $compiled->{status};
sub rebind {
	my ($address) = @_;
	open my $file, '>', "$work/new" or die;
	print {$file} "$address\n";
	close $file;
	rename "$work/new", "$work/address" or die;
	return;
}
rebind('127.0.0.2');

my $site = Gesso->start(conf => { egress_allow => '127.0.0.2/32',
	limit_free_calls_per_hour => 1000000 },
    env => { LD_PRELOAD => $shim, GESSO_REBIND => "$work/address",
	ASAN_OPTIONS => join ':', $ENV{ASAN_OPTIONS} // (),
	    'verify_asan_link_order=0' });
my $admin = $site->admin;

sub add {
	my ($url) = @_;
	return $admin->post('/config/providers/custom', { type => 'image',
		name => 'x', apiUrl => $url, apiKey => 'k', config => {} });
}
my $made = add("http://127.0.0.2:$port/v1");
is $made->{status}, 201, 'the one address that is allowed is taken';
my $id = $made->{json}{data}{id};

# probe(url): what the vendor's test finds when the row says so.
sub probe {
	my ($url) = @_;
	$site->sql("UPDATE provider SET url = '$url' WHERE id = '$id'") if $url;
	return $admin->post("/config/providers/custom/$id/test")->{json}{data};
}
# Denied; some spellings are names that lead nowhere to this resolver.
sub not_called {
	my ($found) = @_;
	return !$found->{ok} &&
	    $found->{reason} =~ /^provider_(misconfigured|unavailable)$/;
}
is probe("http://127.0.0.2:1/v1")->{reason}, 'provider_unavailable',
    'a vendor that is not there is not there';

my (@written, @called, @redirected, @rebound);
for my $n (0 .. $#spellings) {
	my $host = $spellings[$n];
	my $reply = add("http://$host:$port/v1");
	push @written, $host unless $reply->{status} == 400 &&
	    $reply->{json}{reason} eq 'invalid_field' &&
	    $reply->{json}{field} eq 'apiUrl';
	my $found = probe("http://$host:$port/v1");
	push @called, $host unless not_called($found);
	$found = probe('http://127.0.0.2:' . $redirector->sockport . "/$n/v1");
	push @redirected, $host unless not_called($found);
}
is_deeply \@written, [], 'none can be written';
is_deeply \@called, [], 'none is called when it stands in the row';
is_deeply \@redirected, [], 'none is called when a vendor redirects to it';

is add("http://rebind.example:$port/v1")->{status}, 201,
    'a name that leads to the allowed address is taken';
probe("http://rebind.example:$port/v1");
SKIP: {
	skip 'mod_fcgid does not hand the resolver on', 2
	    unless $site->has_master;
	is heard(), 1, 'and called';
	for my $address (grep { !/localhost/ } @spellings) {
		rebind($address =~ tr/[]//dr);
		my $found = probe();
		push @rebound, $address unless not_called($found);
	}
	is_deeply \@rebound, [], 'not when it leads elsewhere later';
}
is heard(), 0, 'the listener heard nothing at all';

done_testing;
