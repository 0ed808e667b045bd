#!/usr/bin/perl
# estimatedTime: from the last 50 successes of the same vendor, model and size,
# and from the queue before it.
use strict;
use warnings;
use Test::More;
use Gesso qw(wait_for);

my $site = Gesso->start(delay => 0, rhythm => 1,
    conf => {
	map { $_ => 1000 } qw(limit_free_images_per_day
	    limit_free_calls_per_hour) });
my $user = $site->register;

sub estimate {
	my ($kind, %given) = @_;
	return $user->post("/generate/$kind?dryRun=true",
	    { prompt => 'a kite', %given })->{json}{data}{estimatedTime};
}

# history(count, state, seconds, minutes ago): tasks that have ended.
my $number = 0;
sub history {
	my ($count, $state, $seconds, $ago) = @_;
	$site->sql("INSERT INTO task (id, account_id, kind, state, provider_id,
	    model_id, prompt, params, count, cost, quota_day, size_class,
	    estimated_s, next_at, deadline_at, timeline, created_at,
	    submitted_at, finished_at) SELECT UNHEX(MD5(seq)), account_id, kind,
		'$state', provider_id, model_id, 'history', params, 1, 1,
		quota_day, size_class, 30, NOW(3), NOW(3), timeline, NOW(3),
		NOW(3) - INTERVAL $ago MINUTE - INTERVAL $seconds SECOND,
		NOW(3) - INTERVAL $ago MINUTE
	  FROM task, seq_${\ ($number + 1)}_to_${\ ($number + $count)}
	 WHERE prompt = 'the first instant'");
	$number += $count;
	return;
}

is estimate('text-to-image'), 30, 'nothing is known: an image';
is estimate('text-to-video'), 120, 'and a film';

$user->finished($user->submit('the first instant'));
cmp_ok wait_for(sub { my $s = estimate('text-to-image'); $s < 30 && $s }), '<=',
    5, 'one success is experience';

history(40, 'done', 1000, 60);
history(49, 'done', 8, 20);
history(20, 'failed', 1000, 10);
history(20, 'cancelled', 1000, 10);
$user->finished($user->submit('the next instant'));
ok wait_for(sub { estimate('text-to-image') == 8 }),
    'the last fifty are, not those before, nor failures'
    or diag scalar $site->sql('SELECT GROUP_CONCAT(typical_ms) FROM estimate');

is estimate('text-to-image', width => 2048, height => 2048), 30,
    'another size is another thing';
is estimate('text-to-image', model => 'stable-diffusion-3'), 30,
    'so is another model';
is estimate('text-to-video'), 120, 'and a film';

# Before whom six wait where two are made at a time.
my $typical = $site->sql('SELECT typical_ms FROM estimate');
$site->sql("UPDATE provider SET concurrency = 2 WHERE id = 'stability'");
history(6, 'queued', 0, 0);
$site->sql("UPDATE task SET finished_at = NULL, submitted_at = NULL,
    next_at = NOW(3) + INTERVAL 1 HOUR,
    deadline_at = NOW(3) + INTERVAL 2 HOUR WHERE state = 'queued'");
my $wait = int(($typical * 4 + 999) / 1000);
is estimate('text-to-image'), $wait, 'three rounds more with the queue';
my $receipt = $user->post('/generate/text-to-image',
    { prompt => 'refuse it slowly' })->{json}{data};
is $receipt->{estimatedTime}, $wait, 'the receipt says the same';
is $user->finished($receipt->{taskId})->{status}, 'failed', 'it fails';
is $user->task($receipt->{taskId})->{estimatedTime}, undef,
    'what has ended is not estimated';

done_testing;
