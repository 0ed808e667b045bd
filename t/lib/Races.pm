# What can be done to a work, a task, an account, a conversation and a vendor:
# the scenes of t/lib/Race.pm.
package Races;
use strict;
use warnings;

use Exporter qw(import);
use JSON::PP ();
use Gesso qw(wait_for got);
use Media qw(png);

our @EXPORT_OK = qw(scenes race_site);

my %scenes;
sub scenes { return @_ ? @scenes{@_} : map { $scenes{$_} } sort keys %scenes }

# A site without limits but power.
sub race_site {
	my $site = Gesso->start(delay => 20, rhythm => 2, conf => {
		map { $_ => 1000000 } qw(limit_free_images_per_day
		    limit_free_videos_per_day limit_free_calls_per_hour
		    limit_registrations_per_hour limit_anonymous_calls_per_hour
		    limit_login_failures_per_account
		    limit_login_failures_per_address) });
	$site->ctl('model', 'set', 'openai/gpt-4', '--price', 2);
	return $site;
}

sub bin { return "UNHEX('" . ($_[0] =~ s/-//gr) . "')" }

# Names of tests have the number of a process in them, which comes again.
sub person {
	my ($site) = @_;
	return $site->register(username => sprintf 'r%x-%x', rand 2**32,
	    rand 2**32);
}

# call(method, path, body): of the owner, %s being what at has under a name.
sub call {
	my ($who, $method, $path, $body) = @_;
	return sub {
		my ($site, $at) = @_;
		my $to = $path =~ s/%(\w+)/$at->{$1}/gr;
		my $text = ref $body eq 'CODE' ? $body->($at) : $body;
		return $at->{$who}->request($method, $to, $text);
	};
}

# brief(operation): its status only; the rest was read after what it did.
sub brief {
	my ($act) = @_;
	return sub { return got($act->(@_)) };
}

sub ctl {
	my (@words) = @_;
	return sub {
		my ($site, $at) = @_;
		return $site->ctl('--yes', map {
			ref $_ ? $_ : s/%(\w+)/$at->{$1}/gr } @words);
	};
}

my @money = qw(power_available power_held power_spent power_gifted hd_count
    images_today videos_today vip_level);

# What is left of an account, of its tasks and its works.
sub money {
	my ($at) = @_;
	return "(SELECT CONCAT_WS(' ', " . join(', ', map { "'$_', $_" } @money) .
	    ") FROM account WHERE id = " . bin($at->{owner}{id}) . ')';
}

sub task_state {
	my ($at) = @_;
	my $task = bin($at->{task});
	return "COALESCE((SELECT CONCAT_WS(' ', 'task', state, reason, refunded)
	    FROM task WHERE id = $task), 'no task'),
	    COALESCE((SELECT GROUP_CONCAT(JSON_VALUE(body, '\$.type')
	    ORDER BY id) FROM event WHERE task_id = $task AND
	    JSON_VALUE(body, '\$.type') <> 'task_progress'), 'untold'),
	    (SELECT COUNT(*) FROM media m JOIN work ON m.name = media
	    WHERE task_id = $task AND deleted_at IS NULL)";
}

sub work_state {
	my ($id) = @_;
	my $work = bin($id);
	return "COALESCE((SELECT CONCAT_WS(' ', 'work', status, title,
	    published_at IS NOT NULL, description, show_prompt, 'likes',
	    like_count, favorite_count, play_count) FROM work
	    WHERE id = $work), 'no work'),
	    (SELECT COUNT(*) FROM square WHERE work_id = $work)";
}

# ---- a work that is there

my %work_ops = (
	show => call(owner => GET => '/works/%work'),
	task => call(owner => GET => '/generate/task/%task'),
	link => call(owner => GET => '/works/%work/download?link=true'),
	bytes => call(owner => GET => '/works/%work/download'),
	rename => brief(call(owner => PUT => '/works/%work',
	    { title => 'one' })),
	'rename too' => brief(call(owner => PUT => '/works/%work',
	    { title => 'two' })),
	publish => brief(call(owner => POST => '/works/%work/publish', {})),
	'publish anew' => brief(call(owner => POST => '/works/%work/publish',
	    { description => 'anew', showPrompt => JSON::PP::true })),
	unpublish => call(owner => DELETE => '/works/%work/publish'),
	delete => call(owner => DELETE => '/works/%work'),
	cancel => call(owner => POST => '/generate/task/%task/cancel'),
	look => call(other => GET => '/square/%work'),
	play => call(other => POST => '/square/%work/play'),
	(map { my $verb = $_;
		($verb => call(other => POST => "/square/%work/$verb"),
		"un$verb" => call(other => DELETE => "/square/%work/$verb"),
		"own $verb" => call(owner => POST => "/square/%work/$verb"))
	    } qw(like favorite)),
	hide => ctl(qw(work hide %work)),
	'ctl delete' => ctl(qw(work delete %work)),
);
$work_ops{bytes} = sub {
	my ($site, $at) = @_;
	return $at->{owner}->get("/works/$at->{work}/download")->{status};
};

# Who looks at works is the same for many.
my $other;

sub submitted {
	my ($site, $n, $prompt, %fields) = @_;
	$other //= person($site);
	my %at = (n => $n, owner => person($site), other => $other);
	my $data = $at{owner}->post('/generate/text-to-image',
	    { prompt => $prompt, %fields })->{json}{data};
	$at{task} = $data->{taskId};
	($at{work}, $at{sister}) = @{ $data->{works} };
	return \%at;
}

my %a_work = (
	make => sub { return submitted(@_, 'a kite instant') },
	ops => \%work_ops,
	state => sub {
		my ($at) = @_;
		return 'SELECT ' . join ', ', money($at), task_state($at),
		    work_state($at->{work});
	},
);
$scenes{work} = { %a_work, name => 'a work', ready => sub {} };
$scenes{published} = { %a_work, name => 'a work on the square', ready => sub {
	my ($site, $at) = @_;
	$at->{owner}->post("/works/$at->{work}/publish", {});
	$at->{other}->post("/square/$at->{work}/$_") for qw(like favorite);
	return;
} };

# ---- a task that runs

sub until_task {
	my ($claim) = @_;
	return sub {
		my ($site, $at) = @_;
		return wait_for(sub {
			return $site->sql('SELECT 1 FROM task WHERE id = ' .
			    bin($at->{task}) . " AND ($claim)");
		}, 20);
	};
}

my %a_task = (
	moments => [ sub {}, until_task("state <> 'queued'"),
	    until_task('finished_at IS NOT NULL') ],
	ops => {
		show => sub {
			my ($site, $at) = @_;
			my $reply = $at->{owner}
			    ->get("/generate/task/$at->{task}");
			return $reply->{status};
		},
		(map { $_ => $work_ops{$_} }
		    qw(rename delete cancel publish)),
		'ctl delete' => $work_ops{'ctl delete'},
		'delete the other' => call(owner => DELETE => '/works/%sister'),
		'ctl cancel' => ctl(qw(task cancel %task)),
		retry => ctl(qw(task retry %task)),
		deadline => sub {
			my ($site, $at) = @_;
			$site->sql('UPDATE task SET deadline_at = NOW(3),
			    next_at = LEAST(next_at, NOW(3)) WHERE id = ' .
			    bin($at->{task}) . ' AND active');
			return 'done';
		},
	},
	state => sub {
		my ($at) = @_;
		return 'SELECT ' . join ', ', money($at), task_state($at),
		    work_state($at->{work}), work_state($at->{sister});
	},
);
for my $word (qw(delay-150 failjob refuse)) {
	$scenes{$word} = { %a_task, name => "a task, $word", spread => 0.4,
		make => sub { return submitted(@_, "a kite $word",
		    numImages => 2) },
	};
}

# ---- an account

my @passwords = ('correct horse battery', 'first new password',
    'second new password');

sub change_password {
	my ($new) = @_;
	return call(owner => PUT => '/user/password',
	    { oldPassword => $passwords[0], newPassword => $passwords[$new] });
}

my %account_ops = (
	login => sub {
		my ($site, $at) = @_;
		return $site->post('/auth/login', { email => $at->{owner}{email},
		    password => $passwords[0] });
	},
	refresh => call(owner => POST => '/auth/refresh'),
	logout => call(owner => POST => '/auth/logout'),
	'logout all' => call(owner => POST => '/auth/logout-all'),
	password => change_password(1),
	'other password' => change_password(2),
	'ctl password' => sub {
		my ($site, $at) = @_;
		return $site->ctl('user', 'password', $at->{owner}{email},
		    '--password-stdin', { stdin => "$passwords[2]\n" });
	},
	profile => call(owner => GET => '/user/profile'),
	power => call(owner => GET => '/user/compute-power'),
	name => brief(call(owner => PUT => '/user/profile', sub {
		return { username => "race$_[0]{n}" } })),
	'name of another' => brief(call(other => PUT => '/user/profile', sub {
		return { username => "race$_[0]{n}" } })),
	avatar => brief(call(owner => PUT => '/user/profile', sub {
		return { avatar => $_[0]{url} } })),
	'no avatar' => brief(call(owner => PUT => '/user/profile',
	    { avatar => '' })),
	'upload delete' => ctl(qw(upload delete %email %upload)),
	'from the upload' => sub {
		my ($site, $at) = @_;
		return $at->{owner}->post('/generate/image-to-image',
		    { multipart => [ prompt => 'a kite instant',
			imageUrl => $at->{url} ] })->{status};
	},
	ban => ctl(qw(user ban %email)),
	unban => ctl(qw(user unban %email)),
	vip => ctl(qw(user vip %email 2)),
	'no vip' => ctl(qw(user vip %email 0)),
	grant => ctl(qw(credit grant %email 5 --reason race)),
	'limits reset' => ctl(qw(limits reset %email)),
	recharge => call(owner => POST => '/user/recharge', sub {
		return { code => $_[0]{code} } }),
	'other recharges' => call(other => POST => '/user/recharge', sub {
		return { code => $_[0]{code} } }),
	submit => call(owner => POST => '/generate/text-to-image',
	    { prompt => 'a kite instant' }),
	'with a key' => sub {
		my ($site, $at) = @_;
		return $at->{owner}->request('POST', '/user/recharge',
		    { code => $at->{code} }, { 'Idempotency-Key' => 'once' });
	},
	'ctl logout' => ctl(qw(user logout %email)),
);
my %account = (
	name => 'an account',
	# Both were let in by the same token, which only one of them kills.
	also => { (map { $_ => qr/^200 [|] 200 / } 'logout password',
	    'logout all password', 'logout all other password',
	    'logout all logout all'),
	    (map { $_ => qr/400 bad_credentials/ } 'password password',
	    'other password password') },
	ops => \%account_ops,
	make => sub {
		my ($site, $n) = @_;
		my %at = (n => "$$" . "n$n", owner => person($site),
		    other => person($site));
		$at{email} = $at{owner}{email};
		my $up = $at{owner}->post('/upload/image', { multipart => [
		    file => [ 'a.png', 'image/png', png(64, 64) ] ] })
		    ->{json}{data};
		@at{qw(url upload)} = @$up{qw(url id)};
		($at{code}) = @{ $site->ctl('--json', qw(code new --power 7
		    --gifted 2 --hd 1 --vip-days 3))->{json}{codes} };
		return \%at;
	},
	after => sub {
		my ($site, $at, @tokens) = @_;
		my @opens = map { $site->post('/auth/login', { email =>
		    $at->{email}, password => $_ })->{status} } @passwords;
		my @live = map { $site->get('/user/limits',
		    { Authorization => "Bearer $_" })->{status} }
		    $at->{owner}{token}, grep { $_ } @tokens;
		return "passwords @opens, tokens @live";
	},
	state => sub {
		my ($at) = @_;
		return 'SELECT ' . money($at) . ", (SELECT CONCAT_WS(' ',
		    username = 'race$at->{n}', avatar IS NOT NULL, banned_at IS NULL,
		    token_epoch, vip_until IS NULL, storage_bytes > 0)
		    FROM account WHERE id = " . bin($at->{owner}{id}) . '),
		    (SELECT power_available FROM account WHERE id = ' .
		    bin($at->{other}{id}) . ')';
	},
);
$scenes{account} = \%account;

# ---- a conversation

sub asks {
	my ($message) = @_;
	return sub {
		my ($site, $at) = @_;
		my $stream = $at->{owner}->ask({ message => $message,
		    conversationId => $at->{talk} });
		$stream->head;
		$stream->rest;
		return $stream->{status};
	};
}

$scenes{conversation} = {
	name => 'a conversation',
	spread => 0.03,
	# Deleting stops what is being written, which costs as a hang-up does.
	also => { map { $_ => qr/power_available 46 .*no messages$/ }
	    'cut delete', 'delete refused' },
	make => sub {
		my ($site, $n) = @_;
		my %at = (n => $n, owner => person($site));
		my $stream = $at{owner}->ask({ message => 'hello instant' });
		$stream->head;
		my ($start) = $stream->rest;
		$at{talk} = $start->{conversationId};
		$at{message} = $start->{messageId};
		return \%at;
	},
	ops => {
		ask => asks('what is a kite delay-10'),
		refused => asks('a kite refuse'),
		cut => asks('a kite cutoff'),
		again => sub {
			my ($site, $at) = @_;
			my $stream = $at->{owner}
			    ->pick_up($at->{talk}, $at->{message});
			$stream->head;
			$stream->rest;
			return $stream->{status};
		},
		rename => brief(call(owner => PUT =>
		    '/assistant/conversations/%talk', { title => 'one' })),
		'rename too' => brief(call(owner => PUT =>
		    '/assistant/conversations/%talk', { title => 'two' })),
		delete => call(owner => DELETE =>
		    '/assistant/conversations/%talk'),
		list => sub {
			my ($site, $at) = @_;
			return $at->{owner}->get('/assistant/conversations')
			    ->{status};
		},
		power => sub {
			my ($site, $at) = @_;
			my $p = $at->{owner}->power;
			return $p->{total} == $p->{used} + $p->{remaining};
		},
	},
	state => sub {
		my ($at) = @_;
		my $talk = bin($at->{talk});
		return 'SELECT ' . money($at) . ", COALESCE((SELECT
		    CONCAT_WS(' ', title, message_count) FROM conversation
		    WHERE id = $talk), 'no conversation'), COALESCE((SELECT
		    GROUP_CONCAT(status ORDER BY status) FROM message
		    WHERE conversation_id = $talk), 'no messages')";
	},
};

# ---- a vendor that an administrator added

my $VENDOR = '/config/providers/custom/%vendor';
my $CHOICE = '/config/providers';
my @usual = ('stability', 'stable-diffusion-xl');

my $model = sub { return { models => [ map { { id => $_, price => $_[0] } }
    @_[1 .. $#_] ] } };
$scenes{vendor} = {
	name => 'a vendor',
	alone => 1, # the choice is one for all
	spread => 0.01,
	make => sub {
		my ($site, $n) = @_;
		my %at = (n => $n, owner => person($site),
		    admin => $site->admin, email => '');
		my $made = $at{admin}->post('/config/providers/custom',
		    { type => 'image', name => 'mine', apiKey => 'k',
			apiUrl => "http://127.0.0.1:$site->{port}" .
			    '/sandbox/openai/v1',
			config => $model->(2, qw(dall-e-2 dall-e-3)) });
		$at{vendor} = $made->{json}{data}{id};
		return \%at;
	},
	ops => {
		reprice => call(admin => PUT => $VENDOR,
		    { config => $model->(3, qw(dall-e-2 dall-e-3)) }),
		'without a model' => call(admin => PUT => $VENDOR,
		    { config => $model->(2, 'dall-e-3') }),
		'turn off' => call(admin => PUT => $VENDOR, { enabled =>
		    JSON::PP::false }),
		rename => call(admin => PUT => $VENDOR, { name => 'other' }),
		remove => call(admin => DELETE => $VENDOR),
		test => sub {
			my ($site, $at) = @_;
			return $at->{admin}->post("/config/providers/custom/" .
			    "$at->{vendor}/test", {})->{status};
		},
		choose => brief(call(admin => PUT => $CHOICE, sub {
			return { imageProvider => $_[0]{vendor},
			    imageModel => 'dall-e-2' } })),
		'choose the other' => brief(call(admin => PUT => $CHOICE, sub {
			return { imageProvider => $_[0]{vendor},
			    imageModel => 'dall-e-3' } })),
		'choose the usual' => brief(call(admin => PUT => $CHOICE,
		    { imageProvider => $usual[0], imageModel => $usual[1] })),
		submit => sub {
			my ($site, $at) = @_;
			my $reply = $at->{owner}->post(
			    '/generate/text-to-image', { prompt =>
			    'a kite instant', provider => $at->{vendor},
			    model => 'dall-e-2' });
			return join ' ', got($reply),
			    $reply->{json}{data}{cost} // '';
		},
		'ctl off' => ctl(qw(provider set %vendor --disable)),
		'ctl on' => ctl(qw(provider set %vendor --enable)),
		'ctl use' => ctl(qw(provider use %vendor/dall-e-2)),
		'ctl price' => ctl(qw(model set %vendor/dall-e-2 --price 7)),
		'ctl new' => ctl(qw(model set %vendor/dall-e-9 --upstream
		    dall-e-2)),
		retire => ctl(qw(model set %vendor/dall-e-2 --retired --use
		    dall-e-3)),
	},
	after => sub {
		my ($site, $at) = @_;
		my $now = $at->{admin}->get('/config/current')->{json}{data};
		my ($shown) = grep { $_->{id} eq $at->{vendor} }
		    @{ $at->{admin}->get('/config/providers')
		    ->{json}{data}{image} };
		# It goes, and the choice is the usual one, for the next.
		$at->{admin}->put($CHOICE, { imageProvider => $usual[0],
			imageModel => $usual[1] });
		return join ' ', $now->{imageProvider} eq $at->{vendor}
		    ? 'it' : $now->{imageProvider}, $now->{imageModel},
		    $shown ? ($shown->{enabled} ? 'on' : 'off',
		    map { "$_->{id} $_->{status} $_->{price}" }
		    @{ $shown->{modelInfo} }) : 'gone';
	},
};

1;
