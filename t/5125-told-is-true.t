#!/usr/bin/perl
# What somebody was told is true at that moment, whatever he does next, at each
# worker.  Requests that meet halfway with another one are stopped there by a
# lock.
use strict;
use warnings;
use Test::More;
use Gesso qw(wait_for later at_once got);
use Time::HiRes qw(sleep);

my $site = Gesso->start(conf => { limit_free_calls_per_hour => 100000 });
my $user = $site->register;
my $other = $site->register;

sub data { return $_[0]{json}{data} }

# at_workers({what => [claim, value]}): all of them asked at once.
sub at_workers {
	my ($claims) = @_;
	my @names = sort keys %$claims;
	my %got;
	@got{@names} = at_once(scalar @names,
	    sub { $claims->{ $names[$_[0]] }[0]->() });
	is $got{$_}, $claims->{$_}[1], $_ for @names;
	return;
}

# ---- a picture

my $ws = $user->ws;
sub heard {
	my ($type) = @_;
	return ($ws->until(sub { $_[0]{type} eq $type }, 60))[-1];
}
my $made = $user->submit('a kite');
my $event = heard('task_complete');
my ($image) = @{ $event->{result}{images} };
my $work = $image->{workId};
my %told = (
	'the file is there' => [ sub { got($site->get($image->{url})) }, 200 ],
	'its thumbnail' => [ sub { got($site->get($image->{thumbnail})) }, 200 ],
	'it can be downloaded' => [ sub {
		length $user->get("/works/$work/download")->{body};
	}, length $site->get($image->{url})->{body} ],
	'it is listed' => [ sub {
		my $page = data($user->get('/works?status=completed'));
		return "$page->{total} $page->{list}[0]{fileUrl}";
	}, "1 $image->{url}" ],
	'its task is over' => [ sub { $user->task($made)->{status} },
	    'completed' ],
	'it is paid' => [ sub {
		join ' ', @{ $user->power }{qw(total used remaining)};
	}, '50 1 49' ],
	'the profile counts it' => [ sub {
		data($user->get('/user/profile'))->{totalGenerated};
	}, 1 ],
	'it is an event, too' => [ sub {
		data($user->get('/events'))->{list}[-1]{type};
	}, 'task_complete' ],
);
at_workers(\%told);

$user->submit('a kite, notanimage');
heard('task_failed');
at_workers({
	'one that failed is paid back' => [ sub { $user->power->{remaining} },
	    49 ],
	'and so is its day' => [ sub {
		data($user->get('/user/limits'))->{images}{used};
	}, 1 ],
	'it is listed as such' => [ sub {
		data($user->get('/works?status=failed'))->{total};
	}, 1 ],
});

my $held = $user->submit('a kite, neverends');
wait_for(sub { $user->task($held)->{stage} eq 'submitting' });
is got($user->post("/generate/task/$held/cancel", {})), 200, 'one is cancelled';
at_workers({
	'which is over' => [ sub { $user->task($held)->{reason} }, 'cancelled' ],
	'is listed' => [ sub {
		data($user->get('/works?status=processing'))->{total};
	}, 0 ],
	'and told' => [ sub {
		data($user->get('/events'))->{list}[-1]{reason};
	}, 'cancelled' ],
	'and cost what the vendor got' => [ sub {
		join ' ', @{ $user->power }{qw(total used remaining)};
	}, '50 2 48' ],
});

# ---- the square

my $seen = sub { map { $_->{id} } @{ data($_[0]->get($_[1]))->{list} } };
sub on_square {
	my ($shown) = @_;
	return (
		'the newest' => [ sub {
			join ' ', $seen->($site, '/square/feeds?sort=latest');
		}, $shown ? $work : '' ],
		'the best' => [ sub {
			join ' ', $seen->($other, '/square/feeds');
		}, $shown ? $work : '' ],
		'by itself' => [ sub { got($other->get("/square/$work")) },
		    $shown ? 200 : '404 not_found' ],
		'its count' => [ sub {
			data($site->get('/square/feeds'))->{total};
		}, $shown ? 1 : 0 ],
	);
}
is got($user->post("/works/$work/publish", {})), 200, 'it is published';
at_workers({ on_square(1) });
is got($other->post("/square/$work/favorite", {})), 200, 'somebody keeps it';
at_workers({
	'among his' => [ sub { join ' ', $seen->($other,
	    '/works?favorite=true') }, $work ],
	'which its owner sees' => [ sub {
		data($user->get("/works/$work"))->{favoriteCount};
	}, 1 ],
});
is got($user->del("/works/$work/publish")), 200, 'it is taken off';
at_workers({ on_square(0), 'and from his' => [ sub { join ' ',
    $seen->($other, '/works?favorite=true') }, '' ] });
$user->post("/works/$work/publish", {});
is got($user->del("/works/$work")), 200, 'it is deleted';
at_workers({ on_square(0),
	'its file' => [ sub { $site->get($image->{url})->{status} }, 404 ],
	'its thumbnail' => [ sub { $site->get($image->{thumbnail})->{status} },
	    404 ],
	'its download' => [ sub { got($user->get("/works/$work/download")) },
	    '404 not_found' ],
	'its task' => [ sub { got($user->get("/generate/task/$made")) },
	    '404 not_found' ],
});

# ---- tokens

# login(user, password): what it is told, and what its token is good for.
sub login {
	my ($user, $password) = @_;
	my $reply = $site->post('/auth/login',
	    { email => $user->{email}, password => $password });
	return got($reply) unless $reply->{status} == 200;
	my $in = bless { %$user, token => $reply->{json}{data}{token} },
	    'Gesso::User';
	return '200, then ' . got($in->get('/user/profile'));
}

# between(user, what, then): a request that has found the password right, and
# what happens before it goes on.
sub between {
	my ($user, $what, $then) = @_;
	login($user, 'not the right one'); # success will forgive it
	my $lock = $site->lock("SELECT * FROM throttle
	    WHERE subject = 'login:$user->{email}'");
	my $said = later($what);
	ok $site->waits('DELETE FROM throttle'), 'a password was found right';
	$then->();
	$lock->close;
	return $said->();
}

$user->post('/auth/logout');
at_workers({ map { ("a token that was thrown away is dead, $_" => [ sub {
	got($user->get('/user/profile'));
}, '401 unauthenticated' ]) } 1 .. 12 });
is $user->ws->{status}, 401, 'at the notifier, too';

$user = $site->register;
is between($user, sub { login($user, $user->{password}) }, sub {
	is $site->ctl(qw(user password), $user->{email}, '--password-stdin',
	    { stdin => 'another password' })->{status}, 0,
	    'but is no more the password';
}), '401 bad_credentials', 'it opens nothing';
is login($user, 'another password'), '200, then 200', 'the new one does';

$user = $site->register;
is between($user, sub { login($user, $user->{password}) }, sub {
	is $site->ctl(qw(user logout), $user->{email})->{status}, 0,
	    'who is logged out everywhere meanwhile';
}), '200, then 200', 'comes in with the right password';

$user = $site->register;
is between($user, sub {
	my $reply = $user->put('/user/password', { newPassword => 'a new one',
	    oldPassword => $user->{password} });
	return got($reply);
}, sub {
	is $site->ctl(qw(user logout), $user->{email})->{status}, 0,
	    'a token that dies';
}), '401 unauthenticated', 'gets no new one for another password';
is login($user, $user->{password}), '200, then 200', 'which is as it was';

# ---- events

# A commit lets go of its locks one by one: what has one yet can be seen already,
# and has an event all the same.
$user = $site->register;
$site->kill_by_name($_, 'STOP') for qw(gesso-notifier gesso-poller);
my $task = $user->submit('a kite, neverends');
my $lock = $site->lock('SELECT * FROM event WHERE seq IS NULL');
my $said = later(sub { $user->get('/events')->{body} });
sleep 0.3; # it looks meanwhile, as a rule
$lock->close;
like $said->(), qr/"taskId":"$task"/, 'whoever knows of a task has its event';
$site->kill_by_name($_, 'CONT') for qw(gesso-notifier gesso-poller);

# ---- vendors

# set(vendor, key): gessoctl provider set.
sub set {
	my ($id, $key) = @_;
	return $site->ctl(qw(provider set), $id, '--key-stdin',
	    { stdin => $key })->{status};
}
sub film {
	my $reply = $user->post('/generate/text-to-video',
	    { prompt => $_[0], model => 'gen-4', duration => 5 });
	return $reply->{json}{data}{taskId} // got($reply);
}
sub film_is {
	my ($id, $claim, $seconds) = @_;
	return wait_for(sub {
		my $film = $user->get("/generate/video-task/$id")->{json}{data};
		return $claim->($film) && $film;
	}, $seconds // 20);
}

# The simulated vendor refuses keys that begin with "wrong".
$user = $site->register;
$task = film('a kite, delay-5000');
ok film_is($task, sub { $_[0]{stage} eq 'running' }), 'a film is in the making';
is set(runway => 'wrong'), 0, 'its vendor gets another key';
ok wait_for(sub {
	grep { $_->{path} =~ m{/runway/v1/tasks/} && $_->{status} == 401 }
	    $site->journal;
}), 'and is asked with it, for what was begun with the other one';
is set(runway => 'right'), 0, 'a better one';
ok film_is($task, sub { $_[0]{status} eq 'completed' }), 'does so, too';

# A vendor that is chosen while another administrator removes it.
my $admin = $site->admin;
my $custom = $admin->post('/config/providers/custom', { type => 'image',
	name => 'Passing', apiUrl => 'https://passing.example/v1', apiKey => '',
	config => { models => ['brief'] } })->{json}{data}{id};
$lock = $site->lock('SELECT * FROM setting');
my $chosen = later(sub { got($admin->put('/config/providers',
    { imageProvider => $custom, imageModel => 'brief' })) });
ok $site->waits('INSERT INTO setting'), 'a vendor is being chosen';
my $removed = later(sub {
	got($admin->del("/config/providers/custom/$custom"));
});
sleep 0.3; # what it can it does meanwhile
$lock->close;
is $chosen->(), 200, 'which is told';
is $removed->(), 200, 'and that it is gone';
is got($user->post('/generate/text-to-image?dryRun=true', { prompt => 'x' })),
    200, 'but nobody is left with a choice that is not there';

# What the old key brought about does not fall back on the new one.
my $breakers = "SELECT COUNT(*) FROM breaker WHERE provider_id = 'runway'";
is set(runway => 'wrong, too'), 0, 'a wrong key';
$site->kill_by_name('sandbox.fcgi', 'STOP');
$task = film('another kite');
ok film_is($task, sub { $_[0]{stage} eq 'submitting' }), 'a film is asked for';
is set(runway => 'right'), 0, 'and then the right key is there';
$site->kill_by_name('sandbox.fcgi', 'CONT');
ok film_is($task, sub { $_[0]{status} eq 'completed' }, 40),
    'it is made with that';
is $site->sql($breakers), 0, 'and nothing rests';

done_testing;
