#!/usr/bin/perl
# Who may include whom, and which file alone may know a foreign library.
use strict;
use warnings;
use Test::More;
use Tree qw(files text);

# Storeys, downwards only: what a folder must not include.
my $programs = 'fcgi-app|poller|ws-notifier|media-helper|admin|sandbox';
my @storeys = (
	[ 'lib/base', qr{^(core|domain|serve|vendor|$programs)/} ],
	[ 'lib/core', qr{^(domain|serve|vendor|$programs)/} ],
	[ 'lib/domain', qr{^(serve|vendor|$programs)/} ],
	[ 'lib/serve', qr{^(core|domain|vendor|$programs)/} ],
	[ 'lib/vendor', qr{^(domain|serve|$programs)/} ],
	[ 'fcgi-app', qr{(^|/)(poller|ws-notifier|media-helper|admin|sandbox)/} ],
	[ 'poller', qr{(^serve|(^|/)(fcgi-app|ws-notifier|media-helper|admin|sandbox))/} ],
	[ 'ws-notifier', qr{(^serve|(^|/)(fcgi-app|poller|media-helper|admin|sandbox))/} ],
	[ 'media-helper', qr{(^(core|domain|serve)|(^|/)(fcgi-app|poller|ws-notifier|admin|sandbox))/} ],
	[ 'admin', qr{(^serve|(^|/)(fcgi-app|poller|ws-notifier|media-helper|sandbox))/} ],
	[ 'sandbox', qr{(^domain|(^|/)(fcgi-app|poller|ws-notifier|media-helper|admin))/} ],
);

# A foreign header, and the files that may know it.
my @foreign = (
	[ 'mysql', qr{^(mysql|mariadb|errmsg|mysqld_error)}, qr{^lib/core/db\w*\.[ch]$} ],
	[ 'libfcgi', qr{^(fcgi|fastcgi)}, qr{^lib/serve/fcgi\.c$} ],
	[ 'libcurl', qr{^curl/}, qr{^lib/vendor/fetch_impl\.h$} ],
	[ 'libwebsockets', qr{^libwebsockets}, qr{^ws-notifier/server\.c$} ],
	[ 'libev', qr{^ev\.h$}, qr{^ws-notifier/loop\.c$} ],
	[ 'MagickWand and libav', qr{^(wand/|MagickWand|libav|libsw)},
	    qr{^(media-helper/|sandbox/(main|still|film)\.c)} ],
	[ 'libseccomp', qr{^seccomp}, qr{^media-helper/} ],
	[ 'libjwt', qr{^jwt}, qr{^lib/core/jwt\.c$} ],
	[ 'json-c', qr{^json}, qr{^lib/core/(json_\w+|jwt)\.c$} ],
	[ 'libsodium', qr{^sodium}, qr{^lib/(base|core|domain)/} ],
);

my %includes;
for my $path (grep { !m{^t/} } files(qr/\.[ch]$/)) {
	my $text = text($path);
	while ($text =~ /^#\s*include\s*[<"]([^>"]+)[>"]/gm) {
		push @{ $includes{$path} }, $1;
	}
}

for my $storey (@storeys) {
	my ($folder, $denied) = @$storey;
	my @wrong;
	for my $path (grep { m{^\Q$folder\E/} } sort keys %includes) {
		push @wrong, map { "$path includes $_" }
		    grep { $_ =~ $denied } @{ $includes{$path} };
	}
	is_deeply \@wrong, [], "$folder keeps to its storey";
}

for my $library (@foreign) {
	my ($name, $header, $allowed) = @$library;
	my @wrong = grep { $_ !~ $allowed &&
	    grep { $_ =~ $header } @{ $includes{$_} } } sort keys %includes;
	is_deeply \@wrong, [], "$name is known where it should be only";
}

done_testing;
