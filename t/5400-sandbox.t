#!/usr/bin/perl
# The simulated vendors: OpenAI's pictures, and what the words of a prompt do
# to every vendor.
use strict;
use warnings;
use MIME::Base64;
use Test::More;
use Sandbox;

my $sandbox = Sandbox->start;
my $path = '/openai/v1/images/generations';
my $bearer = $sandbox->bearer;

# ask(prompt, fields ...): a call with gpt-image-2.
sub ask {
	my ($prompt, %fields) = @_;
	return $sandbox->post($path, { model => 'gpt-image-2',
	    size => '256x256', prompt => $prompt, %fields }, $bearer);
}

# Width and height of a PNG, undef for something else.
sub png_size {
	my ($bytes) = @_;
	return undef if substr($bytes, 0, 8) ne "\x89PNG\r\n\x1a\n";
	return join 'x', unpack 'N N', substr $bytes, 16, 8;
}

sub image_of { return decode_base64($_[0]{json}{data}[$_[1] // 0]{b64_json}) }

subtest 'pictures' => sub {
	my $reply = ask('a red kite', size => '1024x768', n => 2);
	is $reply->{status}, 200, 'a call is answered';
	is scalar @{ $reply->{json}{data} }, 2, 'with the pictures asked for';
	is png_size(image_of($reply)), '1024x768', 'of the size asked for';
	isnt image_of($reply), image_of($reply, 1), 'which differ';
	isnt image_of(ask('a red kite')), image_of(ask('a blue boat')),
	    'as those of two prompts do';
	cmp_ok length image_of($reply), '>', 5000, 'and are not empty';
	$reply = ask('a kite', output_format => 'jpeg');
	like image_of($reply), qr/^\xff\xd8\xff/, 'JPEG';
	is $reply->{json}{output_format}, 'jpeg', 'is told';
	like image_of(ask('a kite', output_format => 'webp')),
	    qr/^RIFF....WEBP/s, 'WebP';

	$reply = $sandbox->post($path, { model => 'dall-e-3',
	    prompt => 'a kite', size => '1792x1024' }, $bearer);
	my $url = $reply->{json}{data}[0]{url};
	like $url, qr{^\Q$sandbox->{base}\E/files/}, 'dall-e gives links';
	is png_size($sandbox->get($url)->{body}), '1792x1024',
	    'that need no key';
	is $sandbox->get($url)->{body}, $sandbox->get($url)->{body},
	    'and lead to the same picture each time';
};

subtest 'rules of the fields' => sub {
	my %wrong = (
		'no prompt' => [ { model => 'gpt-image-2' }, 'prompt' ],
		'a response_format for gpt-image' => [ { prompt => 'x',
		    model => 'gpt-image-2', response_format => 'url' },
		    'response_format' ],
		'a style for gpt-image' => [ { prompt => 'x',
		    model => 'gpt-image-2', style => 'vivid' }, 'style' ],
		'two pictures of dall-e-3' => [ { prompt => 'x', n => 2,
		    model => 'dall-e-3' }, 'n' ],
		'a size of another family' => [ { prompt => 'x',
		    model => 'dall-e-3', size => '512x512' }, 'size' ],
		'a size that is no multiple of 16' => [ { prompt => 'x',
		    model => 'gpt-image-2', size => '500x500' }, 'size' ],
		'a quality of another family' => [ { prompt => 'x',
		    model => 'dall-e-3', quality => 'high' }, 'quality' ],
	);
	for my $name (sort keys %wrong) {
		my ($body, $param) = @{ $wrong{$name} };
		my $reply = $sandbox->post($path, $body, $bearer);
		is "$reply->{status} $reply->{json}{error}{param}",
		    "400 $param", "$name is refused";
	}
	my $reply = ask('x', model => 'gpt-image-9');
	is "$reply->{status} $reply->{json}{error}{code}",
	    '404 model_not_found', 'an unknown model is told';
};

subtest 'edits' => sub {
	my $image = image_of(ask('a square', size => '512x512'));
	my $send = sub {
		return $sandbox->post('/openai/v1/images/edits',
		    { multipart => [ @_ ] }, $bearer);
	};
	my @file = ([ 'a.png', 'image/png', $image ]);
	my @rest = (prompt => 'a hat', model => 'gpt-image-2',
	    size => '512x512');
	for my $name ('image', 'image[]') {
		my $reply = $send->($name => @file, @rest);
		is $reply->{status}, 200, "$name is taken";
		is png_size(image_of($reply)), '512x512', 'and edited';
	}
	is $send->(@rest)->{status}, 400, 'without a picture: no';
	is $send->(image => [ 'a.png', 'image/png', substr $image, 0, 900 ],
	    @rest)->{status}, 400, 'half a picture is refused';
	is $send->(image => @file, prompt => 'x', model => 'dall-e-3')
	    ->{status}, 400, 'dall-e-3 edits nothing';
};

subtest 'keys' => sub {
	my $reply = $sandbox->post($path, { prompt => 'x' });
	is "$reply->{status} $reply->{json}{error}{code}",
	    '401 invalid_api_key', 'without a key';
	is $sandbox->post($path, { prompt => 'x' },
	    { Authorization => 'Bearer wrong-key' })->{status}, 401,
	    'with a wrong one';
	is $sandbox->post($path, { prompt => 'x' },
	    { Authorization => 'Basic eDp5' })->{status}, 401,
	    'with another scheme';
	unlike Gesso::slurp("$sandbox->{dir}/sandbox.journal"),
	    qr/wrong-key|a-key-of-mine/, 'the journal knows no key';
};

subtest 'words that answer' => sub {
	my %status = (refuse => 400, badkey => 401, modelgone => 404,
	    nomoney => 429, limitalways => 429, downalways => 503, servererror => 500,
	    failjob => 500, errorstring => 500, errorlist => 500);
	for my $word (sort keys %status) {
		my $reply = ask("a quiet sunset, $word");
		is $reply->{status}, $status{$word}, $word;
		ok ref $reply->{json}, 'in JSON';
	}
	for my $word (qw(failonce htmlonce limitonce limitbare)) {
		my @status = map { ask("a fox, $word")->{status} } 1, 2;
		like "@status", qr/^(503|429) 200$/, $word;
	}
	my $reply = ask('limitonce');
	is $reply->{headers}{'retry-after'}, 1, 'limitonce says when';
	$reply = ask('limitbare');
	is $reply->{headers}{'retry-after'}, undef, 'limitbare does not';
	is ask('quite unfailing, refuseness')->{status}, 200,
	    'a word stands alone';
	is ask('notjson')->{json}, undef, 'notjson is none';
	is_deeply ask('noresult')->{json}{data}, [], 'noresult has none';
};

subtest 'words that spoil' => sub {
	my $lines = ask('b64lines')->{json}{data}[0]{b64_json};
	like $lines, qr/^.{76}\r\n/, 'b64lines breaks lines';
	is png_size(decode_base64($lines)), '256x256', 'of a good picture';
	like ask('b64bad')->{json}{data}[0]{b64_json}, qr/[!*]/, 'b64bad';
	is png_size(image_of(ask('notanimage'))), undef, 'notanimage';
	is png_size(image_of(ask('pngbomb'))), '50000x50000', 'pngbomb';

	my $link = sub {
		return $sandbox->post($path, { prompt => $_[0],
		    model => 'dall-e-2', size => '256x256' }, $bearer)
		    ->{json}{data}[0]{url};
	};
	is $sandbox->get($link->('nofile'))->{status}, 404, 'nofile';
	my $reply = $sandbox->get($link->('wrongtype'));
	is png_size($reply->{body}), '256x256', 'wrongtype is a picture';
	is $reply->{headers}{'content-type'}, 'text/html', 'by another name';
	like $link->('otherhost'), qr{^http://localhost:\d+/}, 'otherhost';
	like $link->('relativelink'), qr{^/sandbox/files/}, 'relativelink';
	like $link->('metadatalink'), qr{^http://169\.254}, 'metadatalink';
	$reply = $sandbox->get($link->('redirect'));
	is $reply->{status}, 302, 'redirect';
	is png_size($sandbox->get($reply->{headers}{location})->{body}),
	    '256x256', 'leads to the picture';
	$reply = $sandbox->raw("GET " . ($link->('truncated') =~
	    s{^http://[^/]+}{}r) . " HTTP/1.1\r\nHost: x\r\n" .
	    "Connection: close\r\n\r\n");
	my ($length) = $reply =~ /^Content-Length: (\d+)/mi;
	my ($body) = $reply =~ /\r\n\r\n(.*)/s;
	is length $body, int($length / 2), 'truncated ends half-way';
};

subtest 'an answer that is lost' => sub {
	my $reply = ask('a lighthouse, lostanswer');
	isnt $reply->{status}, 200, 'does not arrive';
	my @calls = $sandbox->calls('a lighthouse, lostanswer');
	is scalar @calls, 1, 'but is in the journal';
	ok $calls[0]{accepted}, 'as accepted';
};

subtest 'the journal' => sub {
	my ($line) = $sandbox->calls('a quiet sunset, refuse');
	is $line->{path}, "/sandbox$path", 'has the path';
	is $line->{status}, 400, 'the status';
	ok !$line->{accepted}, 'whether work was begun';
	like $line->{time}, qr/^20\d\d-.*Z$/, 'the time';
	my @once = map { $_->{accepted} ? 'yes' : 'no' }
	    $sandbox->calls('a fox, failonce');
	is "@once", 'no yes', 'a line a call';
};

# The words decide what happens, the rest and the seed what it looks like.
my ($plain, $steered, $another) = map {
	$sandbox->post('/stability/v1/generation/' .
	    'stable-diffusion-xl-1024-v1-0/text-to-image', { width => 1024,
	    height => 1024, seed => 7, text_prompts => [ { text => $_ } ] },
	    $bearer)->{json}{artifacts}[0]{base64} }
    'a kite', 'a kite, instant, throttled', 'a kite at night';
ok $steered && $steered eq $plain, 'a picture does not show the words';
isnt $another, $plain, 'but all else in its prompt';

my $id = $sandbox->post($path, { prompt => 'a kite', model => 'dall-e-2' },
    $bearer)->{json}{data}[0]{url};
$sandbox->end('vendor', 'KILL');
$sandbox->vendor_start;
is png_size($sandbox->get($id)->{body}), '1024x1024',
    'what was made is there after a sudden death';
is $sandbox->end('vendor'), 0, 'TERM ends it';

done_testing;
