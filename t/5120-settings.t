#!/usr/bin/perl
# Settings of gesso.conf(5) that nothing shows as long as they are not changed.
use strict;
use warnings;
use Fcntl qw(F_SETLK F_WRLCK SEEK_SET);
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use JSON::PP;
use POSIX ();
use MIME::Base64 qw(decode_base64url);
use Test::More;
use File::Temp qw(tempdir);
use ChatVendor;
use Media qw(png);
use Gesso qw(wait_for wait_child at_once got);

# The database by its address: a relay to the socket of the site's own.
my $dir = tempdir('gesso-XXXXXX', TMPDIR => 1, CLEANUP => !$ENV{GESSO_KEEP});
my $listen = IO::Socket::INET->new(Listen => 64, LocalAddr => '127.0.0.1')
    or die "listen: $!";
my $relay = fork // die "fork: $!";
relay() if $relay == 0;
my $owner = $$;
END { local $?; kill 'TERM', $relay if $owner == $$ }

sub relay {
	local $SIG{PIPE} = 'IGNORE';
	my $select = IO::Select->new($listen);
	my %other;
	while (my @ready = $select->can_read) {
		for my $from (@ready) {
			if ($from == $listen) {
				my $near = $listen->accept or next;
				my ($path) = Gesso::slurp("$dir/my.cnf") =~
				    /^socket = (.*)$/m;
				my $far = IO::Socket::UNIX->new($path // '')
				    or next;
				@other{$near, $far} = ($far, $near);
				$select->add($near, $far);
				next;
			}
			my $to = $other{$from} // next;
			my $got = sysread $from, my $bytes, 65536;
			next if $got && syswrite $to, $bytes;
			$select->remove($from, $to);
			delete @other{$from, $to};
			close $_ for $from, $to;
		}
	}
	POSIX::_exit(0);
}

my $site = Gesso->start(dir => $dir, rhythm => 3600, conf => {
	db_socket => '', db_host => 'localhost', db_port => $listen->sockport,
	token_lifetime => '33m', password_hashes => 1,
	quota_timezone => 'Asia/Shanghai', language => 'en',
	thumbnail_size => 100, max_json_bytes => '40M', request_memory => '32M',
	workers => 2, worker_threads => 4, deadline_video => '8s',
	chat_timeout => '10s', chat_streams_per_user => 1,
	chat_connections => 1, event_retention => '1h', poller_runtime => '2s',
	limit_free_calls_per_hour => 100000, log_target => "$dir/all.log" });
my $user = $site->register;
is $user->get('/user/profile')->{status}, 200,
    'a database is reached by host and port';
my @poller = (Gesso::build() . '/poller/gesso-poller', '--config',
    $site->{conf});

# ---- answers: they go on while the rest is looked at

ChatVendor->start->join($site);
my $other = $site->register;
my ($stream, $second) = map {
	my $s = $_->ask({ model => 'parrot', message => 'words=99999 ms=50' });
	$s->head;
	$s;
} $user, $other;
my $start = $stream->next;
is_deeply [ $start->{type}, $second->next->{type} ], [ ('start') x 2 ],
    'two answers are written with one connection to the database';
is got($user->post('/assistant/chat', { message => 'x' })),
    '429 too_many_tries', 'but not two for one user, if one is allowed';

# ---- tokens

sub lives {
	my ($token) = @_;
	my $claims = JSON::PP->new->decode(
	    decode_base64url((split /\./, $token)[1]));
	return $claims->{exp} - $claims->{iat};
}
is lives($user->{token}), 1980, 'a token lives as long as is set';
is lives($site->register->post('/auth/refresh', '')->{json}{data}{token}),
    1980,
    'so does the next one';

# ---- passwords: one at a time is hashed

sub login {
	return $site->post('/auth/login', { email => $user->{email},
	    password => $user->{password} })->{status};
}
is login(), 200, 'one logs in';
open my $slots, '+<', "$dir/state/password.slots" or die;
my $lock = pack 's s x4 q q i x4', F_WRLCK, SEEK_SET, 0, 1, 0;
fcntl $slots, F_SETLK, $lock or die "lock: $!";
pipe my $read, my $write or die;
my $waiting = fork // die;
if ($waiting == 0) {
	syswrite $write, login();
	POSIX::_exit(0);
}
ok !IO::Select->new($read)->can_read(0.7), 'another one waits for its turn';
is $user->get('/user/profile')->{status}, 200, 'which disturbs nobody';
close $slots;
ok wait_child($waiting, 20) == 0 && sysread($read, my $status, 9),
    'and has it';
is $status, 200, 'then';

# ---- days, languages, bodies

my $limits = $user->get('/user/limits')->{json}{data};
like $limits->{images}{resetAt}, qr/T16:00:00Z$/,
    'the day ends at midnight in Shanghai';
like $limits->{videos}{resetAt}, qr/T16:00:00Z$/, 'for films, too';
like $limits->{calls}{resetAt}, qr/:00:00Z$/, 'the hour where it always does';
like $site->get('/nothing')->{json}{message}, qr/^There is nothing/,
    'who asks for no language gets that of the site';
like $site->get('/nothing', { 'Accept-Language' => 'zh' })->{json}{message},
    qr/^[^\x00-\x7f]/, 'who does gets his own';

my %json = ('Content-Type' => 'application/json');
is got($user->post('/generate/text-to-image', '{"prompt":"' .
    'x' x 39_000_000 . '"}', \%json)), '400 invalid_field prompt',
    'a body of 39 million bytes is read, when so many are allowed';
is got($user->post('/generate/text-to-image', 'x' x (40 * 2**20 + 1), \%json)),
    '413 body_too_large', 'one byte too many is not';
unlike $site->log('gesso.fcgi') . Gesso::slurp("$dir/all.log"),
    qr/a unit of work needs more/, 'no worker died of it';

# ---- threads: what many ask at once is answered, each his own

my @people = map { $site->register } 1 .. 6;
my %answer = map { $_ => 1 } at_once(24, sub {
	my $one = $people[$_[0] % @people];
	my %seen = map { $one->get('/user/profile')->{json}{data}{id} => 1 }
	    1 .. 10;
	return join(' ', keys %seen) eq $one->{id} ? 'own' : "other: @{[%seen]}";
});
is_deeply [ keys %answer ], ['own'], 'threads do not mix up their callers';
%answer = map { $_ => 1 } at_once(16, sub {
	my ($wide, $high) = (64 + $_[0], 128 - $_[0]);
	my $up = $user->post('/upload/image', { multipart => [ file =>
	    [ 'a.png', 'image/png', png($wide, $high) ] ] })->{json}{data};
	return $up->{width} == $wide && $up->{height} == $high ? 'own'
	    : "$up->{width}x$up->{height}, not ${wide}x$high";
});
is_deeply [ keys %answer ], ['own'], 'nor their pictures';
SKIP: {
	my ($worker) = $site->pids('gesso.fcgi-worker')
	    or skip 'mod_fcgid knows no workers', 1;
	cmp_ok scalar(() = glob "/proc/$worker/task/*"), '>=', 4,
	    'and a worker has as many as are set';
}

# ---- pictures, and a poller that ends by itself

my $task = $user->submit('a kite, instant');
is Gesso::run(undef, @poller)->{status}, 0,
    'a poller of cron ends when its time is over';
is $user->task($task)->{status}, 'completed', 'and has worked until then';
is_deeply [ $site->sql("SELECT DISTINCT GREATEST(width, height) FROM media " .
    "WHERE use_for = 'thumbnail'") ], [ ['100'] ],
    'a small picture is as large as is set';

# ---- the end of an answer that goes on for ever

my @rest = $stream->rest;
cmp_ok scalar @rest, '>', 20, 'an answer is written';
is_deeply [ @{ $rest[-1] }{qw(type reason)} ], [ qw(error provider_timeout) ],
    'and cut off after chat_timeout';
my $answer;
ok wait_for(sub {
	($answer) = grep { $_->{id} eq $start->{messageId} } @{ $user->get(
	    "/assistant/conversations/$start->{conversationId}")
	    ->{json}{data}{messages} };
	return $answer->{status} eq 'partial';
}), 'what had been said is kept' or diag explain $answer;
is $answer->{content}, join('', map { $_->{content} // '' } @rest),
    'every word of it';

# ---- the end of a film that never comes, and of events

my $poller = fork // die;
if ($poller == 0) {
	open STDERR, '>', '/dev/null';
	exec @poller, '--forever' or die;
}
my $film = sub { return $user->post('/generate/text-to-video',
    { prompt => 'a boat, neverends', model => 'runway' })
    ->{json}{data}{taskId} };
my $end = sub {
	my ($id, $seconds) = @_;
	my $status;
	wait_for(sub {
		$status = $user->get("/generate/video-task/$id")->{json}{data};
		return $status->{status} ne 'processing';
	}, $seconds);
	return join ' ', map { $_ // '-' } @$status{qw(status reason refunded)};
};
is $end->($film->(), 60), 'failed deadline 10',
    'a film fails at the deadline that is set';
kill 'TERM', $poller;
is wait_child($poller, 20), 0, 'the poller ends';

my $last = sub { $user->get('/events')->{json}{data}{lastEventId} };
my $number = $last->();
cmp_ok $number, '>', 4, 'there are events';
$site->sql("UPDATE event SET created_at = NOW(3) - INTERVAL 61 MINUTE
    WHERE seq < $number; UPDATE event SET created_at = NOW(3) -
    INTERVAL 59 MINUTE WHERE seq = $number");
is Gesso::run(undef, @poller, '--once')->{status}, 0, 'a poller cleans up';
is_deeply [ $site->sql('SELECT seq FROM event ORDER BY seq') ],
    [ [$number] ], 'what is older than event_retention is gone';

# ---- the log

my $all = Gesso::slurp("$dir/all.log");
like $all, qr/ $_\[\d+\] /, "$_ writes where log_target says"
    for qw(gesso[.]fcgi gesso-poller gesso-notifier);
rename "$dir/all.log", "$dir/all.log.1";
$site->kill_by_name('gesso.fcgi', 'HUP');
ok wait_for(sub { Gesso::slurp("$dir/all.log") =~ /was read again/ }),
    'HUP makes a log that was moved anew';

open my $conf, '>>', $site->{conf} or die;
print {$conf} "\ndb_password_file = $dir/nowhere\n";
close $conf;
my $text = Gesso::slurp($site->{conf}) =~ s/^db_password_file = .*\n//mr;
open $conf, '>', $site->{conf} or die;
print {$conf} $text;
close $conf;
$site->kill_by_name('gesso.fcgi', 'HUP');
ok wait_for(sub { Gesso::slurp("$dir/all.log") =~
    /cannot read db_password_file.*old configuration stays in force/s }),
    'a password that is not there is told';
is got($user->get('/user/profile')), 200, 'and ends no worker' for 1 .. 4;

done_testing;
