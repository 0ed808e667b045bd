#!/usr/bin/perl
# libFuzzer on every target of t/fuzz, beginning with its corpus, under ASan and
# UBSan: five minutes each.
#
#	t/run t/long/fuzz.t	GESSO_FUZZ_S=300 GESSO_FUZZ_TARGETS="json head"
#
# What is found stays in the build directory, build-fuzz (GESSO_BUILD_FUZZ), and
# so does what was learnt, for the next time.
use strict;
use warnings;
use File::Path qw(make_path);
use Test::More;
use Gesso;

my $root = Gesso::root();
my $build = $ENV{GESSO_BUILD_FUZZ} // "$root/build-fuzz";
my $seconds = $ENV{GESSO_FUZZ_S} // 300;
my @targets = split ' ', $ENV{GESSO_FUZZ_TARGETS} // join ' ',
    map { m{/(\w+)\.c$} && $1 ne 'replay' ? $1 : () } glob "$root/t/fuzz/*.c";
plan skip_all => 'no clang here' unless qx(clang --version 2>/dev/null);

# step(command ...): in the build directory.
sub step {
	my (@command) = @_;
	is system('sh', '-c', 'cd "$0" && "$@" >fuzz.log 2>&1', $build, @command),
	    0, "@command[0 .. 1]" or BAIL_OUT(Gesso::slurp("$build/fuzz.log"));
	return;
}

make_path($build);
step("$root/configure", '--enable-sanitizers', 'CC=clang',
    'CFLAGS=-O1 -g -fsanitize=fuzzer-no-link') unless -e "$build/config.status";
step('make', '-j2', 'all');
step('make', '-j2', 'fuzzers');

for my $target (@targets) {
	my $learnt = "$build/corpus-$target";
	make_path($learnt);
	local $ENV{LOG} = "$target.log";
	my $status = system 'sh', '-c', 'cd "$0" && exec nice -n 19 "$@" >"$LOG" 2>&1',
	    $build, "t/fuzz/$target-t", "-max_total_time=$seconds", '-timeout=10',
	    '-max_len=16000', "-artifact_prefix=$target-", $learnt,
	    "$root/t/fuzz/corpus/$target";
	my $log = Gesso::slurp("$build/$target.log");
	is $status, 0, "$target stands it" or diag substr $log, -4000;
	my ($runs, $took) = $log =~ /^Done (\d+) runs in (\d+) second/m;
	my ($covered) = $log =~ /^#\d+\s+DONE\s+cov: (\d+)/m;
	diag sprintf '%s: %d inputs in %d s, %d edges', $target, $runs // 0,
	    $took // 0, $covered // 0;
}

done_testing;
