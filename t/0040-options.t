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

# What clients and administrators rely on.
my %promised = (base_path => '/api/v1', token_lifetime => '7d',
    signup_power => 50, limit_free_images_per_day => 10,
    limit_free_videos_per_day => 3, limit_free_calls_per_hour => 100,
    limit_vip_images_per_day => 100, limit_vip_videos_per_day => 20,
    limit_vip_calls_per_hour => 1000, limit_registrations_per_hour => 20,
    limit_login_failures_per_account => 10,
    limit_login_failures_per_address => 30,
    limit_anonymous_calls_per_hour => 600, quota_timezone => 'UTC',
    square_public => 'yes', egress_allow => '', cors_origins => '',
    language => 'zh-CN', max_json_bytes => '1M', max_image_bytes => '20M',
    max_video_bytes => '500M', deadline_image => '10m',
    deadline_video => '60m', event_retention => '24h', password_ops => 2,
    password_memory => '19M');
is_deeply { map { $_->{name} => $_->{default} }
    grep { defined $promised{$_->{name}} } @options }, \%promised,
    'the defaults are those that were promised';

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
