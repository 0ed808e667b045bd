#!/usr/bin/perl
# gcc and clang build everything, tests included, without a warning; so they do
# without optimization, where other functions are called.
#
#	t/run t/long/compilers.t
use strict;
use warnings;
use File::Temp qw(tempdir);
use Test::More;
use Gesso;

my $root = Gesso::root();
for my $case ([ gcc => '-O2' ], [ gcc => '-O0' ], [ clang => '-O2' ]) {
	my ($compiler, $flags) = @$case;
	SKIP: {
		skip "no $compiler here", 1
		    unless qx($compiler --version 2>/dev/null);
		my $build = tempdir(CLEANUP => 1);
		my $said = qx(cd $build && $root/configure CC=$compiler \\
		    CFLAGS='$flags -g' --enable-werror 2>&1 &&
		    nice make -k -j2 unit-tests 2>&1);
		is $?, 0, "$compiler $flags" or diag grep {
			/warning|error|undefined/ } map { "$_\n" }
			split /\n/, $said;
	}
}

done_testing;
