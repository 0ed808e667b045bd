#!/usr/bin/perl
# Deleted works: their bytes go, their running tasks are cancelled, what else
# belongs to the task stays.
use strict;
use warnings;
use Test::More;
use Gesso qw(wait_for);

my $site = Gesso->start(rhythm => 2,
    conf => { limit_free_calls_per_hour => 1000000 });
my $user = $site->register;

sub data { return $_[0]{json}{data} }
sub files { return map { s{.*/}{}r } glob "$site->{media}/*/*/*" }

# ---- a finished one

my $reply = $user->post('/generate/text-to-image',
    { prompt => 'a red kite', numImages => 2 });
my ($gone, $stays) = @{ data($reply)->{works} };
my $task = $user->finished(data($reply)->{taskId});
is $task->{status}, 'completed', 'two pictures' or diag explain $task;
my ($image) = grep { $_->{workId} eq $gone } @{ $task->{result}{images} };
my @names = map { m{/(\w+\.\w+)$} } @$image{qw(url thumbnail)};
is scalar(grep { my $n = $_; grep { $_ eq $n } files() } @names), 2,
    'the files are there';
is $user->del("/works/$gone")->{status}, 200, 'one is deleted';
is $site->get($image->{$_})->{status}, 404, "its $_ answers no more"
    for qw(url thumbnail);
ok wait_for(sub { !grep { my $n = $_; grep { $_ eq $n } files() } @names },
    20), 'the poller removes the bytes';
is $site->sql("SELECT COUNT(*) FROM media WHERE deleted_at IS NOT NULL"), 0,
    'and their rows';
is_deeply [ map { $_->{workId} }
    @{ $user->task(data($reply)->{taskId})->{result}{images} } ],
    [ $stays ], 'the task has what is left';
is $site->get($_)->{status}, 200, 'which is there'
    for map { $_->{url} } @{ $user->task(data($reply)->{taskId})
	->{result}{images} };
is $user->del("/works/$stays")->{status}, 200, 'the last one is deleted';
is $user->get("/generate/task/" . data($reply)->{taskId})->{status}, 404,
    'and the task is gone';

# ---- running ones

my $before = $user->power->{remaining};
$reply = $user->post('/generate/text-to-image', { prompt => 'a sunset that neverends' });
my ($work) = @{ data($reply)->{works} };
is $user->del("/works/$work")->{status}, 200, 'a running work is deleted';
is data($user->get('/works'))->{total}, 0, 'it is gone at once';
is $site->sql('SELECT COUNT(*) FROM task WHERE active'), 0,
    'its task is cancelled';
is $user->power->{used} + $user->power->{remaining}, $user->power->{total},
    'power adds up';

$reply = $user->post('/generate/text-to-image',
    { prompt => 'another kite', numImages => 2 });
($gone, $stays) = @{ data($reply)->{works} };
is $user->del("/works/$gone")->{status}, 200, 'one of two is deleted';
$task = $user->finished(data($reply)->{taskId});
is $task->{status}, 'completed', 'the other is made' or diag explain $task;
is_deeply [ map { $_->{workId} } @{ $task->{result}{images} } ], [ $stays ],
    'and delivered';
is data($user->get('/works'))->{total}, 1, 'alone';
ok wait_for(sub { files() == $site->sql('SELECT COUNT(*) FROM media') }),
    'no file stays of the one that is gone';

# ---- and what else happens while one runs

$reply = $user->post('/generate/text-to-image', { prompt => 'a kite delay-2500' });
($work) = @{ data($reply)->{works} };
is data($user->put("/works/$work", { title => 'mine' }))->{title}, 'mine',
    'a running work has a title of its own';
is $user->$_->{json}{reason}, 'not_ready', 'but no file yet' for
    sub { $_[0]->get("/works/$work/download") },
    sub { $_[0]->post("/works/$work/publish", {}) };
$user->finished(data($reply)->{taskId});
is_deeply [ @{ data($user->get("/works/$work")) }{qw(title status error)} ],
    [ 'mine', 'completed', undef ], 'which it keeps';
$reply = $user->post('/generate/text-to-image', { prompt => 'refuse' });
$task = $user->finished(data($reply)->{taskId});
my $failed = data($user->get('/works/' . data($reply)->{works}[0]));
is_deeply [ @$failed{qw(status error)} ], [ 'failed', $task->{error} ],
    'a failed one says why, as its task does';
is $site->ctl('ledger', 'audit')->{status}, 0, 'the ledger is right';
is $site->sql('SELECT SUM(total) FROM work_count') -
    $site->sql('SELECT COUNT(*) FROM work'), 0, 'kept totals are right';

done_testing;
