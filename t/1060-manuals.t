#!/usr/bin/perl
# The manuals say what the tables of the source say.
use strict;
use warnings;
use Test::More;
use Tree qw(files rows text);

my $build = $ENV{GESSO_BUILD} // Tree::root() . '/build';

# The words of a manual's line, without macros: "Ic user add Ar email".
my %manual = map { $_ => text($_) } files(qr{^man/.*\.[1-9]$});

# gessoctl(1): commands and options, as --help lists them.
SKIP: {
	my $ctl = "$build/admin/gessoctl";
	skip 'gessoctl is not built', 1 unless -x $ctl;
	my (@told, @written);
	my ($list) = `$ctl --help` =~ /^commands:\n(.*)/ms;
	for (split /\n/, $list) {
		my ($noun, $verb) = /^  (.{8}) (.{8}) /;
		my $words = join ' ', map { s/ +$//r } grep { /\S/ }
		    $noun, $verb;
		push @told, $words;
		my $help = `$ctl $words --help`;
		push @told, map { "$words --$_" } $help =~ /^  --([\w-]+)/gm;
		like $help, qr/^usage: .*^example:\n  gessoctl $words/ms,
		    "'$words --help' has an example";
	}
	my ($commands) = $manual{'man/gessoctl.1'} =~
	    /^\.Sh COMMANDS\n(.*?)^\.Sh/ms;
	my $words = '';
	while ($commands =~ /^\.It (Ic|Fl) (.*)$/gm) {
		my ($kind, $text) = ($1, $2);
		$text =~ s/ (Ar|Op) .*//;
		$words = $text if $kind eq 'Ic';
		push @written, $kind eq 'Ic' ? $words
		    : "$words -$text";
	}
	is_deeply \@written, \@told,
	    'gessoctl(1) has every command and option, in their order';
}

# gesso-api(7): routes and reasons.
my $api = $manual{'man/gesso-api.7'};
my ($calls) = $api =~ /^\.Ss Calls\n(.*?)^\.Ss/ms;
my ($table) = text('fcgi-app/routes.c') =~ /api_rows\[\] = \{\n(.*?)^\};/ms;
is_deeply [ $calls =~ /^\.It Ic (\w+ \S+)$/gm ],
    [ map { s/", "/ /r } $table =~ /^\t\{ \{ "(\w+", "[^"]+)" \}/gm ],
    'gesso-api(7) has every route, in their order';
is_deeply [ $api =~ /^\.It Li (\w+ Pq \d+)$/gm ],
    [ map { "$_->[2] Pq $_->[1]" }
	grep { $_->[0] !~ /^(CONFLICT|UNCERTAIN)$/ }
	rows('lib/core/errors.def', 'ERR') ],
    'and every reason with its status';

# What programs take on their command line stands in their pages.
my %program = ('gesso.fcgi' => 'fcgi-app', 'gesso-chat.fcgi' => 'fcgi-app',
    'gesso-poller' => 'poller', 'gesso-notifier' => 'ws-notifier',
    'gesso-media' => 'media-helper', 'sandbox.fcgi' => 'sandbox');
for my $name (sort keys %program) {
	my $path = "$build/$program{$name}/$name";
	next unless -x $path;
	my $page = $manual{ $name eq 'sandbox.fcgi' ? 'man/gesso-sandbox.7'
	    : "man/$name.8" };
	ok defined $page, "$name has its page" or next;
	my $help = `$path --help 2>&1`;
	is $?, 0, "$name --help succeeds";
	for my $option ($help =~ /^ +--([\w-]+)/gm) {
		next if $option =~ /^(help|version)$/;
		like $page, qr/Fl -\Q$option\E\b/, "its page has --$option";
	}
	like $page, qr/^\.Sh EXIT STATUS/m, 'and its exit status';
}

# A page that is named exists.
my %pages = map { m{^man/(.*)\.(\d)$} ? ("$1 $2" => 1) : () } keys %manual;
for my $path (sort keys %manual) {
	my @missing = grep { /^gesso/ && !$pages{$_} }
	    $manual{$path} =~ /^\.Xr (\S+ \d)/gm;
	is_deeply \@missing, [], "$path names no page that is not there";
}

done_testing;
