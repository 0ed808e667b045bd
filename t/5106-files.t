#!/usr/bin/perl
# Files of works: shown, downloaded, in parts, and gone with their work.
use strict;
use warnings;
use utf8;
use Digest::SHA qw(sha256_hex);
use File::Path qw(make_path);
use POSIX ();
use Test::More;
use Fcgi;
use Gesso qw(wait_for);

my $site = Gesso->start(rhythm => 3600);
kill 'KILL', $site->pids('gesso-poller');
my $user = $site->register;
my $other = $site->register;
my $public = $site->{base} =~ s{/api/v1$}{}r;

# finished(prompt, bytes, mime, extension): a work that the poller delivered.
sub finished {
	my ($prompt, $bytes, $mime, $extension) = @_;
	my $reply = $user->post('/generate/text-to-image', { prompt => $prompt });
	my $work = $reply->{json}{data}{works}[0];
	my $name = join '', map { sprintf '%02x', int rand 256 } 1 .. 16;
	my $dir = "$site->{media}/" . join '/', $name =~ /^(..)(..)/;
	make_path($dir);
	open my $file, '>:raw', "$dir/$name.$extension" or die "$dir: $!";
	print {$file} $bytes;
	close $file;
	my $size = length $bytes;
	my $hash = sha256_hex($bytes);
	my ($id, $owner) = map { tr/-//dr } $work, $user->{id};
	$site->sql("INSERT INTO media (name, account_id, use_for, mime, " .
	    "extension, bytes, sha256, width, height, created_at) VALUES " .
	    "(UNHEX('$name'), UNHEX('$owner'), 'result', '$mime', " .
	    "'$extension', $size, UNHEX('$hash'), 8, 8, NOW(3)); " .
	    "UPDATE work SET status = 'completed', media = UNHEX('$name'), " .
	    "mime = '$mime', extension = '$extension', bytes = $size " .
	    "WHERE id = UNHEX('$id')");
	return { work => $work, url => "$public/media/$name.$extension",
	    etag => "\"$hash\"", name => $name };
}

my $bytes = join '', map { chr $_ % 256 } 0 .. 99999;
my $kite = finished('A red kite, über den Klippen!', $bytes, 'image/png', 'png');
is $user->get("/works/$kite->{work}")->{json}{data}{fileUrl}, $kite->{url},
    'a work names its file';
my $download = "/works/$kite->{work}/download";
my %got = (url => sub { $site->get($kite->{url}, $_[0]) },
    download => sub { $user->get($download, $_[0]) });

# Whoever has a token is told what is left of the hour, whatever the answer is.
my $left = $user->get('/health')->{headers}{'ratelimit-remaining'};
for my $case ([ GET => $download, {}, 200 ], [ HEAD => $download, {}, 200 ],
    [ GET => $download, { Range => 'bytes=0-9' }, 206 ],
    [ GET => $download, { 'If-None-Match' => $kite->{etag} }, 304 ],
    [ GET => "$download?link=true", {}, 200 ],
    [ GET => '/openapi.json', {}, 200 ], [ GET => '/square/feeds', {}, 200 ]) {
	my ($method, $path, $headers, $status) = @$case;
	my $reply = $user->request($method, $path, undef, $headers);
	is_deeply [ $reply->{status}, $reply->{headers}{'ratelimit-remaining'} ],
	    [ $status, --$left ], "$method $path, $status, counts and says so";
	like $reply->{headers}{'x-request-id'}, qr/^[0-9a-f-]{36}$/, 'with its id';
}

for my $way (sort keys %got) {
	my $get = $got{$way};
	my $whole = $get->();
	is $whole->{status}, 200, "$way: the file comes";
	ok $whole->{content} eq $bytes, 'byte for byte';
	my $h = $whole->{headers};
	is_deeply [ @$h{qw(content-type content-length etag accept-ranges
	    x-content-type-options)} ], [ 'image/png', length $bytes,
	    $kite->{etag}, 'bytes', 'nosniff' ], 'with its headers'
	    or diag explain $h;
	like $h->{'content-security-policy'}, qr/default-src 'none'; sandbox/,
	    'which let nothing in it run' if $way eq 'url';
	is $h->{'x-sendfile'}, undef, 'and tell nothing of our disk';

	for my $case ([ 'bytes=0-9', 206, 0, 10 ], [ 'bytes=10-10', 206, 10, 1 ],
	    [ 'bytes=99990-', 206, 99990, 10 ],
	    [ 'bytes=-5', 206, 99995, 5 ],
	    [ 'bytes=99000-200000', 206, 99000, 1000 ]) {
		my ($range, $status, $at, $length) = @$case;
		my $part = $get->({ Range => $range });
		is $part->{status}, $status, "$way: $range";
		ok $part->{content} eq substr($bytes, $at, $length),
		    'is that part';
		is $part->{headers}{'content-range'}, sprintf('bytes %d-%d/%d',
		    $at, $at + $length - 1, length $bytes), 'and says so';
	}
	is $get->({ Range => 'bytes=100000-' })->{status}, 416,
	    "$way: behind the end there is nothing";
	is $get->({ 'If-None-Match' => $kite->{etag} })->{status}, 304,
	    "$way: what is known is not sent again";
	is $get->({ 'If-None-Match' => '"other"' })->{status}, 200,
	    'what is not is';
	is $get->({ Range => 'bytes=0-9', 'If-Range' => '"other"' })->{status},
	    200, 'parts of another file are no use';
}
my $head = $user->request('HEAD', $download);
is_deeply [ $head->{status}, $head->{headers}{'content-length'},
    length($head->{content} // '') ], [ 200, length $bytes, 0 ],
    'HEAD tells the length';
is $user->get($download)->{headers}{'content-disposition'},
    'attachment; filename="A-red-kite-ber-den-Klippen.png"',
    'a download has a sensible name';
is $site->get($kite->{url})->{headers}{'content-disposition'}, undef,
    'a picture that is shown has none';

my $film = finished("落日 \"; filename=\"x.exe\r\n", 'no film', 'video/mp4', 'mp4');
is $user->get("/works/$film->{work}/download")
    ->{headers}{'content-disposition'},
    'attachment; filename="filename-x-exe.mp4"',
    'whatever the title holds, the name is harmless';
my $sunset = finished('落日', 'x', 'image/webp', 'webp');
is $user->get("/works/$sunset->{work}/download")
    ->{headers}{'content-disposition'}, 'attachment; filename="picture.webp"',
    'one without letters of ours still has a name';

my $link = $user->get("$download?link=true");
is_deeply [ $link->{status}, $link->{json}{data}{url} ], [ 200, $kite->{url} ],
    'link=true tells the address';
cmp_ok $link->{json}{data}{expiresAt}, 'gt',
    POSIX::strftime('%FT%TZ', gmtime(time + 3600)), 'and how long it is good';
is $user->get("$download?link=perhaps")->{status}, 400, 'or says no';

# ---- who gets what

is $other->get($download)->{status}, 404, 'nobody else downloads it';
is $site->get($download)->{status}, 401, 'nor a stranger';
is $site->get($kite->{url}, { Authorization => 'Bearer nonsense' })->{status},
    200, 'an address of a file asks for no token';
my $hex = $kite->{name};
for my $path ("$hex.jpg", $hex, "$hex.png.png", "$hex.PNG", uc($hex) . '.png',
    "..%2f$hex.png", '%2e%2e', '', 'x' x 3000, substr($hex, 1) . '.png',
    "${hex}0.png", "$hex.png%00", '0' x 32 . '.png') {
	is Fcgi::request($site, { REQUEST_URI => "/media/$path" })->{status},
	    404, substr("/media/$path", 0, 60) . ' is 404';
}
for my $method (qw(POST PUT DELETE)) {
	my $reply = $site->request($method, $kite->{url}, '');
	is_deeply [ $reply->{status}, $reply->{headers}{allow} ],
	    [ 405, 'GET, HEAD, OPTIONS' ], "$method makes no sense";
}
$site->sql("UPDATE media SET deleted_at = NOW(3) WHERE name = " .
    "UNHEX('$hex')");
is $site->get($kite->{url})->{status}, 404, 'a deleted file is 404';

unlike $site->log('gesso.fcgi'), qr/ended with INTERNAL/,
    'nothing failed on our side';

done_testing;
