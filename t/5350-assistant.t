#!/usr/bin/perl
# The assistant: answers word by word, what is kept of them, and who may see it.
use strict;
use warnings;
use utf8;
use IO::Socket::INET;
use JSON::PP;
use Test::More;
use ChatVendor;
use EventStream;
use Gesso qw(wait_for got);

my $site = Gesso->start(conf => { limit_free_calls_per_hour => 100000,
	chat_system_prompt => 'You are gesso.' });
my $vendor = ChatVendor->start;
my $provider = $vendor->join($site);
my $user = $site->register;
my $other = $site->register;

# all(body): the head, all events and what was said.
sub all {
	my ($body, $who) = @_;
	my $stream = ($who // $user)->ask($body);
	$stream->head;
	my @events = $stream->rest;
	return ($stream, \@events, EventStream::said(@events));
}

sub conversation {
	my ($id, $who) = @_;
	return ($who // $user)->get("/assistant/conversations/$id")
	    ->{json}{data};
}

# ---- an answer

my ($stream, $events, $said) = all({ message => "  你好，gesso！\nagain " });
is $stream->{status}, 200, 'a question is answered';
like $stream->{headers}{'content-type'}, qr{^text/event-stream},
    'by a stream of events';
is $stream->{headers}{'cache-control'}, 'no-store', 'that nobody keeps';
ok defined $stream->{headers}{'ratelimit-remaining'}, 'it is a call';
my ($start, @tokens) = @$events;
my $done = pop @tokens;
is_deeply [ sort keys %$start ], [qw(at conversationId messageId type)],
    'it begins with its ids';
is $start->{type}, 'start', 'and says so';
cmp_ok scalar @tokens, '>', 3, 'the words come one by one';
is_deeply [ grep { $_->{type} ne 'token' } @tokens ], [], 'and nothing else';
is $done->{type}, 'done', 'then it is done';
is $done->{conversationId}, $start->{conversationId}, 'in the conversation';
is $done->{usage}{totalTokens}, $done->{usage}{promptTokens} +
    $done->{usage}{completionTokens}, 'with what it took';

my $id = $start->{conversationId};
my $talk = conversation($id);
is $talk->{title}, '你好，gesso！ again', 'its title is what was said first';
is $talk->{model}, 'gpt-4', 'the configured model answered';
is $talk->{messageCount}, 2, 'there are two messages';
is_deeply [ map { "$_->{role} $_->{status}" } @{ $talk->{messages} } ],
    [ 'user complete', 'assistant complete' ], 'a question and an answer';
is $talk->{messages}[0]{content}, "你好，gesso！\nagain", 'as it was asked';
is $talk->{messages}[1]{content}, $said, 'as it was said';
is $talk->{messages}[1]{id}, $start->{messageId}, 'with its id';
is_deeply [ sort keys %{ $talk->{messages}[0] } ],
    [qw(content createdAt id role status)], 'and nothing else';

# ---- what a model is told

($stream, $events, $said) = all({ message => 'text=It is "你好".',
	model => 'parrot' });
is $said, 'It is "你好".', 'another model answers when it is named';
$id = $events->[0]{conversationId};
all({ message => 'words=2', conversationId => $id });
my ($call, $next) = $vendor->calls;
is $call->{key}, 'Bearer sk-parrot', 'with its key';
is_deeply $call->{body}{messages}, [
	{ role => 'system', content => 'You are gesso.' },
	{ role => 'user', content => 'text=It is "你好".' } ],
    'it is told who it is and what is asked';
is $call->{body}{stream}, JSON::PP::true, 'to be answered word by word';
ok !exists $call->{body}{max_completion_tokens}, 'as long as it likes';
is_deeply $next->{body}{messages}, [
	{ role => 'system', content => 'You are gesso.' },
	{ role => 'user', content => 'text=It is "你好".' },
	{ role => 'assistant', content => 'It is "你好".' },
	{ role => 'user', content => 'words=2' } ],
    'and what was said before; the conversation keeps its model';
is conversation($id)->{messageCount}, 4, 'it has grown';

# ---- what is refused

for ([ 400, 'missing_field', {} ],
    [ 400, 'invalid_field', { message => '' } ],
    [ 400, 'invalid_field', { message => " \n" } ],
    [ 400, 'invalid_field', { message => 'x' x 32001 } ],
    [ 400, 'invalid_field', { message => 7 } ],
    [ 400, 'unknown_model', { message => 'x', model => 'nobody' } ],
    [ 400, 'unknown_model', { message => 'x', model => 'dall-e-3' } ],
    [ 404, 'not_found', { message => 'x', conversationId => 'x' } ],
    [ 404, 'not_found', { message => 'x',
	conversationId => '01900000-0000-7000-8000-000000000000' } ]) {
	my ($status, $reason, $body) = @$_;
	my $reply = $user->post('/assistant/chat', $body);
	is "$reply->{status} $reply->{json}{reason}", "$status $reason",
	    "$reason: " . substr JSON::PP->new->canonical->encode($body), 0, 50;
}
is $other->post('/assistant/chat', { message => 'x',
	conversationId => $id })->{status}, 404,
    'nobody talks in the conversations of others';
($stream, $events) = all({ message => '你' x 32000, model => 'parrot' });
is $stream->{status}, 200, '32000 characters may be';

# ---- a model that fails before its first word

for ([ badkey => 503, 'provider_misconfigured' ],
    [ nomoney => 503, 'provider_misconfigured' ],
    [ modelgone => 503, 'provider_misconfigured' ],
    [ downalways => 503, 'provider_unavailable' ],
    [ limitalways => 503, 'provider_unavailable' ],
    [ servererror => 503, 'provider_unavailable' ],
    [ lostanswer => 503, 'provider_unavailable' ],
    [ refuse => 400, 'content_policy' ],
    [ notjson => 503, 'provider_unavailable' ],
    [ onlydone => 503, 'provider_unavailable' ]) {
	my ($word, $status, $reason) = @$_;
	my $reply = $user->post('/assistant/chat', { message => "hello $word" });
	is "$reply->{status} $reply->{json}{reason}", "$status $reason",
	    "$word is $reason" or diag $reply->{content};
	is !!$reply->{headers}{'retry-after'}, $status == 503,
	    'when to come back is said';
	my $failed = conversation($reply->{json}{conversationId} // 'none');
	is_deeply [ map { $_->{status} } @{ $failed->{messages} } ],
	    [ 'complete', 'failed' ], 'the question is kept';
	is $failed->{messages}[1]{reason}, $reason, 'and the reason';
}
unlike $site->log('gesso-chat.fcgi'), qr/sk-parrot/, 'no key is logged';
is scalar(grep { ($_->{prompt} // '') =~ /lostanswer|downalways/ }
    $site->journal), 2, 'and nothing is sent twice';

# ---- and one that fails in the middle

for ([ errorchunk => 'provider_unavailable' ],
    [ cutoff => 'provider_unavailable' ],
    [ contentfiltered => 'content_policy' ]) {
	my ($word, $reason) = @$_;
	($stream, $events, $said) = all({ message => "hello $word" });
	is $stream->{status}, 200, "$word comes in the middle";
	is $events->[-1]{type}, 'error', 'the last event says so';
	is $events->[-1]{reason}, $reason, "with the reason $reason";
	ok length $events->[-1]{message}, 'and a sentence';
	my $broken = conversation($events->[0]{conversationId})->{messages}[1];
	is $broken->{status}, 'partial', 'it is partial';
	is $broken->{content}, $said, 'what came is kept';
}
for my $word (qw(splitutf8 crlf comments nospace multiline nullcontent
    reasoning nodone)) {
	($stream, $events, $said) = all({ message => "你好 $word" });
	is $events->[-1]{type}, 'done', "$word is well";
	is conversation($events->[0]{conversationId})->{messages}[1]{content},
	    $said, 'and kept as it was said';
}

# ---- conversations

my $talker = $site->register;
my @ids = map { my (undef, $e) = all({ message => "talk $_",
	model => 'parrot' }, $talker); $e->[0]{conversationId} } 1 .. 5;
my $list = $talker->get('/assistant/conversations?pageSize=2')->{json}{data};
is_deeply [ @$list{qw(total page pageSize)} ], [ 5, 1, 2 ], 'a page of them';
is_deeply [ map { $_->{id} } @{ $list->{list} } ], [ @ids[4, 3] ],
    'the last first';
is_deeply [ sort keys %{ $list->{list}[0] } ],
    [qw(createdAt id messageCount model title updatedAt)],
    'each with what one wants to know';
all({ message => 'again', conversationId => $ids[1] }, $talker);
my @walked;
my $cursor = '';
do {
	my $page = $talker->get("/assistant/conversations?pageSize=2$cursor")
	    ->{json}{data};
	push @walked, map { $_->{id} } @{ $page->{list} };
	$cursor = defined $page->{nextCursor}
	    ? "&cursor=$page->{nextCursor}" : undef;
} while (defined $cursor);
is_deeply \@walked, [ @ids[1, 4, 3, 2, 0] ],
    'the cursor leads through all; who was talked to last is first';
is_deeply $talker->get('/assistant/conversations?page=9')->{json}{data}{list},
    [], 'past the end there is nothing';
is $talker->get('/assistant/conversations?page=0')->{status}, 400,
    'a page that is none';
is $other->get('/assistant/conversations')->{json}{data}{total}, 0,
    'others see nothing of it';
my $renamed = $talker->put("/assistant/conversations/$ids[0]",
    { title => ' Kites ' });
is $renamed->{json}{data}{title}, 'Kites', 'a title can be set';
is $talker->put("/assistant/conversations/$ids[0]", { title => 'x' x 201 })
    ->{status}, 400, 'not any';
for (qw(GET PUT DELETE)) {
	is $other->request($_, "/assistant/conversations/$ids[0]",
	    $_ eq 'GET' ? undef : { title => 'mine' })->{status}, 404,
	    "$_ by others finds nothing";
}
is $talker->del("/assistant/conversations/$ids[0]")->{status}, 200,
    'one can be deleted';
is $talker->get("/assistant/conversations/$ids[0]")->{status}, 404,
    'then it is gone';
is $talker->del("/assistant/conversations/$ids[0]")->{status}, 404,
    'for good';
my $hex = $ids[0] =~ s/-//gr;
is scalar $site->sql("SELECT COUNT(*) FROM message
    WHERE conversation_id = UNHEX('$hex')"), 0, 'with all that was said';

# ---- a long one

my $row = "UNHEX('" . ($ids[1] =~ s/-//gr) . "')";
$site->sql("INSERT INTO message (id, conversation_id, account_id, role, content,
    status, created_at) SELECT UNHEX(CONCAT('0000000000007000', HEX(seq + 1e15))),
    $row, account_id, 'user', seq, 'complete', NOW(3)
    FROM seq_1_to_450, conversation WHERE conversation.id = $row");
my (@seen, $before);
do {
	my $part = $talker->get("/assistant/conversations/$ids[1]" .
	    ($before ? "?before=$before" : ''))->{json}{data};
	cmp_ok scalar @{ $part->{messages} }, '<=', 200, 'a part of it';
	unshift @seen, @{ $part->{messages} };
	$before = $part->{earlier} ? $seen[0]{id} : undef;
} while ($before);
is scalar @seen, 454, 'all parts are the whole';
is_deeply [ map { $_->{content} } @seen[0, 449] ], [ 1, 450 ], 'in order';

# ---- a vendor that is dead: after some have waited for it nobody else does

my $dead = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1');
my $port = $dead->sockport;
close $dead;
my $alive = $site->sql("SELECT url FROM provider WHERE id = '$provider'");
sub alive {
	my ($url) = @_;
	$site->sql("UPDATE provider SET url = '$url' WHERE id = '$provider'");
	return;
}
sub asked { return $site->sql('SELECT COUNT(*) FROM message') }
alive("http://127.0.0.1:$port/v1");
is got($other->post('/assistant/chat', { model => 'parrot', message => 'x' })),
    '503 provider_unavailable', 'a dead vendor' for 1 .. 5;
is $site->sql("SELECT state FROM breaker WHERE provider_id = '$provider'"),
    'open', 'is given a rest';
$site->sql('UPDATE breaker SET retry_at = NOW(3) + INTERVAL 40 SECOND');
my $asked = asked();
my $refused = $other->post('/assistant/chat',
    { model => 'parrot', message => 'x' });
is got($refused), '503 provider_unavailable', 'in which nobody asks it';
like $refused->{headers}{'retry-after'}, qr/^(?:40|[1-3]\d)$/,
    'but hears when to come again';
is asked(), $asked, 'nor is the question kept';
alive($alive);
$site->sql('UPDATE breaker SET retry_at = NOW(3)');
is +($other->ask({ model => 'parrot', message => 'words=2' })->rest)[-1]{type},
    'done', 'then one tries';
is $site->sql('SELECT COUNT(*) FROM breaker'), 0, 'and all is well';

# ---- much of what takes much room

$site->sql("UPDATE message SET content = REPEAT(CHAR(1), 32000)
    WHERE conversation_id = $row");
my $head = $talker->request('HEAD', "/assistant/conversations/$ids[1]");
is $head->{status}, 200, 'many control characters are not too much';
cmp_ok $head->{headers}{'content-length'}, '>', 6 << 20, 'though they are long';

done_testing;
