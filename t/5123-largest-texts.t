#!/usr/bin/perl
# The longest texts that may be written, of what takes the most room in JSON,
# are taken, kept and shown, everywhere and in the longest lists; and what would
# be more than a reply can be is refused, not died of.
use strict;
use warnings;
use Test::More;
use Fcgi;
use Gesso qw(wait_for got);
use MIME::Base64;
use Digest::SHA qw(sha256);
use Unharmed;

my $site = Gesso->start(delay => 0, rhythm => 3600, conf => {
    signup_power => 1000, limit_free_calls_per_hour => 100000,
    limit_free_images_per_day => 1000 });
my $unharmed = Unharmed->watch($site);
my $user = $site->register;
my $admin = $site->admin;

# of so many characters
sub control { return 'a' . "\x01" x ($_[0] - 2) . 'b' }
sub wide { return "\x{1f600}" x $_[0] }

# ---- a task from end to end

for my $make (\&control, \&wide) {
	for my $model ('dall-e-3', 'stable-diffusion-xl') {
		my $end = ' instant';
		my %asked = (prompt => $make->(4000 - length $end) . $end,
		    negativePrompt => $make->(4000), style => $make->(64));
		my $reply = $user->post('/generate/text-to-image',
		    { %asked, model => $model, numImages => 2 });
		is got($reply), 200, 'the longest prompts are taken'
		    or diag explain $reply;
		my $task = $user->finished($reply->{json}{data}{taskId}, 20);
		is $task->{status}, 'completed', "$model makes a picture of it"
		    or diag explain $task;
		my $work = $user->get(
		    "/works/$task->{result}{images}[0]{workId}")->{json}{data};
		is $work->{prompt}, $asked{prompt}, 'the prompt is kept';
		is $work->{negativePrompt}, $asked{negativePrompt},
		    'and what was to be left out';
		ok $work->{params}{made}{model}, 'and what was made is known';
		is got($user->put("/works/$work->{id}",
		    { title => $make->(200) })), 200, 'a long title';
		is got($user->post("/works/$work->{id}/publish",
		    { description => $make->(2000), showPrompt => \1 })), 200,
		    'is published with a long description';
	}
}
$unharmed->check('long prompts');

# ---- full lists of such

$user->published(60, { title => 'REPEAT(CHAR(1), 200)',
    prompt => 'REPEAT(CHAR(1), 4000)', description => 'REPEAT(CHAR(1), 2000)',
    negative_prompt => 'REPEAT(CHAR(1), 4000)' });
$user->made(60, { title => "REPEAT(_utf8mb4 0xF09F9880, 200)",
    prompt => "REPEAT(_utf8mb4 0xF09F9880, 4000)" });
my $owner = $user->{id} =~ s/-//gr;
$site->sql("UPDATE work SET description = REPEAT(CHAR(1), 2000)
    WHERE account_id = UNHEX('$owner') AND published_at IS NOT NULL");
for my $path ('/works?pageSize=100', '/works?pageSize=100&q=%01%01',
    '/works?pageSize=100&q=' . join('+', ('%F0%9F%98%80' x 5) x 8),
    '/square/feeds?pageSize=100', '/square/feeds?pageSize=100&sort=latest',
    '/user/compute-power/transactions?pageSize=100', '/events?limit=500') {
	my $reply = $user->request('HEAD', $path);
	is $reply->{status}, 200, substr($path, 0, 50) . ' in full';
	cmp_ok $reply->{headers}{'content-length'}, '>', 1000, 'has its rows';
}
$unharmed->check('long lists');

# ---- places that no list has

my %lists = ('/works' => 'work|all|all|0',
    '/assistant/conversations' => 'conversations', '/events' => 'events');
for my $key (~0 >> 1, (~0 >> 1) - 1, (~0 >> 1) + 1, (~0 >> 1) + 2, ~0, 0,
    253402300800000) {
	for my $path (sort keys %lists) {
		my $at = MIME::Base64::encode_base64url(
		    substr(sha256($lists{$path}), 0, 8) . pack('Q', $key) .
		    "\xff" x 16);
		my $reply = $user->request('HEAD', "$path?cursor=$at");
		is $reply->{status}, 200, "$path at $key";
	}
}
$unharmed->check('cursors');

# ---- more than a reply can be

$site->sql(q{INSERT INTO event (account_id, task_id, body, created_at)
    SELECT a.id, NULL, CONCAT('{"type":"x","x":"', REPEAT('x', 60000), '"}'),
	NOW(3) FROM account a JOIN seq_1_to_120
    WHERE a.id = UNHEX('} . $owner . q{')});
my ($seen, $pages, $cursor) = (0, 0, '');
do {
	my $data = $user->get("/events?limit=500$cursor")->{json}{data};
	$seen += grep { $_->{type} eq 'x' } @{ $data->{list} };
	$cursor = $data->{nextCursor} ? "&cursor=$data->{nextCursor}" : '';
	$pages++;
} while ($cursor && $pages < 50);
is $seen, 120, 'large events come in pages that are not';

$site->sql(q{INSERT INTO conversation (id, account_id, title, provider_id,
    model_id, message_count, created_at, updated_at)
    SELECT a.id, a.id, 'x', 'x', 'x', 1, NOW(3), NOW(3) FROM account a
    WHERE a.id = UNHEX('} . $owner . q{');
    INSERT INTO message (id, conversation_id, account_id, role, content, status,
	created_at, finished_at) SELECT a.id, a.id, a.id, 'user',
	REPEAT(CHAR(1), 3000000), 'complete', NOW(3), NOW(3) FROM account a
    WHERE a.id = UNHEX('} . $owner . q{')});
my $reply = $user->get("/assistant/conversations/$user->{id}");
is $reply->{status}, 500, 'a reply that would be too large is an error';
is $reply->{json}{reason}, 'internal', 'in its envelope';
$unharmed->check('a reply that is too large');

# ---- vendors, as many as there may be, with the largest configurations

$site->sql(q{INSERT INTO provider (id, type, name, protocol, url, config,
    enabled, custom) SELECT CONCAT('v', seq), 'image', 'Many', 'openai',
    'http://127.0.0.1:9/v1', CONCAT('{"x":"', REPEAT('x', 260000), '"}'), TRUE,
    TRUE FROM seq_1_to_300;
    INSERT INTO model (provider_id, id, upstream, price, position)
    SELECT CONCAT('v', p.seq), CONCAT(REPEAT('m', 96), m.seq), 'up', 1, m.seq
    FROM seq_1_to_300 p JOIN seq_1_to_30 m});
$reply = $user->get('/config/providers');
is got($reply), 200, 'many vendors with large configurations are listed';
my ($many) = grep { $_->{id} eq 'v7' } @{ $reply->{json}{data}{image} };
is scalar @{ $many->{models} }, 30, 'with their models';
my %new = (type => 'image', name => 'New', apiKey => '',
    apiUrl => 'http://127.0.0.1:9/v1');
is got($admin->post('/config/providers/custom', { %new,
    config => { models => [ map { "one-$_" } 1 .. 100 ],
	x => 'x' x 200_000 } })), 201, 'another one has room';
$site->sql(q{INSERT INTO model (provider_id, id, upstream, price)
    SELECT 'v1', CONCAT('n', seq), 'up', 1 FROM seq_1_to_1000
    WHERE seq <= 10000 - (SELECT COUNT(*) FROM model)});
$reply = $admin->post('/config/providers/custom', { %new,
    config => { models => [ map { "two-$_" } 1 .. 100 ] } });
is $reply->{status}, 400, 'one with too many models for the site is refused';
is $reply->{json}{field}, 'config.models', 'for them';
$site->sql(q{INSERT INTO provider (id, type, name, protocol, url, enabled,
    custom) SELECT CONCAT('w', seq), 'image', 'Many', 'openai', 'http://x/',
    TRUE, TRUE FROM seq_1_to_1000
    WHERE seq <= 1000 - (SELECT COUNT(*) FROM provider)});
$reply = $admin->post('/config/providers/custom', \%new);
is $reply->{status}, 400, 'one that would be too many is refused';
is $reply->{json}{field}, undef, 'as a whole';
is $user->request('HEAD', '/config/providers')->{status}, 200,
    'all others are listed still';
$site->sql(q{INSERT INTO chore (name, due_at) VALUES ('models', NOW(3))
    ON DUPLICATE KEY UPDATE due_at = NOW(3);
    UPDATE provider SET enabled = FALSE WHERE id LIKE 'v%'});
my $run = Gesso::run(undef, Gesso::build() . '/poller/gesso-poller',
    '--config', $site->{conf}, '--once');
is $run->{status}, 0, 'a poller looks after all of them' or diag $run->{err};
$unharmed->check('many vendors');

# ---- heads that no web server would hand over

for my $given (
    { REQUEST_URI => '/works?' . 'a=b&' x 100_000 },
    { REQUEST_URI => '/works?q=' . '%01' x 1_000_000 },
    { REQUEST_URI => '/' . 'x/' x 500_000 },
    { REQUEST_URI => '%' x 1_000_000 },
    { REQUEST_URI => '/works/' . "\x01" x 1_000_000 },
    { REQUEST_METHOD => 'X' x 1_000_000 },
    { REQUEST_METHOD => "\x01" x 1000 },
    { HTTP_ACCEPT_LANGUAGE => 'a,' x 500_000 },
    { HTTP_AUTHORIZATION => 'Bearer ' . 'a.' x 500_000 },
    { HTTP_ORIGIN => 'http://' . 'x' x 1_000_000 },
    { HTTP_IF_NONE_MATCH => '"x",' x 250_000,
      REQUEST_URI => '/square/feeds' },
    { REMOTE_ADDR => 'x' x 1_000_000, REQUEST_URI => '/square/feeds' },
    { map { ("HTTP_X_$_" => 'x' x 100) } 1 .. 10_000 },
    { REQUEST_METHOD => 'POST', CONTENT_TYPE => 'application/json; ' .
	'x' x 1_000_000, user => $user,
      REQUEST_URI => '/generate/text-to-image' },
    { REQUEST_METHOD => 'POST', user => $user, CONTENT_TYPE =>
	'multipart/form-data; ' . 'boundary=x; ' x 100_000,
      REQUEST_URI => '/upload/image' }) {
	my ($name) = sort { length $given->{$b} <=> length $given->{$a} }
	    grep { !ref $given->{$_} } keys %$given;
	my $reply = Fcgi::request($site, $given, '');
	like $reply->{status}, qr/^[2-4]\d\d$/, "a large $name"
	    or diag explain $reply;
}
$unharmed->check('heads');

done_testing;
