# Every protocol as an administrator adds it: the sandbox plays its vendor.
#
#	my $vendors = Vendors->add($site);
#	my $task = $vendors->submit($user, 'veo', 'a kite', duration => 6);
package Vendors;
use strict;
use warnings;
use Facts qw(facts);
use Test::More;

# A graph as ComfyUI's "Export (API)" writes it, and one that starts from a
# picture.
my %comfyui = (
	workflow => {
		3 => { class_type => 'KSampler', inputs => { seed => 0,
		    steps => 20, cfg => 7, sampler_name => 'euler',
		    scheduler => 'normal', denoise => 1, model => [ '4', 0 ],
		    positive => [ '6', 0 ], negative => [ '7', 0 ],
		    latent_image => [ '5', 0 ] } },
		4 => { class_type => 'CheckpointLoaderSimple', inputs => {
		    ckpt_name => 'sd_xl_base_1.0.safetensors' } },
		5 => { class_type => 'EmptyLatentImage', inputs => {
		    width => 512, height => 512, batch_size => 1 } },
		6 => { class_type => 'CLIPTextEncode', inputs => { text => '',
		    clip => [ '4', 1 ] } },
		7 => { class_type => 'CLIPTextEncode', inputs => { text => '',
		    clip => [ '4', 1 ] } },
		8 => { class_type => 'VAEDecode', inputs => {
		    samples => [ '3', 0 ], vae => [ '4', 2 ] } },
		9 => { class_type => 'SaveImage', inputs => {
		    filename_prefix => 'ComfyUI', images => [ '8', 0 ] } },
	},
	inputs => { prompt => [ '6', 'text' ], negativePrompt => [ '7', 'text' ],
	    width => [ '5', 'width' ], height => [ '5', 'height' ],
	    seed => [ '3', 'seed' ], batch => [ '5', 'batch_size' ] },
);
$comfyui{imageWorkflow} = { %{ $comfyui{workflow} },
	10 => { class_type => 'LoadImage', inputs => { image => 'x.png' } },
	11 => { class_type => 'VAEEncode', inputs => { pixels => [ '10', 0 ],
	    vae => [ '4', 2 ] } } };
$comfyui{imageInputs} = { %{ $comfyui{inputs} }, image => [ '10', 'image' ],
	strength => [ '3', 'denoise' ] };

# name, type, protocol, base below /sandbox, the vendor's name of the model,
# more configuration
my @vendors = (
	[ 'openai-images', 'image', 'openai', 'openai/v1', 'gpt-image-2' ],
	[ 'openai-dalle', 'image', 'openai', 'openai/v1', 'dall-e-3' ],
	[ 'openai-videos', 'video', 'openai', 'openai/v1', 'sora-2' ],
	[ 'sandbox', 'image', 'sandbox', 'openai/v1', 'gpt-image-2' ],
	[ 'vllm', 'video', 'openai', 'vllm/v1', 'wan-2.2',
	    { videos => 'vllm' } ],
	[ 'localai', 'image', 'openai', 'localai/v1', 'flux' ],
	[ 'sdcpp', 'image', 'openai', 'sdcpp/v1', 'flux' ],
	[ 'stability-v1', 'image', 'stability-v1', 'stability/',
	    'stable-diffusion-xl-1024-v1-0' ],
	[ 'stability-v2', 'image', 'stability-v2', 'stability', 'sd3.5-large' ],
	[ 'stability-core', 'image', 'stability-v2', 'stability', 'core' ],
	[ 'veo', 'video', 'veo', 'google/v1beta/', 'veo-3.1-generate-001' ],
	[ 'omni', 'video', 'omni', 'google/v1beta', 'gemini-omni-1.1-flash' ],
	[ 'runway', 'video', 'runway', 'runway', 'gen4.5' ],
	[ 'runway-images', 'image', 'runway', 'runway/', 'gen4_image' ],
	[ 'automatic1111', 'image', 'automatic1111', 'automatic1111',
	    'default' ],
	[ 'comfyui', 'image', 'comfyui', 'comfyui', 'default', \%comfyui ],
	[ 'replicate', 'image', 'replicate', 'replicate/v1', 'owner/sdxl' ],
	[ 'replicate-films', 'video', 'replicate', 'replicate/v1',
	    'owner/film' ],
);

# A configuration for ComfyUI.
sub comfyui { return \%comfyui }

sub names { return map { $_->[0] } @vendors }

# add(site, names ...): all of them, or those; adds each through the API.  What
# stands behind a slash ("veo/again") makes it another vendor of that kind.
sub add {
	my ($class, $site, @names) = @_;
	my $self = bless { site => $site, admin => $site->admin }, $class;
	my %rows = map { $_->[0] => $_ } @vendors;
	$self->add_one($_, @{ $rows{ $_ =~ s{/.*}{}r } })
	    for @names ? @names : names();
	return $self;
}

sub add_one {
	my ($self, $name, undef, $type, $protocol, $base, $upstream, $more) =
	    @_;
	my $reply = $self->{admin}->post('/config/providers/custom', {
		type => $type, name => $name, apiKey => $self->key($name),
		apiUrl => "http://127.0.0.1:$self->{site}{port}/sandbox/$base",
		config => { protocol => $protocol, poll_ms => 200,
		    busy_ms => 200, models => [ { id => "m-$name",
			upstream => $upstream, price => 1 } ],
		    %{ $more // {} } } });
	die "$name: $reply->{status} $reply->{content}\n"
	    unless $reply->{status} == 201;
	$self->{id}{$name} = $reply->{json}{data}{id};
	$self->{film}{$name} = $type eq 'video';
	return;
}

sub key {
	my ($self, $name) = @_;
	return 'key-of-' . $name =~ s{/}{-}r;
}

# submit(user, name, prompt, more fields): the task's id.  A field "image" with
# the bytes of a PNG makes it start from there.
sub submit {
	my ($self, $user, $name, $prompt, %fields) = @_;
	my $picture = delete $fields{image};
	my $path = '/generate/' . ($picture ? 'image' : 'text') . '-to-' .
	    ($self->{film}{$name} ? 'video' : 'image');
	my %all = (prompt => $prompt, provider => $self->{id}{$name},
	    model => "m-$name", %fields);
	my $reply = $user->post($path, $picture ? { multipart => [ %all,
	    image => [ 'in.png', 'image/png', $picture ] ] } : \%all);
	die "$name: $reply->{status} $reply->{content}\n"
	    unless $reply->{status} == 200;
	return $reply->{json}{data}{taskId};
}

# finished(user, name, task, seconds): the task once it is over.
sub finished {
	my ($self, $user, $name, $task, $seconds) = @_;
	my $path = $self->{film}{$name} ? 'video-task' : 'task';
	my $seen;
	return Gesso::wait_for(sub {
		$seen = $user->get("/generate/$path/$task")->{json}{data};
		return $seen->{status} ne 'processing' && $seen;
	}, $seconds // 60) // $seen;
}

# check(user, name, prompt, task, what it should be): it arrives, and the API,
# the work and the file agree on what it is.  Wanted are size, duration, count
# of works and calls at the vendor.
sub check {
	my ($self, $user, $name, $prompt, $id, %want) = @_;
	my $film = $self->{film}{$name};
	my $task = $self->finished($user, $name, $id);
	is $task->{status}, 'completed', "$prompt: it arrives"
	    or return diag explain $task;
	my @results = $film ? $task->{result}{video}
	    : @{ $task->{result}{images} };
	is scalar @results, $want{count} // 1, 'as many as were asked for';
	$self->check_file($_, $film, %want) for @results;
	my $work = $user->get("/works/$results[0]{workId}")->{json}{data};
	is "$work->{width}x$work->{height}",
	    "$results[0]{width}x$results[0]{height}", 'the work knows its size';
	ok $work->{params}{made}{model}, 'and what was really asked for';
	my @sent = grep { $_->{accepted} && ($_->{prompt} // '') =~ /\Q$prompt\E/ }
	    $self->{site}->journal;
	is scalar @sent, $want{calls} // 1, 'the vendor was asked once'
	    or diag explain \@sent;
	return $task;
}

sub check_file {
	my ($self, $result, $film, %want) = @_;
	my $facts = facts($self->{site}->get($result->{url})->{content}) // {};
	is_deeply [ @{$result}{qw(width height)} ],
	    [ @{$facts}{qw(width height)} ], 'its size is told as it is';
	is "$facts->{width}x$facts->{height}", $want{size},
	    "which is $want{size}" if $want{size};
	return unless $film;
	is $result->{duration}, int($facts->{duration} + 0.5),
	    'its duration is told as it is';
	is $result->{duration}, $want{duration},
	    "which is $want{duration}" if $want{duration};
	is $result->{fps} * $facts->{duration}, $facts->{frames},
	    'and its frames a second';
	return;
}

1;
