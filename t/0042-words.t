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

done_testing;
