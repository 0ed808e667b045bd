#!/usr/bin/perl
# The words that steer the sandbox: the program and its documentation agree.
use strict;
use warnings;
use Test::More;
use Tree qw(rows text);

my @words = map { [ @$_[1, 2] ] } rows('sandbox/words.def', 'WORD');
cmp_ok scalar @words, '>', 30, 'there are words';
my %seen;
is_deeply [ grep { $seen{ $_->[0] }++ } @words ], [], 'each once';

my @told = map { s/\\\|/|/gr } text('sandbox/README.md') =~
    /^\| `([a-z0-9]+)` \| (.*) \|$/mg;
my @table;
push @table, [ splice @told, 0, 2 ] while @told;
is_deeply \@table, \@words, 'sandbox/README.md has the same table';

my $page = text('man/gesso-sandbox.7');
my ($list) = $page =~ /^\.Sh WORDS\n.*?^\.Bl[^\n]*\n(.*?)^\.El/ms;
is_deeply [ map { [ split /\n/, $_, 2 ] }
    grep { !/^delay-/ } split /\n?^\.It Li /m, $list =~ s/^\.It Li //r =~
    s/\n\z//r ], \@words, 'gesso-sandbox(7) has it, too';

# Who is played, and where.
my %routes = map { m{^(/\w+)} ? ($1 => 1) : () }
    text('sandbox/routes.c') =~ /\{ \{ "\w+", "([^"]+)" \}/g;
for my $case ([ 'sandbox/README.md', [ map { m{`/sandbox(/\w+)[^`]*`}g }
    text('sandbox/README.md') =~ /^\| (`.*?) \|/mg ] ],
    [ 'gesso-sandbox(7)', [ $page =~ m{^\.It (/\w+)}mg ] ]) {
	my ($where, $told) = @$case;
	is_deeply [ sort grep { $_ ne '/files' } @$told ],
	    [ sort grep { $_ ne '/files' } keys %routes ],
	    "$where has every vendor";
}

done_testing;
