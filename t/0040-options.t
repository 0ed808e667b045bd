#!/usr/bin/perl
# options.def, the example and gesso.conf(5) name the same settings, in the
# same order, with the same defaults.
use strict;
use warnings;
use Test::More;
use Tree qw(rows text);

my @options = map { { name => $_->[0], default => $_->[2], sentence => $_->[-1] } }
    rows('lib/core/options.def', 'OPTION');
my @names = map { $_->{name} } @options;
cmp_ok scalar @names, '>', 50, 'the table can be read';

# Places in the example are Debian's.
my %places = (GESSO_STATEDIR => '/var/lib/gesso',
    GESSO_SYSCONFDIR => '/etc/gesso', GESSO_LIBEXECDIR => '/usr/libexec/gesso');
for (@options) {
	$_->{default} =~ s/^(GESSO_\w+)\s+"?(.*?)"?$/$places{$1}$2/;
	$_->{default} = $places{$_->{default}} // $_->{default};
}

my $example = text('conf-examples/gesso.conf');
my @lines = $example =~ /^#(\w+ =.*)$/gm;
is_deeply \@lines,
    [ map { "$_->{name} =" . ($_->{default} eq '' ? '' : " $_->{default}") }
	@options ],
    'the example shows every setting at its default';
is_deeply [ $example =~ /^(?!#)(\S.*)$/gm ], [], 'and sets none';

my $manual = text('man/gesso.conf.5');
is_deeply [ $manual =~ /^\.It Ic (\w+)/gm ], \@names,
    'the manual explains every setting';
for (@options) {
	my ($default) = $manual =~ /^\.It Ic $_->{name} = ?(.*)$/m;
	is $default, $_->{default}, "the manual has the default of $_->{name}";
}

done_testing;
