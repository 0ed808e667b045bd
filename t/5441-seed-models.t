#!/usr/bin/perl
# Every name of a model or a vendor that the seed prints works at once in
# quickstart, without a key; what is chosen when nothing is said is the seed's.
use strict;
use warnings;
use Test::More;
use Gesso qw(wait_for);

my $site = Gesso->start(delay => 20, conf => { signup_power => 1000,
	limit_free_images_per_day => 1000, limit_free_videos_per_day => 1000,
	limit_free_calls_per_hour => 100000 });
my $user = $site->register;

is_deeply $user->get('/config/current')->{json}{data}, {
	imageProvider => 'stability', imageModel => 'stable-diffusion-xl',
	videoProvider => 'sora', videoModel => 'sora-1.0',
	assistantProvider => 'openai', assistantModel => 'gpt-4',
    }, 'the choice is the one of the seed';
my $all = $user->get('/config/providers')->{json}{data};
is_deeply [ map { "$_->{id}: " . ($_->{enabled} ? 'on' : 'off') . ' ' .
    join ' ', map { "$_->{id} $_->{status}" } @{ $_->{modelInfo} } }
    map { @{ $all->{$_} } } qw(image video assistant) ], [
	'stability: on stable-diffusion-xl active stable-diffusion-3 active',
	'dalle: on dall-e-3 active', 'sora: on sora-1.0 active',
	'veo: on veo-2 active', 'runway: on gen-4 active',
	'openai: on gpt-4 active gpt-3.5-turbo active',
    ], 'its vendors are on, none of its models is retired';

# what is made, provider, model => whose model makes it
my @rows = (
	[ 'image', undef, undef, 'stability/stable-diffusion-xl' ],
	[ 'image', undef, 'stability', 'stability/stable-diffusion-xl' ],
	[ 'image', undef, 'stable-diffusion-xl',
	    'stability/stable-diffusion-xl' ],
	[ 'image', undef, 'stable-diffusion-3', 'stability/stable-diffusion-3' ],
	[ 'image', undef, 'stability/stable-diffusion-3',
	    'stability/stable-diffusion-3' ],
	[ 'image', 'stability', undef, 'stability/stable-diffusion-xl' ],
	[ 'image', undef, 'dalle', 'dalle/dall-e-3' ],
	[ 'image', undef, 'dall-e', 'dalle/dall-e-3' ],
	[ 'image', undef, 'DALL-E', 'dalle/dall-e-3' ],
	[ 'image', undef, 'dall-e-3', 'dalle/dall-e-3' ],
	[ 'image', 'dalle', undef, 'dalle/dall-e-3' ],
	[ 'image', 'dalle', 'dall-e-3', 'dalle/dall-e-3' ],
	[ 'video', undef, undef, 'runway/gen-4' ],
	[ 'video', undef, 'sora', 'sora/sora-1.0' ],
	[ 'video', undef, 'sora-1.0', 'sora/sora-1.0' ],
	[ 'video', undef, 'sora/sora-1.0', 'sora/sora-1.0' ],
	[ 'video', 'sora', undef, 'sora/sora-1.0' ],
	[ 'video', undef, 'veo', 'veo/veo-2' ],
	[ 'video', undef, 'veo-2', 'veo/veo-2' ],
	[ 'video', undef, 'runway', 'runway/gen-4' ],
	[ 'video', undef, 'gen-4', 'runway/gen-4' ],
	[ 'video', 'runway', 'gen-4', 'runway/gen-4' ],
);
my @asked = map {
	my ($type, $provider, $model) = @$_;
	my $reply = $user->post("/generate/text-to-$type",
	    { prompt => 'a boat', provider => $provider, model => $model,
	    $type eq 'video' ? (duration => 2) : () });
	is $reply->{status}, 200, "$type by " . ($provider // '') . ' ' .
	    ($model // 'default') . ' is taken' or diag $reply->{content};
	$reply->{json}{data};
} @rows;
for my $i (0 .. $#rows) {
	my $path = $rows[$i][0] eq 'video' ? 'video-task' : 'task';
	my $task;
	wait_for(sub {
		$task = $user->get("/generate/$path/$asked[$i]{taskId}")
		    ->{json}{data};
		return $task->{status} ne 'processing';
	}, 90);
	is $task->{status}, 'completed', 'it arrives' or diag explain $task;
	my $work = $user->get("/works/$asked[$i]{works}[0]")->{json}{data};
	is "$work->{provider}/$work->{model}", $rows[$i][3], "by $rows[$i][3]";
}

for my $name (qw(midjourney stability/dall-e-3 gpt-4)) {
	my $reply = $user->post('/generate/text-to-image',
	    { prompt => 'x', model => $name });
	is "$reply->{status} $reply->{json}{reason}", '400 unknown_model',
	    "$name is no picture's model";
}

# A start does not undo what an administrator has decided.
is $site->ctl(qw(model set sora/sora-1.0 --retired --use gen-4))->{status}, 0,
    'a model is retired';
$site->stop;
$site = Gesso->start(dir => $site->{dir}, port => $site->{port});
is $site->sql("SELECT status FROM model WHERE id = 'sora-1.0'"), 'retired',
    'and stays so after another start';

done_testing;
