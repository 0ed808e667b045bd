#!/usr/bin/perl
# What the administrator's verbs do to the people, vendors and tasks of a site
# that runs.
use strict;
use warnings;
use JSON::PP ();
use Test::More;
use Ctl qw(ctl_of done fails);
use Gesso qw(wait_child got);

my $site = Gesso->start(rhythm => 3600,
    conf => { limit_free_calls_per_hour => 100000 });
ctl_of($site);
my $user = $site->register;
my $email = $user->{email};

sub data { return $_[0]{json}{data} }
sub cost {
	my (%given) = @_;
	return data($user->post('/generate/text-to-image?dryRun=true',
	    { prompt => 'a kite', %given }));
}

# ---- people

my @ann = ('user', 'add', '--email', 'Ann@A.example', '--username', 'ann',
    '--password-stdin', '--admin', '--vip', 3, { stdin => "long enough\n" });
my $made = done(@ann);
is_deeply [ @$made{qw(role vipLevel vipUntil powerAvailable)} ],
    [ 'admin', 3, undef, 50 ], 'an account is as asked for, with its power';
fails(1, qr/taken/, @ann[0 .. 9], { stdin => "long enough\n" });
fails(2, qr/--vip takes/, @ann[0 .. 8], 101, { stdin => "long enough\n" });
my $ann = bless { site => $site, %{ $user }, token => data($site->post(
    '/auth/login', { email => 'ann@a.example', password => 'long enough' }))
    ->{token} }, 'Gesso::User';
is got($ann->put('/config/providers', {})), 200, 'an administrator may';
is data($ann->get('/user/profile'))->{vipLevel}, 3, 'who is a VIP';
is_deeply [ map { $_->{username} } @{ done(qw(user list --admins))->{users} } ],
    [ 'ann', 'admin' ], 'administrators are listed';
is_deeply [ map { $_->{username} } @{ done(qw(user list --limit 1))->{users} } ],
    [ 'ann' ], 'or the newest';
done('user', 'vip', 'ann@a.example', 0);
is data($ann->get('/user/profile'))->{vipLevel}, 0, 'a level is taken away';
done('user', 'vip', $email, 2, '--days', 1);
$site->sql('UPDATE account SET vip_until = vip_until - INTERVAL 1 DAY');
is data($user->get('/user/profile'))->{vipLevel}, 0, 'or ends';
done('user', 'vip', $email, 1);
is done('user', 'show', $email)->{vipUntil}, undef, 'the next one has no end';
done('user', 'vip', $email, 0);

done('user', 'ban', $email);
like got($user->get('/user/profile')), qr/^40[13] /, 'a banned one is out';
is got($site->post('/auth/login', { map { $_ => $user->{$_} }
    qw(email password) })), '403 banned', 'and stays out';
is_deeply [ map { $_->{email} } @{ done(qw(user list --banned))->{users} } ],
    [ $email ], 'those are listed';
done('user', 'unban', $email);
$user->{token} = data($site->post('/auth/login', { map { $_ => $user->{$_} }
    qw(email password) }))->{token};
is got($user->get('/user/profile')), 200, 'until they are let in again';
is scalar @{ done(qw(user list --banned))->{users} }, 0, 'then no more';

$user->finished($user->submit('a kite'));
is data($user->get('/user/limits'))->{images}{used}, 1, 'a day is begun';
$site->post('/auth/login', { email => $email, password => 'wrong one' })
    for 1 .. 10;
is got($site->post('/auth/login', { map { $_ => $user->{$_} }
    qw(email password) })), '429 too_many_tries', 'and a login locked';
done('limits', 'reset', $email);
is data($user->get('/user/limits'))->{images}{used}, 0, 'it begins anew';
is got($site->post('/auth/login', { map { $_ => $user->{$_} }
    qw(email password) })), 200, 'and the lock is off';
fails(2, qr/--reason has 200/, 'credit', 'grant', $email, 5, '--reason',
    'x' x 201);
done('credit', 'grant', $email, 5, '--reason', "\303\274" x 200);
is_deeply [ map { $_->{amount} }
    @{ done('credit', 'show', $email, '--limit', 1)->{transfers} } ], [ 5 ],
    'the last movement';

# ---- codes

my ($once, $lost) = @{ done(qw(code new --power 3 --count 2))->{codes} };
my ($many) = @{ done(qw(code new --hd 1 --per-user --expires 1d))->{codes} };
my ($old) = @{ done(qw(code new --power 9 --expires 2020-01-01))->{codes} };
sub redeem { return got($_[0]->post('/user/recharge', { code => $_[1] })) }
is redeem($user, $_), 200, 'a code is used' for $once, $many;
my %code = map { ($_->{tail} => $_) }
    @{ done(qw(code list))->{codes} };
sub seen { return join ' ', map { $_ // '-' } @{ $code{ substr $_[0], -4 } }{
    qw(state power hd uses maxUses) } }
is seen($once), 'used 3 0 1 1', 'and listed so';
is seen($lost), 'open 3 0 0 1', 'another is open';
is seen($many), 'open 0 1 1 -', 'one is for everybody';
is seen($old), 'expired 9 0 0 1', 'one is too old';
is_deeply [ sort map { $_->{tail} } @{ done(qw(code list --open))->{codes} } ],
    [ sort map { substr $_, -4 } $lost, $many ], 'those that can be used';
is scalar @{ done(qw(code list --limit 1))->{codes} }, 1, 'or so many';
done('code', 'revoke', $code{ substr $_, -4 }{id}) for $lost, $many;
my $late = $site->register;
is redeem($late, $_), '400 invalid_code code', 'what is taken back is worth nothing'
    for $lost, $many;
is_deeply done(qw(code list --open))->{codes}, [], 'and not open';
fails(1, qr/there is no code/, qw(code revoke 0123456789abcdef));
fails(2, qr/is no id/, qw(code revoke), $_) for 'x', $once, '%' x 16,
    '0123456789abcdef0';

# ---- vendors

sub vendor {
	my ($id) = @_;
	return (grep { $_->{id} eq $id }
	    @{ done(qw(provider list))->{providers} })[0];
}
my $url = vendor('dalle')->{url};
fails(2, qr/--url takes/, qw(provider set dalle --url), $_)
    for 'nonsense', 'ftp://a.example', 'http://u:p@a.example/',
    'http://a.example/' . 'x' x 500;
fails(1, qr/apiKey/, qw(provider set dalle --key-stdin), { stdin => "$_\n" })
    for "a\001b", "schl\303\274ssel", 'x' x 1001;
is vendor('dalle')->{url}, $url, 'and the address stays';
done(qw(provider set dalle --url https://api.a.example/v1 --concurrency 7
    --key-stdin), { stdin => "sk-CANARY\n" });
is_deeply [ @{ vendor('dalle') }{qw(url concurrency hasKey enabled)} ],
    [ 'https://api.a.example/v1', 7, JSON::PP::true, JSON::PP::true ],
    'what is named is changed';
unlike $site->ctl('provider', 'list')->{out}, qr/CANARY/, 'the key is not shown';
done('provider', 'set', 'dalle', '--url', $url);
is_deeply [ @{ vendor('dalle') }{qw(concurrency hasKey)} ],
    [ 7, JSON::PP::true ], 'the rest is not';

done(qw(provider use dalle/dall-e-3));
is_deeply [ @{ data($user->get('/config/current')) }{qw(imageProvider
    imageModel videoModel)} ], [ qw(dalle dall-e-3 sora-1.0) ],
    'a model is chosen';
done(qw(model set dalle/dall-e-3 --price 4));
is cost()->{cost}, 4, 'it is used, at its price';
done(qw(model set dalle/dall-e-3 --retired --use stable-diffusion-xl));
is got($user->post('/generate/text-to-image', { prompt => 'x' })),
    '400 model_retired model', 'until it is retired';
done(qw(provider use stability/stable-diffusion-xl));
fails(1, qr/use 'stable-diffusion-xl'/, qw(provider use dalle/dall-e-3));
fails(2, qr/not both/, qw(model set dalle/dall-e-3 --retired --active));
done(qw(model set dalle/dall-e-3 --active));
is cost(model => 'dall-e-3')->{cost}, 4, 'or offered again';
done(qw(model set dalle/dall-e-3 --retired --use stable-diffusion-xl));
done(qw(model set dalle/dall-e-3 --upstream gpt-image-2));
is cost(model => 'dall-e-3')->{cost}, 4, 'or has another name there';
my ($model) = grep { $_->{id} eq 'dall-e-3' }
    @{ done(qw(model list))->{models} };
is_deeply [ @$model{qw(status replacement price)} ], [ 'active', undef, 4 ],
    'as before';
done(qw(provider set dalle --disable));
fails(1, qr/not enabled/, qw(provider use dalle/dall-e-3));
is got($user->post('/generate/text-to-image', { prompt => 'x',
    model => 'dall-e-3' })), '400 unknown_model model',
    'a disabled vendor is not used';
is data($user->get('/config/current'))->{imageProvider}, 'stability',
    'nor chosen';
done(qw(provider set dalle --enable));
is got($user->post('/generate/text-to-image?dryRun=true', { prompt => 'x',
    model => 'dall-e-3' })), 200, 'an enabled one is';

# ---- tasks

$site->kill_by_name('gesso-poller');
my $task = $user->submit('a lighthouse');
is_deeply [ map { $_->{id} }
    @{ done(qw(task list --state active --limit 5))->{tasks} } ], [ $task ],
    'what is not finished';
is scalar @{ done('task', 'list', '--email', 'ann@a.example')->{tasks} }, 0,
    'of whom one likes';
$site->sql("UPDATE task SET next_at = NOW(3) - INTERVAL 1 HOUR
    WHERE state = 'queued'");
my $stuck = $site->ctl('--json', 'task', 'stuck');
is_deeply [ $stuck->{status}, map { $_->{id} } @{ $stuck->{json}{tasks} } ],
    [ 1, $task ], 'one that nobody works on is stuck';
$site->sql("UPDATE task SET next_at = NOW(3) + INTERVAL 8 MINUTE
    WHERE state = 'queued'");
my $poller = fork // die "fork: $!";
if ($poller == 0) {
	open STDERR, '>>', "$site->{dir}/log/gesso-poller.log" or die;
	exec Gesso::build() . '/poller/gesso-poller', '--config',
	    $site->{conf} or die;
}
done('task', 'retry', $task);
is $user->finished($task)->{status}, 'completed',
    'one that waits is taken up at once';
kill 'TERM', $poller;
is wait_child($poller, 20), 0, 'the poller ends';
done('task', 'stuck');
is done(qw(stats --days 2))->{tasksDone}, 2, 'they are counted';
$site->sql("UPDATE task SET finished_at = finished_at - INTERVAL 3 DAY");
is_deeply [ map { done('stats', '--days', $_)->{tasksDone} } 2, 4 ], [ 0, 2 ],
    'for as many days as one asks';

# ---- works

my ($work) = $user->published(1);
is_deeply [ map { $_->{id} } @{ done(qw(work list --published))->{works} } ],
    [ $work ], 'what is on the square';
done('work', 'hide', $work);
is got($site->get("/square/$work")), '404 not_found', 'is taken off';
is got($user->get("/works/$work")), 200, 'its owner has it';
is scalar @{ done(qw(work list --published))->{works} }, 0, 'nothing is left';
is scalar @{ done(qw(work list --limit 2))->{works} }, 2, 'of works there is';
fails(2, qr/--yes/, 'work', 'delete', $work);
is got($user->get("/works/$work")), 200, 'nothing goes without a yes';

# ---- events

my @seqs = map { $_->{seq} } @{ done(qw(events tail --limit 500))->{events} };
cmp_ok scalar @seqs, '>', 3, 'there are events';
is_deeply [ map { $_->{seq} } @{ done('events', 'tail', '--since', $seqs[1],
    '--limit', 1)->{events} } ], [ $seqs[2] ], 'those after a number';
$site->sql("UPDATE event SET created_at = NOW(3) - INTERVAL 25 HOUR
    WHERE seq <= $seqs[1]");
done('events', 'prune');
is done('events', 'lag')->{firstKept}, $seqs[2], 'old ones are dropped';
is_deeply [ map { $_->{seq} } @{ done(qw(events tail --limit 500))->{events} } ],
    [ @seqs[2 .. $#seqs] ], 'and only those';
is data($user->get('/events?since=0'))->{list}[0]{type}, 'reset',
    'who asks for them is told';

# ---- the schema

is_deeply [ grep { $_->{state} ne 'applied' }
    @{ done(qw(migrate status))->{migrations} } ], [], 'the schema is whole';
my ($last) = $site->sql('SELECT version, name FROM schema_migration
    ORDER BY version DESC LIMIT 1');
$site->sql("DELETE FROM schema_migration WHERE version = $last->[0]");
my $behind = $site->ctl('--json', 'migrate', 'status');
is_deeply [ $behind->{status}, map { $_->{version} }
    grep { $_->{state} ne 'applied' } @{ $behind->{json}{migrations} } ],
    [ 1, $last->[0] ], 'what is missing is told';

done_testing;
