#!/usr/bin/perl
# Days of a zone, a zone that is changed in the middle of one, and a database
# server that counts in a zone of its own: all times that are told stay UTC.
use strict;
use warnings;
use POSIX ();
use Test::More;
use Time::Local qw(timegm);
use Gesso qw(wait_for);

# A zone of half an hour where it is not about midnight, and its neighbour.
my ($home, $near) = abs((gmtime)[2] - 18) > 3 ? qw(Asia/Kolkata Asia/Karachi)
    : qw(America/St_Johns America/Halifax);

my $site = Gesso->start(conf => { limit_free_images_per_day => 3,
	limit_free_calls_per_hour => 100000, quota_timezone => $home });
my $user = $site->register;

sub seconds {
	my ($text) = @_;
	return unless ($text // '') =~
	    /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z$/;
	return timegm($6, $5, $4, $3, $2 - 1, $1);
}

# When the day of a zone ends by the C library.
sub midnight {
	my ($zone) = @_;
	local $ENV{TZ} = $zone;
	POSIX::tzset();
	my @now = localtime;
	my $then = POSIX::mktime(0, 0, 0, $now[3] + 1, @now[4, 5], 0, 0, -1);
	delete local $ENV{TZ};
	POSIX::tzset();
	return $then;
}

sub images { return $user->get('/user/limits')->{json}{data}{images} }

sub zone_is {
	my ($zone, $name) = @_;
	my $ends = midnight($zone);
	return ok wait_for(sub { seconds(images()->{resetAt}) == $ends }),
	    "$name: the day ends at its midnight";
}

zone_is($home, $home);
$user->submit('a kite') for 1 .. 3;
my $refused = $user->post('/generate/text-to-image', { prompt => 'a kite' });
is $refused->{json}{reason}, 'daily_image_limit', 'the day is used up';
my $retry = $refused->{headers}{'retry-after'};
cmp_ok abs(midnight($home) - time - $retry), '<=', 3,
    'and when to come again is its end';

# Where it is the same day nothing is given twice.
for my $zone ($near, $home) {
	my $conf = Gesso::slurp($site->{conf});
	$conf =~ s/^quota_timezone.*/quota_timezone = $zone/m or die;
	open my $f, '>', $site->{conf} or die;
	print $f $conf;
	close $f or die;
	$site->kill_by_name('gesso.fcgi', 'HUP');
	zone_is($zone, "after HUP, $zone");
	is images()->{remaining}, 0, 'and what was used is used';
}

# A server far from here; only new connections ask for its zone.
Gesso::run("SET GLOBAL time_zone = '-09:30'", 'mariadb', '--no-defaults',
    "--socket=$site->{db_socket}", '--user=root')->{status} == 0 or die;
is $site->sql('SELECT @@time_zone'), '-09:30', 'a server with another zone';
$site->kill_by_name($_) for 'gesso-poller', 'gesso-notifier';
$site->kill_by_name('gesso.fcgi', 'HUP');
my ($other, $task);
ok wait_for(sub {
	$other = eval { $site->register } or return 0;
	$task = eval { $other->finished($other->submit('a kite')) };
}), 'a site that has connected anew';
is $task->{status}, 'completed', 'its tasks are made';
for my $told ($other->get('/user/profile')->{json}{data}{createdAt},
    @$task{qw(createdAt finishedAt)}, values %{ $task->{timeline} },
    map { $_->{at} } @{ $other->get('/events')->{json}{data}{list} }) {
	cmp_ok abs(seconds($told) - time), '<', 60, "$told is now, in UTC";
}
my $code = $site->ctl('--json', 'code', 'new', '--power', 1, '--vip-days', 1,
    '--expires', '60s')->{json}{codes}[0];
my $redeemed = $other->post('/user/recharge', { code => $code })->{json}{data};
cmp_ok abs(seconds($redeemed->{vipUntil}) - time - 86400), '<', 60,
    'a day of VIP is one';

done_testing;
