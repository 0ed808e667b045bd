#!/usr/bin/perl
# What people upload: judged by its content, kept byte for byte, shown harmless.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use Test::More;
use Gesso qw(wait_for at_once got);
use Media qw(png png_chunk sample film);

my $site = Gesso->start(conf => { limit_free_calls_per_hour => 1000000,
	max_image_bytes => 300000, max_video_bytes => '1M',
	storage_quota => '2M' });
my $user = $site->register;
my $other = $site->register;

sub data { return $_[0]{json}{data} // {} }
sub upload {
	my ($who, $kind, $bytes, $headers) = @_;
	return $who->post("/upload/$kind", { multipart =>
	    [ file => [ 'x.bin', 'text/html', $bytes ] ] }, $headers);
}
# Files below media_dir, and rows of media that are not yet swept.
sub files { return split /\n/, `find $site->{dir}/media -type f` }
sub rows { return $site->sql('SELECT COUNT(*) FROM media') }
sub stored {
	return $site->sql("SELECT storage_bytes FROM account
	    WHERE email = '$_[0]{email}'");
}

# ---- every kind

my %pictures = ('rgb.png' => [ 'image/png', 24, 16 ],
	'animated.png' => [ 'image/png' ], 'alpha.png' => [ 'image/png' ],
	'baseline.jpg' => [ 'image/jpeg', 24, 16 ],
	'turned.jpg' => [ 'image/jpeg', 16, 24 ],
	'progressive.jpg' => [ 'image/jpeg' ], 'cmyk.jpg' => [ 'image/jpeg' ],
	'lossy.webp' => [ 'image/webp', 24, 16 ],
	'animated.webp' => [ 'image/webp' ], 'still.gif' => [ 'image/gif' ],
	'animated.gif' => [ 'image/gif', 24, 16 ]);
my $bytes = 0;
for my $name (sort keys %pictures) {
	my ($mime, $width, $height) = @{ $pictures{$name} };
	my $reply = upload($user, 'image', sample($name));
	is $reply->{status}, 200, "$name is taken" or diag $reply->{body};
	my $up = data($reply);
	is_deeply [ sort keys %$up ],
	    [qw(fileSize height id thumbnail url width)],
	    'the reply has its members';
	is_deeply [ @{$up}{qw(width height)} ], [ $width, $height ],
	    'and its size, upright' if $width;
	is $up->{fileSize}, length sample($name), 'and its length';
	like $up->{id}, qr/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/,
	    'and an id';
	my $file = $site->get($up->{url});
	is $file->{body}, sample($name), 'it comes back byte for byte';
	is $file->{headers}{'content-type'}, $mime,
	    'as what we saw in it';
	my $small = $site->get($up->{thumbnail});
	like $small->{headers}{'content-type'}, qr{^image/(png|jpeg|webp)$},
	    'the small picture is one';
	$bytes += length sample($name);
}
is stored($user), $bytes, 'all of it is counted';
is stored($other), 0, 'for who sent it';

my $film = film('a.mp4', 64, 48, 2, 10, 'libx264');
SKIP: {
	skip 'no films here', 1 unless $film;
	my %films = ('h264.mp4' => [ 'video/mp4', 64, 48, 0.3 ],
		'mjpeg.mov' => [ 'video/quicktime', 32, 32, 0.2 ],
		'vp8.webm' => [ 'video/webm', 64, 48, 0.3 ],
		'turned.mp4' => [ 'video/mp4', 48, 64, 0.3 ],
		'two seconds' => [ 'video/mp4', 64, 48, 2 ]);
	for my $name (sort keys %films) {
		my ($mime, $width, $height, $s) = @{ $films{$name} };
		my $all = $name eq 'two seconds' ? $film : sample($name);
		my $reply = upload($user, 'video', $all);
		is $reply->{status}, 200, "$name is taken"
		    or diag $reply->{body};
		my $up = data($reply);
		is_deeply [ sort keys %$up ], [qw(duration fileSize height id
		    thumbnail url width)], 'the reply has its members';
		is_deeply [ @{$up}{qw(width height duration fileSize)} ],
		    [ $width, $height, $s, length $all ],
		    'true to the file';
		my $file = $site->get($up->{url});
		is $file->{body}, $all, 'it comes back byte for byte';
		is $file->{headers}{'content-type'}, $mime, 'as a film';
		is $site->get($up->{thumbnail})->{status}, 200,
		    'with a poster';
	}
	is got(upload($user, 'image', $film)),
	    '400 unsupported_media file', 'a film is no picture';
}

# ---- how it is shown

my $png = png(100, 60);
my $up = data(upload($user, 'image', $png));
my $file = $site->get($up->{url});
my $etag = $file->{headers}{etag};
is $etag, '"' . sha256_hex($png) . '"', 'the ETag is of the content';
is $file->{headers}{'x-content-type-options'}, 'nosniff', 'no guessing';
like $file->{headers}{'content-security-policy'},
    qr/default-src 'none'; sandbox/, 'no scripts';
is $site->get($up->{url}, { 'If-None-Match' => $etag })->{status}, 304,
    'nothing when it is known';
my $part = $site->get($up->{url}, { Range => 'bytes=1-3' });
is "$part->{status} $part->{body}", '206 PNG', 'a range';
is $site->get($up->{url}, { Range => 'bytes=99999-' })->{status}, 416,
    'none beyond its end';
my $head = $site->request('HEAD', $up->{url});
is "$head->{status} $head->{headers}{'content-length'}",
    '200 ' . length $png, 'HEAD tells the length';
is $site->get($up->{url} =~ s/png$/jpg/r)->{status}, 404,
    'under its own extension only';

# ---- what is refused leaves nothing

my $rows = rows();
my $files = files();
my $stored = stored($user);
my @refused = (
	[ image => '', '400 unsupported_media file', 'nothing' ],
	[ image => 'hello', '400 unsupported_media file', 'text' ],
	[ image => '<svg xmlns="http://www.w3.org/2000/svg"/>',
	    '400 unsupported_media file', 'SVG' ],
	[ image => '%PDF-1.4', '400 unsupported_media file', 'PDF' ],
	[ image => "BM\x1e" . "\0" x 60, '400 unsupported_media file',
	    'BMP' ],
	[ image => substr($png, 0, 60), '400 unsupported_media file',
	    'half a picture' ],
	[ image => png(16385, 1), '400 unsupported_media file',
	    'one that is too long' ],
	[ image => $png . 'x' x 300000, '413 body_too_large file',
	    'one that is too large' ],
	[ image => 'x' x 700000, '413 body_too_large', 'much too large' ],
	[ video => $png, '400 unsupported_media file', 'a picture as film' ],
	[ video => 'x' x (1 << 20) . 'x', '413 body_too_large file',
	    'a film that is too large' ],
);
for (@refused) {
	my ($kind, $all, $expected, $what) = @$_;
	is got(upload($user, $kind, $all)), $expected, "$what is refused";
}
is got($user->post('/upload/image', { multipart => [ other => 'x' ] })),
    '400 missing_field file', 'a form without the part';
is got($user->post('/upload/image', { multipart => [ file =>
    [ '', 'application/octet-stream', '' ] ] })),
    '400 missing_field file', 'and what browsers send for no file';
is got($user->post('/upload/image', { file => 'x' })),
    '415 unsupported_content_type Content-Type', 'JSON is no form';
is got($user->post('/upload/image', 'x', { 'Content-Type' =>
    'multipart/form-data' })), '400 invalid_field Content-Type',
    'nor is one without a boundary';
is got($site->post('/upload/image', { multipart => [ file =>
    [ 'a.png', 'image/png', $png ] ] })), '401 unauthenticated',
    'strangers can keep nothing';
is got($user->get('/upload/image')), '405 method_not_allowed',
    'there is nothing to look at';
is rows(), $rows, 'no row of all that';
is scalar(files()), $files, 'and no file';
is stored($user), $stored, 'nor does it count';

my $edge = png(64, 64, undef, png_chunk('teXt', 'x'));
$edge = png(64, 64, undef, png_chunk('teXt', 'x' x (300001 - length $edge)));
is length $edge, 300000, 'the largest picture';
is got(upload($other, 'image', $edge)), 200, 'is taken';
is got(upload($other, 'image', png(16384, 1))), 200, 'so is the longest';

# ---- the same again

my %key = ('Idempotency-Key' => 'once');
my $first = upload($other, 'image', $png, \%key);
my $again = upload($other, 'image', $png, \%key);
is $first->{status}, 200, 'an upload with a key';
is $again->{body}, $first->{body}, 'again: the first answer';
is $again->{headers}{'idempotent-replay'}, 'true', 'which says so';
is got(upload($other, 'image', png(100, 61), \%key)),
    '400 idempotency_mismatch Idempotency-Key', 'another picture is another';
is got(upload($other, 'video', $png, \%key)),
    '400 idempotency_mismatch Idempotency-Key', 'so is another address';
my @together = at_once(10, sub { return got(upload($other, 'image', $png,
    { 'Idempotency-Key' => 'together' })) });
ok !(grep { !/^(200|409 idempotency_in_progress)$/ } @together),
    'ten at once are one or wait' or diag explain \@together;
is $site->sql("SELECT COUNT(*) FROM media m JOIN account a
    ON a.id = m.account_id WHERE a.email = '$other->{email}'
    AND use_for = 'upload'"), 4, 'each was kept once';

# ---- the quota

my $full = $site->register;
my $big = substr $edge, 0, -12;
my @answers = at_once(12,
    sub { return upload($full, "image", $edge)->{status} });
is scalar(grep { $_ == 200 } @answers), 6, 'of twelve at once six fit in';
is scalar(grep { $_ == 403 } @answers), 6, 'and six do not';
is stored($full), 1800000, 'to the byte';
is got(upload($full, 'image', $edge)), '403 quota_exceeded',
    'there is no room for more';
is got(upload($full, 'image', $png)), 200, 'but for something small';
is $site->sql("SELECT SUM(bytes) FROM media m JOIN account a
    ON a.id = m.account_id WHERE a.email = '$full->{email}'
    AND use_for = 'upload'"), stored($full), 'the counter is the sum';

# ---- the avatar

my $mine = data(upload($other, 'image', sample('turned.jpg')));
is got($user->put('/user/profile', { avatar => $mine->{url} })),
    '400 invalid_field avatar', "nobody wears others' pictures";
my $profile = data($other->put('/user/profile', { avatar => $mine->{url} }));
is $profile->{avatar}, $mine->{thumbnail}, 'an avatar is its thumbnail';
unlike $site->get($profile->{avatar})->{body}, qr/Exif/,
    'which has no position in it';
my $another = data(upload($other, 'image', $png));
is got($other->put('/user/profile', { avatar => $another->{thumbnail} })),
    '400 invalid_field avatar', 'a thumbnail is no upload';
is got($other->put('/user/profile', { avatar => $mine->{thumbnail} })), 200,
    'but for the one that is worn';

# ---- taken away by the administrator

my $before = stored($other);
my $list = $site->ctl('--json', 'upload', 'list', $other->{email})->{json};
my ($row) = grep { $_->{id} eq $mine->{id} } @{ $list->{uploads} };
is_deeply [ @{$row}{qw(mime bytes width height)} ],
    [ 'image/jpeg', length sample('turned.jpg'), 16, 24 ], 'it is listed'
    or diag explain $list;
my @delete = ('upload', 'delete', $other->{email}, $mine->{id}, '--yes');
is $site->ctl(@delete)->{status}, 0, 'and deleted';
isnt $site->ctl(@delete)->{status}, 0, 'once';
is $site->get($mine->{$_})->{status}, 404, "its $_ is 404"
    for qw(url thumbnail);
is stored($other), $before - length sample('turned.jpg'),
    'its room is given back';
is data($other->get('/user/profile'))->{avatar}, '', 'nobody wears it';

# ---- no room

SKIP: {
	# it takes up another configuration with the next process
	skip 'gesso.fcgi is not ours to tell', 1
	    unless $site->pids('gesso.fcgi');
	no_room();
}

# ---- no helper

my $lame = Gesso->start(conf => { media_helper => '/nonexistent' });
my $reply = upload($lame->register, 'image', $png);
is got($reply), '503 unavailable', 'without gesso-media nothing is taken';
ok $reply->{headers}{'retry-after'}, 'for now';
is scalar(() = `find $lame->{dir}/media -type f`), 0, 'nor kept';
$lame->stop;

my $audit = $site->ctl('media', 'audit');
is $audit->{status}, 0, 'files and rows are of one mind'
    or diag $audit->{out};
$site->sql("UPDATE account SET storage_bytes = storage_bytes + 1
    WHERE email = '$user->{email}'");
$audit = $site->ctl('media', 'audit');
is $audit->{status}, 1, 'a counter that is wrong';
like $audit->{err}, qr/^wrong counter: \Q$user->{email}\E has uploads/m,
    'is found';

done_testing;

sub no_room {
	my $conf = "$site->{dir}/gesso.conf";
	my $text = Gesso::slurp($conf);
	open my $out, '>', $conf or die "$conf: $!";
	print {$out} $text =~ s/^min_free_disk.*//mr, "\nmin_free_disk = 1024G\n";
	close $out;
	my %old = map { $_ => 1 } $site->pids('gesso.fcgi-worker');
	kill 'HUP', map { $site->pids($_) } qw(gesso.fcgi gesso-chat.fcgi);
	my $reply;
	wait_for(sub {
		$reply = upload($user, 'image', $png);
		return $reply->{status} != 200 &&
		    !grep { $old{$_} } $site->pids('gesso.fcgi-worker');
	}, 10);
	is got($reply), '503 unavailable', 'without room nothing is taken';
	ok $reply->{headers}{'retry-after'}, 'for now';
	$reply = $user->post('/generate/text-to-image', { prompt => 'a kite' });
	is got($reply), '503 unavailable', 'and nothing is begun';
	ok $reply->{headers}{'retry-after'}, 'nor that';
	is $user->power->{used}, 0, 'which costs nothing';
	is $user->get('/works')->{status}, 200, 'what there is can be looked at';
	return;
}
