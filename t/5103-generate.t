#!/usr/bin/perl
# What can be asked for: every field on both sides of its bounds, prices,
# dry runs, cancelling.
use strict;
use warnings;
use utf8;
use Test::More;
use Gesso qw(wait_for got);

binmode Test::More->builder->$_, ':utf8' for qw(output failure_output);

my $site = Gesso->start(conf => { limit_free_calls_per_hour => 1000000,
	limit_free_images_per_day => 1000, limit_free_videos_per_day => 1000,
	signup_power => 5000 }, rhythm => 3600);
# No poller: what is asked for stays as it is.
kill 'KILL', $site->pids('gesso-poller');
my $user = $site->register;
my $other = $site->register;
my ($null, $true) = (JSON::PP::null, JSON::PP::true);
$site->sql("UPDATE provider SET enabled = TRUE");
$site->sql("UPDATE model SET status = 'active'");


# ask(kind, {fields}): a dry run.
sub ask {
	my ($kind, $fields) = @_;
	return $user->post("/generate/$kind?dryRun=true",
	    { prompt => 'a kite', %$fields });
}

my $bad = sub { "400 invalid_field $_[0]" };
my @both = (
	[ prompt => '', $bad->('prompt') ], [ prompt => " \n\t ", $bad->('prompt') ],
	[ prompt => "\x{3000}\x{a0}", $bad->('prompt') ],
	[ prompt => $null, '400 missing_field prompt' ],
	[ prompt => 7, $bad->('prompt') ], [ prompt => ['x'], $bad->('prompt') ],
	[ prompt => "\x{1f600}" x 4000, 200 ],
	[ prompt => "\x{1f600}" x 4001, $bad->('prompt') ],
	[ prompt => '字' x 4000, 200 ], [ prompt => '字' x 4001, $bad->('prompt') ],
	[ prompt => ' ' x 5000 . 'x', 200 ],
	[ negativePrompt => '', 200 ], [ negativePrompt => 'x' x 4000, 200 ],
	[ negativePrompt => 'x' x 4001, $bad->('negativePrompt') ],
	[ negativePrompt => $true, $bad->('negativePrompt') ],
	[ style => 'x' x 64, 200 ], [ style => 'x' x 65, $bad->('style') ],
	[ style => {}, $bad->('style') ],
	[ seed => 0, 200 ], [ seed => 4294967295, 200 ],
	[ seed => 4294967296, $bad->('seed') ], [ seed => -1, $bad->('seed') ],
	[ seed => 1.5, $bad->('seed') ], [ seed => '7', $bad->('seed') ],
	[ model => 'nothing', '400 unknown_model model' ],
	[ model => "\x{1f600}", '400 unknown_model model' ],
	[ model => '', $bad->('model') ], [ model => 3, $bad->('model') ],
	[ provider => 'nothing', '400 unknown_model provider' ],
	[ provider => 'openai', '400 unknown_model provider' ],
	[ provider => "\x{1f600}", '400 unknown_model provider' ],
);
my @image = (
	(map { my $m = $_; (
	    [ $m => 256, 200 ], [ $m => 255, $bad->($m) ],
	    [ $m => 248, $bad->($m) ], [ $m => 2048, 200 ],
	    [ $m => 2056, $bad->($m) ], [ $m => 260, $bad->($m) ],
	    [ $m => 1020, $bad->($m) ], [ $m => 0, $bad->($m) ],
	    [ $m => -512, $bad->($m) ], [ $m => '512', $bad->($m) ],
	    [ $m => 512.5, $bad->($m) ], [ $m => $true, $bad->($m) ],
	    [ $m => [512], $bad->($m) ], [ $m => $null, 200 ],
	    [ $m => 9e18, $bad->($m) ]) } qw(width height)),
	[ numImages => 1, 200 ], [ numImages => 4, 200 ],
	[ numImages => 0, $bad->('numImages') ],
	[ numImages => 5, $bad->('numImages') ],
	[ numImages => '2', $bad->('numImages') ],
	[ model => 'dall-e-3', 200 ], [ model => 'dalle', 200 ],
	[ model => 'gen-4', '400 unknown_model model' ],
	[ provider => 'dalle', 200 ],
	[ provider => 'runway', '400 unknown_model provider' ],
);
my @video = (
	[ duration => 1, 200 ], [ duration => 60, 200 ],
	[ duration => 0, $bad->('duration') ],
	[ duration => 61, $bad->('duration') ],
	[ duration => 2.5, $bad->('duration') ],
	[ duration => '5', $bad->('duration') ],
	[ fps => 1, 200 ], [ fps => 60, 200 ], [ fps => 0, $bad->('fps') ],
	[ fps => 61, $bad->('fps') ], [ fps => 23.976, $bad->('fps') ],
	(map { [ resolution => $_, 200 ] } qw(480p 720p 1080p 4k)),
	(map { [ resolution => $_, $bad->('resolution') ] } '', '8k', '720P',
	    '1280x720', 720),
	(map { [ model => $_, 200 ] } qw(sora veo runway sora-1.0 veo-2 gen-4)),
	[ model => 'dall-e-3', '400 unknown_model model' ],
	[ provider => 'veo', 200 ],
);
for my $case ((map { [ 'text-to-image', @$_ ] } @both, @image),
    (map { [ 'text-to-video', @$_ ] } @both, @video)) {
	my ($kind, $member, $value, $expected) = @$case;
	my $shown = ref $value ? JSON::PP->new->allow_nonref->encode($value)
	    : substr $value // 'null', 0, 20;
	is got(ask($kind, { $member => $value })), $expected,
	    "$kind $member=" . $shown =~ s/\s/ /gr;
}
is got($user->post('/generate/text-to-image', {})),
    '400 missing_field prompt', 'without a prompt nothing is made';

# ---- what it costs

sub cost {
	my ($kind, %fields) = @_;
	return ask($kind, \%fields)->{json}{data}{cost};
}
is cost('text-to-image'), 1, 'an image costs 1';
is cost('text-to-image', numImages => 4), 4, 'four cost 4';
is cost('text-to-image', width => 1032, numImages => 2), 4,
    'a side over 1024 costs double';
is cost('text-to-video'), 10, 'five seconds of film cost 10';
is cost('text-to-video', duration => 60), 120, 'a minute 120';
is cost('text-to-video', resolution => '1080p'), 20, '1080p costs double';
is cost('text-to-video', resolution => '4k', duration => 1), 4, '4k, too';
$site->sql("UPDATE account SET hd_count = 3 WHERE email = '$user->{email}'");
is cost('text-to-image', width => 2048, numImages => 4), 5,
    'three of four are in the plan';
is cost('text-to-video', resolution => '4k'), 10, 'so is a film';

my $dry = ask('text-to-image', {})->{json}{data};
is_deeply [ sort keys %$dry ], [qw(allowed cost estimatedTime remaining)],
    'a dry run has its members';
is_deeply [ @$dry{qw(cost remaining estimatedTime)} ], [ 1, 5000, 30 ],
    'and is right';
is ask('text-to-video', {})->{json}{data}{estimatedTime}, 120,
    'a film takes longer';
is $site->sql('SELECT COUNT(*) FROM task'), 0, 'and writes nothing';
is $user->power->{remaining}, 5000, 'nor does it cost anything';

# ---- accepted

my $reply = $user->post('/generate/text-to-image', { prompt => '  a kite  ',
    width => 2048, height => 256, numImages => 4, seed => 7, style => 'ink',
    negativePrompt => 'rain' });
is $reply->{status}, 200, 'a submission is accepted';
my $receipt = $reply->{json}{data};
is_deeply [ sort keys %$receipt ],
    [qw(cost estimatedTime status taskId works)], 'the receipt is whole';
is_deeply [ @$receipt{qw(status estimatedTime cost)} ], [ 'processing', 30, 5 ],
    'and right';
is scalar @{ $receipt->{works} }, 4, 'four works are being made';
is $user->power->{hdCount}, 0, 'the plan is used first';
is_deeply [ @{ $user->power }{qw(total used remaining)} ],
    [ 5000, 5, 4995 ], 'the power is held';
my $work = $user->get("/works/$receipt->{works}[0]")->{json}{data};
is_deeply $work->{params}, { width => 2048, height => 256, numImages => 4,
	seed => 7, style => 'ink', negativePrompt => 'rain' },
    'the work knows what was asked';
is_deeply [ @$work{qw(title prompt negativePrompt status taskId type)} ],
    [ 'a kite', 'a kite', 'rain', 'processing', $receipt->{taskId},
    'image' ], 'and whose it is';
is $user->get('/works')->{json}{data}{total}, 4, 'all are listed';

my $task = $user->task($receipt->{taskId});
is_deeply [ @$task{qw(taskId status progress result error stage reason
    retryable refunded finishedAt)} ], [ $receipt->{taskId}, 'processing', 0,
    undef, undef, 'queued', undef, JSON::PP::false, 0, undef ],
    'the task is as the seed prints it' or diag explain $task;
ok $task->{timeline}{queued}, 'with a timeline';
for my $path ("/generate/task/$receipt->{taskId}",
    "/works/$receipt->{works}[0]", "/works/$receipt->{works}[0]/download") {
	is got($other->get($path)), '404 not_found',
	    "$path does not exist for others";
}
is got($other->post("/generate/task/$receipt->{taskId}/cancel", '')),
    '404 not_found', 'nor can they stop it';
is got($user->get("/generate/video-task/$receipt->{taskId}")),
    '404 not_found', 'it is no film';
is got($user->post("/generate/video-task/$receipt->{taskId}/cancel", '')),
    '404 not_found', 'and cannot be stopped as one';
is got($user->get("/works/$receipt->{works}[0]/download")), '400 not_ready',
    'there is no file yet';

# ---- stopped

$reply = $user->post("/generate/task/$receipt->{taskId}/cancel", '');
is $reply->{status}, 200, 'it is stopped';
is_deeply [ @{ $reply->{json}{data} }{qw(status stage reason refunded)} ],
    [ 'failed', 'cancelled', 'cancelled', 5 ], 'and paid back';
my $again = $user->post("/generate/task/$receipt->{taskId}/cancel", '');
is_deeply $again->{json}{data}, $reply->{json}{data},
    'again: the same, and no second refund';
is_deeply $user->power, { total => 5000, used => 0, remaining => 5000,
	gifted => 5000, hdCount => 3 }, 'to the last unit';
is $user->get('/user/limits')->{json}{data}{images}{used}, 0,
    'the day is given back';
is $user->get('/works?status=failed')->{json}{data}{total}, 4,
    'the works have failed';
is $user->get("/works/$receipt->{works}[0]")->{json}{data}{status}, 'failed',
    'each of them';

my $sent = $user->submit('a kite that the vendor has');
$site->sql("UPDATE task SET state = 'running', submitted_at = NOW(3) " .
    "WHERE id = UNHEX('" . $sent =~ tr/-//dr . "')");
$reply = $user->post("/generate/task/$sent/cancel", '');
is_deeply [ @{ $reply->{json}{data} }{qw(status stage refunded)} ],
    [ 'failed', 'cancelled', 0 ], 'what the vendor got is paid';
is $user->power->{remaining}, 4999, 'by the user';
is $user->get('/user/limits')->{json}{data}{images}{used}, 1,
    'and counted for the day';
# Of four, one at the vendor, one that waits, one that could not be made and one
# that was refused.
my %before = (%{ $user->power },
    images => $user->get('/user/limits')->{json}{data}{images}{used});
my $four = $user->submit('four kites', numImages => 4);
my @parts = ('"sent"', '"unsent"', '"failed","reason":"provider_unavailable"',
    '"failed","reason":"content_policy"');
$site->sql("UPDATE task SET state = 'submitting', submitted_at = NOW(3), " .
    "parts = '[" . join(',', map { qq({"state":$_,"count":1,"works":[]}) }
    @parts) . "]' WHERE id = UNHEX('" . $four =~ tr/-//dr . "')");
$reply = $user->post("/generate/task/$four/cancel", '');
is_deeply [ @{ $reply->{json}{data} }{qw(status stage refunded)} ],
    [ 'failed', 'cancelled', 3 ], 'of several what the vendor has not is not paid';
is $user->power->{remaining}, $before{remaining} - 1, 'one is';
is $user->get('/user/limits')->{json}{data}{images}{used},
    $before{images} + 2, 'and what rules refused counts for the day';
my $done = $user->submit('a kite that is done');
my $hex = $done =~ tr/-//dr;
$site->sql("UPDATE task SET state = 'done', progress = 100, finished_at = " .
    "NOW(3) WHERE id = UNHEX('$hex')");
is got($user->post("/generate/task/$done/cancel", '')),
    '400 already_finished', 'what is finished cannot be stopped';
$site->sql("UPDATE task SET state = 'queued', finished_at = NULL WHERE id = " .
    "UNHEX('$hex')");

# ---- a film

$receipt = $user->post('/generate/text-to-video', { prompt => 'a boat',
    duration => 7, resolution => '480p', fps => 12 })->{json}{data};
is_deeply [ @$receipt{qw(status estimatedTime cost)} ],
    [ 'processing', 120, 14 ], 'a film is accepted';
is scalar @{ $receipt->{works} }, 1, 'one work is being made';
my $film = $user->get("/works/$receipt->{works}[0]")->{json}{data};
is_deeply $film->{params}, { duration => 7, resolution => '480p', fps => 12 },
    'as it was asked';
is_deeply [ @$film{qw(type provider model)} ], [ 'video', 'runway', 'gen-4' ],
    'by the default model of the seed';
is $user->get("/generate/video-task/$receipt->{taskId}")->{json}{data}{status},
    'processing', 'it can be looked after';
is got($user->get("/generate/task/$receipt->{taskId}")), '404 not_found',
    'but is no picture';
is $user->get('/works?type=video')->{json}{data}{total}, 1,
    'it is listed as a film';
is $user->post("/generate/video-task/$receipt->{taskId}/cancel", '')
    ->{json}{data}{refunded}, 14, 'and can be stopped';
is $user->get('/user/limits')->{json}{data}{videos}{used}, 0,
    'its day is given back';

# ---- models that are gone

$site->sql("UPDATE model SET status = 'retired', replacement = 'gen-5' " .
    "WHERE id = 'gen-4'");
$reply = ask('text-to-video', { model => 'gen-4' });
is got($reply), '400 model_retired model', 'a retired model is refused';
like $reply->{json}{error}, qr/gen-5/, 'with its replacement';
$site->sql("UPDATE model SET status = 'active' WHERE id = 'gen-4'");
$site->sql("UPDATE provider SET enabled = FALSE WHERE id = 'runway'");
is got(ask('text-to-video', { model => 'runway' })),
    '400 unknown_model model', 'a vendor that is off is unknown';
is ask('text-to-video', {})->{status}, 200,
    'without a model the configured one is taken then';

# ---- models that take their time

sub deadline {
	my ($id) = $user->submit('a kite', model => 'dall-e-3') =~ tr/-//dr;
	return scalar $site->sql('SELECT TIMESTAMPDIFF(SECOND, created_at, ' .
	    "deadline_at) FROM task WHERE id = UNHEX('$id')");
}
sub deadline_set {
	return $site->ctl('model', 'set', 'dalle/dall-e-3', '--deadline',
	    @_)->{status};
}
is deadline(), 600, 'a picture has ten minutes';
is deadline_set('25m'), 0, 'a model may have more';
is deadline(), 1500, 'which its tasks get';
is $site->ctl('model', 'set', 'dalle/dall-e-3', '--price', 1)->{status}, 0,
    'another change';
is deadline(), 1500, 'leaves it';
is deadline_set($_), 2, "$_ is no deadline" for '8d', '-1s', 'x';
my ($row) = grep { $_->{id} eq 'dall-e-3' }
    @{ $site->ctl('--json', 'model', 'list')->{json}{models} };
is $row->{deadlineS}, 1500, 'the list tells it';
is deadline_set(0), 0, 'it can be taken back';
is deadline(), 600, 'and is that of all models then';

# ---- neither power nor day

$site->sql("UPDATE account SET power_available = 3 WHERE email = " .
    "'$other->{email}'");
$reply = $other->post('/generate/text-to-image', { prompt => 'x',
    numImages => 4 });
is got($reply), '403 insufficient_power', 'more than there is';
is_deeply [ @{ $reply->{json} }{qw(needed remaining)} ], [ 4, 3 ],
    'and how much is missing';
my $why = $other->post('/generate/text-to-image?dryRun=true',
    { prompt => 'x', numImages => 4 })->{json}{data};
is_deeply $why, { cost => 4, remaining => 3, allowed => JSON::PP::false,
	reason => 'insufficient_power', estimatedTime => 30 },
    'a dry run says so with 200';
is $site->sql("SELECT COUNT(*) FROM task t JOIN account a ON a.id = " .
    "t.account_id WHERE a.email = '$other->{email}'"), 0,
    'nothing was written';
unlike $site->log('gesso.fcgi'), qr/ended with INTERNAL/,
    'nothing failed on our side';

done_testing;
