#!/usr/bin/perl
# Two calls that meet at one row, in the order that once went wrong: a lock of
# the test's own holds both until they wait.
use strict;
use warnings;
use Test::More;
use Gesso qw(later got wait_for);
use Media qw(png);

my $site = Gesso->start(rhythm => 3600,
    conf => { limit_free_calls_per_hour => 100000 });
my $admin = $site->admin;

# meet(lock, statement, call, statement, call): what both replied; each is begun
# when the one before waits in its statement.
sub meet {
	my ($select, @calls) = @_;
	my $lock = $site->lock($select);
	my (@waits, %waiting);
	while (my ($statement, $call) = splice @calls, 0, 2) {
		push @waits, later($call);
		$waiting{$statement}++;
		ok wait_for(sub { $site->sql("SELECT COUNT(*)
		    FROM information_schema.processlist
		    WHERE info LIKE '$statement%'") == $waiting{$statement} }),
		    "$statement waits";
	}
	$lock->close;
	return map { $_->() } @waits;
}

sub account_of { return "SELECT * FROM account WHERE email =
    '$_[0]{email}'" }

# ---- an avatar whose upload is being deleted

my $user = $site->register;
my $up = $user->post('/upload/image', { multipart => [ file =>
    [ 'a.png', 'image/png', png(64, 64) ] ] })->{json}{data};
my @said = meet(account_of($user),
    'UPDATE account SET storage_bytes', sub {
	return $site->ctl('--yes', 'upload', 'delete', $user->{email},
	    $up->{id})->{status} },
    'SELECT name, account_id AS account', sub {
	return got($user->put('/user/profile', { avatar => $up->{url} })) });
is_deeply \@said, [ 0, '400 invalid_field avatar' ],
    'an upload that is gone is no avatar';
is $site->sql("SELECT COUNT(*) FROM account WHERE avatar IS NOT NULL"), 0,
    'and nobody has it';

# ---- passwords

my $change = sub {
	my ($who, $new) = @_;
	return sub { return got($who->put('/user/password',
	    { oldPassword => $who->{password}, newPassword => $new })) };
};
my $statement = 'UPDATE account SET password_hash';
is_deeply [ meet(account_of($user),
    $statement, $change->($user, 'the first new one'),
    $statement, $change->($user, 'the second new one')) ],
    [ 200, '401 unauthenticated' ],
    'of two changes one goes through, and the token of the other is dead';
is $site->post('/auth/login', { email => $user->{email},
    password => 'the first new one' })->{status}, 200,
    'the password is the one of the first';

$user = $site->register;
is_deeply [ meet(account_of($user), 'UPDATE account SET token_epoch',
    sub { return got($user->post('/auth/logout-all')) },
    $statement, $change->($user, 'a new one for all')) ],
    [ 200, '401 unauthenticated' ],
    'whoever was logged out everywhere changes no password with that token';
is $site->post('/auth/login', { email => $user->{email},
    password => $user->{password} })->{status}, 200, 'which is as it was';

# ---- vendors

sub vendor {
	return $admin->post('/config/providers/custom', { type => 'image',
	    name => 'Mine', apiKey => 'k', apiUrl => "http://127.0.0.1:" .
	    "$site->{port}/sandbox/openai/v1",
	    config => { models => ['dall-e-2'] } })->{json}{data}{id};
}

my $id = vendor();
my $remove = sub {
	return got($admin->del("/config/providers/custom/$id")) };
is join(', ', sort(meet("SELECT * FROM provider WHERE id = '$id'",
    ('DELETE FROM', $remove) x 2))), '200, 404 not_found', 'a vendor goes once';

$id = vendor();
is_deeply [ meet("SELECT * FROM model WHERE provider_id = '$id' AND
    id = 'dall-e-2'", 'DELETE FROM', $remove, 'INSERT INTO model', sub {
	return $site->ctl('model', 'set', "$id/a-model", '--upstream',
	    'dall-e-2')->{status} }) ], [ 200, 1 ],
    'a vendor that goes gets no new model';
is $site->sql("SELECT COUNT(*) FROM model WHERE provider_id = '$id'"), 0,
    'and leaves none';

done_testing;
