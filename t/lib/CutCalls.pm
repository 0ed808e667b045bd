# The calls of the API that change something, as flows for t/lib/Cuts.pm.
package CutCalls;
use strict;
use warnings;

use Exporter qw(import);
use Gesso qw(wait_for);
use Cuts;
use Media qw(png);

our @EXPORT_OK = qw(call_flows is_one);

my $n = 0;
my $KEY = 'Idempotency-Key';

# flow(name, before, act, after): of gesso.fcgi.  before is given the cuts, act
# {cuts} too and what before made; after returns complaints besides the usual
# judgement of the reply.
sub flow {
	my ($name, $before, $act, $after) = @_;
	return {
		name => $name,
		process => 'gesso.fcgi',
		before => $before,
		act => $act,
		after => sub {
			my ($cuts, $s, $reply, $cut, $given) = @_;
			return (Cuts::judge($reply, $cut, $given),
			    $after->($cuts, $s, $reply, $given));
		},
	};
}

# is_one(what, got, wanted ...): a complaint when it is none of them.
sub is_one {
	my ($what, $got, @wanted) = @_;
	$got //= 'undef';
	return if grep { $got eq $_ } @wanted;
	return "$what: $got, not " . join ' or ', @wanted;
}

# ---- accounts

sub new_person { my $name = 'cut' . ++$n . 'x' . $$; return {
	username => $name, email => "$name\@example.org",
	password => 'correct horse' } }

sub login {
	my ($cuts, $email, $password) = @_;
	return $cuts->{site}->post('/auth/login',
	    { email => $email, password => $password });
}

sub register {
	return flow('register', \&new_person,
	    sub { $_[0]{site}->post('/auth/register', $_[1]) },
	    sub {
		my ($cuts, $s, $reply) = @_;
		my $there = $cuts->count('account', "email = '$s->{email}'");
		my $again = $cuts->{site}->post('/auth/register', $s);
		return (
		    is_one('accounts', $there, $reply->{status} == 201 ? 1 : (0, 1)),
		    is_one('registering again', Gesso::got($again), $there
			? '400 username_taken username' : '201'),
		    is_one('login', login($cuts, @$s{qw(email password)})->{status},
			200),
		    is_one('gifts', $cuts->count('power_transfer t JOIN account a ' .
			'ON a.id = t.account_id', "a.email = '$s->{email}'"),
			1));
	    });
}

sub log_in {
	return flow('login', sub { {} },
	    sub { login($_[0], @{ $_[0]{user} }{qw(email password)}) },
	    sub {
		my ($cuts) = @_;
		return is_one('login again', login($cuts,
		    @{ $cuts->{user} }{qw(email password)})->{status}, 200);
	    });
}

# A failure is counted once, or its caller is not told that it was one.
sub wrong_password {
	my $flow = flow('wrong password', sub {
		my ($cuts) = @_;
		$cuts->{site}->sql("DELETE FROM throttle WHERE subject LIKE " .
		    "'login%'");
		return {};
	    },
	    sub { login($_[0], $_[0]{user}{email}, 'wrong') },
	    sub {});
	my $judge = $flow->{after};
	$flow->{after} = sub {
		my ($cuts, $s, $reply, @rest) = @_;
		my $told = $reply->{status} == 401;
		my @tries = map { $_->[0] } $cuts->{site}->sql('SELECT tries ' .
		    "FROM throttle WHERE subject LIKE 'login%'");
		return ($told ? is_one('counted', "@tries", '1 1')
			: is_one('counted', "@tries", '', '1', '1 1'),
		    $told ? () : $judge->($cuts, $s, $reply, @rest));
	};
	return $flow;
}

sub password {
	return flow('password', sub {
		my ($cuts) = @_;
		my $user = $cuts->{changer} //= $cuts->{site}->register;
		return { user => $user, old => $user->{password},
		    new => 'new password ' . ++$n };
	    },
	    sub {
		my ($cuts, $s) = @_;
		return $s->{user}->put('/user/password',
		    { oldPassword => $s->{old}, newPassword => $s->{new} });
	    },
	    sub {
		my ($cuts, $s, $reply) = @_;
		my $user = $s->{user};
		my @status = map { login($cuts, $user->{email}, $s->{$_})
		    ->{status} } qw(old new);
		my $done = $status[1] == 200;
		my $before = $user->get('/user/profile')->{status};
		my @wrong = (is_one('old and new', "@status", '401 200',
		    $reply->{status} == 200 ? () : '200 401'),
		    is_one('the old token', $before, $done ? 401 : 200));
		$user->{password} = $s->{new} if $done;
		$user->{token} = login($cuts, @$user{qw(email password)})
		    ->{json}{data}{token};
		push @wrong, is_one('the new token', $cuts->{site}->get(
		    '/user/profile', { Authorization => 'Bearer ' .
		    $reply->{json}{data}{token} })->{status}, 200)
		    if $reply->{status} == 200;
		$cuts->{site}->sql("DELETE FROM throttle WHERE subject LIKE " .
		    "'login%'");
		return @wrong;
	    });
}

sub log_out {
	return flow('logout', sub {
		my ($cuts) = @_;
		my $user = { %{ $cuts->{user} } };
		$user->{token} = login($cuts, @$user{qw(email password)})
		    ->{json}{data}{token};
		return bless $user, 'Gesso::User';
	    },
	    sub { $_[1]->post('/auth/logout') },
	    sub {
		my ($cuts, $user, $reply) = @_;
		$user->post('/auth/logout') if $reply->{status} != 200;
		return is_one('the token', $user->get('/user/profile')->{status},
		    401);
	    });
}

# ---- power

# keyed(name, path, body, what counts it): the same request with one key,
# repeated until it is answered, has one effect.
sub keyed {
	my ($name, $path, $body, $effects) = @_;
	return flow("$name with a key", sub {
		my ($cuts) = @_;
		return { key => 'key' . ++$n, body => $body->($cuts),
		    was => $effects->($cuts) };
	    },
	    sub {
		my ($cuts, $s) = @_;
		return $cuts->{user}->post($path, $s->{body},
		    { $KEY => $s->{key} });
	    },
	    sub {
		my ($cuts, $s, $reply, $given) = @_;
		my ($again, $busy) = (undef, 0);
		for (1 .. 5) {
			$again = $cuts->{user}->post($path, $s->{body},
			    { $KEY => $s->{key} });
			last if $again->{status} == 200;
			$busy++ if $again->{status} == 409;
			# in place of a minute
			$cuts->{site}->sql('UPDATE idempotency SET ' .
			    'running_until = NOW(3) WHERE status IS NULL');
		}
		return (
		    is_one('the same again', $again->{status}, 200),
		    is_one('effects', $effects->($cuts) - $s->{was}, 1),
		    $reply->{status} != 200 ? () : is_one('the same answer',
			$again->{body}, $reply->{body}),
		    # a database that stays away, or who is dead, leaves a
		    # key as it is
		    $given->{away} || $given->{kill} ? () : is_one('busy', $busy, 0));
	    });
}

my @codes;

sub next_code {
	my ($cuts) = @_;
	@codes = split /\n/, $cuts->{site}->ctl(qw(code new --power 7 --count
	    50))->{out} unless @codes;
	return { code => shift @codes };
}

sub recharges { return $_[0]->count('power_transfer', "kind = 'recharge'") }

sub redeem {
	return flow('redeem', sub {
		my ($cuts) = @_;
		return { body => next_code($cuts), was => recharges($cuts) };
	    },
	    sub { $_[0]{user}->post('/user/recharge', $_[1]{body}) },
	    sub {
		my ($cuts, $s, $reply) = @_;
		my $there = recharges($cuts) - $s->{was};
		my $again = $cuts->{user}->post('/user/recharge', $s->{body});
		$cuts->{site}->sql("DELETE FROM throttle WHERE subject LIKE " .
		    "'code%'");
		return (is_one('credited', $there,
			$reply->{status} == 200 ? 1 : (0, 1)),
		    is_one('once more', Gesso::got($again), $there
			? '400 invalid_code code' : '200'),
		    is_one('credited in the end', recharges($cuts) - $s->{was}, 1));
	    });
}

# ---- tasks

sub tasks { return $_[0]->count('task', 'TRUE') }

sub submit {
	return flow('submit', sub { { was => tasks($_[0]) } },
	    sub { $_[0]{user}->post('/generate/text-to-image',
		{ prompt => 'a kite', numImages => 2 }) },
	    sub {
		my ($cuts, $s, $reply) = @_;
		return is_one('tasks', tasks($cuts) - $s->{was},
		    $reply->{status} == 200 ? 1 : (0, 1));
	    });
}

sub picture_form {
	my ($field, @more) = @_;
	return { multipart => [ $field => [ 'a.png', 'image/png', png(64, 64) ],
	    @more ] };
}

sub cancel {
	return flow('cancel', sub { { id => $_[0]{user}->submit('a kite') } },
	    sub { $_[0]{user}->post("/generate/task/$_[1]{id}/cancel") },
	    sub {
		my ($cuts, $s) = @_;
		my $again = $cuts->{user}->post("/generate/task/$s->{id}/cancel");
		return (is_one('again', $again->{status}, 200),
		    is_one('stage', $again->{json}{data}{stage}, 'cancelled'),
		    is_one('given back', $again->{json}{data}{refunded}, 1));
	    });
}

# ---- works and the square

# change(name, method, path, what the work is like, what it says in the end):
# asked again it has come true.
sub change {
	my ($name, $who, $method, $path, $make, $said) = @_;
	return flow($name, sub {
		my ($cuts) = @_;
		my ($id) = $make->($cuts);
		return { path => sprintf $path, $id };
	    },
	    sub { $_[0]{$who}->request($method, $_[1]{path},
		$method eq 'POST' ? {} : undef) },
	    sub {
		my ($cuts, $s) = @_;
		my $again = $cuts->{$who}->request($method, $s->{path},
		    $method eq 'POST' ? {} : undef);
		return is_one('again', $again->{status}, 200),
		    map { is_one($_, $again->{json}{data}{$_}, $said->{$_}) }
		    sort keys %$said;
	    });
}

my %FILELESS = (media => 'NULL', thumbnail => 'NULL');

sub made { return $_[0]{user}->made(1, \%FILELESS) }
sub published { return $_[0]{user}->published(1, \%FILELESS) }

sub reacted {
	my ($what) = @_;
	return sub {
		my ($cuts) = @_;
		my ($id) = published($cuts);
		$cuts->{other}->post("/square/$id/$what", {});
		return $id;
	};
}

sub square {
	my $yes = JSON::PP::true;
	my $no = JSON::PP::false;
	return (
	    change('publish', 'user', 'POST', '/works/%s/publish', \&made, {}),
	    change('unpublish', 'user', 'DELETE', '/works/%s/publish',
		\&published, {}),
	    change('like', 'other', 'POST', '/square/%s/like', \&published,
		{ liked => $yes, likeCount => 1 }),
	    change('unlike', 'other', 'DELETE', '/square/%s/like',
		reacted('like'), { liked => $no, likeCount => 0 }),
	    change('favorite', 'other', 'POST', '/square/%s/favorite',
		\&published, { favorited => $yes, favoriteCount => 1 }),
	    change('play', 'other', 'POST', '/square/%s/play', \&published,
		{}));
}

# delete of a work that is known, or of one that is being made.
sub removal {
	my ($name, $make) = @_;
	return flow($name, sub { { id => $make->($_[0]) } },
	    sub { $_[0]{user}->del("/works/$_[1]{id}") },
	    sub {
		my ($cuts, $s, $reply) = @_;
		my $again = $cuts->{user}->del("/works/$s->{id}");
		return (is_one('again', $again->{status}, 404,
			$reply->{status} == 200 ? () : 200),
		    is_one('rows', $cuts->count('work', 'id = ' .
			Cuts::hex($s->{id})), 0));
	    });
}

# ---- files

sub files { return split /\n/, `find $_[0]{site}{media} -type f` }
sub uploads { return $_[0]->count('media', "use_for = 'upload'") }

# Without an answer there may be a file without a row, never the other way.
sub upload {
	return flow('upload', sub { { was => uploads($_[0]),
		files => scalar files($_[0]) } },
	    sub { $_[0]{user}->post('/upload/image', picture_form('file')) },
	    sub {
		my ($cuts, $s, $reply) = @_;
		my $rows = uploads($cuts) - $s->{was};
		my $files = files($cuts) - $s->{files};
		return (is_one('rows', $rows, $reply->{status} == 200 ? 1 : (0, 1)),
		    is_one('files', $files, $rows == 1 ? 2 : (0, 2)),
		    $reply->{status} != 200 ? () : is_one('the file', $cuts->{site}
			->get($reply->{json}{data}{url})->{status}, 200));
	    });
}

sub call_flows {
	return (register(), log_in(), wrong_password(), password(), log_out(),
	    redeem(),
	    keyed('redeem', '/user/recharge', \&next_code, \&recharges),
	    submit(),
	    keyed('submit', '/generate/text-to-image',
		sub { { prompt => 'a kite' } }, \&tasks),
	    keyed('a given picture', '/generate/image-to-image',
		sub { picture_form('image', prompt => 'a kite') }, \&tasks),
	    cancel(), square(),
	    removal('delete', reacted('favorite')),
	    removal('delete while made', sub {
		my ($cuts) = @_;
		my $id = $cuts->{user}->submit('a kite');
		return $cuts->{user}->get('/works')->{json}{data}{list}[0]{id};
	    }),
	    upload(),
	    keyed('upload', '/upload/image', sub { picture_form('file') },
		\&uploads));
}

1;
