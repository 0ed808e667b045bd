#!/usr/bin/perl
# Files that are two things at once: kept as one thing, or not at all; and a
# browser that opens what was kept runs nothing of it.
use strict;
use warnings;
use IO::Socket::INET;
use Test::More;
use Chromium;
use Gesso qw(wait_for);
use Polyglots qw(polyglots);

my $site = Gesso->start(conf => { limit_free_calls_per_hour => 1000000 });
my $user = $site->register;

# ---- a trap: whoever calls it has run something

my $trap = IO::Socket::INET->new(Listen => 64, LocalAddr => '127.0.0.1',
    ReuseAddr => 1) or die "listen: $!";
my $address = 'http://127.0.0.1:' . $trap->sockport;
my $seen = "$site->{dir}/trap.log";
my $attack = "$site->{dir}/attack.html";
my $keeper = fork // die "fork: $!";
if ($keeper == 0) {
	$SIG{CHLD} = 'IGNORE';
	while (my $client = $trap->accept) {
		my $line = <$client> // '';
		my $page = $line =~ m{^GET /attack } ? Gesso::slurp($attack)
		    : $line =~ m{^GET /control } ? '<script>' .
			"fetch('/ran-control')</script>" : '';
		print {$client} "HTTP/1.0 200 OK\r\nContent-Type: " .
		    "text/html\r\nConnection: close\r\n\r\n$page";
		close $client;
		next if $line =~ m{^GET /(attack|control|favicon)};
		open my $log, '>>', $seen or die;
		print {$log} $line;
		close $log;
	}
	POSIX::_exit(0);
}
close $trap;

# ---- each has its answer

my (@kept, $count);
for (polyglots($address)) {
	my ($kind, $what, $bytes, $type) = @$_;
	my $reply = $user->post("/upload/$kind", { multipart =>
	    [ file => [ 'x.html', 'text/html', $bytes ] ] });
	$count++;
	unless ($type) {
		is "$reply->{status} " . ($reply->{json}{reason} // ''),
		    '400 unsupported_media', "$what is refused"
		    or diag $reply->{body};
		next;
	}
	is $reply->{status}, 200, "$what is kept" or diag $reply->{body};
	my $url = $reply->{json}{data}{url} // next;
	my $file = $site->get($url);
	ok $file->{body} eq $bytes, 'byte for byte';
	is $file->{headers}{'content-type'}, $type, "as $type";
	is $file->{headers}{'x-content-type-options'}, 'nosniff',
	    'which nobody is to doubt';
	is $file->{headers}{'content-security-policy'},
	    "default-src 'none'; sandbox", 'and may do nothing';
	my $small = $site->get($reply->{json}{data}{thumbnail})->{body};
	unlike $small, qr/<script|127\.0\.0\.1/, 'its thumbnail is clean';
	push @kept, $url;
}
cmp_ok $count, '>=', 40, 'more than forty of them';
is Gesso::slurp($seen), '', 'looking at them called nobody';

# ---- a browser

my $browser = Chromium->start;
SKIP: {
	skip 'no chromium here', 1 unless $browser;
	open my $page, '>', $attack or die;
	print {$page} map { qq{<script src="$_"></script>} .
	    qq{<link rel="stylesheet" href="$_"><iframe src="$_"></iframe>} .
	    qq{<object data="$_"></object><embed src="$_">} .
	    qq{<img src="$_"><video src="$_"></video>} } @kept;
	close $page;
	my $open = sub { return $browser->ask('Target.createTarget',
	    { url => $_[0] })->{targetId} };
	ok $open->("$address/control"), 'a browser opens a page';
	ok wait_for(sub { Gesso::slurp($seen) =~ /ran-control/ }, 30),
	    'whose script runs';
	my $opened = grep { $open->($_) } @kept, "$address/attack";
	is $opened, @kept + 1, 'it opens all that was kept';
	# what is loaded last tells that the rest is
	ok $open->("$address/last"), 'and one more';
	ok wait_for(sub { Gesso::slurp($seen) =~ m{/last} }, 60),
	    'to its end';
	sleep 2;
	my @ran = grep { !/ran-control|last/ } split /\n/, Gesso::slurp($seen);
	is_deeply \@ran, [], 'no script ran';
}

kill 'TERM', $keeper;
waitpid $keeper, 0;
done_testing;
