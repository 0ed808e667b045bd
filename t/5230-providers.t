#!/usr/bin/perl
# Vendors: what everybody sees, what administrators change.
use strict;
use warnings;
use JSON::PP ();
use Test::More;
use Gesso;

my $site = Gesso->start(conf => { limit_free_calls_per_hour => 1000000 });
my $admin = $site->admin;
my $user = $site->register;
my $secret = 'sk-CANARY-9f3b';

sub data { return $_[0]{json}{data} }
sub refusal { return "$_[0]{status} " . ($_[0]{json}{reason} // '') . ' ' .
    ($_[0]{json}{field} // '') }

# ---- as the seed prints them

my $all = data($user->get('/config/providers'));
is_deeply [ sort keys %$all ], [ qw(assistant image video) ],
    'vendors by what they make';
is_deeply [ map { $_->{id} } @{ $all->{video} } ], [ qw(sora veo runway) ],
    'in their order';
my ($stability) = grep { $_->{id} eq 'stability' } @{ $all->{image} };
is_deeply [ sort keys %$stability ],
    [ qw(enabled id modelInfo models name) ], 'with the members of the seed';
is_deeply $stability->{models},
    [ 'stable-diffusion-xl', 'stable-diffusion-3' ], 'models are names';
is_deeply $stability->{modelInfo}[0], { id => 'stable-diffusion-xl',
	status => 'active', replacement => undef, price => 1 },
    'beside them what there is to know';
my $current = data($user->get('/config/current'));
is_deeply [ sort keys %$current ], [ qw(assistantModel assistantProvider
    imageModel imageProvider videoModel videoProvider) ],
    'the choice has six members';

# ---- choosing

my %custom = (type => 'image', name => 'Mine', apiKey => $secret,
    apiUrl => "http://127.0.0.1:$site->{port}/sandbox/openai/v1",
    config => { models => [ 'm1', { id => 'm2', upstream => 'up-2',
	price => 4 } ] });
for my $path ('/config/providers', '/config/providers/custom/x') {
	is refusal($user->put($path, {})), '403 forbidden ',
	    "a user does not PUT $path";
}
is refusal($user->post('/config/providers/custom', \%custom)),
    '403 forbidden ', 'nor add vendors';
my $made = $admin->post('/config/providers/custom', \%custom);
is $made->{status}, 201, 'an administrator does' or diag $made->{content};
my $id = data($made)->{id};
is_deeply [ @{ data($made) }{qw(type name protocol enabled hasKey)} ],
    [ 'image', 'Mine', 'openai', JSON::PP::true, JSON::PP::true ],
    'it is as asked for';
my ($shown) = grep { $_->{id} eq $id }
    @{ data($user->get('/config/providers'))->{image} };
is_deeply $shown->{models}, [ qw(m1 m2) ], 'everybody sees it';
is $shown->{modelInfo}[1]{price}, 4, 'and what it costs';
is_deeply data($admin->put('/config/providers', {})), $current,
    'PUT {} changes nothing';
my $chosen = $admin->put('/config/providers',
    { imageProvider => $id, imageModel => 'm2' });
is_deeply [ @{ data($chosen) }{qw(imageProvider imageModel videoModel)} ],
    [ $id, 'm2', $current->{videoModel} ], 'a part is chosen';
is_deeply data($user->get('/config/current')), data($chosen), 'for everybody';
for my $case (
	[ { imageModel => 'm9' }, '400 unknown_model imageModel' ],
	[ { imageProvider => 'nobody' }, '400 unknown_model imageProvider' ],
	[ { imageProvider => "\x{1f600}" }, '400 unknown_model imageProvider' ],
	[ { imageModel => 'm1', videoModel => 'x' },
	    '400 unknown_model videoModel' ],
	[ { imageProvider => 'sora', imageModel => 'sora-1.0' },
	    '400 unknown_model imageModel' ],
	[ { imageModel => 7 }, '400 invalid_field imageModel' ],
) {
	is refusal($admin->put('/config/providers', $case->[0])), $case->[1],
	    JSON::PP->new->ascii->encode($case->[0]) . ' is refused';
}
is data($user->get('/config/current'))->{imageModel}, 'm2',
    'and nothing is changed';
$site->ctl('model', 'set', "$id/m1", '--retired', '--use', 'm2');
my $retired = $admin->put('/config/providers', { imageModel => 'm1' });
is refusal($retired), '400 model_retired imageModel',
    'a retired model is not chosen';
is $retired->{json}{replacement}, 'm2', 'the reply names what is';
my $task = $user->post('/generate/text-to-image?dryRun=true',
    { prompt => 'x', provider => $id, model => 'm1' });
is refusal($task), '400 model_retired model', 'nor used';
$site->ctl('provider', 'set', $id, '--disable');
is refusal($admin->put('/config/providers', { imageModel => 'm2' })),
    '400 unknown_model imageModel', 'a disabled vendor is not chosen';
is $site->ctl('model', 'set', "$id/m3", '--price', 2)->{status}, 1,
    'the tool changes no model that is not there';
is $site->ctl('model', 'set', "$id/m3", '--upstream', 'up-3')->{status}, 0,
    'but makes one that is named whole';

# ---- what may be written

for my $case (
	[ type => 'audio' ], [ name => '' ], [ name => 'x' x 65 ],
	[ apiUrl => 'nonsense' ], [ apiUrl => 'ftp://a.example' ],
	[ apiUrl => 'http://user:pw@a.example/' ],
	[ apiUrl => 'http://[::1]:8080/' ], [ apiUrl => 'http://10.0.0.1/' ],
	[ apiUrl => 'http://169.254.169.254/latest' ],
	[ apiKey => "a\nb" ], [ apiKey => 'x' x 1001 ], [ config => [] ],
) {
	my ($name, $value) = @$case;
	is refusal($admin->post('/config/providers/custom',
	    { %custom, $name => $value })), "400 invalid_field $name",
	    "$name: " . (ref $value ? 'an array' : $value);
}
for my $case ([ protocol => 'soap' ], [ models => {} ], [ models => [ 1 ] ]) {
	is refusal($admin->post('/config/providers/custom',
	    { %custom, config => { @$case } })),
	    "400 invalid_field config.$case->[0]", "config.$case->[0]";
}
for my $name (qw(type name apiUrl apiKey)) {
	my %less = %custom;
	delete $less{$name};
	is refusal($admin->post('/config/providers/custom', \%less)),
	    "400 missing_field $name", "without $name";
}

# ---- changing and removing

my $path = "/config/providers/custom/$id";
is data($admin->put($path, { name => 'Ours', enabled => JSON::PP::true }))
    ->{name}, 'Ours', 'a part is changed';
is data($admin->put($path, {}))->{hasKey}, JSON::PP::true, 'the key stays';
is data($admin->put($path, { apiKey => '' }))->{hasKey}, JSON::PP::false,
    'until it is taken away';
is refusal($admin->put($path, { apiUrl => 'http://192.168.1.1/' })),
    '400 invalid_field apiUrl', 'by the same rules';
is refusal($admin->put($path, { type => 'video' })),
    '400 invalid_field type', 'but for its type';
is refusal($admin->put("/config/providers/custom/$_", {})),
    '404 not_found ', "'$_' is none of them" for 'dalle', 'x', '%F0%9F%98%80';
is refusal($user->del($path)), '403 forbidden ', 'users remove none';
is $admin->del($path)->{status}, 200, 'administrators do';
is refusal($admin->del($path)), '404 not_found ', 'once';
isnt data($user->get('/config/current'))->{imageProvider}, $id,
    'it is chosen no more';

# ---- trying one

my $tried = data($admin->post('/config/providers/custom', \%custom));
$path = "/config/providers/custom/$tried->{id}";
sub tried {
	my ($change) = @_;
	$admin->put($path, $change);
	my $probe = data($admin->post("$path/test"));
	cmp_ok $probe->{latencyMs}, '>=', 0, 'it is tried';
	return ($probe->{ok} ? 'ok' : 'not') . ' ' . ($probe->{reason} // '');
}
is tried({}), 'ok ', 'a vendor that answers is well';
is tried({ apiKey => 'wrong' }), 'not provider_misconfigured',
    'one with a wrong key is not';
is tried({ apiUrl => 'http://127.0.0.1:9/v1' }), 'not provider_unavailable',
    'nor one that is not there';
is tried({ apiUrl => "http://127.0.0.1:$site->{port}/nothing" }),
    'not provider_misconfigured', 'nor another place';
is tried({ apiUrl => $custom{apiUrl}, apiKey => $secret }), 'ok ',
    'until it is right';
is refusal($user->post("$path/test")), '403 forbidden ', 'users try none';
is refusal($admin->post("/config/providers/custom/$_/test")),
    '404 not_found ', "'$_' is none of them" for 'x', $id;

# ---- as many as can be listed

$site->sql("INSERT INTO provider (id, type, name, protocol, url, enabled, custom)
    SELECT CONCAT('crowd', seq), 'image', 'crowd', 'openai', 'http://x', FALSE,
	TRUE FROM seq_1_to_2000
    LIMIT ${\ (1000 - $site->sql('SELECT COUNT(*) FROM provider'))}");
is refusal($admin->post('/config/providers/custom', \%custom)),
    '400 invalid_field ', 'there is an end to vendors';
is $user->get('/config/providers')->{status}, 200, 'before the list has one';
$site->sql("DELETE FROM provider WHERE id LIKE 'crowd%'");
$site->sql("INSERT INTO model (provider_id, id, upstream, price, position)
    SELECT 'dalle', CONCAT('crowd', seq), 'x', 1, 1 FROM seq_1_to_20000
    LIMIT ${\ (10000 - $site->sql('SELECT COUNT(*) FROM model'))}");
is refusal($admin->put($path, { config => { models => [ map { "m$_" } 1 .. 9
    ] } })), '400 invalid_field config.models', 'and to models, of all together';
is $user->get('/config/providers')->{status}, 200, 'which can be listed, too';
$site->sql("DELETE FROM model WHERE id LIKE 'crowd%'");

# ---- one that fails, and is mended

sub health { return data($site->get('/health'))->{providers} }
sub fares {
	my $task = $user->finished($user->submit('a kite',
	    provider => $tried->{id}, model => 'm1')) // {};
	return $task->{reason} // $task->{status};
}
sub fails_for_its_key {
	$admin->put($path, { apiKey => 'wrong' });
	is fares(), 'provider_misconfigured', 'a wrong key';
	is health(), 'resting', 'is worth a rest';
	return;
}
$admin->put($path, { config => { models => [ { id => 'm1',
	upstream => 'gpt-image-2' }, { id => 'm2', price => 4 } ] } });
fails_for_its_key();
$admin->put($path, { apiKey => $secret });
is health(), 'ok', 'a new one ends it';
is fares(), 'completed', 'at once';
fails_for_its_key();
$admin->put($path, { enabled => JSON::PP::false });
$site->sql("INSERT INTO breaker SELECT id, 'open', 9, 1,
    'provider_unavailable', NULL, NOW(3), NOW(3) FROM provider
    WHERE id = '$tried->{id}'");
is health(), 'ok', 'one that is not used is not missed';
$admin->put($path, { enabled => JSON::PP::true, apiKey => $secret });

# ---- what is under way

# No place is free, so that the task waits.
sub waiting {
	my ($model) = @_;
	$site->sql("UPDATE provider SET concurrency = 0
	    WHERE id = '$tried->{id}'");
	return $user->submit('a kite', provider => $tried->{id},
	    model => $model);
}
my $before = $user->power->{remaining};
my $waits = waiting('m2');
is $user->power->{remaining}, $before - 4, 'a task waits for a model';
$admin->put($path, { config => { models => [ 'm1' ] } });
$site->sql('UPDATE provider SET concurrency = 4');
my $end = $user->finished($waits);
is_deeply [ @$end{qw(status reason refunded)} ],
    [ 'failed', 'provider_misconfigured', 4 ], 'which is taken away';
$waits = waiting('m1');
$admin->del($path);
$end = $user->finished($waits);
is_deeply [ @$end{qw(status reason refunded)} ],
    [ 'failed', 'provider_misconfigured', 1 ], 'or its vendor is';
is $user->power->{remaining}, $before, 'nothing is paid';

# ---- the key is nowhere

$admin->post('/config/providers/custom', \%custom);
is $site->sql("SELECT COUNT(*) FROM provider
    WHERE CONCAT_WS(' ', sealed_key, config) LIKE '%CANARY%'"), 0,
    'the key is sealed in the database';
unlike join('', map { $_->{content} } $user->get('/config/providers'),
    $admin->get('/config/providers'), $made), qr/CANARY/, 'in no reply';
unlike Gesso::slurp($_), qr/CANARY/, "not in $_"
    for glob "$site->{dir}/log/*.log";

done_testing;
