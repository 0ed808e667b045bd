#!/usr/bin/perl
# openapi.json says what gesso.fcgi says of itself, and others can read it.
use strict;
use warnings;
use Test::More;
use Gesso;

my $root = Gesso->root;
my $said = Gesso::run('', Gesso->build . '/fcgi-app/gesso.fcgi', '--openapi');
is $said->{status}, 0, 'gesso.fcgi describes itself';
ok $said->{out} eq Gesso::slurp("$root/openapi.json"),
    'openapi.json is that description'
    or diag 'to bring it up to date: make -C build openapi';

SKIP: {
	my $linter = "$root/t/npm/node_modules/.bin/redocly";
	my ($major, $minor) = `node --version 2>/dev/null` =~ /^v(\d+)\.(\d+)/;
	skip 'no linter: see t/npm', 1 unless -x $linter && $major;
	skip "node $major.$minor is too old for the linter", 1
	    if $major < 20 || $major == 20 && $minor < 19;
	local @ENV{qw(REDOCLY_TELEMETRY REDOCLY_SUPPRESS_UPDATE_NOTICE)} =
	    qw(off true);
	my $lint = Gesso::run('', $linter, 'lint', '--config',
	    "$root/t/npm/redocly.yaml", "$root/openapi.json");
	is $lint->{status}, 0, 'the linter finds nothing'
	    or diag "$lint->{out}$lint->{err}";
}

done_testing;
