#!/usr/bin/perl
# The tests of the API behind every web server.
#
#	t/run t/long/fronts.t		(GESSO_FRONTS, GESSO_TESTS: fewer)
use strict;
use warnings;
use Test::More;
use Gesso;

chdir Gesso::root() or die;
my @fronts = split ' ', $ENV{GESSO_FRONTS} // 'lighttpd apache apache-fcgid';
# What a caller sees; 5301 and up talk past the front to a notifier.
my @tests = split ' ', $ENV{GESSO_TESTS} //
    join ' ', glob 't/50[123]*.t t/5[12]*.t t/5300*.t';

for my $front (@fronts) {
	local $ENV{GESSO_FRONT} = $front;
	my $run = Gesso::run('', 'prove', '-It/lib', '-j2', @tests);
	is $run->{status}, 0, "$front: " . @tests . ' tests' or
	    diag $run->{out}, $run->{err};
	note "$front: ", $run->{out} =~ /^(Files=.*)/m;
}
done_testing;
