#!/usr/bin/perl
# Everything built with AddressSanitizer and UndefinedBehaviorSanitizer, and the
# whole suite run with it: nothing is read or written outside of its place,
# nothing is leaked, nothing is undefined.
#
#	t/run t/long/sanitizers.t
#
# The build stays for the next time, in build-sanitizers (GESSO_BUILD_SANITIZERS).
# GESSO_TESTS names some tests in place of all.
use strict;
use warnings;
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use Test::More;
use Gesso;

my $root = Gesso::root();
my $build = $ENV{GESSO_BUILD_SANITIZERS} // "$root/build-sanitizers";
my $reports = tempdir(CLEANUP => 1);

# step(command ...): in the build directory; what it said when it failed.
sub step {
	my (@command) = @_;
	my $log = "$reports.log";
	my $status = system 'sh', '-c', 'cd "$1" && shift && "$@" >"$0" 2>&1',
	    $log, $build, @command;
	is $status, 0, "@command[0 .. ($#command > 2 ? 2 : $#command)]"
	    or BAIL_OUT(Gesso::slurp($log));
	unlink $log;
	return;
}

make_path($build);
step("$root/configure", '--enable-sanitizers', '--enable-werror',
    'CFLAGS=-O1 -g') unless -e "$build/config.status";
step('make', '-j2', 'unit-tests');

# Programs whose standard error nobody keeps write a file each.
delete @ENV{qw(CMOCKA_MESSAGE_OUTPUT top_builddir top_srcdir)};
$ENV{GESSO_BUILD} = $build;
$ENV{ASAN_OPTIONS} = "log_path=$reports/r:detect_stack_use_after_return=1";
$ENV{UBSAN_OPTIONS} = "log_path=$reports/r:print_stacktrace=1";
my @tests = split ' ', $ENV{GESSO_TESTS} // '';
open my $out, '-|', "$root/t/run", '--failures', @tests or die "t/run: $!";
while (my $line = <$out>) {
	diag $line =~ s/\n\z//r if $line !~ / (?:ok|skipped: .*)$/;
}
ok close($out), 'the suite passes';
my @found = glob "$reports/r.*";
is scalar @found, 0, 'no program has anything reported'
    or diag map { Gesso::slurp($_) } @found;

done_testing;
