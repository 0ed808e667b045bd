#!/usr/bin/perl
# Nothing happens for two minutes: whoever answers the pings stays connected,
# through the web server too; whoever does not is taken for gone.
#
#	t/run t/long/silence.t
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(time);
use Gesso;
use Notifier;

my $site = Gesso->start;
my $notifier = Notifier->start($site);
my $user = $site->register;
my @there = ($notifier->ws($user), $user->ws);
my $gone = $notifier->ws($user);
$_->next for @there, $gone;
my $began = time;
while (time - $began < 120) {
	$_->text(1) for @there;
}
is $_->{code}, undef, 'who answers pings is still there' for @there;
cmp_ok $_->{pings}, '>=', 3, 'having had some' for @there;
is $gone->closed(1), 1006, 'who does not is not';

done_testing;
