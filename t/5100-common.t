#!/usr/bin/perl
# What all calls have in common: envelope, methods, JSON, sizes, languages.
use strict;
use warnings;
use Test::More;
use Fcgi;
use Gesso qw(wait_for);

my $site = Gesso->start(conf => { limit_free_calls_per_hour => 1000000 });
my $user = $site->register;
my $draw = '/generate/text-to-image';

# refused(name, reply, status, reason, field)
sub refused {
	my ($name, $reply, $status, $reason, $field) = @_;
	my $got = $reply->{json} // {};
	is_deeply [ $reply->{status}, $got->{code}, $got->{reason},
	    $got->{field} ], [ $status, $status, $reason, $field ],
	    "$name: $status $reason" or diag explain $reply;
	return;
}

# ---- the envelope

my $reply = $user->get('/user/profile');
my $body = $reply->{json};
is_deeply [ sort keys %$body ], [qw(code data message timestamp)],
    'a success has the members of the seed';
is_deeply [ @$body{qw(code message)} ], [ 200, 'success' ], 'and its words';
cmp_ok abs($body->{timestamp} / 1000 - time), '<', 5, 'and is of now';
like $reply->{body}, qr/"timestamp":\d{13}\}$/, 'in milliseconds';

$reply = $user->get('/nothing/here');
is_deeply [ sort keys %{ $reply->{json} } ],
    [qw(code error message reason requestId timestamp)],
    'an error has its members';
is $reply->{json}{requestId}, $reply->{headers}{'x-request-id'},
    'the id of the request is in the header, too';
ok wait_for(sub { $site->log('gesso.fcgi') =~
    /req=\Q$reply->{json}{requestId}\E request [^\n]*status=404/ }),
    'and in the log';

my %always = ('cache-control' => 'no-store',
	'content-type' => 'application/json; charset=utf-8',
	'x-content-type-options' => 'nosniff',
	'referrer-policy' => 'no-referrer');
for my $path ('/user/profile', '/nothing', '/health') {
	my $got = $user->get($path)->{headers};
	is_deeply { map { $_ => $got->{$_} } keys %always }, \%always,
	    "$path has the headers of an API";
}

$reply = $site->get('/health', { Range => 'bytes=0-3' });
is_deeply [ $reply->{status}, $reply->{json}{code} ], [ 200, 200 ],
    'an answer is never given in parts';

is $user->request('GET', '/user/profile', 'junk')->{status}, 200,
    'a body where none belongs is none';

# ---- languages

for my $case ([ undef, 'zh' ], [ 'en', 'en' ], [ 'zh-TW', 'zh' ],
    [ 'en-GB,en;q=0.9', 'en' ], [ 'fr, en;q=0.5, zh;q=0.7', 'zh' ],
    [ 'de', 'zh' ], [ 'en;q=0, zh;q=0.1', 'zh' ], [ '*', 'zh' ],
    [ 'zh;q=0, *', 'en' ], [ 'en;q=0.5, *;q=0.8', 'zh' ],
    [ 'en, *;q=0.1', 'en' ], [ '*, en;q=0', 'zh' ], [ 'fr, *;q=0', 'zh' ],
    [ 'en;q=0.7, zh-TW;q=0.7', 'en' ], [ '*;q=0.5, en-US', 'en' ],
    [ 'zhx, enx', 'zh' ], [ ';;;q=,,', 'zh' ]) {
	my ($header, $language) = @$case;
	my $got = $site->get('/nothing',
	    $header ? { 'Accept-Language' => $header } : {});
	my $message = $got->{json}{message};
	is $message =~ /^[\x20-\x7e]+$/ ? 'en' : 'zh', $language,
	    ($header // 'no header') . " is answered in $language";
	is $got->{json}{reason}, 'not_found', 'with the same reason';
}
is $user->get('/user/profile', { 'Accept-Language' => 'zh' })
    ->{json}{message}, 'success', 'success is never translated';

# ---- paths and methods

my $id = '01890000-0000-7000-8000-000000000000';
my %allow = (
	'/auth/register' => 'POST, OPTIONS',
	'/auth/login' => 'POST, OPTIONS',
	'/user/compute-power' => 'GET, HEAD, OPTIONS',
	'/user/limits' => 'GET, HEAD, OPTIONS',
	'/user/password' => 'PUT, OPTIONS',
	$draw => 'POST, OPTIONS',
	"/generate/task/$id" => 'GET, HEAD, OPTIONS',
	"/generate/task/$id/cancel" => 'POST, OPTIONS',
	'/works' => 'GET, HEAD, OPTIONS',
	"/works/$id/download" => 'GET, HEAD, OPTIONS',
	'/health' => 'GET, HEAD, OPTIONS',
);
for my $path (sort keys %allow) {
	for my $method (qw(GET POST PUT PATCH DELETE)) {
		next if $allow{$path} =~ /\b$method\b/;
		my $got = $site->request($method, $path, '');
		refused("$method $path", $got, 405, 'method_not_allowed');
		is $got->{headers}{allow}, $allow{$path}, 'and says which';
	}
	my $options = $site->request('OPTIONS', $path);
	is_deeply [ $options->{status}, $options->{headers}{allow} ],
	    [ 204, $allow{$path} ], "OPTIONS $path";
}
for my $path ('/', '', '/work', '/works/', '/works//download', '/Works',
    '/user', "/works/$id/", '/works/%00', '/works/%zz', '/../works',
    '/auth%2Flogin', '/works/%ff') {
	refused("'$path'", Fcgi::request($site, { user => $user,
	    REQUEST_URI => "/api/v1$path" }), 404, 'not_found');
}
refused('OPTIONS of nothing', $site->request('OPTIONS', '/nothing'), 404,
    'not_found');
is Fcgi::request($site, { user => $user,
    REQUEST_URI => '/api/v1/%77orks?page=1' })->{status}, 200,
    'an escaped letter is the letter';
is Fcgi::request($site, { user => $user,
    REQUEST_URI => 'http://elsewhere/api/v1/works' })->{status}, 200,
    'the absolute form of an address is understood';
refused('no method', Fcgi::request($site, { REQUEST_METHOD => undef }), 405,
    'method_not_allowed');
refused('no address', Fcgi::request($site, { REQUEST_URI => '' }), 404,
    'not_found');

my $get = $user->get('/user/compute-power');
my $head = $user->request('HEAD', '/user/compute-power');
is $head->{status}, 200, 'HEAD works';
is $head->{headers}{'content-length'}, length $get->{body},
    'and tells the length';
is length($head->{content} // ''), 0, 'without a body';
is Fcgi::request($site, { user => $user, REQUEST_METHOD => 'HEAD',
    REQUEST_URI => '/works' })->{body}, '', 'nor does the program send one';

for my $bad ('x', '0', '-', uc $id, "{$id}", "$id-", substr($id, 1),
    $id =~ tr/-//dr, "$id%20", 'a' x 5000) {
	for my $path ("/works/$bad", "/generate/task/$bad",
	    "/works/$bad/download", "/generate/video-task/$bad") {
		my $got = $user->get($path);
		is $got->{status}, 404, substr($path, 0, 60) . ' is 404';
	}
}

# ---- JSON

sub json {
	my ($text, $type) = @_;
	return $user->post($draw, $text,
	    { 'Content-Type' => $type // 'application/json' });
}

my $deep = sub { my ($n) = @_; '{"prompt":"x","y":' . '[' x ($n - 1) .
    ']' x ($n - 1) . '}' };
my %broken = (
	'nothing' => '',
	'a blank' => ' ',
	'a word' => 'prompt',
	'an array' => '["prompt"]',
	'a text' => '"prompt"',
	'null' => 'null',
	'a number' => '1',
	'an open object' => '{"prompt":"x"',
	'an open text' => '{"prompt":"x',
	'a comma too many' => '{"prompt":"x",}',
	'a comma too few' => '{"prompt":"x" "width":512}',
	'a comment' => '{"prompt":"x"/* */}',
	'single quotes' => "{'prompt':'x'}",
	'text behind' => '{"prompt":"x"} {}',
	'a NUL behind' => "{\"prompt\":\"x\"}\0",
	'a NUL inside' => "{\"prompt\":\"x\0\"}",
	'an escaped NUL' => '{"prompt":"x\u0000"}',
	'a lone high surrogate' => '{"prompt":"\ud83d"}',
	'a lone low surrogate' => '{"prompt":"\ude00x"}',
	'a line break in a text' => "{\"prompt\":\"x\n\"}",
	'a bad escape' => '{"prompt":"\x41"}',
	'a member twice' => '{"prompt":"x","prompt":"y"}',
	'a member twice, escaped' => '{"prompt":"x","\u0070rompt":"y"}',
	'a member twice, deep' => '{"prompt":"x","y":{"a":1,"a":2}}',
	'NaN' => '{"prompt":"x","width":NaN}',
	'Infinity' => '{"prompt":"x","width":Infinity}',
	'a leading zero' => '{"prompt":"x","width":0512}',
	'a leading plus' => '{"prompt":"x","width":+512}',
	'a bare dot' => '{"prompt":"x","width":512.}',
	'hexadecimal' => '{"prompt":"x","width":0x200}',
	'True' => '{"prompt":"x","y":True}',
	'a byte-order mark' => "\xef\xbb\xbf{\"prompt\":\"x\"}",
	'UTF-16' => "\xff\xfe{\0}\0",
	'broken UTF-8' => "{\"prompt\":\"\xff\"}",
	'an overlong form' => "{\"prompt\":\"\xc0\xaf\"}",
	'a surrogate in UTF-8' => "{\"prompt\":\"\xed\xa0\x80\"}",
	'a cut character' => "{\"prompt\":\"\xe4\xb8\"}",
	'33 levels' => $deep->(33),
	'10000 levels' => '[' x 10000,
);
refused($_, json($broken{$_}), 400, 'invalid_json') for sort keys %broken;

my $power = $user->power->{remaining};
is $power, 50, 'none of it cost anything';

my %good = (
	'32 levels' => $deep->(32),
	'unknown members' => '{"prompt":"x","whatever":[1,{"a":null}]}',
	'optional nulls' => '{"prompt":"x","width":null,"seed":null,' .
	    '"style":null,"model":null}',
	'numbers in other spellings' => '{"prompt":"x","width":512.0,' .
	    '"height":5.12e2,"numImages":1e0,"seed":-0}',
	'escapes' => '{"prompt":"\ud83d\ude00 \"\\\\ \u00e9"}',
	'a huge number in it' => '{"prompt":"x","whatever":1e400}',
	'blanks around' => " \t\r\n{ \"prompt\" : \"x\" } \n",
);
for my $name (sort keys %good) {
	my $got = $user->post("$draw?dryRun=true", $good{$name},
	    { 'Content-Type' => 'application/json' });
	is $got->{status}, 200, "$name pass" or diag $got->{body};
}

refused("$_ of something", json(qq({"prompt":"x","width":$_})), 400,
    'invalid_field', 'width') for qw(1e400 -1e400 1.5 1e-400 512.00001),
    '9' x 400;

# ---- content types

for my $type ('text/plain', 'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x', 'application/jsonp', 'json',
    'application/json/x', 'application/problem+json') {
	refused($type, json('{"prompt":"x"}', $type), 415,
	    'unsupported_content_type', 'Content-Type');
}
refused('no type', Fcgi::request($site, { user => $user,
    REQUEST_METHOD => 'POST', REQUEST_URI => $draw, CONTENT_LENGTH => 14 },
    '{"prompt":"x"}'), 415, 'unsupported_content_type', 'Content-Type');
for my $type ('application/json;charset=utf-8', 'Application/JSON ; x=y') {
	my $got = $user->post("$draw?dryRun=true", '{"prompt":"x"}',
	    { 'Content-Type' => $type });
	is $got->{status}, 200, "$type is JSON";
}

# ---- sizes and lengths

my $mib = 1024 * 1024;
my $fill = sub { my ($n) = @_; my $text = '{"prompt":"x","y":"';
	$text . 'y' x ($n - length($text) - 2) . '"}' };
is $user->post("$draw?dryRun=true", $fill->($mib),
    { 'Content-Type' => 'application/json' })->{status}, 200,
    'a megabyte is read';
refused('one byte more', json($fill->($mib + 1)), 413, 'body_too_large');
my %post = (user => $user, REQUEST_METHOD => 'POST',
	REQUEST_URI => $draw, CONTENT_TYPE => 'application/json');
refused('a promise of too much', Fcgi::request($site,
    { %post, CONTENT_LENGTH => $mib + 1 }, ''), 413, 'body_too_large');
refused('too much without a length', Fcgi::request($site, { %post },
    $fill->($mib + 1)), 413, 'body_too_large');
refused('a body cut short', Fcgi::request($site,
    { %post, CONTENT_LENGTH => 15 }, '{"prompt":"x"}'), 400, 'invalid_json',
    'body');
refused('a body that goes on', Fcgi::request($site,
    { %post, CONTENT_LENGTH => 13 }, '{"prompt":"x"}'), 400, 'invalid_json',
    'body');
for my $length ('x', '-1', '1e3', ' 14', '99999999999999999999') {
	refused("the length '$length'", Fcgi::request($site,
	    { %post, CONTENT_LENGTH => $length }, '{"prompt":"x"}'), 400,
	    'invalid_field', 'Content-Length');
}
is Fcgi::request($site, { %post, REQUEST_URI => "$draw?dryRun=true" },
    '{"prompt":"x"}')->{status}, 200,
    'a body without a length is read to its end';
refused('the body of a stranger that is too large', $site->post($draw,
    $fill->($mib + 1), { 'Content-Type' => 'application/json' }), 413,
    'body_too_large');
refused('no token comes before the content type', $site->post($draw, 'x',
    { 'Content-Type' => 'text/plain' }), 401, 'unauthenticated');

# ---- the query

for my $query ('page=%', 'page=%zz', 'page=%00', 'page=%ff', join('&',
    map { "a$_=1" } 1 .. 100)) {
	refused(substr($query, 0, 12), $user->get("/works?$query"), 400,
	    'invalid_field', 'query');
}
refused('a parameter twice', $user->get('/works?page=1&page=2'), 400,
    'invalid_field', 'page');
refused('dryRun=maybe', $user->post("$draw?dryRun=maybe", { prompt => 'x' }),
    400, 'invalid_field', 'dryRun');

is $user->power->{remaining}, 50, 'all of this cost nothing';
unlike $site->log('gesso.fcgi'), qr/ended with INTERNAL/,
    'and nothing failed on our side';

done_testing;
