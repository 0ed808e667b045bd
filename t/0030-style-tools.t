#!/usr/bin/perl
# What clang-format, shellcheck, mandoc, perl and lighttpd say of the tree.
use strict;
use warnings;
use File::Temp qw(tempdir);
use Test::More;
use Tree qw(root files text);

$ENV{PATH} .= ':/usr/sbin';

sub has {
	my ($tool) = @_;
	return grep { -x "$_/$tool" } split /:/, $ENV{PATH};
}

# quiet(name, tool, arguments): succeeds and says nothing.
sub quiet {
	my ($name, $tool, @arguments) = @_;
	SKIP: {
		skip "no $tool here", 1 unless has($tool);
		my $pid = open my $pipe, '-|' // die "fork: $!";
		if ($pid == 0) {
			open STDERR, '>&', \*STDOUT;
			chdir root();
			exec $tool, @arguments or die;
		}
		my @said = <$pipe>;
		close $pipe;
		ok $? == 0 && !@said, $name or diag splice @said, 0, 30;
	}
}

quiet('clang-format leaves every source as it is', 'clang-format',
    '--dry-run', '-Werror', files(qr/\.[ch]$/));

my @scripts = grep { text($_) =~ m{^#!/bin/sh} }
    files(qr{^(quickstart|\.ci/\w+|t/\w+|[^.]*\.sh)$});
quiet('shellcheck has nothing to say', 'shellcheck', '-x', @scripts);

my @manuals = files(qr{^man/.*\.[1-9]$});
cmp_ok scalar @manuals, '>', 0, 'there are manuals';
quiet("mandoc has nothing to say of $_", 'mandoc', '-T', 'lint', '-W',
    'warning', $_) for @manuals;

SKIP: {
	skip 'no lighttpd here', 1 unless has('lighttpd');
	my $dir = tempdir(CLEANUP => 1);
	open my $file, '>', "$dir/lighttpd.conf" or die;
	print {$file} "server.document-root = \"$dir\"\n",
	    "server.modules = ( \"mod_accesslog\" )\n",
	    map { 'include "' . root() . "/conf-examples/$_.conf\"\n" }
	    qw(lighttpd lighttpd-sandbox);
	close $file;
	quiet('lighttpd takes the examples', 'lighttpd', '-tt', '-f',
	    "$dir/lighttpd.conf");
}

done_testing;
