#!/usr/bin/perl
# quickstart itself: what it promises to whoever builds on it.
use strict;
use warnings;
use File::Temp qw(tempdir);
use HTTP::Tiny;
use Test::More;
use Time::HiRes qw(time);
use Gesso qw(wait_for);

my @services = qw(mariadbd sandbox.fcgi gesso.fcgi gesso-notifier lighttpd);

my $began = time;
my $site = Gesso->start;
my $dir = $site->{dir};
cmp_ok time - $began, '<', 90, 'a site is there in no time';

subtest 'the environment is complete' => sub {
	is $site->{base}, "http://127.0.0.1:$site->{port}/api/v1", 'GESSO_BASE';
	is $site->{ws}, "ws://127.0.0.1:$site->{port}/ws", 'GESSO_WS';
	ok -s $site->{conf}, 'GESSO_CONF';
	ok -x $site->{ctl}, 'GESSO_CTL';
	ok -S $site->{db_socket}, 'GESSO_DB_SOCKET';
	ok -d $site->{media}, 'GESSO_MEDIA';
	ok -s $site->{pids}, 'GESSO_PIDS';
	like Gesso::slurp("$dir/quickstart.log"),
	    qr{^ready: http://127\.0\.0\.1:$site->{port}/\n\z}m, 'ready, last';
	is $site->sql('SELECT 1'), 1, 'the database opens with it';
	my @open = grep { (stat)[2] & 077 } "$dir/env", glob "$dir/*.keys";
	is_deeply \@open, [], 'nobody else may read the secrets';
};

is $site->get('/health')->{status}, 200, 'the site is well';
is $site->admin->get('/user/profile')->{json}{data}{role}, 'admin',
    'the administrator logs in';
is $site->ctl('doctor')->{status}, 0, 'gessoctl doctor finds nothing';
is $site->ctl('config', 'check')->{status}, 0, 'nor gessoctl config check';

my $page = HTTP::Tiny->new->get("http://127.0.0.1:$site->{port}/");
is $page->{status}, 200, 'there is a page';
is $page->{headers}{'x-content-type-options'}, 'nosniff', 'with its headers';

$site->get('http://127.0.0.1:' . $site->{port} . '/ws?token=secret-of-mine');
ok wait_for(sub { $site->log('access') =~ m{/ws\b} }), 'a visit is logged';
unlike $site->log('access'), qr/secret-of-mine/,
    'tokens of /ws stay out of the access log';
unlike join('', map { Gesso::slurp($_) } glob "/proc/[0-9]*/cmdline"),
    qr/\Q$site->{db_password}\E|\Q$site->{admin_password}\E/,
    'no secret is an argument';

for my $name (@services) {
	my ($old) = $site->pids($name);
	kill 'KILL', $old;
	my $new = wait_for(sub {
		my ($pid) = $site->pids($name);
		return $pid && $pid != $old && $pid;
	}, 3);
	ok $new, "$name is started again";
}
ok wait_for(sub { $site->get('/health')->{status} == 200 }, 20),
    'and the site is well again';

my $user = $site->register;
my @running = map { /(\d+)$/ ? $1 : () } split /\n/,
    Gesso::slurp($site->{pids});
is $site->stop('INT'), 0, 'INT ends it';
is_deeply [ grep { kill 0, $_ } @running ], [], 'and every process of it';
ok !-e "$dir/pids", 'and takes the list away';

my $again = Gesso->start(dir => $dir, port => $site->{port});
is $again->{admin_password}, $site->{admin_password},
    'a second start has the same passwords';
is $again->post('/auth/login', { email => $user->{email},
    password => $user->{password} })->{status}, 200, 'and the same people';

my $busy = Gesso::run(undef, Gesso::root() . '/quickstart', 'run',
    '--no-install', '--no-build', '--dir', $dir);
isnt $busy->{status}, 0, 'a directory takes one site';
like $busy->{err}, qr/runs in .* already/, 'and it is told';
$busy = Gesso::run(undef, Gesso::root() . '/quickstart', 'run', '--no-install',
    '--no-build', '--port', $again->{port}, '--dir', tempdir(CLEANUP => 1));
isnt $busy->{status}, 0, 'so does a port';
like $busy->{err}, qr/port $again->{port} is taken/, 'and it is told';
$busy = Gesso::run(undef, Gesso::root() . '/quickstart', '--nonsense');
is $busy->{status}, 64, 'what it does not know is refused';
like $busy->{err}, qr/there is no '--nonsense'$/, 'and named';
for my $port (0, 65536, 1_000_000, 'http') {
	$busy = Gesso::run(undef, Gesso::root() . '/quickstart', '--port', $port);
	like $busy->{err}, qr/a number up to 65535, not '$port'/,
	    "there is no port $port";
}

my $beside = Gesso->start;
isnt $beside->{db_socket}, $again->{db_socket}, 'two run side by side';
is $again->stop('TERM'), 0, 'TERM ends one of them';
is $beside->get('/health')->{status}, 200, 'and not the other';

done_testing;
