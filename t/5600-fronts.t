#!/usr/bin/perl
# The same API behind every web server, as its example ships, below a path.
use strict;
use warnings;
use Test::More;
use Gesso qw(wait_for);
use IO::Select;
use JSON::PP qw(decode_json);
use Media qw(film sample);
use Time::HiRes qw(sleep);
use Tree qw(text);

$ENV{PATH} .= ':/usr/sbin';
my $modules = '/usr/lib/apache2/modules';

sub available {
	my ($server) = @_;
	return 1 if $server eq 'lighttpd';
	return 0 unless grep { -x "$_/apache2" } split /:/, $ENV{PATH};
	# Where root may have no name space, as in some containers.
	return 0 if $< == 0 && system 'unshare --user true 2>/dev/null';
	return -e "$modules/mod_xsendfile.so" && ($server eq 'apache' ||
	    -e "$modules/mod_fcgid.so");
}

my $png = "\x89PNG\r\n\x1a\n";

for my $server (@ARGV ? @ARGV : qw(lighttpd apache apache-fcgid)) {
	SKIP: {
		skip "no $server here", 1 unless available($server);
		subtest $server => sub { front($server) };
	}
}
done_testing;

sub front {
	my ($server) = @_;
	my $site = Gesso->start(options => [ '--server', $server, '--path',
	    '/studio' ]);
	my $root = "http://127.0.0.1:$site->{port}/studio";
	my $user = $site->register;

	is $site->get('/user/profile')->{status}, 401, 'no token, no answer';
	my $profile = $user->get('/user/profile');
	is $profile->{status}, 200, 'the Authorization header arrives';
	like $profile->{headers}{'content-security-policy'},
	    qr/^default-src 'none'/, 'with the policy of the API, once';

	# errors are ours
	my @ours = (
		[ 404, $site->get('/nothing') ],
		[ 404, $user->get('/works/a%2Fb') ],
		[ 405, $user->request('PATCH', '/works') ],
		[ 400, $site->post('/auth/login', '{"email":',
		    { 'Content-Type' => 'application/json' }) ],
		[ 415, $site->post('/auth/login', 'x',
		    { 'Content-Type' => 'text/plain' }) ],
		[ 413, $site->post('/auth/login', ' ' x (2 << 20),
		    { 'Content-Type' => 'application/json' }) ],
	);
	for (@ours) {
		my ($status, $reply) = @$_;
		ok $reply->{status} == $status &&
		    $reply->{json}{code} == $status &&
		    $reply->{json}{requestId}, "$status is gesso's own"
		    or diag explain [ @{$reply}{qw(status body)} ];
	}
	my $huge = $site->raw("POST /studio/api/v1/auth/login HTTP/1.1\r\n" .
	    "Host: x\r\nContent-Length: 700000000\r\nConnection: close\r\n\r\n");
	like $huge, qr{^HTTP/1.1 413 .*\r\n\r\n\{\s*"code":413.*body_too_large}s,
	    'what is larger than everything is refused in our form';
	like $huge, qr{^content-type: application/json}mi, 'as JSON';
	$huge = decode_json($huge =~ s/.*\r\n\r\n//sr);
	cmp_ok abs($huge->{timestamp} / 1000 - time), '<', 10, 'with the time';
	like $huge->{requestId}, qr/^front-\d{10}-\d+$/, 'and an id';

	# the main job, told over a WebSocket
	my $ws = $user->ws('since=0');
	is $ws->{status}, 101, 'a WebSocket opens';
	is $site->ws('token=wrong-but-secret')->{status}, 401,
	    'with a good token only';
	my $task = $user->submit('a lighthouse in the snow');
	my $done = $user->finished($task);
	is $done->{status}, 'completed', 'the main job is done'
	    or diag explain $done;
	my $told = wait_for(sub {
		my $message = $ws->next or return 0;
		return $message->{type} eq 'task_complete' && $message;
	}, 10);
	is $told && $told->{taskId}, $task, 'and told';

	# files
	my $url = $done->{result}{images}[0]{url};
	like $url, qr{^\Q$root\E/media/}, 'the file lies below the path';
	my $file = $site->get($url);
	is $file->{status}, 200, 'it is sent';
	is substr($file->{body}, 0, 8), $png, 'and is the picture';
	is $file->{headers}{'content-length'}, length $file->{body},
	    'with its length';
	ok !exists $file->{headers}{'x-sendfile'}, 'by the web server';
	is $file->{headers}{'x-content-type-options'}, 'nosniff',
	    'which guesses no types';
	like $file->{headers}{'content-security-policy'}, qr/sandbox/,
	    'and lets it be no page';
	my $part = $site->get($url, { Range => 'bytes=1-3' });
	is "$part->{status} $part->{body}", '206 PNG', 'a range of it';
	my $rest = $site->get($url, { Range => 'bytes=-10' });
	is length $rest->{body}, 10, 'the end of it';
	is $site->get($url, { 'If-None-Match' => $file->{headers}{etag} })
	    ->{status}, 304, 'nothing when it is known';
	my $work = $user->get('/works')->{json}{data}{list}[0]{id};
	my $saved = $user->get("/works/$work/download");
	like $saved->{headers}{'content-disposition'}, qr/^attachment/,
	    'a download';
	is length $saved->{body}, length $file->{body}, 'of all of it';
	is $site->get("$root/media/" . '0' x 32 . '.png')->{json}{code}, 404,
	    'what is not there is 404 in our form';
	if ($site->has_master) {
		kill 'STOP', $site->{pid};
		$site->kill_by_name($_) for
		    qw(gesso.fcgi gesso.fcgi-worker);
		sleep 1;
		my $down = $site->get('/health');
		kill 'CONT', $site->{pid};
		is_deeply [ @$down{'status'}, @{ $down->{json} }{qw(code reason)} ],
		    [ 503, 503, 'unavailable' ], 'so is that nobody is there';
		ok wait_for(sub { $site->get('/health')->{status} == 200 }, 20),
		    'until somebody is';
	}

	upload($site, $user, $file->{body}) if offers('/upload/image');
	streams($site, $user) if offers('/assistant/chat');
	stalls($site, $user);
	my $page = $site->get("$root/");
	is $page->{status}, 200, 'there is a page';
	is $page->{headers}{'x-frame-options'}, 'DENY', 'with its headers';
	my $metrics = $site->get("$root/metrics");
	like $metrics->{body}, qr/^gesso_requests_total\{method="GET"/m,
	    'figures for this machine';
	my $log = $site->log('access');
	like $log, qr{/studio/ws\b}, 'WebSockets are logged';
	unlike $log, qr/wrong-but-secret|\Q$user->{token}\E/,
	    'without their tokens';
	my $doctor = $site->ctl('doctor');
	is $doctor->{status}, 0, 'doctor finds nothing'
	    or diag $doctor->{out};
	return;
}

# What openapi.json describes, the program has.
sub offers {
	my ($path) = @_;
	return text('openapi.json') =~ /"\Q$path\E"/;
}

sub upload {
	my ($site, $user, $bytes) = @_;
	my $upload = $user->post('/upload/image', { multipart =>
	    [ file => [ 'a.png', 'image/png', $bytes ] ] });
	is $upload->{status}, 200, 'an upload' or diag $upload->{body};
	is $site->get($upload->{json}{data}{url})->{body}, $bytes,
	    'comes back byte for byte';
	my $film = sample('h264.mp4') . pack('N', 8 + (3 << 20)) . 'free' .
	    "\0" x (3 << 20);
	SKIP: {
		skip 'no films here', 2
		    unless film('a.mp4', 64, 48, 1, 5, 'libx264');
		$upload = $user->post('/upload/video', { multipart =>
		    [ file => [ 'a.mp4', 'video/mp4', $film ] ] });
		is $upload->{status}, 200, 'a film' or diag $upload->{body};
		ok $site->get($upload->{json}{data}{url})->{body} eq $film,
		    'comes back byte for byte';
	}
	my $head = "POST /studio/api/v1/upload/image HTTP/1.1\r\nHost: x\r\n" .
	    "Authorization: Bearer $user->{token}\r\nConnection: close\r\n" .
	    "Content-Type: multipart/form-data; boundary=b\r\n";
	my $form = Gesso::multipart('b', file => [ 'a', 'b', $bytes ]);
	like $site->raw("${head}Transfer-Encoding: chunked\r\n\r\n" .
	    join '', map { sprintf "%x\r\n%s\r\n", length, $_ }
		$form =~ /.{1,5000}/gs, ''), qr{^HTTP/1.1 200 },
	    'an upload in pieces of unknown number';
	$form = Gesso::multipart('b', file => [ 'a', 'b', "\0" x (21 << 20) ]);
	like $site->raw("${head}Content-Length: " . length($form) .
	    "\r\n\r\n$form"), qr{^HTTP/1.1 413 .*\n\{"code":413}s,
	    'one that is too large is refused in our form';
	return;
}

# Clients that stop in the middle of a body, more than there are workers.
sub stalls {
	my ($site, $user) = @_;
	my @json = (100_000, 'application/json', '{"message":"');
	my %sent = (
		'/auth/login' => \@json,
		'/generate/text-to-image' => \@json,
		'/assistant/chat' => \@json,
		'/upload/image' => [ 5_000_000,
		    'multipart/form-data; boundary=b', substr Gesso::multipart('b',
		    file => [ 'a', 'b', 'x' x 1000 ]), 0, -9 ],
	);
	my @stalled;
	for my $path (grep { offers($_) } sort keys %sent) {
		my ($length, $type, $part) = @{ $sent{$path} };
		for (1 .. 6) {
			push @stalled, begun($site, $user, $path,
			    "Content-Type: $type\r\nContent-Length: $length",
			    $part), begun($site, $user, $path,
			    "Content-Type: $type\r\n" .
			    'Transfer-Encoding: chunked',
			    sprintf "%x\r\n%s\r\n", length $part, $part);
		}
	}
	my $body = sprintf '{"email":"%s","password":"%s"}',
	    @$user{qw(email password)};
	my $slow = begun($site, $user, '/auth/login', 'Content-Length: ' .
	    length($body) . "\r\nContent-Type: application/json", '');
	for (split //, substr $body, 0, -1) {
		print {$slow} $_;
		sleep 0.03;
	}

	my $http = HTTP::Tiny->new(timeout => 20,
	    default_headers => { Authorization => "Bearer $user->{token}" });
	is $http->get("$site->{base}/works")->{status}, 200,
	    scalar(@stalled) . ' who stop in a body hold up no GET';
	is $http->post("$site->{base}/auth/login", { content => $body,
	    headers => { 'Content-Type' => 'application/json' } })->{status},
	    200, 'and no POST';
	print {$slow} substr $body, -1;
	like scalar(<$slow>), qr{^HTTP/1.1 200 },
	    'who sends slowly has his answer';
	is scalar(grep { IO::Select->new($_)->can_read(0) } @stalled), 0,
	    'while they stand still';
	close $_ for @stalled, $slow;
	return;
}

# begun(site, user, path, more of the head, start of the body): a POST.
sub begun {
	my ($site, $user, $path, $head, $body) = @_;
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
	    PeerPort => $site->{port}) or die "connect: $!";
	print {$socket} "POST /studio/api/v1$path HTTP/1.1\r\nHost: x\r\n" .
	    "Authorization: Bearer $user->{token}\r\n$head\r\n\r\n$body";
	return $socket;
}

# The assistant's words arrive one after the other.
sub streams {
	my ($site, $user) = @_;
	my @times;
	my $http = HTTP::Tiny->new(timeout => 60);
	my $reply = $http->request('POST', "$site->{base}/assistant/chat", {
		headers => { Authorization => "Bearer $user->{token}",
		    'Content-Type' => 'application/json' },
		content => '{"message":"tell me of gesso, slowly"}',
		data_callback => sub { push @times, [ Time::HiRes::time(),
		    $_[0] ] },
	});
	is $reply->{status}, 200, 'the assistant answers';
	like $reply->{headers}{'content-type'}, qr{^text/event-stream},
	    'as a stream';
	my $all = join '', map { $_->[1] } @times;
	like $all, qr/^data: \{"type":"start".*"type":"done"/s,
	    'from its start to its end';
	ok @times > 3 && $times[-1][0] - $times[0][0] > 0.05,
	    'in pieces, as they are written'
	    or diag scalar(@times) . ' pieces';
	return;
}
