#!/usr/bin/perl
# Figures and log lines: what an administrator watches a site by.
use strict;
use warnings;
use Test::More;
use Gesso qw(wait_for);

my $site = Gesso->start(conf => { log_level => 'debug' });
my $user = $site->register;
my $root = "http://127.0.0.1:$site->{port}";
my $task = $user->submit('a lighthouse in the snow');
my $profile = $user->get('/user/profile');
$site->get('/nothing');
is $user->finished($task)->{status}, 'completed', 'a picture';

my $reply = $site->get("$root/metrics");
is $reply->{status}, 200, 'GET /metrics';
like $reply->{headers}{'content-type'}, qr{^text/plain; version=0\.0\.4},
    "in Prometheus' format";
my $text = $reply->{body};

# value(name, labels): of one sample, undef when there is none.
sub value {
	my ($name, %labels) = @_;
	for (split /\n/, $text) {
		my ($found, $pairs, $value) =
		    /^(\w+)(?:\{(.*)\})? (\S+)$/ or next;
		next if $found ne $name;
		my %has = ($pairs // '') =~ /(\w+)="([^"]*)"/g;
		return $value unless grep {
		    ($has{$_} // '') ne $labels{$_} } keys %labels;
	}
	return undef;
}
is value('gesso_requests_total', route => '/user/profile', status => 200), 1,
    'requests by route and status';
is value('gesso_requests_total', method => 'POST',
    route => '/generate/text-to-image', status => 200), 1, 'and by method';
cmp_ok value('gesso_requests_total', status => 404), '>=', 1,
    'what no route fits is counted, too';
unlike $text, qr/\Q$task\E/, 'no address is a label';
is value('gesso_request_seconds_count', route => '/user/profile'), 1,
    'latencies';
is value('gesso_request_seconds_bucket', route => '/user/profile',
    le => '+Inf'), 1, 'as a histogram';
my $workers = () = $site->pids('gesso.fcgi-worker');
ok value('gesso_workers') >= 1 && value('gesso_workers') <= $workers,
    'workers that have served somebody';
cmp_ok value('gesso_requests_in_flight'), '>=', 1, 'requests in flight';
is value('gesso_power', side => 'spent'), 1, 'the ledger';
cmp_ok value('gesso_events_total'), '>=', 2, 'events';
is value('gesso_answers_streaming'), 0, 'answers that are being written';
cmp_ok value('gesso_media_free_bytes'), '>', 0, 'room on the disk';
ok defined value('gesso_silence_seconds', program => $_), "$_ was heard of"
    for qw(poller notifier);

SKIP: {
	skip 'no promtool here', 1
	    unless grep { -x "$_/promtool" } split /:/, $ENV{PATH};
	my $run = Gesso::run($text, 'promtool', 'check', 'metrics');
	is $run->{status}, 0, 'promtool has nothing to say'
	    or diag $run->{out}, $run->{err};
}
my $same = $site->ctl('metrics');
is $same->{status}, 0, 'gessoctl metrics';
is_deeply [ sort $same->{out} =~ /^# TYPE (\w+)/gm ],
    [ sort $text =~ /^# TYPE (\w+)/gm ], 'prints the same figures';
is $site->get("$root/metrics", { 'X-Forwarded-For' => '8.8.8.8' })->{status},
    200, 'no header decides who is local';

# counters outlive the processes
$site->kill_by_name('gesso.fcgi-worker');
ok wait_for(sub { $site->get('/health')->{status} == 200 }, 20),
    'the workers are killed';
$text = $site->get("$root/metrics")->{body};
is value('gesso_requests_total', route => '/user/profile', status => 200), 1,
    'what they counted stays';

# one line a request and a step, with ids
like $profile->{headers}{'server-timing'}, qr/^route;dur=[\d.]+, .*handle;dur=/,
    'Server-Timing tells where the time went, in debug';
my $id = $profile->{headers}{'x-request-id'};
my @lines = grep { /\bstatus=/ && /\Q$id\E/ } split /\n/,
    $site->log('gesso.fcgi');
is scalar @lines, 1, 'a request has one line';
like $lines[0], qr{req=\Q$id\E\ request\ method=GET\ route=/user/profile
    \ status=200\ us=\d+\ user=\S+\ from=127\.0\.0\.1}x, 'with its fields';
like $site->log('gesso-poller'), qr/\Q$task\E/,
    "the poller's lines bear the id of the task";
unlike join('', map { $site->log($_) } qw(gesso.fcgi gesso-poller
    gesso-notifier)), qr/\Q$user->{token}\E|sandbox-key/,
    'no secret is in a log';

done_testing;
