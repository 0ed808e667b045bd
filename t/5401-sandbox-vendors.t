#!/usr/bin/perl
# The other simulated vendors: a task from its order to its file, refusals,
# failures and keys, each in the vendor's own words.
use strict;
use warnings;
use JSON::PP;
use MIME::Base64;
use Test::More;
use Gesso qw(wait_for);
use Media ();
use Sandbox;

my $sandbox = Sandbox->start(delay => 40);
my $bearer = $sandbox->bearer;
my %runway = (%$bearer, 'X-Runway-Version' => '2024-11-06');
my %google = ('x-goog-api-key' => 'a-key-of-mine');

sub png { return substr($_[0], 0, 8) eq "\x89PNG\r\n\x1a\n" }
sub mp4 { return substr($_[0], 4, 4) eq 'ftyp' }
sub size_of { return join 'x', unpack 'N N', substr $_[0], 16, 8 }

# poll(path, headers, sub): the answer for which sub is true.
sub poll {
	my ($path, $headers, $done) = @_;
	my $reply;
	return wait_for(sub {
		$reply = $sandbox->get($path, $headers);
		local $_ = $reply->{json};
		return $done->() && $reply;
	}, 20) || $reply;
}

my $picture = $sandbox->post('/openai/v1/images/generations',
    { prompt => 'a square', model => 'gpt-image-2', size => '1280x720' },
    $bearer)->{json}{data}[0]{b64_json};
$picture = decode_base64($picture);
my $data_url = 'data:image/png;base64,' . encode_base64($picture, '');

subtest 'OpenAI films' => sub {
	my $ask = sub {
		return $sandbox->post('/openai/v1/videos', { prompt => $_[0],
		    seconds => '4', size => '1280x720' }, $bearer);
	};
	my $ended = sub {
		my $id = $ask->($_[0])->{json}{id};
		return poll("/openai/v1/videos/$id", $bearer,
		    sub { $_->{status} =~ /^(completed|failed)$/ });
	};
	my $reply = $ask->('a kite');
	is $reply->{json}{status}, 'queued', 'a job begins as queued';
	my $path = "/openai/v1/videos/$reply->{json}{id}";
	is $sandbox->get("$path/content", $bearer)->{status}, 404,
	    'and has no content yet';
	my @seen;
	$reply = poll($path, $bearer, sub {
		push @seen, $_->{progress};
		return $_->{status} eq 'completed';
	});
	is_deeply \@seen, [ sort { $a <=> $b } @seen ],
	    'its progress never goes back';
	is $reply->{json}{progress}, 100, 'and ends at 100';
	like $reply->{headers}{'openai-poll-after-ms'}, qr/^\d+$/,
	    'the answer says when to ask again';
	is $sandbox->get("$path/content")->{status}, 401,
	    'the content needs the key';
	my $film = $sandbox->get("$path/content", $bearer);
	ok mp4($film->{body}), 'and is a film';
	is $film->{headers}{'content-type'}, 'video/mp4', 'named so';
	cmp_ok index($film->{body}, 'moov'), '<', index($film->{body}, 'mdat'),
	    'with its index first';
	like $sandbox->get("$path/content?variant=thumbnail", $bearer)->{body},
	    qr/^RIFF....WEBP/s, 'there is a thumbnail';
	ok $sandbox->del($path, $bearer)->{json}{deleted}, 'it can be deleted';
	is $sandbox->get($path, $bearer)->{status}, 404, 'and is gone then';

	is $ended->('a kite, refuse')->{json}{error}{code},
	    'moderation_blocked', 'a refusal is a failed job';
	is $ended->('a kite, failjob')->{json}{error}{code}, 'server_error',
	    'so is a failure';
	my $last = $ended->('a kite, moovlast')->{json}{id};
	$film = $sandbox->get("/openai/v1/videos/$last/content", $bearer);
	cmp_ok index($film->{body}, 'moov'), '>', index($film->{body}, 'mdat'),
	    'moovlast puts the index last';
	my $id = $ask->('a kite, pollfail')->{json}{id};
	is join(' ', map { $sandbox->get("/openai/v1/videos/$id", $bearer)
	    ->{status} } 1 .. 3), '500 500 200', 'pollfail';

	for my $case ([ { seconds => 4 }, 'an integer' ],
	    [ { seconds => '5' }, 'five' ],
	    [ { size => '1024x1792' }, "the larger model's size" ],
	    [ { fps => 24 }, 'an unknown field' ]) {
		is $sandbox->post('/openai/v1/videos', { prompt => 'x',
		    %{ $case->[0] } }, $bearer)->{status}, 400,
		    "$case->[1] is refused";
	}
	my @form = (prompt => 'x', input_reference =>
	    [ 'a.png', 'image/png', $picture ]);
	is $sandbox->post('/openai/v1/videos', { multipart => [ @form,
	    size => '1280x720' ] }, $bearer)->{status}, 200,
	    'a picture of the size is taken';
	like $sandbox->post('/openai/v1/videos', { multipart => \@form },
	    $bearer)->{json}{error}{message}, qr/^Inpaint image must match/,
	    'one of another size is not';
};

subtest 'Stability v1' => sub {
	my $path = '/stability/v1/generation/stable-diffusion-xl-1024-v1-0';
	my $ask = sub {
		my ($prompt, %more) = @_;
		return $sandbox->post("$path/text-to-image", {
		    text_prompts => [ { text => $prompt, weight => 1 },
			{ text => 'fog', weight => -1 } ],
		    width => 1152, height => 896, %more }, $bearer);
	};
	my $reply = $ask->('a kite', samples => 2, seed => 7);
	my @artifacts = @{ $reply->{json}{artifacts} };
	is scalar @artifacts, 2, 'the samples asked for';
	is size_of(decode_base64($artifacts[0]{base64})), '1152x896',
	    'of the size';
	is "$artifacts[0]{seed} $artifacts[1]{seed}", '7 8', 'with seeds';
	is $ask->('a kite', width => 1000)->{status}, 400,
	    'other sizes are refused';
	is $ask->('kite, contentfiltered')->{json}{artifacts}[0]{finishReason},
	    'CONTENT_FILTERED', 'filtered pictures are a success';
	is $ask->('kite, refuse')->{json}{name}, 'invalid_prompts', 'refused';
	like $ask->('kite, badkey')->{json}{message}, qr/a-key-of-mine/,
	    'a wrong key is repeated';
	is $sandbox->post('/stability/v1/generation/none/text-to-image', {},
	    $bearer)->{status}, 404, 'an unknown engine';
	my $square = $ask->('x', width => 1024, height => 1024)->{json};
	$reply = $sandbox->post("$path/image-to-image", { multipart => [
	    'text_prompts[0][text]' => 'a hat', init_image_mode =>
	    'IMAGE_STRENGTH', image_strength => '0.4', init_image =>
	    [ 'a.png', 'image/png', decode_base64(
	    $square->{artifacts}[0]{base64}) ] ] }, $bearer);
	is $reply->{status}, 200, 'a picture can begin it';
	is $sandbox->get('/stability/v1/user/balance', $bearer)->{json}
	    {credits}, 42.5, 'there is a balance';
};

subtest 'Stability v2beta' => sub {
	my $ask = sub {
		my ($accept, @form) = @_;
		return $sandbox->post(
		    '/stability/v2beta/stable-image/generate/sd3',
		    { multipart => \@form },
		    { %$bearer, Accept => $accept });
	};
	my $reply = $ask->('image/*', prompt => 'a kite',
	    aspect_ratio => '16:9', seed => 3);
	is size_of($reply->{body}), '1344x768', 'bytes of the shape';
	is $reply->{headers}{'finish-reason'}, 'SUCCESS', 'with a reason';
	is $reply->{headers}{seed}, 3, 'and the seed';
	$reply = $ask->('application/json', prompt => 'contentfiltered');
	is $reply->{json}{finish_reason}, 'CONTENT_FILTERED', 'filtered';
	is $ask->('image/*', prompt => 'refuse')->{json}{name},
	    'content_moderation', 'refused';
	is $ask->('image/*', prompt => 'nomoney')->{status}, 402, 'no money';
	is $sandbox->post('/stability/v2beta/stable-image/generate/sd3',
	    { prompt => 'x' }, $bearer)->{status}, 400, 'JSON is refused';
	is $ask->('image/*', prompt => 'x', width => 64)->{status}, 400,
	    'so are unknown fields';
};

subtest 'Veo' => sub {
	my $ask = sub {
		my ($prompt, %parameters) = @_;
		return $sandbox->post('/google/v1beta/models/' .
		    'veo-3.1-generate-preview:predictLongRunning',
		    { instances => [ { prompt => $prompt } ], parameters =>
		    { durationSeconds => 4, %parameters } }, \%google);
	};
	my $ended = sub {
		my $name = $ask->(@_)->{json}{name};
		return poll("/google/v1beta/$name", \%google,
		    sub { $_->{done} })->{json};
	};
	my $uri = $ended->('a kite')->{response}{generateVideoResponse}
	    {generatedSamples}[0]{video}{uri};
	ok mp4($sandbox->get($uri, \%google)->{body}), 'the key gets the film';
	is $sandbox->get($uri)->{status}, 400, 'nobody else does';
	ok mp4($sandbox->get("$uri&key=a-key-of-mine")->{body}),
	    'the key may stand in the address';
	is $ended->('x, refuse')->{response}{generateVideoResponse}
	    {raiMediaFilteredCount}, 1, 'filtered';
	is $ended->('x, failjob')->{error}{code}, 13, 'failed';
	is $ask->('x', durationSeconds => '4')->{json}{error}{status},
	    'INVALID_ARGUMENT', 'the duration is a number';
	is $ask->('x', resolution => '1080p')->{status}, 400,
	    '1080p takes 8 seconds';
	is $ask->('x', seed => 1)->{status}, 400, 'there is no seed';
	is $ask->('errorlist')->{json}[0]{error}{code}, 500,
	    'errors may come in a list';
	is $ask->('x limitonce')->{json}{error}{details}[0]{retryDelay}, '1s',
	    'the time to wait is a detail';
	my $to = $ended->('a kite, redirect')->{response}
	    {generateVideoResponse}{generatedSamples}[0]{video}{uri};
	my $reply = $sandbox->get($to, \%google);
	is $reply->{status}, 302, 'files may lie elsewhere';
	like $reply->{headers}{location}, qr{^http://localhost:}, 'indeed';
};

subtest 'Omni' => sub {
	my $ask = sub {
		my ($prompt) = @_;
		return $sandbox->post('/google/v1beta/interactions', {
		    model => 'gemini-omni-1.1-flash', input => $prompt,
		    background => JSON::PP::true, response_format => {
		    type => 'video', delivery => 'uri', duration => '3s' } },
		    \%google)->{json};
	};
	my $ended = sub {
		my $id = $ask->($_[0])->{id};
		return poll("/google/v1beta/interactions/$id", \%google, sub {
			$_->{status} !~ /^(queued|in_progress)$/;
		})->{json};
	};
	my $content = $ended->('a kite')->{steps}[0]{content}[0];
	ok mp4($sandbox->get($content->{uri}, \%google)->{body}), 'a film';
	is $ended->('x, refuse')->{steps}[0]{content}[0]{type}, 'text',
	    'a refusal is a text';
	is $ended->('x, failjob')->{status}, 'failed', 'failed';
	is $sandbox->get('/google/v1beta/interactions/none', \%google)
	    ->{status}, 400, 'an unknown id';
	my $id = $ask->('x, neverends')->{id};
	is $sandbox->post("/google/v1beta/interactions/$id/cancel", '',
	    \%google)->{json}{status}, 'cancelled', 'cancelled';
};

subtest 'Runway' => sub {
	my $ask = sub {
		my ($prompt, %more) = @_;
		return $sandbox->post('/runway/v1/text_to_video', {
		    model => 'gen4.5', promptText => $prompt,
		    ratio => '1280:720', duration => 2, %more }, \%runway);
	};
	my $ended = sub {
		my ($id) = @_;
		return poll("/runway/v1/tasks/$id", \%runway, sub {
			$_->{status} !~ /^(PENDING|THROTTLED|RUNNING)$/;
		})->{json};
	};
	my $task = $ended->($ask->('a kite')->{json}{id});
	ok mp4($sandbox->get($task->{output}[0])->{body}),
	    'the film needs no key';
	is $ended->($ask->('refuse')->{json}{id})->{failureCode},
	    'SAFETY.INPUT.TEXT', 'refused';
	is $ended->($ask->('cancelled')->{json}{id})->{status}, 'CANCELLED',
	    'cancelled';
	my $id = $ask->('throttled, neverends')->{json}{id};
	is $sandbox->get("/runway/v1/tasks/$id", \%runway)->{json}{status},
	    'THROTTLED', 'throttled';
	is $sandbox->del("/runway/v1/tasks/$id", \%runway)->{status}, 204,
	    'deleted while it runs';
	is $ended->($id)->{status}, 'CANCELLED', 'it is cancelled';
	is $ask->('x', fps => 24)->{status}, 400, 'an unknown field';
	like $ask->('nomoney')->{json}{error}, qr/enough credits/, 'no money';
	is $sandbox->post('/runway/v1/text_to_video', {}, $bearer)->{status},
	    400, 'the version is needed';
	my %image = (model => 'gen4_turbo', ratio => '1280:720', duration => 2);
	is $sandbox->post('/runway/v1/image_to_video', { %image,
	    promptImage => $data_url }, \%runway)->{status}, 200,
	    'from a picture';
	is $sandbox->post('/runway/v1/image_to_video', { %image,
	    promptImage => 'data:image/png;base64,AAAA' }, \%runway)
	    ->{status}, 400, 'from a broken one: no';
	my $still = $sandbox->post('/runway/v1/text_to_image', {
	    model => 'gen4_image', promptText => 'a kite',
	    ratio => '720:720' }, \%runway)->{json}{id};
	is size_of($sandbox->get($ended->($still)->{output}[0])->{body}),
	    '720x720', 'a still';
};

subtest 'AUTOMATIC1111' => sub {
	my $ask = sub {
		return $sandbox->post('/automatic1111/sdapi/v1/txt2img',
		    { prompt => $_[0], width => 640, height => 512,
		    batch_size => 2, seed => 5 });
	};
	my $reply = $ask->('a kite');
	is size_of(decode_base64($reply->{json}{images}[1])), '640x512',
	    'pictures, without a key';
	is decode_json($reply->{json}{info})->{seed}, 5, 'info is a text';
	is $ask->('failjob')->{json}{error}, 'OutOfMemoryError', 'failed';
	is $sandbox->post('/automatic1111/sdapi/v1/img2img',
	    { prompt => 'x', init_images => [ $data_url ] })->{status}, 200,
	    'from a picture';
	is $sandbox->get('/automatic1111/sdapi/v1/progress')->{json}{progress},
	    0, 'there is a progress';
};

subtest 'ComfyUI' => sub {
	my $graph = sub {
		return { 3 => { class_type => 'KSampler', inputs => {
		    seed => 4, positive => [ '6', 0 ], latent_image =>
		    [ '5', 0 ] } },
		5 => { class_type => 'EmptyLatentImage', inputs =>
		    { width => 640, height => 512, batch_size => 2 } },
		6 => { class_type => 'CLIPTextEncode', inputs =>
		    { text => $_[0] } },
		9 => { class_type => 'SaveImage', inputs =>
		    { images => [ '3', 0 ] } } };
	};
	my $ask = sub {
		my ($prompt, $id) = @_;
		return $sandbox->post('/comfyui/prompt', { prompt =>
		    $graph->($prompt), prompt_id => $id });
	};
	my $ended = sub {
		my ($id) = @_;
		return poll("/comfyui/history/$id", {}, sub { $_->{$id} })
		    ->{json}{$id};
	};
	is $ask->('a kite', 'kite-1')->{json}{prompt_id}, 'kite-1',
	    'the caller may choose the id';
	my $files = $ended->('kite-1')->{outputs}{9}{images};
	is scalar @$files, 2, 'two pictures';
	my $file = $sandbox->get("/comfyui/view?filename=" .
	    "$files->[1]{filename}&type=output");
	is size_of($file->{body}), '640x512', 'of the size of the latent';
	$ask->('failjob', 'fail-1');
	is $ended->('fail-1')->{status}{status_str}, 'error', 'failed';
	$ask->('neverends', 'never-1');
	my $queue = $sandbox->get('/comfyui/queue')->{json};
	is_deeply [ map { $_->[1] } map { @$_ } values %$queue ],
	    [ 'never-1' ], 'the queue knows what has not ended';
	$sandbox->post('/comfyui/queue', { delete => [ 'never-1' ] });
	is $ended->('never-1')->{status}{status_str}, 'error', 'cancelled';
	is_deeply $sandbox->get('/comfyui/history/none')->{json}, {},
	    'an unknown id has no history';
	my $broken = $graph->('x');
	$broken->{3}{inputs}{positive} = [ '7', 0 ];
	is $sandbox->post('/comfyui/prompt', { prompt => $broken })->{status},
	    400, 'a link to nowhere is refused';
	my $name = $sandbox->post('/comfyui/upload/image', { multipart =>
	    [ image => [ 'in.png', 'image/png', $picture ] ] })->{json}{name};
	is $name, 'in.png', 'a picture is uploaded';
};

subtest 'Replicate' => sub {
	my $ask = sub {
		my ($prompt, %headers) = @_;
		return $sandbox->post(
		    '/replicate/v1/models/someone/something/predictions',
		    { input => { prompt => $prompt, num_outputs => 2 } },
		    { %$bearer, %headers });
	};
	my $reply = $ask->('a kite', Prefer => 'wait=20');
	is "$reply->{status} $reply->{json}{status}", '201 succeeded',
	    'an answer that was waited for';
	is size_of($sandbox->get($reply->{json}{output}[1])->{body}),
	    '1024x1024', 'leads to pictures';
	$reply = $ask->('x, neverends', Prefer => 'wait=1');
	is $reply->{status}, 202, 'or not';
	is $sandbox->post("/replicate/v1/predictions/$reply->{json}{id}/cancel",
	    '', $bearer)->{json}{status}, 'canceled', 'cancelled';
	my $id = $ask->('x, refuse')->{json}{id};
	like poll("/replicate/v1/predictions/$id", $bearer,
	    sub { $_->{status} eq 'failed' })->{json}{error}, qr/NSFW/,
	    'refused';
	my $large = Media::png(64, 64, undef,
	    Media::png_chunk('teXt', 'x' x (15 << 20)));
	is $sandbox->post('/replicate/v1/predictions', { version => 'a/b',
	    input => { prompt => 'a kite', image => 'data:image/png;base64,' .
	    encode_base64($large, '') } }, $bearer)->{status}, 201,
	    'a large picture is one, too';
};

subtest 'errors of self-hosted servers' => sub {
	my $error = sub {
		my ($server) = @_;
		return $sandbox->post("/$server/v1/chat/completions", {
		    model => 'm', messages => [ { role => 'user',
		    content => 'servererror' } ] })->{json};
	};
	is $error->('ollama')->{error}{type}, 'server_error', 'Ollama';
	is $error->('llamacpp')->{error}{code}, 500, 'llama.cpp';
	is $error->('vllm')->{object}, 'error', 'vLLM';
	is $sandbox->post('/sdcpp/v1/images/generations',
	    { prompt => 'servererror' })->{json}{error}, 'CUDA out of memory',
	    'stable-diffusion.cpp';
	ok $sandbox->post('/localai/v1/images/generations',
	    { prompt => 'x', size => '300x200' })->{json}{data}[0]{url},
	    'LocalAI gives links';
};

my ($models) = grep { $_->{shutdown_date} }
    @{ $sandbox->get('/openai/v1/models', $bearer)->{json}{data} };
like $models->{shutdown_date}, qr/^\d{4}-\d\d-\d\d$/, 'models have an end';
unlike Gesso::slurp("$sandbox->{dir}/sandbox.journal"), qr/a-key-of-mine/,
    'the journal knows no key';

done_testing;
