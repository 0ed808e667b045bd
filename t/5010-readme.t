#!/usr/bin/perl
# The lines of README.md, pasted as they stand, one after the other.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Temp qw(tempdir);
use JSON::PP;
use Test::More;
use Gesso;

my @blocks = Gesso::slurp(Gesso::root() . '/README.md') =~
    /^```sh\n(.*?)^```$/gms;
cmp_ok scalar @blocks, '>=', 8, 'README.md has something to paste';

my $site = Gesso->start;
my $place = tempdir(CLEANUP => 1);
symlink $site->{dir}, "$place/run" or die;
chdir $place or die;

# One shell for all of them; a mark after each tells how it ended.
my $n = 0;
my $script = join '', map { $_ . "echo \"== \$? " . $n++ . "\"\n" } @blocks;
my $result = Gesso::run($script, 'sh');
my @parts = split /^== (\d+) \d+\n/m, $result->{out};
is $result->{err}, '', 'nothing is complained about';

my %said;
for my $i (0 .. $#blocks) {
	my ($first) = $blocks[$i] =~ /^(.*)$/m;
	is $parts[2 * $i + 1], 0, "'$first' succeeds";
	$said{$i} = $parts[2 * $i];
}
my $all = join '', values %said;
like $all, qr/"computePower": 50/, 'the profile shows the power';
like $all, qr/^\["completed",100,"done"\]$/m, 'the task completes';
like $all, qr/"status": "completed"/, 'the work is listed';
like $all, qr/"remaining":49/, 'what failed is paid back';
like $all, qr/"fileSize":\d+/, 'a picture is kept';
like $all, qr/"estimatedTime":\d+,"cost":1/, 'and another begins with it';
like $all, qr/^data: \{"type":"token".*^data: \{"type":"done"/ms,
    'the assistant answers';
like $all, qr/"title":"what is a gesso\?"/, 'and remembers';
like $all, qr/"type":"task_complete"/, 'the events tell it';
like $all, qr/"type":"task_failed"/, 'and the failure';
like Gesso::slurp("$place/kite.png"),
    qr/\A(?:\x89PNG|\xff\xd8\xff|RIFF....WEBP)/s, 'the file is a picture';
chdir '/';

done_testing;
