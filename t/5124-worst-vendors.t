#!/usr/bin/perl
# Whatever a vendor answers, and however large the pictures that it is handed, the
# poller and the assistant go on, and the task or the answer ends as such a one
# ends.
use strict;
use warnings;
use Test::More;
use Gesso qw(wait_for got);
use Media qw(png png_chunk);
use Unharmed;
use Vendors;
use WorstVendor;

my $site = Gesso->start(delay => 0, rhythm => 3600, conf => {
    signup_power => 1000, limit_free_calls_per_hour => 100000,
    limit_free_images_per_day => 1000, limit_free_videos_per_day => 1000,
    egress_allow => '127.0.0.0/8', max_image_bytes => '64M',
    chat_context => 10_000_000 });
my $vendor = WorstVendor->start;
my $user = $site->register;
my $admin = $site->admin;
my $unharmed = Unharmed->watch($site);

sub add {
	my ($type, $config) = @_;
	my $reply = $admin->post('/config/providers/custom', { type => $type,
	    name => 'Worst', apiKey => 'sk-a-secret-key', apiUrl => $vendor->url,
	    config => { poll_ms => 100, %$config } });
	is got($reply), 201, 'a vendor is added' or diag explain $reply;
	return $reply->{json}{data}{id};
}

# ---- pictures

add('image', { models => ['worst'] });
my %tasks = map { $_ => $user->submit("a kite worst-$_", model => 'worst') }
    WorstVendor->pictures;
for my $how (sort keys %tasks) {
	my $task = $user->finished($tasks{$how}, 15);
	is $task->{status}, 'failed', "$how: the task fails"
	    or diag explain $task;
	unlike $task->{error}, qr/ask-|sk-a-secret/, 'and does not say what was said';
	is $task->{refunded}, 1, 'it is paid back';
}
$unharmed->check('pictures');

# ---- names, messages, and pictures that are handed over

sub from_picture {
	my ($model, $picture, $prompt) = @_;
	my $reply = $user->post('/generate/image-to-image', { multipart => [
	    prompt => $prompt, model => $model,
	    image => [ 'in.png', 'image/png', $picture ] ] });
	is got($reply), 200, "$model takes a picture";
	return $user->finished($reply->{json}{data}{taskId}, 20) // {};
}

add('image', { protocol => 'comfyui', models => ['graph'],
    %{ Vendors->comfyui } });
is from_picture('graph', png(512, 512), 'a kite')->{reason},
    'result_invalid', 'the name of a file that is too long is none';
my $task = from_picture('graph', png(512, 512, undef, png_chunk('tEXt',
    "Comment\0worst-short")), 'a kite');
is $task->{status}, 'failed', 'a run that says a book ends';
add('image', { protocol => 'replicate', models => ['owner/worst'] });
$task = from_picture('owner/worst', png(1024, 1024, undef,
    png_chunk('tEXt', "Comment\0" . 'x' x (45 << 20))), 'a kite');
is $task->{status}, 'failed', 'a large picture is handed over';
isnt $task->{reason}, 'deadline', 'and refused by the vendor';
$unharmed->check('what is handed over');

# ---- answers

add('assistant', { models => ['babble'] });
my %ends = (delta => 'done', deltas => 'done', usage => 'done');
for my $how (WorstVendor->answers) {
	my $stream = $user->ask({ model => 'babble', message => "worst-$how" });
	my @events = $stream->rest;
	if (!$ends{$how}) {
		ok $stream->head(1) == 503 ||
		    $events[-1]{type} eq 'error', "$how: there is no answer"
		    or diag explain $events[-1];
		next;
	}
	is $events[-1]{type}, $ends{$how}, "$how: there is an answer"
	    or diag explain $events[-1];
	is $events[-1]{usage}, undef, 'what is no count is not told';
}
$unharmed->check('answers');

done_testing;
