#!/usr/bin/perl
# Streams of the assistant among many others: caps, those who leave and come
# back, deaths, restarts, and what a message costs.
use strict;
use warnings;
use Test::More;
use ChatVendor;
use EventStream;
use Gesso qw(wait_for);
use Time::HiRes qw(sleep time);

my $site = Gesso->start(conf => { limit_free_calls_per_hour => 100000,
	chat_streams => 3, signup_power => 10 });
my $vendor = ChatVendor->start;
my $provider = $vendor->join($site);
my ($user, $other, $third) = map { $site->register } 1 .. 3;

# open_one(user, question): a stream that has begun, and its first event.
sub open_one {
	my ($who, $question) = @_;
	my $stream = $who->ask({ message => $question, model => 'parrot' });
	$stream->head;
	return ($stream, $stream->next);
}

sub answer_of {
	my ($who, $start) = @_;
	my $talk = $who->get("/assistant/conversations/$start->{conversationId}")
	    ->{json}{data};
	return (grep { $_->{id} eq $start->{messageId} }
	    @{ $talk->{messages} })[0];
}

sub ended {
	my ($who, $start) = @_;
	my $answer;
	wait_for(sub {
		$answer = answer_of($who, $start);
		return $answer && $answer->{status} ne 'streaming';
	}, 10);
	return $answer;
}

# ---- words leave as they come

my ($stream, $start) = open_one($user, 'words=10 ms=200 stamp=1');
my @events = $stream->rest;
my @lags = map { $_->{type} eq 'token' && $_->{content} =~ /@([\d.]+)/
    ? $_->{at} - $1 : () } @events;
is scalar @lags, 10, 'ten words';
my $spread = $events[9]{at} - $events[0]{at};
cmp_ok $spread, '>', 1, 'come over the time that they are said in';
cmp_ok((sort { $a <=> $b } @lags)[4], '<', 0.8, 'each when it was said');

# ---- caps

my ($one, $start1) = open_one($user, 'words=100000 ms=50');
my ($two, $start2) = open_one($user, 'words=100000 ms=50');
is answer_of($user, $start1)->{status}, 'streaming', 'an answer in the writing';
my $reply = $user->post('/assistant/chat', { message => 'x' });
is $reply->{status}, 429, 'a user has two streams at once';
is $reply->{json}{reason}, 'too_many_tries', 'and is told so';
cmp_ok $reply->{headers}{'retry-after'}, '>', 0, 'and when to come back';
my ($three) = open_one($other, 'words=100000 ms=50');
is $three->{status}, 200, 'others have theirs';
$reply = $third->post('/assistant/chat', { message => 'x' });
is "$reply->{status} $reply->{json}{reason}", '503 unavailable',
    'until all are taken';
cmp_ok $reply->{headers}{'retry-after'}, '>', 0, 'which passes';
is $third->get('/assistant/conversations')->{json}{data}{total}, 0,
    'what was refused is nowhere';
is scalar $site->sql("SELECT COUNT(*) FROM information_schema.processlist
    WHERE command <> 'Sleep' AND user = '$site->{db_user}'"), 1,
    'no transaction waits meanwhile';

# ---- places are given back

# An answer that was said takes no place, though it is still being kept: whoever
# has heard the end may ask again at once.
$_->close for $one, $two, $three;
ended($user, $_) for $start1, $start2;
($one, $start1) = open_one($user, 'words=3 ms=300');
my $lock = $site->lock("SELECT id FROM message
    WHERE id = UNHEX(REPLACE('$start1->{messageId}', '-', ''))");
($two, $start2) = open_one($user, 'words=100000 ms=50');
ok wait_for(sub { grep { $_->{body}{messages}[-1]{content} =~ /words=3 / &&
    $_->{ended} } $vendor->calls }, 10), 'the model has ended';
($three) = open_one($user, 'words=1');
is $three->{status}, 200, 'and so has its stream';
$lock->close;
is(($_->rest)[-1]{type}, 'done', 'it is kept, too') for $one, $three;

# Nor does one that was deleted, however long its model is silent.
($one, $start1) = open_one($user, 'words=1 end=hang');
$one->next;
is $user->post('/assistant/chat', { message => 'x' })->{status}, 429,
    'two are written again';
is $user->del("/assistant/conversations/$start1->{conversationId}")->{status},
    200, 'one is deleted';
($three) = open_one($user, 'words=1');
is $three->{status}, 200, 'and takes no place any more';
$three->rest;
is(($one->rest)[-1]{reason}, 'cancelled', 'its stream ends');

# ---- what was not kept did not end well

($one, $start1) = open_one($user, 'words=3 ms=300');
$site->sql('RENAME TABLE message TO message_away');
@events = $one->rest;
$site->sql('RENAME TABLE message_away TO message');
is EventStream::said(@events), 'w0 w1 w2 ', 'all was said';
is "$events[-1]{type} $events[-1]{reason}", 'error unavailable',
    'but could not be kept, which is told';
@events = $user->pick_up(@$start1{qw(conversationId messageId)})->rest;
is $events[-1]{type}, 'error', 'as who comes back is told';
is answer_of($user, $start1)->{status}, 'partial', 'for it stays like this';
is answer_of($user, $start1)->{content}, 'w0 w1 w2 ', 'with its words';

# ---- leaving

$two->close;
# As the words go on, it is noticed at the next one.
ended($user, $start2);
my ($talk, $start3) = open_one($third, 'words=1000 ms=20');
$talk->next for 1 .. 5;
my $left = time;
$talk->close;
my $answer = ended($third, $start3);
is $answer->{status}, 'partial', 'an answer whose reader has left is partial';
is $answer->{reason}, 'cancelled', 'because of that';
like $answer->{content}, qr/^w0 w1 w2 w3 w4 w5/, 'what came is kept';
my ($call) = grep { $_->{body}{messages}[-1]{content} =~ /words=1000 / }
    $vendor->calls;
ok wait_for(sub {
	($call) = grep { $_->{body}{messages}[-1]{content} =~ /words=1000 / }
	    $vendor->calls;
	return $call->{ended};
}, 5), 'the model is hung up on';
is $call->{how}, 'left', 'in the middle of its words';
cmp_ok $call->{ended} - $left, '<', 10, 'at once';

# ---- coming back

# While the first reader is there, another reads along: from the start, from
# somewhere, from the end.
($stream, $start) = open_one($other, 'words=30 ms=30');
$stream->next for 1 .. 3;
my @ids = @$start{qw(conversationId messageId)};
my $along = $other->pick_up(@ids, 6);
is $along->head, 200, 'a running answer can be picked up';
@events = $along->rest;
is $events[0]{type}, 'start', 'it starts';
is $events[0]{messageId}, $start->{messageId}, 'as the same';
is $events[-1]{type}, 'done', 'and ends';
my $all = join '', map { "w$_ " } 0 .. 29;
is EventStream::said(@events), substr($all, 6), 'with the rest';
cmp_ok scalar @events, '>', 8, 'word by word';
$stream->rest;
@events = ($other->pick_up(@ids, 10))->rest;
is EventStream::said(@events), substr($all, 10), 'a whole one, too';
is_deeply $events[-1]{usage}, { promptTokens => 5, completionTokens => 30,
	totalTokens => 35 }, 'with what it took';
is_deeply [ map { $_->{type} } $other->pick_up(@ids, 10000)->rest ],
    [ 'start', 'done' ], 'nothing is left of it behind its end';

# The first reader goes, the second stays: it goes on.
($stream, $start) = open_one($other, 'words=40 ms=30');
@ids = @$start{qw(conversationId messageId)};
$along = $other->pick_up(@ids);
$along->next for 1 .. 3;
$stream->close;
@events = $along->rest;
is $events[-1]{type}, 'done', 'an answer goes on while one reads along';
is ended($other, $start)->{status}, 'complete', 'and is whole';
is answer_of($other, $start)->{content}, join('', map { "w$_ " } 0 .. 39),
    'every word of it';

for ([ 'of others', $third, @ids, 404 ], [ 'unknown', $other, $ids[0],
    '01900000-0000-7000-8000-000000000000', 404 ],
    [ 'malformed', $other, $ids[0], 'x', 404 ],
    [ 'from nowhere', $other, @ids, 400, -1 ]) {
	my ($what, $who, $talk, $message, $status, $from) = @$_;
	is $who->pick_up($talk, $message, $from)->head, $status,
	    "an answer $what";
}
my $question = $other->get("/assistant/conversations/$ids[0]")
    ->{json}{data}{messages}[0]{id};
is $other->pick_up($ids[0], $question)->head, 404, 'a question is no answer';
my $head = $other->request('HEAD', "/assistant/conversations/$ids[0]" .
    "/messages/$ids[1]/stream");
is "$head->{status} " . ($head->{body} // q()), '200 ', 'HEAD tells that there is one';

SKIP: {
	skip 'Apache watches over its processes', 11
	    unless $site->pids('gesso-chat.fcgi-worker');

	# ---- deaths

	($stream, $start) = open_one($other, 'words=1000 ms=20');
	$stream->next for 1 .. 10;
	$site->kill_by_name('gesso-chat.fcgi-worker', 'KILL');
	@events = $stream->rest;
	is scalar(grep { $_->{type} eq 'done' } @events), 0,
	    'a killed worker ends no stream well';
	$answer = ended($other, $start);
	is $answer->{status}, 'partial', 'the next one says what became of it';
	like $answer->{content}, qr/^(w\d+ ){9}/, 'and keeps the words';
	@events = wait_for(sub {
		my $again = $other->pick_up(
		    @$start{qw(conversationId messageId)}, 3);
		return $again->head == 200 && [ $again->rest ];
	}, 10)->@*;
	is EventStream::said(@events), substr($answer->{content}, 3),
	    'they can be picked up';
	is $events[-1]{type}, 'error', 'with the error';
	is scalar(grep { /words=1000 / } map { $_->{body}{messages}[-1]{content} }
	    $vendor->calls), 2, 'nothing was asked again';

	# ---- restarts

	($stream, $start) = open_one($other, 'words=60 ms=30');
	$site->kill_by_name('gesso-chat.fcgi', 'HUP');
	my ($new) = open_one($third, 'words=2');
	is $new->{status}, 200, 'a reload serves new ones';
	@events = $stream->rest;
	is $events[-1]{type}, 'done', 'and finishes what runs';
	($stream, $start) = open_one($other, 'words=60 ms=30');
	$site->kill_by_name('gesso-chat.fcgi', 'TERM');
	@events = $stream->rest;
	is $events[-1]{type}, 'done', 'so does a stop';
	is ended($other, $start)->{status}, 'complete', 'and it is kept';
	ok wait_for(sub { $third->ask({ message => 'words=1', model => 'parrot' })
	    ->head == 200 }, 10), 'quickstart starts it again';
}

# ---- prices

is $site->ctl('model', 'set', "$provider/parrot", '--price', 3)->{status}, 0,
    'a message may cost something';
my $payer = $site->register;
sub paid {
	my ($question) = @_;
	my $before = $payer->power->{remaining};
	my ($s, $first) = open_one($payer, $question);
	my @rest = $s->rest;
	return $before - $payer->power->{remaining};
}
is paid('words=3'), 3, 'an answer is paid for';
is paid('words=3 end=cut'), 0, 'a broken one is not';
is paid('words=0 end=error'), 0, 'nor one that never was';
($stream, $start) = open_one($payer, 'words=1000 ms=20');
is $payer->power->{remaining}, 4, 'power is held meanwhile';
$stream->close;
ended($payer, $start);
is $payer->power->{remaining}, 4, 'who leaves has paid';
is paid('words=1'), 3, 'as long as there is power';
$reply = $payer->post('/assistant/chat', { message => 'x', model => 'parrot' });
is "$reply->{status} $reply->{json}{reason}", '403 insufficient_power',
    'then it is refused';
is_deeply [ @{ $reply->{json} }{qw(needed remaining)} ], [ 3, 1 ],
    'and said how much is missing';
my $limits = $payer->get('/user/limits')->{json}{data};
is $limits->{images}{used}, 0, 'a message is no picture';
# deleted while it is written: paid
$site->ctl('credit', 'grant', $payer->{email}, 3, '--reason', 'x');
($stream, $start) = open_one($payer, 'words=1000 ms=20');
is $payer->del("/assistant/conversations/$start->{conversationId}")->{status},
    200, 'a conversation can be deleted in its middle';
@events = $stream->rest;
is $events[-1]{type}, 'error', 'which ends it';
cmp_ok scalar @events, '<', 900, 'there and then';
is $payer->power->{remaining}, 1, 'which is paid for';
my $audit = $site->ctl('ledger', 'audit');
is $audit->{status}, 0, 'the ledger is exact' or diag $audit->{out};

done_testing;
