# A database server whose clock a test can set while it runs, by libfaketime.
#
#	my $clock = DbClock->new or plan skip_all => 'no libfaketime here';
#	my $site = Gesso->start(env => $clock->env);
#	$clock->ahead($site, 3600);
package DbClock;
use strict;
use warnings;

use File::Temp qw(tempdir);
use Time::HiRes qw(time);
use Gesso qw(wait_for);

# new(seconds): so far ahead from the start; undef where that can't be.
sub new {
	my ($class, $s) = @_;
	my ($library) = glob '/usr/lib/*/faketime/libfaketimeMT.so.1';
	my ($server) = grep { -x } map { "$_/mariadbd" }
	    split(/:/, $ENV{PATH}), '/usr/sbin';
	return undef unless $library && $server;
	my $self = bless { dir => tempdir('gesso-XXXXXX', TMPDIR => 1,
	    CLEANUP => 1) }, $class;
	$self->put('ahead', sprintf "%+d\n", $s // 0);
	$self->put('mariadbd', <<"SH");
#!/bin/sh
LD_PRELOAD=$library FAKETIME_TIMESTAMP_FILE=$self->{dir}/ahead
FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1
export LD_PRELOAD FAKETIME_TIMESTAMP_FILE FAKETIME_NO_CACHE \\
	FAKETIME_DONT_FAKE_MONOTONIC
exec $server "\$@"
SH
	chmod 0755, "$self->{dir}/mariadbd" or die;
	return $self;
}

sub env { my ($self) = @_; return { PATH => "$self->{dir}:$ENV{PATH}" } }

# The server may read it at any moment: whole or not at all.
sub put {
	my ($self, $name, $text) = @_;
	my $path = "$self->{dir}/$name";
	open my $f, '>', "$path.new" or die;
	print {$f} $text;
	close $f or die;
	rename "$path.new", $path or die;
	return;
}

# What a site's database says against this machine, in seconds.
sub of {
	my ($self, $site) = @_;
	return $site->sql('SELECT UNIX_TIMESTAMP(NOW(3))') - time;
}

# ahead(site, seconds): sets it; true when the server says so.
sub ahead {
	my ($self, $site, $s) = @_;
	$self->put('ahead', sprintf "%+d\n", $s);
	return wait_for(sub { abs($self->of($site) - $s) < 5 });
}

1;
