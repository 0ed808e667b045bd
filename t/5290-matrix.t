#!/usr/bin/perl
# Every call of openapi.json by everybody: nobody, somebody with a bad token, the
# user it belongs to, another user, a VIP and an administrator.  A call without a
# row here fails the test.
use strict;
use warnings;
use JSON::PP ();
use Test::More;
use Gesso;
use Media qw(png);

my $site = Gesso->start(rhythm => 3600, conf => {
	limit_free_calls_per_hour => 1000000,
	limit_vip_calls_per_hour => 1000000, signup_power => 1000,
	limit_free_images_per_day => 1000, limit_vip_images_per_day => 1000,
	limit_free_videos_per_day => 1000, limit_vip_videos_per_day => 1000 });
kill 'KILL', $site->pids('gesso-poller');	# tasks stay as they are

my $user = $site->register;
my $other = $site->register;
my $vip = $site->register;
$site->ctl('user', 'vip', $vip->{email}, 1);
my $admin = $site->admin;
my $bad = bless { site => $site, token => 'bad' }, 'Gesso::User';

# A token that may be lost.
sub spare {
	my ($who) = @_;
	return $who if $who == $site || $who == $bad;
	my $reply = $site->post('/auth/login', { email => $who->{email},
	    password => $who == $admin ? $site->{admin_password}
		: $who->{password} });
	die "login: $reply->{content}" unless $reply->{status} == 200;
	return bless { %$who, token => $reply->{json}{data}{token} },
	    'Gesso::User';
}

# ---- what the calls are about, made when they are asked for

my ($work, $shown, $vendor, $count);
sub own_work { ($work) = $user->made(1) unless $work; return $work }
sub own_published { ($shown) = $user->published(1) unless $shown;
	return $shown }
sub own_task { return $user->submit('a kite') }
sub own_film {
	my $reply = $user->post('/generate/text-to-video',
	    { prompt => 'a kite', provider => 'runway', model => 'gen-4' });
	return $reply->{json}{data}{taskId} // die $reply->{content};
}
sub own_conversation {
	my $id = sprintf '%032x', ++$count;
	substr $id, 12, 1, '7';
	$site->sql("INSERT INTO conversation (id, account_id, title, model_id,
	    provider_id, created_at, updated_at) SELECT UNHEX('$id'), id, 't',
	    'm', 'p', NOW(3), NOW(3) FROM account
	    WHERE email = '$user->{email}'");
	return $id =~ s/^(.{8})(.{4})(.{4})(.{4})/$1-$2-$3-$4-/r;
}
sub vendor {
	$vendor //= $admin->post('/config/providers/custom', new_vendor())
	    ->{json}{data}{id};
	return $vendor;
}
sub new_vendor { return { type => 'image', name => 'x', apiKey => '',
	apiUrl => "http://127.0.0.1:$site->{port}/sandbox/openai/v1",
	config => {} } }
sub form { return { multipart => [ @_ ] } }
my $png = png(64, 64);

# ---- call => [ nobody, user, other, VIP, administrator, what is sent ]
#
# A bad token is 401 everywhere.  The order is that of the cells, so that what
# takes something away from its owner comes last.
my @public = (200, 200, 200, 200, 200);
my @members = (401, 200, 200, 200, 200);
my @owner = (401, 200, 404, 404, 404);
my @nothing = (401, 404, 404, 404, 404);
my @refused = (401, 400, 400, 400, 400);
my @admins = (401, 403, 403, 403, 200);
my $missing = '01900000-0000-7000-8000-000000000000';

my %rows = (
	'POST /auth/register' => [ (400) x 5, body => {} ],
	'POST /auth/login' => [ (400) x 5, body => {} ],
	'POST /auth/refresh' => [ @members, spare => 1 ],
	'POST /auth/logout' => [ @members, spare => 1 ],
	'POST /auth/logout-all' => [ 401, (200) x 4, spare => 1,
	    again => 1 ],
	'POST /auth/ws-ticket' => [ @members ],
	'GET /user/profile' => [ @members ],
	'PUT /user/profile' => [ @members, body => {} ],
	'PUT /user/password' => [ @refused, body => {} ],
	'GET /user/limits' => [ @members ],
	'GET /user/compute-power' => [ @members ],
	'GET /user/compute-power/transactions' => [ @members ],
	'POST /user/recharge' => [ @refused, body => { code => 'x' } ],
	'POST /generate/text-to-image' => [ @members,
	    body => { prompt => 'a kite' } ],
	'POST /generate/text-to-video' => [ @members, body => {
	    prompt => 'a kite', provider => 'runway', model => 'gen-4' } ],
	'POST /generate/image-to-image' => [ @members, body => form(
	    prompt => 'a kite', image => [ 'a.png', 'image/png', $png ]) ],
	'POST /generate/image-to-video' => [ @members, body => form(
	    prompt => 'a kite', provider => 'runway', model => 'gen-4',
	    image => [ 'a.png', 'image/png', $png ]) ],
	'GET /generate/task/{id}' => [ @owner, id => \&own_task ],
	'POST /generate/task/{id}/cancel' => [ @owner, id => \&own_task ],
	'GET /generate/video-task/{id}' => [ @owner, id => \&own_film ],
	'POST /generate/video-task/{id}/cancel' => [ @owner,
	    id => \&own_film ],
	'GET /works' => [ @members ],
	'GET /works/{id}' => [ @owner, id => \&own_work ],
	'PUT /works/{id}' => [ @owner, id => \&own_work,
	    body => { title => 'new' } ],
	# its file was never there
	'GET /works/{id}/download' => [ @nothing, id => \&own_work ],
	'POST /works/{id}/publish' => [ @owner, id => \&own_work,
	    body => {} ],
	'DELETE /works/{id}/publish' => [ @owner, id => \&own_work ],
	'DELETE /works/{id}' => [ @owner, id => \&own_work ],
	'GET /square/feeds' => [ @public ],
	'GET /square/{id}' => [ @public, id => \&own_published ],
	(map { ("POST /square/{id}/$_" => [ @members,
	    id => \&own_published ]) } qw(like favorite play)),
	(map { ("DELETE /square/{id}/$_" => [ @members,
	    id => \&own_published ]) } qw(like favorite)),
	'POST /assistant/chat' => [ @refused, body => {} ],
	'GET /assistant/conversations' => [ @members ],
	(map { ("$_ /assistant/conversations/{id}" => [ @owner,
	    id => \&own_conversation, body => { title => 'new' } ]) }
	    qw(GET PUT DELETE)),
	'GET /assistant/conversations/{id}/messages/{messageId}/stream' =>
	    [ @nothing, id => \&own_conversation ],
	'POST /upload/image' => [ @members,
	    body => form(file => [ 'a.png', 'image/png', $png ]) ],
	'POST /upload/video' => [ @refused,
	    body => form(file => [ 'a.mp4', 'video/mp4', 'x' ]) ],
	'GET /config/providers' => [ @members ],
	'GET /config/current' => [ @members ],
	'PUT /config/providers' => [ @admins, body => {} ],
	'POST /config/providers/custom' => [ @admins[0 .. 3], 201,
	    body => new_vendor() ],
	'PUT /config/providers/custom/{id}' => [ @admins, id => \&vendor,
	    body => {} ],
	'POST /config/providers/custom/{id}/test' => [ @admins,
	    id => \&vendor ],
	'DELETE /config/providers/custom/{id}' => [ @admins,
	    id => \&vendor ],
	'GET /events' => [ @members ],
	'GET /health' => [ @public ],
	'GET /openapi.json' => [ @public ],
);

# ---- the cells

my $api = JSON::PP->new->decode(Gesso::slurp(Gesso->root . '/openapi.json'));
my @calls;
for my $path (sort keys %{ $api->{paths} }) {
	push @calls, map { uc($_) . " $path" } sort keys %{ $api->{paths}{$path} };
}
# What removes the thing of others' rows comes after them.
@calls = sort { ($a =~ /^DELETE/) <=> ($b =~ /^DELETE/) ||
    length($b) <=> length($a) } @calls;

my $cells = 0;
for my $call (@calls) {
	my $row = $rows{$call};
	ok $row, "$call has a row" or next;
	my ($method, $path) = split / /, $call;
	my @status = @$row[0 .. 4];
	my %how = @$row[5 .. $#$row];
	my $id = $how{id} ? $how{id}->() : undef;
	my @who = (
		[ nobody => $site, $status[0] ],
		[ 'a bad token' => $bad, 401 ],
		[ 'another user' => $other, $status[2] ],
		[ 'a VIP' => $vip, $status[3] ],
		[ 'an administrator' => $admin, $status[4] ],
		[ 'the user' => $user, $status[1] ],
	);
	for (@who) {
		my ($name, $who, $expected) = @$_;
		my $as = $how{spare} ? spare($who) : $who;
		my $body = $method eq 'GET' || !$how{body} ? undef : $how{body};
		my $reply = $as->request($method,
		    $path =~ s/\{id\}/$id/r =~ s/\{\w+\}/$missing/r, $body);
		is $reply->{status}, $expected, "$call by $name"
		    or diag $reply->{content};
		$cells++;
		# every token of theirs has died
		$who->{token} = spare($who)->{token}
		    if $how{again} && $who->{email};
	}
}
diag "$cells cells";

done_testing;
