#!/usr/bin/perl
# The memory of workers does not grow: a mix of good and bad requests to nearly
# every route, first to warm up, then over a hundred thousand more; and answers
# of the assistant.
#
#	t/run t/long/5190-flat-memory.t	GESSO_REQUESTS=100000 GESSO_CHATS=3000
use strict;
use warnings;
use Test::More;
use Gesso qw(wait_for);
use Media qw(png);

my $more = $ENV{GESSO_REQUESTS} // 100_000;
my $chats = $ENV{GESSO_CHATS} // 3000;
my ($wrk) = grep { -x } map { "$_/wrk" } split /:/, $ENV{PATH};
plan skip_all => 'no wrk here' unless $wrk;

my $site = Gesso->start(rhythm => 3600, delay => 0, conf => {
	signup_power => 1_000_000_000, workers => 2,
	worker_requests => 0, chat_streams_per_user => 100, storage_quota => '1000G',
	map { $_ => 1_000_000_000 } qw(limit_free_calls_per_hour
	    limit_free_images_per_day limit_anonymous_calls_per_hour) });
my $user = $site->register;
my $work = ($user->published(40))[-1];
my $receipt = $user->post('/generate/text-to-image',
    { prompt => 'a kite, instant' })->{json}{data};
my ($task, $drawn) = ($receipt->{taskId}, $receipt->{works}[0]);
$user->finished($task);
kill 'KILL', $site->pids('gesso-poller');

# part(name, bytes): a form of one file.
sub part {
	my ($name, $bytes) = @_;
	return "--b\r\nContent-Disposition: form-data; name=\"$name\"; " .
	    "filename=\"a.png\"\r\n\r\n$bytes\r\n";
}
sub file {
	my ($name, $text) = @_;
	my $path = "$site->{dir}/$name";
	open my $file, '>', $path or die "$path: $!";
	print {$file} $text;
	close $file;
	return $path;
}
my $picture = part('file', png(64, 64)) . "--b--\r\n";
my $forms = join "\n", map { file(@$_) } [ 'good', $picture ],
    [ 'cut', substr $picture, 0, -9 ], [ 'other', part('file', 'x' x 900) .
    "--b--\r\n" ], [ 'image', part('image', png(64, 64)) .
    "--b\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\na kite" .
    "\r\n--b--\r\n" ];

my $mix = file('mix.lua', <<"LUA");
local auth = { Authorization = 'Bearer $user->{token}' }
local function with(more)
	local h = { Authorization = auth.Authorization }
	for k, v in pairs(more) do h[k] = v end
	return h
end
local json = with({ ['Content-Type'] = 'application/json' })
local form = with({ ['Content-Type'] = 'multipart/form-data; boundary=b' })
local forms = {}
for path in string.gmatch([[$forms]], '[^\\n]+') do
	forms[#forms + 1] = io.open(path, 'rb'):read('*a')
end
local mix = {
	{ 'GET', '/user/profile', auth },
	{ 'GET', '/user/compute-power', auth },
	{ 'GET', '/user/compute-power/transactions', auth },
	{ 'GET', '/user/limits', with({ Authorization = 'Bearer a.b.c' }) },
	{ 'GET', '/user/limits', auth },
	{ 'PUT', '/user/profile', json, '{"username":"ab"}' },
	{ 'PUT', '/user/password', json, '{"oldPassword":"wrong horse",' ..
	    '"newPassword":"another horse"}' },
	{ 'POST', '/user/recharge', json, '{"code":"no such code"}' },
	{ 'GET', '/works?page=1&pageSize=5', auth },
	{ 'GET', '/works?q=kite', auth },
	{ 'GET', '/works?page=2&pageSize=10&status=completed', auth },
	{ 'GET', '/works/$drawn', auth },
	{ 'GET', '/works/$drawn/download', auth },
	{ 'GET', '/works/$drawn/download?link=true', auth },
	{ 'PUT', '/works/$work', json, '{"title":"another title"}' },
	{ 'GET', '/works/x', auth },
	{ 'GET', '/square/feeds?pageSize=10', {} },
	{ 'GET', '/square/feeds?sort=latest&type=image&page=2', auth },
	{ 'GET', '/square/$work', auth },
	{ 'POST', '/square/$work/like', json, '{"liked":true}' },
	{ 'DELETE', '/square/$work/like', auth },
	{ 'POST', '/square/$work/favorite', auth },
	{ 'POST', '/square/$work/play', auth },
	{ 'POST', '/generate/text-to-image', json, '{"prompt":"a kite"}' },
	{ 'POST', '/generate/text-to-image', with({ ['Content-Type'] =
	    'application/json', ['Idempotency-Key'] = 'one' }),
	    '{"prompt":"a kite"}' },
	{ 'POST', '/generate/text-to-image?dryRun=true', json,
	    '{"prompt":"a kite"}' },
	{ 'POST', '/generate/text-to-image', json, '{"prompt":' },
	{ 'POST', '/generate/text-to-image', json,
	    '{"prompt":"' .. string.rep('x', 4001) .. '"}' },
	{ 'POST', '/generate/image-to-image', form, forms[4] },
	{ 'GET', '/generate/task/$task', auth },
	{ 'POST', '/upload/image', form, forms[1] },
	{ 'POST', '/upload/image', form, forms[2] },
	{ 'POST', '/upload/image', form, forms[3] },
	{ 'POST', '/upload/video', form, forms[1] },
	{ 'GET', '/config/providers', auth },
	{ 'GET', '/config/current', auth },
	{ 'PUT', '/config/providers', json, '{}' },
	{ 'GET', '/assistant/conversations', auth },
	{ 'GET', '/events?since=0', auth },
	{ 'POST', '/auth/ws-ticket', auth },
	{ 'POST', '/auth/login', json, '[]' },
	{ 'POST', '/auth/login', json,
	    '{"email":"$user->{email}","password":"$user->{password}"}' },
	{ 'GET', '/openapi.json', {} },
	{ 'GET', '/health', {} },
	{ 'GET', '/nothing', auth },
	{ 'PATCH', '/works', auth },
}
local n = 0
request = function()
	n = n % #mix + 1
	local m = mix[n]
	return wrk.format(m[1], '/api/v1' .. m[2], m[3], m[4])
end
LUA
my $chat = file('chat.lua', <<"LUA");
wrk.method = 'POST'
wrk.path = '/api/v1/assistant/chat'
wrk.body = '{"message":"hello, instant"}'
wrk.headers['Authorization'] = 'Bearer $user->{token}'
wrk.headers['Content-Type'] = 'application/json'
LUA

my $host = $site->{base} =~ s{/api/v1$}{}r;

# serve(script, count): so many requests, at least.
sub serve {
	my ($script, $count) = @_;
	my $done = 0;
	while ($done < $count) {
		my $said = qx($wrk -t2 -c8 -d3s -s $script $host);
		die "wrk: $said" unless $said =~ /(\d+) requests in/;
		$done += $1;
	}
	return $done;
}

# memory(program): what only its workers have, in KiB; no helpers.
sub memory {
	my ($program) = @_;
	my $sum = 0;
	for my $pid ($site->pids("$program-worker")) {
		my $rollup = Gesso::slurp("/proc/$pid/smaps_rollup");
		$sum += $1 while $rollup =~ /^Private_\w+:\s+(\d+)/mg;
	}
	return $sum;
}

# flat(program, script, requests to warm up, and more)
sub flat {
	my ($program, $script, $first, $then) = @_;
	my @before = $site->pids("$program-worker");
	serve($script, $first);
	my $start = memory($program);
	my $done = serve($script, $then);
	my $growth = memory($program) - $start;
	is_deeply [ $site->pids("$program-worker") ], \@before,
	    "$program: the same workers served them all";
	cmp_ok $growth, '<', 256,
	    "after $done requests they have grown by $growth KiB"
	    or diag "$start KiB before";
	diag sprintf '%s: %d workers, %d KiB private, %d KiB more after %d ' .
	    'requests', $program, scalar @before, $start, $growth, $done;
	return;
}

wait_for(sub { $site->pids('gesso.fcgi-worker') == 2 });
flat('gesso.fcgi', $mix, 20_000, $more);
flat('gesso-chat.fcgi', $chat, 500, $chats);
is $site->ctl('ledger', 'audit')->{status}, 0, 'the ledger is right';
unlike $site->log('gesso.fcgi'), qr/ended with INTERNAL/,
    'nothing failed on our side';

done_testing;
