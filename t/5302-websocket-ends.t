#!/usr/bin/perl
# Readers that are slow or gone, notifiers that end or die, tokens that expire:
# who comes back with since misses nothing.
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256);
use JSON::PP;
use MIME::Base64 qw(encode_base64url decode_base64url);
use Test::More;
use Time::HiRes qw(time sleep);
use Gesso qw(wait_for);
use Notifier;

my $site = Gesso->start(conf => { limit_free_calls_per_hour => 100000 });
my ($ann, $bob) = map { $site->register } 1 .. 2;
my $notifier = Notifier->start($site, { ws_tick => 5 });
my $other = Notifier->start($site);

# happens(user, length, numbers): events of the user, padded.
sub happens {
	my ($user, $length, @numbers) = @_;
	my $id = $user->{id} =~ s/-//gr;
	$site->sql('INSERT INTO event (account_id, body, created_at) VALUES ' .
	    join ',', map { "(UNHEX('$id'), CONCAT('{\"n\":$_,\"p\":\"', " .
	    "REPEAT('x', $length), '\"}'), NOW(3))" } @numbers);
	return;
}

# all(ws, last): every message of events up to that number.
sub all {
	my ($ws, $last) = @_;
	return grep { $_->{n} } $ws->until(sub { ($_[0]{n} // 0) >= $last }, 20);
}
sub numbers { return join ' ', map { $_->{n} } @_ }

# Readers that do not read.
my ($slow, $never, $deaf) = map { $notifier->ws($ann) } 1 .. 3;
my $quick = $notifier->ws($ann);
my $apart = $notifier->ws($bob);
$_->next for $slow, $quick, $apart, $deaf;
my $open = $notifier->files;
# A farewell waits some seconds to be read.
my (@heard, @late);
sub slow_reads {
	while (my $message = $slow->next(5)) {
		push @late, $message;
	}
	return;
}
for my $part (0 .. 19) {
	happens($ann, 8000, $part * 10 + 1 .. $part * 10 + 10);
	push @heard, all($quick, $part * 10 + 10);
	slow_reads() if !@late &&
	    Gesso::slurp($notifier->{log}) =~ /messages behind: closed/;
}
is numbers(@heard), numbers(map { { n => $_ } } 1 .. 200),
    'who reads is told all, in order';
happens($bob, 10, 1);
is numbers($apart->next), 1, 'and others are not kept waiting';
is $slow->{code}, 4408, 'who does not is closed with 4408';
my $last = $late[-1]{n};
cmp_ok $last, '<', 200, 'before it was told all';
is numbers(@late), numbers(map { { n => $_ } } 1 .. $last),
    'what it was told had no hole';
my $again = $notifier->ws($ann, "since=$late[-1]{eventId}");
is numbers(all($again, 200)), numbers(map { { n => $_ } } $last + 1 .. 200),
    'since the last of it comes the rest, each once';
# three are gone, one came
ok wait_for(sub { $notifier->files <= $open - 2 }, 15),
    'who never reads is cut off in the end';

# Through the web server it takes as much more as that keeps by itself.
my $carl = $site->register;
my $front = $carl->ws;
$front->next;
ok wait_for(sub {
	happens($carl, 60000, 1 .. 20);
	return $site->log('gesso-notifier') =~ /messages behind: closed/;
}, 30), 'nor does a web server hide who does not read';
is $front->closed(30), 4408, 'who is told, as soon as it does';

# What is asked for again does not make anybody slow.
my $patient = $notifier->ws($ann, 'since=0');
is $patient->next->{type}, 'hello', 'all is asked for again';
sleep 0.5;
happens($ann, 8000, 201 .. 210);
is numbers(all($patient, 210)), numbers(map { { n => $_ } } 1 .. 210),
    'and told as it is read, then the new, without a cut';

# Whoever does not answer a farewell is not waited for.
my $holds = $notifier->files;
$site->post('/auth/login', { email => $bob->{email},
    password => $bob->{password} });
$bob->post('/auth/logout-all');
ok wait_for(sub { $notifier->files < $holds }, 15),
    'a connection whose farewell is not answered goes';
is $apart->closed, 4401, 'having said why';
$bob->{token} = $site->post('/auth/login', { email => $bob->{email},
    password => $bob->{password} })->{json}{data}{token};

# A notifier that ends says so, and another goes on.
my ($here, $there) = ($notifier->ws($bob), $other->ws($bob));
$_->next for $here, $there;
happens($bob, 10, 2 .. 4);
my @here = all($here, 4);
is_deeply [ map { $_->{eventId} } all($there, 4) ],
    [ map { $_->{eventId} } @here ], 'two notifiers tell the same';
my $status;
my $reader = fork // die;
if ($reader == 0) { # a client that answers, while we wait for the end
	POSIX::_exit(($here->closed(10) // 0) == 1001 ? 0 : 1);
}
is $notifier->end, 0, 'TERM ends a notifier';
waitpid $reader, 0;
is $?, 0, 'its clients are told with 1001';
happens($bob, 10, 5 .. 6);
is numbers(all($other->ws($bob, "since=$here[-1]{eventId}"), 6)), '5 6',
    'and miss nothing elsewhere';
is numbers(all($there, 6)), '5 6', 'where nobody noticed';
$other->end('KILL');
happens($bob, 10, 7);
$notifier->run;
my $back = wait_for(sub {
	my $ws = $notifier->ws($bob, "since=$here[-1]{eventId}");
	return $ws->{status} == 101 && $ws;
});
is numbers(all($back, 7)), '5 6 7', 'nor when it dies';
is numbers(all($bob->ws("since=$here[-1]{eventId}"), 7)), '5 6 7',
    'the site\'s own tells the same';

# hello gives a number from which one may go on, whatever was missed.
my $asked = $here[0]{eventId};
my $hello = $notifier->ws($bob, "since=$asked")->next;
is $hello->{eventId}, $asked, 'hello repeats since: the rest is still to come';

# A token that expires, and a ticket that was got with it.
my ($kid, $key) = Gesso::slurp("$site->{dir}/token.keys") =~ /^(\S+) (\S+)/;
sub dying {
	my ($user, $seconds) = @_;
	my ($head, $claims) = split /\./, $user->{token};
	my %claims = %{ decode_json(decode_base64url($claims)) };
	$claims{exp} = int(time) + $seconds;
	my $text = "$head." . encode_base64url(encode_json(\%claims));
	return "$text." . encode_base64url(hmac_sha256($text, pack 'H*', $key));
}
my $short = bless { %$bob, token => dying($bob, 6) }, 'Gesso::User';
my $began = int time;
my $expiring = $notifier->ws($short);
my $ticket = $short->post('/auth/ws-ticket')->{json}{data}{ticket};
my $ticketed = WebSocket->connect($notifier->{socket}, "/ws?ticket=$ticket");
is $_->next->{type}, 'hello', 'a token that ends soon opens one'
    for $expiring, $ticketed;
is $expiring->closed, 4401, 'which ends with it';
is $ticketed->closed, 4401, 'like one by its ticket';
cmp_ok time, '>=', $began + 5, 'not before';
cmp_ok time, '<', $began + 20, 'and within seconds';
is $notifier->ws($short)->{json}{reason}, 'token_expired', 'it opens no more';

# Room, and settings that are read again.
my $small = Notifier->start($site, { ws_connections => 2,
    ws_connections_per_user => 1 });
my @some = map { $small->ws($_) } $ann, $ann, $bob;
is_deeply [ map { $_->{status} } @some ], [ 101, 429, 101 ],
    'one account has its share of a notifier';
is $some[1]{json}{reason}, 'too_many_tries', 'and is told so';
my $full = $small->ws($carl);
is_deeply [ $full->{status}, $full->{json}{reason} ], [ 503, 'unavailable' ],
    'a notifier that is full says so';
cmp_ok $_->{headers}{'retry-after'}, '>', 0, 'and when to try again'
    for $some[1], $full;
$some[0]->send_frame(8, pack 'n', 1000);
is $some[0]->closed, 1000, 'who has said good-bye';
push @some, $small->ws($ann);
is $some[-1]{status}, 101, 'may come again at once';
$_->cut for @some;
ok wait_for(sub { $small->ws($carl)->{status} == 101 }), 'then there is room';
my $conf = Gesso::slurp($small->{conf});
open my $out, '>', $small->{conf} or die;
print {$out} $conf =~ s/^ws_connections_per_user.*\n//mr,
    "ws_origins = https://art.example.org\n";
close $out;
kill 'HUP', $small->{pid};
ok wait_for(sub { Gesso::slurp($small->{log}) =~ /was read again/ }),
    'HUP reads the settings again';
my $foreign = WebSocket->connect($small->{socket}, "/ws?token=$carl->{token}",
    Origin => 'https://evil.example');
is $foreign->closed, 1008, 'which hold for who comes then';

# Once a week for years: whoever rotates logs sends it.
ok wait_for(sub {
	kill 'HUP', $small->{pid};
	return 70 < (() = Gesso::slurp($small->{log}) =~ /was read again/g);
}, 60), 'as often as one likes';

# The database away: connections stay, new ones are told when to come.
my $stays = $notifier->ws($bob);
$stays->next;
kill 'STOP', $site->pids('mariadbd');
kill 'KILL', $site->pids('mariadbd');
my $away = $notifier->ws($bob);
SKIP: {
	skip 'the database was back at once', 2 if $away->{status} == 101;
	is $away->{status}, 503, 'without the database nobody is let in';
	cmp_ok $away->{headers}{'retry-after'}, '>', 0, 'for a while';
}
ok wait_for(sub { eval { happens($bob, 10, 8); 1 } }, 60), 'it comes back';
is numbers(all($stays, 8)), 8, 'and who stayed is told again';

done_testing;
