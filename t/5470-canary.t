#!/usr/bin/perl
# No key, token or password comes to a wrong host, into a log, an answer, the
# database or the list of processes: all of them are looked for everywhere while
# vendors do their best and their worst.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use JSON::PP;
use Test::More;
use Gesso qw(wait_for);
use Vendors;

my $dir = File::Temp::tempdir('canary-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $password = 'canary-password-5d1f';

# ---- a vendor that sends its callers to a stranger, and the stranger

# listener(name, sub of request and own port): a process that answers and
# remembers all that it was told; its port.
my @children;
sub listener {
	my ($name, $answer) = @_;
	my $listen = IO::Socket::INET->new(Listen => 64, ReuseAddr => 1,
	    LocalAddr => '127.0.0.1') or die;
	my $pid = fork // die;
	push @children, $pid;
	return $listen->sockport if $pid;
	open my $log, '>>', "$dir/$name" or die;
	$log->autoflush(1);
	$SIG{PIPE} = 'IGNORE';
	while (my $s = $listen->accept) {
		my ($rq, $length) = ('', 0);
		while (sysread $s, $rq, 65536, length $rq) {
			my $head = index $rq, "\r\n\r\n";
			($length) = $rq =~ /^Content-Length: (\d+)/mi;
			last if $head >= 0 &&
			    length $rq >= $head + 4 + ($length // 0);
		}
		print {$log} "$rq\n";
		syswrite $s, $answer->($rq);
		close $s;
	}
	exit 0;
}
END {
	local $?;
	kill 'KILL', @children;
}

sub answer {
	my ($status, $body, @head) = @_;
	return join "\r\n", "HTTP/1.1 $status X", 'Connection: close',
	    'Content-Type: application/json', 'Content-Length: ' .
	    length $body, @head, '', $body;
}
my $stranger = listener(stranger => sub { answer(404, '{}') });
my $away = "http://127.0.0.1:$stranger";
my $vendor = listener(vendor => sub {
	my ($method, $path) = $_[0] =~ m{^(\w+) (\S+)};
	return answer(307, '', "Location: $away/moved")
	    if $_[0] =~ /please move/;
	return answer(302, '', "Location: $away/film") if $path =~
	    m{/content|:download};
	my $video = '{"id":"v1","object":"video","status":"completed",' .
	    '"progress":100,"seconds":"4","size":"1280x720"}';
	return answer(200, $video) if $path =~ m{/videos};
	return answer(200, '{"name":"models/m/operations/1"}')
	    if $path =~ /predictLongRunning/;
	my ($host) = $_[0] =~ /^Host: (\S+)/mi;
	my ($at) = $path =~ /elsewhere/ ? $away : "http://$host/v1beta";
	return answer(200, '{"name":"models/m/operations/1","done":true,' .
	    '"response":{"generateVideoResponse":{"generatedSamples":[' .
	    "{\"video\":{\"uri\":\"$at/files/1:download\"}}]}}}")
	    if $path =~ m{/operations/};
	return answer(404, '{}');
});

# ---- the site

my $site = Gesso->start(delay => 20, conf => { signup_power => 10000,
	deadline_image => '20s', deadline_video => '25s',
	limit_free_images_per_day => 1000, limit_free_videos_per_day => 1000,
	limit_free_calls_per_hour => 100000 });
my $user = $site->register(password => $password);
my $ws = $site->ws($user);
my @names = qw(openai-images openai-videos stability-v1 stability-v2 veo omni
    runway automatic1111 comfyui replicate);
my $vendors = Vendors->add($site, @names);
my $admin = $site->admin;

# Everything that was ever answered to anybody.
my $said = '';
sub asked {
	my $reply = $_[0];
	$said .= "$reply->{content}\n" .
	    join "\n", map { ref ? @$_ : $_ } values %{ $reply->{headers} };
	return $reply;
}

# What is looked for; the seed's vendors have the key of the quickstart.
my %secret = ('a key' => 'key-of-', "the quickstart's key" => 'sandbox-key',
    'a token' => $user->{token}, "an administrator's token" =>
    $admin->{token}, 'a password' => $password,
    "the administrator's password" => $site->{admin_password});

# hits(text): the secrets that stand in it, plain or as they are in headers.
sub hits {
	my ($text) = @_;
	return grep { index($text, $secret{$_}) >= 0 } sort keys %secret;
}

# The command lines and environments of everything that runs.
my (%processes, $looks);
sub look {
	$looks++;
	for my $path (glob '/proc/[0-9]*') {
		my $of = Gesso::slurp("$path/cmdline") . "\n" .
		    Gesso::slurp("$path/environ");
		$processes{$_} = $of for hits($of);
	}
	return;
}

# ---- what happens

my %tasks;
my @words = qw(instant refuse contentfiltered badkey modelgone nomoney limitonce
    failonce servererror errorstring errorlist notjson noresult nofile truncated
    lostanswer otherhost redirect redirectloop metadatalink failjob);
for my $name (@names) {
	my $film = $vendors->{film}{$name};
	for my $word (@words) {
		my $id = $vendors->submit($user, $name, "a kite, $word",
		    $film ? (duration => 2) : (width => 256, height => 256));
		$tasks{$id} = $film ? 'video-task' : 'task';
	}
	look();
}
# Some through the vendor that is none.
for my $row ([ openai => 'v1' ], [ veo => 'v1beta' ],
    [ veo => 'elsewhere/v1beta' ]) {
	my ($protocol, $base) = @$row;
	my $made = $admin->post('/config/providers/custom', { type => 'video',
	    name => "bad $base", apiKey => "key-of-bad-$protocol",
	    apiUrl => "http://127.0.0.1:$vendor/$base",
	    config => { protocol => $protocol, models => [ 'm' ],
	    poll_ms => 100 } });
	asked($made);
	for my $prompt ('a kite', 'please move') {
		my $reply = asked($user->post('/generate/text-to-video',
		    { prompt => $prompt, duration => 4, model => 'm',
		    provider => $made->{json}{data}{id} }));
		$tasks{ $reply->{json}{data}{taskId} } = 'video-task';
	}
}
ok wait_for(sub {
	look();
	return !$site->sql('SELECT COUNT(*) FROM task WHERE finished_at ' .
	    'IS NULL');
}, 120), scalar(keys %tasks) . ' tasks are over';

asked($user->get("/generate/$tasks{$_}/$_")) for sort keys %tasks;
asked($user->get($_)) for qw(/works /events /config/providers /config/current
    /user/profile /health /openapi.json);
asked($admin->get($_)) for qw(/config/providers /events);
asked($admin->post("/config/providers/custom/$vendors->{id}{$_}/test", {}))
    for @names;
asked($site->get('/works', { Authorization => "Bearer $user->{token}x" }));
asked($site->post('/auth/login', { email => $user->{email},
    password => "$password-" }));
$said .= join ' ', map { $_->{out} . $_->{err} } $site->ctl('provider', 'list'),
    $site->ctl('--json', 'provider', 'list'), $site->ctl('doctor'),
    $site->ctl('config', 'show'), $site->ctl('metrics'),
    map { $site->ctl('task', 'show', $_) } (sort keys %tasks)[0 .. 20];
my $told = '';
while (my $message = eval { $ws->next(1) }) {
	$told .= ref $message ? encode_json($message) : $message;
}

# ---- and where it is looked for

my $dump = do {
	local $ENV{MYSQL_PWD} = $site->{db_password};
	Gesso::run(undef, 'mariadb-dump', '--no-defaults',
	    "--socket=$site->{db_socket}", "--user=$site->{db_user}",
	    $site->{db_name})->{out};
};
cmp_ok length $dump, '>', 100000, 'the database is dumped';
my %places = (
	"answers and the tool's words" => $said, 'messages' => $told,
	'the database' => $dump, "the simulated vendors' journal" =>
	    Gesso::slurp("$site->{dir}/sandbox.journal"),
	map { (s{.*/}{}r => Gesso::slurp($_)) }
	glob "$site->{dir}/log/* $site->{dir}/{state,sandbox}/*");
for my $place (sort keys %places) {
	is_deeply [ hits($places{$place}) ], [], "no secret in $place";
}
for my $place ('answers and the tool\'s words', 'the database', 'access.log',
    'gesso-poller.log', 'gesso.fcgi.log', 'messages',
    "the simulated vendors' journal") {
	cmp_ok length($places{$place} // ''), '>', 1000, "$place was searched";
}
is_deeply [ sort keys %processes ], [], "none in the list of processes"
    or diag explain \%processes;
cmp_ok $looks, '>', 10, 'which was looked at while all ran';

my ($honest, $strange) = map { Gesso::slurp("$dir/$_") } qw(vendor stranger);
like $honest, qr/key-of-bad-openai/, 'a vendor gets its key';
like $honest, qr/key-of-bad-veo/, 'in whatever header';
cmp_ok scalar(() = $strange =~ m{^GET /}mg), '>=', 3,
    'callers are sent to a stranger';
like $strange, qr{^GET /files/1:download}m, 'by links, too';
unlike $strange, qr{^POST }m, 'never with what they submit';
is_deeply [ hits($strange) ], [], 'and take no secret there';

# A secret that stands somewhere would have been found.
$site->sql("UPDATE task SET prompt = 'key-of-somebody' LIMIT 1");
{
	local $ENV{MYSQL_PWD} = $site->{db_password};
	is_deeply [ hits(Gesso::run(undef, 'mariadb-dump', '--no-defaults',
	    "--socket=$site->{db_socket}", "--user=$site->{db_user}",
	    $site->{db_name}, 'task')->{out}) ], [ 'a key' ],
	    'it would be found in the database';
}
my $pid = fork // die;
if ($pid == 0) {
	$ENV{WORD} = $password;
	exec $^X, '-e', 'sleep 60', $user->{token};
}
push @children, $pid;
ok wait_for(sub { look(); keys %processes >= 2 }, 10),
    'in the list of processes';
is_deeply [ hits("GET / HTTP/1.1\r\nx-goog-api-key: key-of-veo\r\n\r\n") ],
    [ 'a key' ], 'and in what a stranger hears';

done_testing;
