#!/usr/bin/perl
# From the tarball: without autotools, from a read-only source, with every
# switch of configure, through distcheck, and as a Debian package.
#
#	t/run t/long/package.t
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Find qw(find);
use File::Temp qw(tempdir);
use Test::More;
use Gesso;
use Tree qw(root);

my $dir = tempdir('gesso-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $build = abs_path(Gesso::build());

sub sh {
	my ($script) = @_;
	return Gesso::run("exec 2>&1\n$script\n", 'sh', '-e');
}
sub has {
	my ($tool) = @_;
	return grep { -x "$_/$tool" } split /:/, $ENV{PATH};
}

my $made = sh("cd '$build' && make -s dist && cp gesso-*.tar.xz '$dir/' && " .
    "cd '$dir' && tar xf gesso-*.tar.xz && mv gesso-*[0-9] source");
is $made->{status}, 0, 'make dist' or BAIL_OUT($made->{out});

# no autotools, nothing written into the source
sh("chmod -R a-w '$dir/source'");
my $none = 'AUTOCONF=false AUTOMAKE=false ACLOCAL=false AUTOHEADER=false ' .
    'AUTOM4TE=false';
my $configured = sh("mkdir '$dir/b' && cd '$dir/b' && $none " .
    "../source/configure --prefix=/opt/gesso --disable-notifier " .
    "--without-libav --with-fcgibindir=/srv/cgi-bin --with-user=nobody " .
    "--with-group=nogroup --with-systemdsystemunitdir=no");
is $configured->{status}, 0, 'configure' or diag $configured->{out};
like $configured->{out}, qr/gesso\.fcgi\s+\/srv\/cgi-bin\n/, 'sums up';
like $configured->{out}, qr/notifier\s+no\n/, 'what was chosen';
my $compiled = sh("cd '$dir/b' && $none make -s -j2 && " .
    "make -s install DESTDIR='$dir/d'");
is $compiled->{status}, 0, 'make, make install' or diag $compiled->{out};
unlike $compiled->{out}, qr/warning:/, 'without a warning'
    or diag $compiled->{out};
ok -x "$dir/d/srv/cgi-bin/gesso.fcgi", '--with-fcgibindir';
ok !-e "$dir/d/opt/gesso/libexec/gesso/gesso-notifier", '--disable-notifier';
ok !-e "$dir/d/opt/gesso/lib/systemd", '--with-systemdsystemunitdir=no';
like Gesso::slurp("$dir/d/opt/gesso/share/doc/gesso/examples/crontab"),
    qr{nobody /opt/gesso/libexec/gesso/gesso-poller}, '--with-user';
like Gesso::slurp("$dir/d/opt/gesso/share/doc/gesso/examples/" .
    'apache-proxy.conf'), qr{^Define GESSO_MEDIA /opt/gesso/var/lib/gesso}m,
    'the prefix is in the examples';

# every program is hardened
SKIP: {
	skip 'no checksec here', 1 unless has('checksec');
	my @elf;
	find({ no_chdir => 1, wanted => sub { push @elf, $_ if -f &&
	    Gesso::slurp($_) =~ /\A\x7fELF/ } }, "$dir/d");
	cmp_ok scalar @elf, '>=', 4, 'programs';
	for (@elf) {
		my $said = Gesso::run('', 'checksec', "--file=$_",
		    '--output=csv')->{out};
		like $said, qr/^Full RELRO,Canary found,NX enabled,PIE enabled,No RPATH,No RUNPATH/m,
		    s{.*/}{}r . ' is hardened';
	}
}
sh("chmod -R u+w '$dir/source'");

my $distcheck = sh("cd '$build' && make -s distcheck " .
    'T=t/0040-options.t DISTCHECK_CONFIGURE_FLAGS=--disable-silent-rules');
is $distcheck->{status}, 0, 'make distcheck'
    or diag substr $distcheck->{out}, -3000;

SKIP: {
	skip 'no dpkg-buildpackage here', 2 unless has('dpkg-buildpackage');
	my $packed = sh("cd '$dir' && cp gesso-*.tar.xz " .
	    '$(echo gesso-*.tar.xz | sed "s/-\([0-9.]*\)\.tar/_\1.orig.tar/") ' .
	    '&& cd source && dpkg-buildpackage -us -uc -b -d');
	is $packed->{status}, 0, 'dpkg-buildpackage'
	    or diag substr $packed->{out}, -3000;
	skip 'no lintian here', 1 unless has('lintian');
	my $lint = sh("cd '$dir' && lintian --fail-on error gesso_*.changes");
	is $lint->{status}, 0, 'lintian finds no error' or diag $lint->{out};
}

done_testing;
