#!/usr/bin/perl
# The simulated assistant: whole answers, streams, and what streams suffer.
use strict;
use warnings;
use utf8;
use JSON::PP;
use Test::More;
use Sandbox;

my $sandbox = Sandbox->start(delay => 60);
my $path = '/openai/v1/chat/completions';

sub body {
	my ($prompt, %more) = @_;
	return { model => 'gpt-5.6-terra', messages => [ { role => 'user',
	    content => $prompt } ], %more };
}

# stream(prompt, more fields): the bytes behind the headers.
sub stream {
	my ($prompt, %more) = @_;
	return $sandbox->post($path, body($prompt, stream => JSON::PP::true,
	    %more), $sandbox->bearer)->{body};
}

# The data of each event of a stream.
sub events {
	my ($bytes) = @_;
	$bytes =~ s/\r\n/\n/g;
	my @events;
	for my $event (split /\n\n/, $bytes) {
		my @data = map { /^data: ?(.*)/ ? $1 : () } split /\n/, $event;
		push @events, join "\n", @data if @data;
	}
	return @events;
}

sub chunks { return map { decode_json($_) } grep { $_ ne '[DONE]' } events(@_) }
sub said { return join '', map { $_->{choices}[0]{delta}{content} // '' }
    chunks(@_) }

my $whole = $sandbox->post($path, body('a kite'), $sandbox->bearer)->{json};
like $whole->{choices}[0]{message}{content}, qr/a kite/, 'a whole answer';
is $whole->{choices}[0]{finish_reason}, 'stop', 'that has ended';
cmp_ok $whole->{usage}{completion_tokens}, '>', 5, 'and is counted';

my $stream = stream('a kite');
is said($stream), $whole->{choices}[0]{message}{content},
    'a stream says the same';
is ((chunks($stream))[0]{choices}[0]{delta}{role}, 'assistant',
    'it begins with the role');
is ((events($stream))[-1], '[DONE]', 'and ends with [DONE]');
is ((chunks($stream))[-1]{choices}[0]{finish_reason}, 'stop',
    'after its reason');
my $usage = (chunks(stream('a kite', stream_options =>
    { include_usage => JSON::PP::true })))[-1];
is_deeply $usage->{choices}, [], 'the usage has a chunk of its own';
ok $usage->{usage}{total_tokens}, 'when it was asked for';
like said(stream('一只风筝')), qr/“一只风筝”/, 'Chinese is answered in Chinese';

for my $word (qw(splitutf8 crlf comments nospace multiline nullcontent
    reasoning nodone)) {
	my $prompt = "a kite, $word";
	is said(stream($prompt)), $sandbox->post($path, body($prompt),
	    $sandbox->bearer)->{json}{choices}[0]{message}{content},
	    "$word says the same";
}
like stream('crlf'), qr/\r\n\r\n/, 'crlf';
like stream('comments'), qr/^: keep-alive$/m, 'comments';
like stream('nospace'), qr/^data:\{/m, 'nospace';
like stream('multiline'), qr/^data: .*\ndata: /m, 'multiline';
ok scalar(grep { exists $_->{choices}[0]{delta}{content} &&
    !defined $_->{choices}[0]{delta}{content} } chunks(stream('nullcontent'))),
    'nullcontent';
ok scalar(grep { $_->{choices}[0]{delta}{reasoning_content} }
    chunks(stream('reasoning'))), 'reasoning';
unlike stream('nodone'), qr/DONE/, 'nodone';
is stream('onlydone'), "data: [DONE]\n\n", 'onlydone';
ok ((chunks(stream('errorchunk')))[-1]{error}, 'errorchunk');
is ((chunks(stream('contentfiltered')))[-1]{choices}[0]{finish_reason},
    'content_filter', 'contentfiltered');
ok scalar(grep { $_->{choices}[0]{delta}{refusal} }
    chunks(stream('refuse'))), 'refuse';
my $raw = $sandbox->raw("POST /sandbox$path HTTP/1.1\r\nHost: x\r\n" .
    "Authorization: Bearer k\r\nContent-Type: application/json\r\n" .
    'Content-Length: ' . length(encode_json(body('cutoff', stream =>
    JSON::PP::true))) . "\r\nConnection: close\r\n\r\n" .
    encode_json(body('cutoff', stream => JSON::PP::true)));
unlike $raw, qr/DONE|"stop"/, 'cutoff ends without an end';
like $raw, qr/"content":"/, 'after some pieces';

my $reply = $sandbox->post($path, body('x', max_tokens => 5),
    $sandbox->bearer);
is "$reply->{status} $reply->{json}{error}{param}", '400 max_tokens',
    'the old name of the limit is refused';
is $sandbox->post('/ollama/v1/chat/completions', body('x', model =>
    'llama3', max_tokens => 5))->{status}, 200, 'but not by Ollama';
is $sandbox->post($path, body('nomoney', stream => JSON::PP::true),
    $sandbox->bearer)->{status}, 429, 'errors come before the stream';

done_testing;
