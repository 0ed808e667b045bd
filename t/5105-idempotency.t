#!/usr/bin/perl
# The same key, the same answer.
use strict;
use warnings;
use Test::More;
use Fcgi;
use Gesso qw(wait_for at_once got);

my $site = Gesso->start(rhythm => 3600, conf => {
	limit_free_calls_per_hour => 1000000,
	limit_free_images_per_day => 1000000 });
kill 'KILL', $site->pids('gesso-poller');
my $user = $site->register;
my $other = $site->register;
my $draw = '/generate/text-to-image';

sub ask {
	my ($key, $fields, $who, $path) = @_;
	return ($who // $user)->post($path // $draw,
	    { prompt => 'a kite', %{ $fields // {} } },
	    defined $key ? { 'Idempotency-Key' => $key } : {});
}

my $tasks = sub { $site->sql('SELECT COUNT(*) FROM task') };

# ---- one after the other

my $first = ask('k1');
is $first->{status}, 200, 'the first call is made';
is $first->{headers}{'idempotent-replay'}, undef, 'and is no replay';
my $again = ask('k1');
is $again->{status}, 200, 'the second is answered';
is $again->{body}, $first->{body}, 'byte for byte like the first';
is $again->{headers}{'idempotent-replay'}, 'true', 'and says so';
is $again->{headers}{'content-type'}, $first->{headers}{'content-type'},
    'with the same type';
is $tasks->(), 1, 'one task was made';
is $user->power->{remaining}, 49, 'and paid';
isnt ask(undef)->{body}, $first->{body}, 'without a key nothing is replayed';
isnt ask('k2')->{json}{data}{taskId}, $first->{json}{data}{taskId},
    'another key is another task';

is got(ask('k1', { prompt => 'a boat' })),
    '400 idempotency_mismatch Idempotency-Key', 'another body is refused';
is got(ask('k1', {}, $user, '/generate/text-to-video')),
    '400 idempotency_mismatch Idempotency-Key', 'another path, too';
isnt ask('k1', {}, $other)->{json}{data}{taskId},
    $first->{json}{data}{taskId}, 'the key of another user is another key';
is ask('k1')->{body}, $first->{body}, 'the first answer still stands';

# ---- what is kept and what is not

my $before = $tasks->();
is got(ask('k3', { prompt => '' })), '400 invalid_field prompt',
    'a failure is told';
is ask('k3')->{status}, 200, 'and not kept';
is $tasks->(), $before + 1, 'so that the key makes a task then';
is ask('dry', {}, $user, "$draw?dryRun=true")->{status}, 200, 'a dry run';
is $site->sql("SELECT COUNT(*) FROM idempotency WHERE idempotency_key = " .
    "'dry'"), 0, 'needs no key';
is ask('dry')->{json}{data}{status}, 'processing',
    'and leaves it for the real one';

$site->sql("UPDATE account SET power_available = 0 WHERE id = UNHEX('" .
    $user->{id} =~ tr/-//dr . "')");
is got(ask('poor')), '403 insufficient_power', 'no power';
$site->sql("UPDATE account SET power_available = 40 WHERE id = UNHEX('" .
    $user->{id} =~ tr/-//dr . "')");
is ask('poor')->{status}, 200, 'the same key works when there is some';

my $left = $user->get('/user/profile')->{headers}{'ratelimit-remaining'};
ask('k1') for 1 .. 3;
is $user->get('/user/profile')->{headers}{'ratelimit-remaining'}, $left - 4,
    'a replay counts as a call';

# ---- keys that are none

for my $key ('', ' ', 'x' x 129, 'a b', "tab\tbed", "caf\xe9", "\x7f") {
	is got(Fcgi::request($site, { user => $user,
	    REQUEST_METHOD => 'POST', REQUEST_URI => $draw,
	    CONTENT_TYPE => 'application/json',
	    HTTP_IDEMPOTENCY_KEY => $key }, '{"prompt":"x"}')),
	    '400 invalid_field Idempotency-Key', 'a bad key is refused'
	    or diag $key;
}
is ask($_)->{status}, 200, 'a good one is not'
    for 'x', 'x' x 128, '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';
is $user->get('/works', { 'Idempotency-Key' => 'a b' })->{status}, 200,
    'nobody looks at it where it means nothing';

# ---- at the same time

$before = $tasks->();
my $power = $user->power->{remaining};
my %seen;
$seen{$_}++ for at_once(200, sub {
	my $reply;
	wait_for(sub {
		$reply = ask('together');
		return $reply->{status} != 409;
	}, 60);
	return "$reply->{status} $reply->{body}";
});
is scalar keys %seen, 1, '200 calls at once have one answer'
    or diag explain \%seen;
like((keys %seen)[0], qr/^200 /, 'a good one');
is $tasks->(), $before + 1, 'one task was made';
is $user->power->{remaining}, $power - 1, 'and paid';

# ---- a run that died half-way

my $account = "account_id = UNHEX('" . $user->{id} =~ tr/-//dr . "')";
my $entry = sub {
	my ($set, $key) = @_;
	$site->sql("UPDATE idempotency SET $set WHERE $account AND " .
	    "idempotency_key = '$key'");
};
$entry->('status = NULL, body = NULL, running_until = NOW(3) + INTERVAL 60 ' .
    'SECOND', 'k2');
my $busy = ask('k2');
is got($busy), '409 idempotency_in_progress', 'a run under way is waited for';
is $busy->{headers}{'retry-after'}, 1, 'for a second';
$entry->('running_until = NOW(3) - INTERVAL 1 SECOND', 'k2');
is ask('k2')->{headers}{'idempotent-replay'}, undef,
    'a dead one gives way';
$entry->('created_at = NOW(3) - INTERVAL 86401 SECOND', 'k1');
my $fresh = ask('k1', { prompt => 'a boat' });
is $fresh->{status}, 200, 'after a day the key is free';
isnt $fresh->{body}, $first->{body}, 'for another task';
$entry->('created_at = NOW(3) - INTERVAL 86390 SECOND', 'k1');
is ask('k1', { prompt => 'a boat' })->{body}, $fresh->{body},
    'not a minute before';

unlike $site->log('gesso.fcgi'), qr/ended with INTERNAL/,
    'nothing failed on our side';

done_testing;
