#!/usr/bin/perl
# The vendors' own clients take the simulated vendors for theirs.
use strict;
use warnings;
use File::Temp qw(tempdir);
use Test::More;
use Gesso;
use Media qw(png);
use Sandbox;

my $npm = Gesso::root() . '/t/npm';
plan skip_all => 'no clients: npm ci in t/npm'
    unless -d "$npm/node_modules/\@runwayml";

my $sandbox = Sandbox->start(delay => 20);
my $dir = tempdir('clients-XXXXXX', TMPDIR => 1, CLEANUP => 1);
open my $file, '>', "$dir/in.png" or die;
print {$file} png(1280, 720);
close $file;
my $run = Gesso::run(undef, 'node', "$npm/clients.mjs", $sandbox->{base},
    "$dir/in.png");
my $count = 0;
while ($run->{out} =~ /^(not )?ok \d+ - (.*)\n(# .*)?/mg) {
	my ($not, $what, $seen) = ($1, $2, $3);
	ok !$not, $what or diag $seen // '';
	$count++;
}
like $run->{out}, qr/^1\.\.$count$/m, 'all of it has run'
    or diag $run->{out}, $run->{err};
cmp_ok $count, '>', 20, 'which is much';

done_testing;
