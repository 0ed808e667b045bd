#!/usr/bin/perl
# Every number of gesso.conf(5) at its least, then at its most: a site starts and
# does the main job with them.
use strict;
use warnings;
use Test::More;
use Gesso qw(wait_for got);
use WebSocket;

# name => [least, most], of numbers, sizes and times.
my %bounds;
my $options = Gesso::slurp(Gesso->root . '/lib/core/options.def');
while ($options =~
    /^OPTION\((\w+), (?:INT|SIZE|DURATION), "[^"]*", "([^"]+)", "([^"]+)"/mg) {
	$bounds{$1} = [ $2, $3 ];
}
cmp_ok scalar keys %bounds, '>', 40, 'settings with bounds';
delete $bounds{db_port};

# What would leave nothing to try: everything forbidden, or over before it is
# looked at; what a small machine does not have; what is waited for too long.
my %not_least = map { $_ => 1 } qw(signup_power limit_free_images_per_day
    limit_free_calls_per_hour limit_anonymous_calls_per_hour
    limit_registrations_per_hour deadline_image poller_runtime
    token_lifetime);
my %not_most = map { $_ => 1 } qw(workers worker_threads password_ops
    password_memory chat_connections min_free_disk poller_tick ws_tick
    media_helpers);

sub try_out {
	my ($name, %conf) = @_;
	my $site = Gesso->start(conf => \%conf, delay => 0, rhythm => 3600);
	my $user = $site->register;
	ok $user, "$name: somebody registers";
	my $ws = $user->ws;
	is $ws->{status}, 101, 'listens';
	my $id = $user->submit('a kite, instant', numImages => 4);
	my $task = $user->finished($id, 40);
	is $task->{status}, 'completed', 'and gets pictures'
	    or diag explain $task;
	is got($site->get($_)), 200, 'which are there'
	    for map { $_->{thumbnail}, $_->{url} } @{ $task->{result}{images} };
	is got($user->get('/user/limits')), 200, 'limits are told';
	is got($site->post('/auth/login', { email => $user->{email},
	    password => $user->{password} })), 200, 'one logs in again';
	my $tool = $site->ctl('config', 'check');
	is $tool->{status}, 0, 'the tool finds nothing wrong'
	    or diag $tool->{out}, $tool->{err};
	is $site->ctl('ledger', 'audit')->{status}, 0, 'the ledger is right';
	unlike $site->log($_), qr/ error /, "$_ has no complaint"
	    for qw(gesso.fcgi gesso-poller gesso-notifier gesso-chat.fcgi);
	is $site->stop, 0, 'and it ends in order';
	return;
}

try_out('least', map { $_ => $bounds{$_}[0] }
    grep { !$not_least{$_} } keys %bounds);
try_out('most', map { $_ => $bounds{$_}[1] }
    grep { !$not_most{$_} } keys %bounds);

done_testing;
