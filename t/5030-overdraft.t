#!/usr/bin/perl
# 1 000 submissions over 32 connections at once on a balance of 50.
use strict;
use warnings;
use Test::More;
use Gesso;

my $site = Gesso->start(delay => 0, conf => {
	limit_free_images_per_day => 1000000,
	limit_free_calls_per_hour => 1000000,
});
my $user = $site->register;

my @pipes;
for my $child (1 .. 32) {
	pipe my $read, my $write or die "pipe: $!";
	my $pid = fork // die "fork: $!";
	if ($pid == 0) {
		close $read;
		my $calls = $child <= 1000 % 32 ? 32 : 31;
		for (1 .. $calls) {
			my $reply = $user->post('/generate/text-to-image',
			    { prompt => "kite $child, instant" });
			my $reason = $reply->{json}{reason} // '';
			syswrite $write, "$reply->{status} $reason\n";
		}
		POSIX::_exit(0);
	}
	close $write;
	push @pipes, [ $pid, $read ];
}
my %count;
for (@pipes) {
	my ($pid, $read) = @$_;
	$count{$_}++ for map { s/\s+$//r } <$read>;
	waitpid $pid, 0;
}
is_deeply \%count, { 200 => 50, '403 insufficient_power' => 950 },
    'exactly 50 pass' or diag explain \%count;
is $user->power->{remaining}, 0, 'nothing is left';
is $site->sql('SELECT COUNT(*) FROM task'), 50, 'there are 50 tasks';

ok Gesso::wait_for(sub {
	$site->sql('SELECT COUNT(*) FROM task WHERE active') == 0;
}, 60), 'they all end';
is $site->ctl('ledger', 'audit')->{status}, 0, 'the ledger is right';
is_deeply [ @{ $user->power }{qw(total used remaining)} ], [ 50, 50, 0 ],
    'they have cost 50';

done_testing;
