#!/usr/bin/perl
# Pictures and films that start from a picture: every field of the forms, what
# the picture may be, that it reaches the vendor and goes with the task.
use strict;
use warnings;
use utf8;
use Digest::SHA qw(sha256_hex);
use Encode qw(encode_utf8);
use Test::More;
use Gesso qw(wait_for got);
use Media qw(png sample);

binmode Test::More->builder->$_, ':utf8' for qw(output failure_output);

my $site = Gesso->start(conf => { limit_free_calls_per_hour => 1000000,
	limit_free_images_per_day => 100, limit_free_videos_per_day => 100,
	max_image_bytes => 200000, signup_power => 1000 }, rhythm => 3600);
my $user = $site->register;
my $other = $site->register;

sub data { return $_[0]{json}{data} // {} }
sub file { return [ 'in.png', 'image/png', $_[0] ] }
my $png = png(300, 200);

# ask(kind, [fields], bytes of the picture or undef, query, headers)
sub ask {
	my ($kind, $fields, $picture, $query, $headers) = @_;
	my @parts = map { encode_utf8($_) } @$fields;
	push @parts, image => file($picture) if defined $picture;
	return $user->post("/generate/$kind" . ($query // ''),
	    { multipart => \@parts }, $headers);
}

# ---- every field on both sides of its bounds

my $bad = sub { "400 invalid_field $_[0]" };
my @both = (
	[ prompt => '', $bad->('prompt') ],
	[ prompt => " \n\t ", $bad->('prompt') ],
	[ prompt => '字' x 4000, 200 ],
	[ prompt => '字' x 4001, $bad->('prompt') ],
	[ prompt => ' ' x 5000 . 'x', 200 ],
	[ prompt => 'x' x 70000, $bad->('prompt') ],
	[ negativePrompt => '', 200 ], [ negativePrompt => 'x' x 4000, 200 ],
	[ negativePrompt => 'x' x 4001, $bad->('negativePrompt') ],
	[ style => 'x' x 64, 200 ], [ style => 'x' x 65, $bad->('style') ],
	[ seed => 0, 200 ], [ seed => 4294967295, 200 ],
	(map { [ seed => $_, $bad->('seed') ] } 4294967296, -1, '1.5', '',
	    'x', ' 7', '0x10', '99999999999999999999'),
	[ model => 'nothing', '400 unknown_model model' ],
	[ model => '', $bad->('model') ],
	[ provider => 'nothing', '400 unknown_model provider' ],
	[ unknown => 'x', 200 ],
);
my @image = (
	(map { my $m = $_; (
	    [ $m => 256, 200 ], [ $m => 248, $bad->($m) ],
	    [ $m => 2048, 200 ], [ $m => 2056, $bad->($m) ],
	    [ $m => 260, $bad->($m) ], [ $m => 'x', $bad->($m) ],
	    [ $m => '', $bad->($m) ] ) } qw(width height)),
	[ numImages => 1, 200 ], [ numImages => 4, 200 ],
	[ numImages => 0, $bad->('numImages') ],
	[ numImages => 5, $bad->('numImages') ],
	(map { [ strength => $_, 200 ] } qw(0 0.0 0.35 1 1.0 1e-3)),
	(map { [ strength => $_, $bad->('strength') ] } qw(-0.1 1.01 nan inf
	    0x1 x 1e400), ''),
);
my @video = (
	[ duration => 1, 200 ], [ duration => 60, 200 ],
	(map { [ duration => $_, $bad->('duration') ] } qw(0 61 2.5 x), ''),
	[ fps => 1, 200 ], [ fps => 60, 200 ],
	(map { [ fps => $_, $bad->('fps') ] } qw(0 61 23.976)),
	(map { [ resolution => $_, 200 ] } qw(480p 720p 1080p 4k)),
	(map { [ resolution => $_, $bad->('resolution') ] } '', '8k', '720P'),
	(map { [ model => $_, 200 ] } qw(sora veo runway)),
);
for my $case ((map { [ 'image-to-image', @$_ ] } @both, @image),
    (map { [ 'image-to-video', @$_ ] } @both, @video)) {
	my ($kind, $name, $value, $expected) = @$case;
	my @prompt = $name eq 'prompt' ? () : (prompt => 'a kite');
	is got(ask($kind, [ @prompt, $name => $value ], $png,
	    '?dryRun=true')), $expected,
	    "$kind $name=" . substr($value, 0, 12) =~ s/\s/ /gr;
}

# ---- what the picture may be

for my $kind (qw(image-to-image image-to-video)) {
	my @prompt = (prompt => 'a kite');
	my @pictures = (
		[ png(64, 64), 200 ], [ png(63, 64) ], [ png(64, 63) ],
		[ png(8192, 64), 200 ], [ png(8193, 64) ],
		[ png(64, 8193) ], [ sample('still.gif') ],
		[ sample('h264.mp4') ], [ 'text' ],
		[ substr $png, 0, length($png) / 2 ],
		[ $png . 'x' x 200000, '413 body_too_large image' ],
	);
	for (@pictures) {
		my ($bytes, $expected) = @$_;
		is got(ask($kind, \@prompt, $bytes, '?dryRun=true')),
		    $expected // '400 unsupported_media image',
		    "$kind " . length($bytes) . ' bytes';
	}
	is got(ask($kind, \@prompt)), '400 missing_field image',
	    "$kind needs one";
	is got(ask($kind, [], $png)), '400 missing_field prompt',
	    "$kind needs a prompt";
	is got(ask($kind, [ @prompt, prompt => 'another' ], $png)),
	    $bad->('prompt'), 'and no more than one';
	is got(ask($kind, [ prompt => "a\0b" ], $png)), $bad->('prompt'),
	    'without a NUL';
	is got($user->post("/generate/$kind", { multipart => [
	    prompt => "\xff", image => file($png) ] })), $bad->('prompt'),
	    'in UTF-8';
	is got($user->post("/generate/$kind", { prompt => 'a kite' })),
	    '415 unsupported_content_type Content-Type',
	    "$kind takes a form";
}

# ---- an own upload instead

my $upload = data($user->post('/upload/image',
    { multipart => [ file => file($png) ] }))->{url};
my $gif = data($user->post('/upload/image',
    { multipart => [ file => file(sample('still.gif')) ] }))->{url};
my $theirs = data($other->post('/upload/image',
    { multipart => [ file => file($png) ] }))->{url};
my @prompt = (prompt => 'a kite');
for my $case ([ $upload, 200 ], [ $gif, '400 unsupported_media imageUrl' ],
    map { [ $_, $bad->('imageUrl') ] } $theirs, '', 'x', "$upload.png",
    'http://example.org/a.png', 'file:///etc/passwd') {
	my ($url, $expected) = @$case;
	is got(ask('image-to-image', [ @prompt, imageUrl => $url ], undef,
	    '?dryRun=true')), $expected, "imageUrl $url";
}
is got(ask('image-to-image', [ @prompt, imageUrl => $upload ], $png)),
    $bad->('imageUrl'), 'one picture is enough';

is $site->sql("SELECT COUNT(*) FROM media WHERE use_for = 'input'"), 0,
    'nothing was kept of all that';
is $site->sql('SELECT COUNT(*) FROM task'), 0, 'and nothing begun';
is scalar(() = `find $site->{dir}/media/tmp -type f`), 0,
    'no draft is left';

# ---- the price, the same twice

is data(ask('image-to-image', [ @prompt, width => 2048, numImages => 2 ],
    $png, '?dryRun=true'))->{cost}, 4, 'a picture costs what it costs';
is data(ask('image-to-video', [ @prompt, duration => 3 ], $png,
    '?dryRun=true'))->{cost}, 6, 'so does a film';
my %key = ('Idempotency-Key' => 'once');
my $first = ask('image-to-image', [ @prompt, strength => 0.3, seed => 7,
    style => 'ink', negativePrompt => 'rain', width => 512, height => 512 ],
    $png, '', \%key);
my $again = ask('image-to-image', [ height => 512, width => 512, @prompt,
    strength => 0.3, seed => 7, style => 'ink', negativePrompt => 'rain' ],
    $png, '', \%key);
is $first->{status}, 200, 'a submission' or diag $first->{body};
is $again->{body}, $first->{body}, 'again: the first answer';
is got(ask('image-to-image', [ @prompt, strength => 0.4 ], $png, '', \%key)),
    '400 idempotency_mismatch Idempotency-Key', 'other words are another';
is got(ask('image-to-image', [ @prompt, strength => 0.3, seed => 7,
    style => 'ink', negativePrompt => 'rain', width => 512, height => 512 ],
    png(300, 201), '', \%key)),
    '400 idempotency_mismatch Idempotency-Key', 'so is another picture';

# ---- it reaches the vendor, and goes with the task

my $task = $user->finished(data($first)->{taskId});
is $task->{status}, 'completed', 'the picture arrives' or diag explain $task;
my $work = data($user->get('/works/' . data($first)->{works}[0]));
is_deeply { %{ $work->{params} }, made => undef }, { width => 512,
	height => 512, numImages => 1, strength => 0.3, seed => 7,
	style => 'ink', negativePrompt => 'rain', made => undef },
    'the work knows what was asked' or diag explain $work;
my ($sent) = grep { $_->{picture} } $site->journal;
ok $sent, 'the vendor got a picture';
ok wait_for(sub {
	return $site->sql("SELECT COUNT(*) FROM media
	    WHERE use_for = 'input' AND deleted_at IS NULL") == 0;
}, 5), 'which nobody needs any more';

my $reply = ask('image-to-video', [ @prompt, imageUrl => $upload,
    duration => 2, resolution => '480p', fps => 12 ]);
is $reply->{status}, 200, 'a film from an upload' or diag $reply->{body};
my $film;
wait_for(sub {
	$film = data($user->get('/generate/video-task/' .
	    data($reply)->{taskId}));
	return $film->{status} ne 'processing';
}, 40);
is $film->{status}, 'completed', 'arrives' or diag explain $film;
is $site->get($upload)->{body}, $png, 'the upload stays';

# ---- stopped, refused

kill 'KILL', $site->pids('gesso-poller');
my $poor = $site->register;
$site->sql("UPDATE account SET power_available = 0
    WHERE email = '$poor->{email}'");
my $before = () = `find $site->{dir}/media -type f`;
is got($poor->post('/generate/image-to-image', { multipart => [ @prompt,
    image => file($png) ] })), '403 insufficient_power',
    'without power nothing is made';
is scalar(() = `find $site->{dir}/media -type f`), $before,
    'and nothing kept';
my $queued = data(ask('image-to-image', \@prompt, $png))->{taskId};
my $inputs = "SELECT COUNT(*) FROM media
    WHERE use_for = 'input' AND deleted_at IS NULL";
is $site->sql($inputs), 1, 'the picture of a task that waits is there';
is got($user->post("/generate/task/$queued/cancel", '')), 200,
    'when it is stopped';
is $site->sql($inputs), 0, 'the picture goes';

# An upload that is taken away while a task waits that starts from it.
my $purse = $user->power->{remaining};
$queued = data(ask('image-to-image', [ @prompt, imageUrl => $upload ]))
    ->{taskId};
my ($kept) = grep { $_->{mime} eq 'image/png' } @{ $site->ctl('--json',
    'upload', 'list', $user->{email})->{json}{uploads} };
is $site->ctl('upload', 'delete', $user->{email}, $kept->{id}, '--yes')
    ->{status}, 0, 'an upload is deleted';
is Gesso::run(undef, Gesso::build() . '/poller/gesso-poller', '--config',
    $site->{conf}, '--once')->{status}, 0, 'and then a poller comes';
my $late = $user->task($queued);
is_deeply [ @$late{qw(status reason refunded retryable)} ],
    [ 'failed', 'provider_rejected', 1, JSON::PP::false ],
    'the task can not be done' or diag explain $late;
is $user->power->{remaining}, $purse, 'and costs nothing';
is got(ask('image-to-image', [ @prompt, imageUrl => $upload ])),
    '400 invalid_field imageUrl', 'nor can another one start from it';
is $site->ctl('media', 'audit')->{status}, 0,
    'files and rows are of one mind';

done_testing;
