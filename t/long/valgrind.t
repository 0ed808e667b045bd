#!/usr/bin/perl
# Memcheck on every unit test, and on the programs of a whole site while the tests
# of the API run: no byte is read that was not written, none is leaked.  Takes
# half an hour.
#
#	t/run t/long/valgrind.t		GESSO_TESTS="t/5020-main-job.t"
#
# Takes a build without sanitizers.  gesso-media is left out, whose seal allows
# no such company; its unit tests are in.
use strict;
use warnings;
use File::Basename qw(basename dirname);
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use Test::More;
use Gesso;

my $root = Gesso::root();
my $build = Gesso::build();
plan skip_all => 'no valgrind here' unless qx(valgrind --version 2>/dev/null);
plan skip_all => 'built with sanitizers'
    if Gesso::slurp("$build/config.h") =~ /^#define GESSO_SANITIZED/m;

my @memcheck = (qw(valgrind --quiet --leak-check=full
    --errors-for-leak-kinds=definite --show-leak-kinds=definite --num-callers=24
    --error-exitcode=99 --max-threads=2000), "--suppressions=$root/t/long/valgrind.supp");

# Unit tests.  A child of theirs that is to die need not tidy up before.  In
# answer-t one thread waits for the file lock of another, which valgrind 3.19 does
# not let run meanwhile.
my @given = split ' ', $ENV{GESSO_TESTS} // '';
my @units = $ENV{GESSO_TESTS} ? grep { !/\.t$/ } @given
    : split ' ', qx(make --quiet -C $build unit-list);
for my $unit (grep { !m{/fuzz/|/answer-t$} } @units) {
	my $result = Gesso::run('', 'nice', @memcheck,
	    '--child-silent-after-fork=yes', $unit);
	my @errors = grep { /^==\d+== / } split /\n/, $result->{err};
	is scalar @errors, 0, $unit =~ s{^\Q$build\E/}{}r . ' is clean'
	    or diag join "\n", @errors[0 .. ($#errors > 40 ? 40 : $#errors)];
}

# A site's programs: scripts of their names in a build directory of their own.
my $shadow = tempdir('gesso-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $reports = "$shadow/reports";
make_path($reports);
symlink $_, "$shadow/" . basename($_)
    for grep { !m{/(?:fcgi-app|poller|ws-notifier)$} } glob "$build/*";
for my $program (qw(fcgi-app/gesso.fcgi fcgi-app/gesso-chat.fcgi
    poller/gesso-poller ws-notifier/gesso-notifier)) {
	my $name = basename($program);
	make_path("$shadow/" . dirname($program));
	open my $script, '>', "$shadow/$program" or die "$program: $!";
	print {$script} "#!/bin/sh\nexec @memcheck --log-file='$reports/$name.%p'",
	    " '$build/$program' \"\$@\"\n";
	close $script;
	chmod 0755, "$shadow/$program";
}
# But those that install, are about time, or start sites in their own way.
my %out = map { $_ => 1 } qw(5000-quickstart 5010-readme 5040-sudden-death
    5060-plans 5120-settings 5121-bounds 5510-install 5600-fronts);
my @tests = $ENV{GESSO_TESTS} ? grep { /\.t$/ } @given :
    grep { !$out{ basename($_, '.t') } } map { s{^\Q$root\E/}{}r }
    glob "$root/t/5*.t";
for my $test (@tests) {
	local $ENV{GESSO_BUILD} = $shadow;
	# Slow as it is, it may be late, and the test say so.
	my $said = qx(cd '$root' && nice prove -It/lib $test 2>&1);
	diag "$test: ", $said =~ /^(Failed .*|All tests .*)$/m;
}
cmp_ok scalar(() = glob "$reports/*"), '>=', 4 * @tests, 'programs ran';
for my $report (grep { -s } glob "$reports/*") {
	fail basename($report) . ' is clean';
	diag substr Gesso::slurp($report), 0, 6000;
}

done_testing;
