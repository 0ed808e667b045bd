#!/usr/bin/perl
# The memory of workers does not grow: a mix of good and bad requests, first to
# warm up, then over a hundred thousand more.
use strict;
use warnings;
use Test::More;
use Gesso qw(wait_for);

my ($warm, $more) = (20_000, 100_000);
my ($wrk) = grep { -x } map { "$_/wrk" } split /:/, $ENV{PATH};
plan skip_all => 'no wrk here' unless $wrk;

my $site = Gesso->start(rhythm => 3600, conf => {
	signup_power => 1_000_000_000, workers => 2, worker_requests => 0,
	map { $_ => 1_000_000_000 } qw(limit_free_calls_per_hour
	    limit_free_images_per_day) });
kill 'KILL', $site->pids('gesso-poller');
my $user = $site->register;
my $script = "$site->{dir}/mix.lua";
open my $file, '>', $script or die "$script: $!";
print {$file} <<"LUA";
local auth = { Authorization = 'Bearer $user->{token}' }
local json = { Authorization = auth.Authorization,
    ['Content-Type'] = 'application/json' }
local base = '/api/v1'
local n = 0
local mix = {
	{ 'GET', '/user/profile', auth },
	{ 'GET', '/works?page=1&pageSize=5', auth },
	{ 'GET', '/works?q=kite', auth },
	{ 'POST', '/generate/text-to-image', json, '{"prompt":"a kite"}' },
	{ 'POST', '/generate/text-to-image', json, '{"prompt":' },
	{ 'POST', '/generate/text-to-image', json,
	    '{"prompt":"' .. string.rep('x', 4001) .. '"}' },
	{ 'GET', '/user/limits', { Authorization = 'Bearer a.b.c' } },
	{ 'GET', '/nothing', auth },
	{ 'GET', '/works/x', auth },
	{ 'GET', '/health', {} },
	{ 'PUT', '/user/profile', json, '{"username":"ab"}' },
	{ 'POST', '/auth/login', json, '[]' },
}
for _, m in ipairs(mix) do
	if m[4] then m[3]['Content-Length'] = nil end
end
request = function()
	n = n % #mix + 1
	local m = mix[n]
	return wrk.format(m[1], base .. m[2], m[3], m[4])
end
LUA
close $file;

my $host = $site->{base} =~ s{/api/v1$}{}r;

# serve(count): so many requests, at least.
sub serve {
	my ($count) = @_;
	my $done = 0;
	while ($done < $count) {
		my $said = qx($wrk -t2 -c8 -d3s -s $script $host);
		die "wrk: $said" unless $said =~ /(\d+) requests in/;
		$done += $1;
	}
	return $done;
}

# What only the workers have, in KiB.
sub memory {
	my $sum = 0;
	for my $pid ($site->pids('gesso.fcgi-worker')) {
		my $rollup = Gesso::slurp("/proc/$pid/smaps_rollup");
		$sum += $1 while $rollup =~ /^Private_\w+:\s+(\d+)/mg;
	}
	return $sum;
}

wait_for(sub { $site->pids('gesso.fcgi-worker') == 2 });
my @before = $site->pids('gesso.fcgi-worker');
serve($warm);
my $start = memory();
my $done = serve($more);
my $growth = memory() - $start;
is_deeply [ $site->pids('gesso.fcgi-worker') ], \@before,
    'the same workers served them all';
cmp_ok $growth, '<', 256, "after $done requests they have grown by $growth KiB"
    or diag "$start KiB before";
diag "two workers: $start KiB private, $growth KiB more after $done requests";
is $site->ctl('ledger', 'audit')->{status}, 0, 'the ledger is right';
unlike $site->log('gesso.fcgi'), qr/ended with INTERNAL/,
    'nothing failed on our side';

done_testing;
