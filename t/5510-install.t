#!/usr/bin/perl
# make install, make uninstall and the tarball.
use strict;
use warnings;
use Cwd qw(getcwd);
use File::Find qw(find);
use File::Temp qw(tempdir);
use Test::More;
use Gesso;
use Tree qw(root text);

my $dir = tempdir('gesso-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $build = Gesso::build();
my $dest = "$dir/dest";

sub made {
	my @words = @_;
	return Gesso::run('', 'make', '-s', '-C', $build, "DESTDIR=$dest",
	    @words);
}
sub files_of {
	my ($top) = @_;
	my @found;
	find({ no_chdir => 1, wanted => sub {
		push @found, substr $_, length $top if -f || -l } }, $top);
	return sort @found;
}

is made('install')->{status}, 0, 'make install DESTDIR=';
my ($conf) = grep { m{/gesso/gesso\.conf$} && m{/etc/} } files_of($dest);
ok $conf, 'the settings are installed';
my $prefix = $conf =~ s{/etc/gesso/gesso\.conf$}{}r;
my %there = map { $_ => 1 } files_of($dest);
for (qw(bin/gessoctl libexec/gesso/gesso.fcgi libexec/gesso/gesso-poller
    libexec/gesso/gesso-notifier libexec/gesso/gesso-media
    share/gesso/htdocs/index.html share/gesso/htdocs/errors/error.shtml
    share/man/man1/gessoctl.1 share/man/man5/gesso.conf.5
    share/man/man7/gesso-providers.7 share/man/man7/gesso-sandbox.7
    share/doc/gesso/examples/apache-proxy.conf
    share/doc/gesso/examples/lighttpd.conf lib/systemd/system/gesso.service
    lib/systemd/system/gesso.socket lib/tmpfiles.d/gesso.conf)) {
	ok $there{"$prefix/$_"}, "$_ is installed";
}
is sprintf('%o', (stat "$dest$conf")[2] & 0777), '640',
    'the settings are not for everybody';

# places
my @wrong = grep { my $text = Gesso::slurp("$dest$_");
    $text =~ m{/usr/(libexec|share)/gesso} }
    grep { m{/examples/|/systemd/} } sort keys %there;
is_deeply \@wrong, [], 'examples and units name the places of this build';
like Gesso::slurp("$dest$prefix/lib/systemd/system/gesso.service"),
    qr{^ExecStart=\Q$prefix\E/libexec/gesso/gesso\.fcgi }m, 'and so they do';
my $run = Gesso::run('', "$dest$prefix/bin/gessoctl", '--version');
like $run->{out}, qr/^gessoctl \d/, 'what is installed runs';

# settings stay
open my $file, '>>', "$dest$conf" or die;
print {$file} "language = en\n";
close $file;
made('install');
like Gesso::slurp("$dest$conf"), qr/^language = en$/m,
    'a second install overwrites no settings';
is made('uninstall')->{status}, 0, 'make uninstall';
is_deeply [ files_of($dest) ], [ $conf ], 'leaves what somebody changed';
unlink "$dest$conf";
made('install');
made('uninstall');
is_deeply [ files_of($dest) ], [], 'and nothing else';
ok !-d "$dest$prefix/share/gesso" && !-d "$dest$prefix/libexec/gesso",
    'no directories of ours either';

# the tarball
SKIP: {
	my $git = Gesso::run('', 'git', '-C', root(), 'ls-files');
	skip 'no clone here', 2 if $git->{status};
	is Gesso::run('', 'make', '-s', '-C', $build, 'distdir',
	    "distdir=$dir/gesso-dist", "top_distdir=$dir/gesso-dist")->{status},
	    0, 'make distdir';
	my %shipped = map { s{^/}{}r => 1 } files_of("$dir/gesso-dist");
	my @missing = grep { !$shipped{$_} && !/^\.gitignore$/ }
	    split /\n/, $git->{out};
	is_deeply \@missing, [], 'every file of the tree is in the tarball';
}

done_testing;
