#!/usr/bin/perl
# What the poller does with each way a vendor can behave: how the task ends, what
# is paid back, and how often the vendor was asked for the same picture.
use strict;
use warnings;
use Test::More;
use Gesso qw(wait_for);
use Media qw(noise);

my $site = Gesso->start(conf => {
	limit_free_images_per_day => 1000,
	limit_free_calls_per_hour => 100000,
	signup_power => 100,
	deadline_image => '12s',
});
my $user = $site->register;

# word => [status, reason, most submissions that the vendor sees]
my %ends = (
	instant => [ 'completed', undef, 1 ],
	failonce => [ 'completed', undef, 2 ],
	htmlonce => [ 'completed', undef, 2 ],
	limitonce => [ 'completed', undef, 2 ],
	limitbare => [ 'completed', undef, 2 ],
	b64lines => [ 'completed', undef, 1 ],
	refuse => [ 'failed', 'content_policy', 1 ],
	servererror => [ 'failed', undef, 1 ],
	lostanswer => [ 'failed', undef, 1 ],
	neverends => [ 'failed', 'provider_timeout', 1 ],
	limitalways => [ 'failed', 'provider_unavailable', 99 ],
	downalways => [ 'failed', 'provider_unavailable', 99 ],
	b64bad => [ 'failed', 'result_invalid', 1 ],
	notanimage => [ 'failed', 'result_invalid', 1 ],
	pngbomb => [ 'failed', 'result_invalid', 1 ],
	noresult => [ 'failed', 'result_invalid', 1 ],
	notjson => [ 'failed', 'result_invalid', 1 ],
	modelgone => [ 'failed', 'provider_misconfigured', 1 ],
);
# One vendor for all of it; its breaker is looked at below.
sub submit { return $user->submit(@_, provider => 'dalle') }
my %task = map { $_ => submit("a boat, $_") } sort keys %ends;
# Some may be paid back by now.
is scalar($site->sql('SELECT SUM(amount) FROM power_transfer' .
    " WHERE kind = 'hold'")), keys %ends, 'all of it was held';

for my $word (sort keys %ends) {
	my ($status, $reason, $most) = @{ $ends{$word} };
	my $end = $user->finished($task{$word}, 40);
	is $end->{status}, $status, "$word: $status" or diag explain $end;
	is $end->{reason}, $reason, "$word: reason"
	    if $reason || $status eq 'completed';
	is $end->{refunded}, $status eq 'completed' ? 0 : 1,
	    "$word: what is paid back";
	# Neither what rules refuse nor what is set up wrong gets better.
	is !!$end->{retryable}, !!(($end->{reason} // '') =~
	    /^(provider_(timeout|unavailable)|result_invalid)$/),
	    "$word: whether another try is worth it";
	my $sent = grep { ($_->{prompt} // '') =~ /\b$word\b/ }
	    $site->journal;
	cmp_ok $sent, '<=', $most, "$word: not sent too often";
	cmp_ok $sent, '>=', 1, "$word: but sent";
}
my $good = grep { $_->[0] eq 'completed' } values %ends;
is $user->power->{remaining}, 100 - $good, 'only pictures are paid for';

my ($zh, $en) = map { $user->get("/generate/task/$task{refuse}",
    { 'Accept-Language' => $_ })->{json}{data}{error} } qw(zh en);
like $en, qr/^The content was refused/, 'why it failed is told in English';
like $zh, qr/^[^\x00-\x7f]/, 'or in Chinese, whoever asks';

my $four = $user->finished(submit('four boats', numImages => 4));
is scalar @{ $four->{result}{images} }, 4, 'four of one task';
my %urls = map { $_->{url} => 1 } @{ $four->{result}{images} };
is scalar keys %urls, 4, 'each another file';
my $profile = sub { $user->get('/user/profile')->{json}{data} };
is $profile->()->{totalGenerated}, $good + 4,
    'the profile counts what was delivered';
is $user->del("/works/$four->{result}{images}[0]{workId}")->{status}, 200,
    'one is deleted';
is $profile->()->{totalGenerated}, $good + 4, 'and was delivered all the same';
my @stages = qw(queued submitting storing done);
is_deeply [ grep { !$four->{timeline}{$_} } @stages ], [],
    'the timeline has its stages' or diag explain $four->{timeline};

# What one prompt meets again and again says nothing of the vendor.
my $stubborn = $user->submit('a boat, downalways',
    model => 'stable-diffusion-3');
ok wait_for(sub { grep({ ($_->{prompt} // '') =~ /downalways/ &&
    $_->{vendor} =~ m{^stability} } $site->journal) > 2 }, 20), 'sent three times'
    or diag explain [ $site->journal ]->[-1];
is $site->sql("SELECT failures FROM breaker WHERE provider_id = 'stability'"),
    1, 'and counted once';
is $user->post("/generate/task/$stubborn/cancel", {})->{status}, 200,
    'it is given up';
$site->sql("DELETE FROM breaker WHERE provider_id = 'stability'");

# An empty purse is the administrator's business: the breaker opens, and
# closes by itself when the vendor is well.
my $poor = $user->finished(submit('a boat, nomoney'));
like $poor->{reason}, qr/^provider_/, 'no money';
like $site->sql("SELECT state FROM breaker WHERE provider_id = 'dalle'"),
    qr/open/, 'opens the breaker';
my $next = submit('a boat, after all');
is $user->finished($next)->{status}, 'completed', 'the next one waits for it';
is $site->sql("SELECT COUNT(*) FROM breaker WHERE provider_id = 'dalle'"), 0,
    'and closes it';

# Cancelled while the vendor has it: nothing is stored, nothing paid back.
my $unwanted = submit('a boat, neverends');
wait_for(sub { $user->task($unwanted)->{stage} eq 'submitting' }, 10);
is $user->post("/generate/task/$unwanted/cancel", {})->{status}, 200,
    'a running task is cancelled';
ok wait_for(sub { $site->log('gesso-poller') =~
    /task=$unwanted the task is not wanted any more/ }, 15),
    'and the poller lets go of it';

# Three that are sent one by one, slowly: what has not left is paid back, and of
# what was made already nothing stays.
$site->sql(q{UPDATE provider SET config = JSON_SET(COALESCE(config, '{}'),
    '$.perMinute', 2) WHERE id = 'stability'});
my %before = map { $_ => 1 } glob "$site->{media}/*/*/*.*";
my $files = sub { grep { !$before{$_} } glob "$site->{media}/*/*/*.*" };
my $slow = $user->submit('a boat, instant', numImages => 3,
    model => 'stable-diffusion-3');
ok wait_for(sub { $files->() == 2 }, 10),
    'one of three has left, and stands in the store';
is $user->post("/generate/task/$slow/cancel", {})->{json}{data}{refunded}, 2,
    'the other two are not paid for';
ok wait_for(sub { !$files->() }, 10), 'the files of the one go at once';
$site->sql(q{UPDATE provider SET config = JSON_REMOVE(config, '$.perMinute')
    WHERE id = 'stability'});

# Another model takes over what the first surely did not begin, when the
# administrator has said which.
$site->sql(q{UPDATE model SET config = '{"fallback":"stability/stable-diffusion-xl"}'
    WHERE id = 'dall-e-3'; UPDATE provider SET url = 'http://127.0.0.1:1/v1'
    WHERE id = 'dalle'});
my $taken = $user->submit('a boat by another', model => 'dall-e-3');
is $user->finished($taken)->{status}, 'completed', 'another model takes over';
my ($work) = grep { $_->{title} eq 'a boat by another' }
    @{ $user->get('/works')->{json}{data}{list} };
is $user->get("/works/$work->{id}")->{json}{data}{model},
    'stable-diffusion-xl', 'and the work says which';
$site->sql(q{UPDATE model SET config = '{"fallback":"dalle/dall-e-3"}'
    WHERE id = 'stable-diffusion-xl'});
my $lost = $user->finished($user->submit('a boat, modelgone, by nobody',
    model => 'dall-e-3'));
is $lost->{reason}, 'provider_misconfigured',
    'two that name each other do not pass it on for ever';
is scalar(grep { ($_->{prompt} // '') =~ /by nobody/ } $site->journal), 1,
    'each was asked once';

# Pictures of more bytes than a vendor takes go there as JPEG.
sub from_picture {
	my ($to, $picture, @more) = @_;
	my $reply = $user->post("/generate/image-to-$to", { multipart => [
	    prompt => 'a boat, instant', @more,
	    image => [ 'in.png', 'image/png', $picture ] ] });
	my $id = $reply->{json}{data}{taskId};
	my $status = sub { $user->get($to eq 'image' ? "/generate/task/$id"
	    : "/generate/video-task/$id")->{json}{data}{status} };
	wait_for(sub { $status->() ne 'processing' }, 40);
	return $status->();
}
$site->sql(q{UPDATE model SET config = '{"sizes":["2048x2048"]}'
    WHERE id = 'stable-diffusion-3';
    UPDATE model SET upstream = 'veo3.1' WHERE id = 'gen-4'});
is from_picture(image => noise(2048, 2048), model => 'stable-diffusion-3'),
    'completed', 'twelve megabytes, where a body has ten';
is from_picture(video => noise(1920, 1080), model => 'gen-4',
    resolution => '1080p'), 'completed', 'six, where an address has five';

# A disk that fills up when the task is on its way: pollers that start read the
# settings again, the API keeps those it has.
open my $conf, '>>', "$site->{dir}/gesso.conf" or die;
print {$conf} "\nmin_free_disk = 1000G\n";
close $conf;
my %old = map { $_ => 1 } $site->pids('gesso-poller');
ok wait_for(sub { !grep { $old{$_} } $site->pids('gesso-poller') }, 20),
    'other pollers by now';
my $power = $user->power->{remaining};
my $failed = $user->finished($user->submit('a boat'), 30);
is $failed->{reason}, 'storage_full', 'a full disk';
is $user->power->{remaining}, $power, 'is not paid for';
is_deeply [ glob "$site->{dir}/media/tmp/*" ], [], 'no half file stays';
is $site->ctl('ledger', 'audit')->{status}, 0, 'the ledger is right';

done_testing;
