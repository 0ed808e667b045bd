# A site of the test's own, started by quickstart and ended with the test.
#
#	my $site = Gesso->start(conf => { signup_power => 5 });
#	my $user = $site->register;
#	my $reply = $user->post('/generate/text-to-image', { prompt => 'a kite' });
#	is $reply->{status}, 200;
#	is $reply->{json}{data}{status}, 'processing';
package Gesso;
use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Temp qw(tempdir tempfile);
use HTTP::Tiny;
use IO::Socket::INET;
use IPC::Open2 qw(open2);
use IPC::Open3 qw(open3);
use JSON::PP;
use OpenApi;
use POSIX qw(WNOHANG);
use Time::HiRes qw(sleep time);

our @EXPORT_OK = qw(wait_for wait_child at_once later got);

my $ROOT = abs_path(dirname(__FILE__) . '/../..');
my $BUILD = $ENV{GESSO_BUILD} // "$ROOT/build";
my $JSON = JSON::PP->new->utf8->canonical;
my $PASSWORD = 'correct horse battery';
my $counter = 0;
my @sites;

sub root { $ROOT }
sub build { $BUILD }

# wait_for(sub, seconds): the first true value of sub, or undef in the end: on a
# machine that does other things, too, after thrice the time.
sub wait_for {
	my ($claim, $seconds) = @_;
	my $until = time + 3 * ($seconds // 10);
	while (1) {
		my $value = $claim->();
		return $value if $value;
		return undef if time > $until;
		sleep 0.03;
	}
}

# wait_child(pid, seconds): its exit status, undef when it does not end.
sub wait_child {
	my ($pid, $seconds) = @_;
	my $status;
	wait_for(sub {
		return 0 if waitpid($pid, WNOHANG) != $pid;
		$status = $?;
		return 1;
	}, $seconds);
	return $status;
}

# at_once(count, sub): what sub(0 .. count - 1) returned, each in a process of
# its own, all begun together.
sub at_once {
	my ($count, $act) = @_;
	my @children;
	pipe my $wait, my $go or die "pipe: $!";
	for my $i (0 .. $count - 1) {
		pipe my $read, my $write or die "pipe: $!";
		my $pid = fork // die "fork: $!";
		if ($pid == 0) {
			close $go;
			sysread $wait, my $nothing, 1;
			my $text = eval { $act->($i) } // "died: $@";
			syswrite $write, $text;
			POSIX::_exit(0);
		}
		close $write;
		push @children, [ $pid, $read ];
	}
	close $go;
	local $/;
	return map {
		my ($pid, $read) = @$_;
		my $text = <$read>;
		waitpid $pid, 0;
		$text // '';
	} @children;
}

# later(sub): runs it in a process of its own; what is returned, called, waits
# for its end and gives what it returned.
sub later {
	my ($act) = @_;
	pipe my $read, my $write or die "pipe: $!";
	my $pid = fork // die "fork: $!";
	if ($pid == 0) {
		my $text = eval { $act->() } // "died: $@";
		syswrite $write, $text;
		POSIX::_exit(0);
	}
	close $write;
	return sub {
		local $/;
		my $text = <$read> // '';
		waitpid $pid, 0;
		return $text;
	};
}

sub free_port {
	for (1 .. 100) {
		my $port = 20000 + int rand 12000;
		return $port if IO::Socket::INET->new(Listen => 1,
		    LocalAddr => '127.0.0.1', LocalPort => $port);
	}
	die "no free port\n";
}

# start(conf => {name => value}, rhythm => seconds, delay => milliseconds,
# dir => directory of an earlier site, env => {NAME => value}, options => [more
# words for quickstart]): a running site.
# The poller's rhythm is short, so that a killed one is soon replaced, and the
# simulated vendor quick.
sub start {
	my ($class, %given) = @_;
	my $self = bless {
		dir => $given{dir} // tempdir('gesso-XXXXXX', TMPDIR => 1,
		    CLEANUP => !$ENV{GESSO_KEEP}),
		port => $given{port} // free_port(),
		owner => $$,
	}, $class;
	my @set = map { ('--set', "$_=$given{conf}{$_}") }
	    sort keys %{ $given{conf} // {} };
	# Quick passwords, unless a test is about them.
	unshift @set, qw(--set password_ops=1 --set password_memory=1M);
	push @set, @{ $given{options} // [] };
	# The same tests behind another web server: GESSO_FRONT=apache.
	push @set, '--server', $ENV{GESSO_FRONT}
	    if $ENV{GESSO_FRONT} && !grep { $_ eq '--server' } @set;
	($self->{server}) = "@set --server lighttpd" =~ /--server (\S+)/;
	local %ENV = (%ENV, GESSO_BUILD => $BUILD, GESSO_DB_FAST => 1,
	    GESSO_RHYTHM => $given{rhythm} // 5,
	    GESSO_DELAY => $given{delay} // 50, %{ $given{env} // {} });

	my $log = "$self->{dir}/quickstart.log";
	unlink $log; # of an earlier site: it says "ready", too
	$self->{pid} = fork // die "fork: $!";
	if ($self->{pid} == 0) {
		open STDIN, '<', '/dev/null' or die;
		open STDOUT, '>', $log or die;
		open STDERR, '>&', \*STDOUT or die;
		exec "$ROOT/quickstart", 'run', '--no-install', '--no-build',
		    '--port', $self->{port}, '--dir', $self->{dir}, @set or die;
	}
	push @sites, $self;
	wait_for(sub {
		$self->ended(0);
		return !$self->{pid} || slurp($log) =~ /^ready: /m;
	}, 120);
	die "the site does not start:\n" . slurp($log)
	    unless slurp($log) =~ /^ready: /m;
	$self->read_env;
	Fcgi::door_open($self) if $INC{'Fcgi.pm'} && !$self->has_master;
	return $self;
}

sub read_env {
	my ($self) = @_;
	for (split /\n/, slurp("$self->{dir}/env")) {
		$self->{lc $1} = $2 if /^GESSO_(\w+)='(.*)'$/;
	}
	return;
}

# ended(seconds): whether quickstart has gone, waiting so long.
sub ended {
	my ($self, $seconds) = @_;
	return 1 unless $self->{pid};
	my $status = wait_child($self->{pid}, $seconds);
	return 0 unless defined $status;
	$self->{status} = $status;
	$self->{pid} = 0;
	return 1;
}

# stop(signal): ends the site, keeps its directory; the wait status.
sub stop {
	my ($self, $signal) = @_;
	return $self->{status} if $self->ended(0);
	kill $signal // 'TERM', $self->{pid};
	$self->ended(60) or kill 'KILL', $self->{pid};
	$self->ended(10);
	return $self->{status};
}

# What sanitizers say of our programs is a failure of the test.
sub reports {
	my ($self) = @_;
	return grep { /: (?:ERROR: \w+Sanitizer|runtime error:)/ }
	    map { split /\n/, slurp($_) } glob "$self->{dir}/log/*.log";
}

END {
	my $status = $?;
	for my $site (grep { $_->{owner} == $$ } @sites) {
		$site->stop;
		my @reports = $site->reports or next;
		print STDERR map { "# $_\n" } @reports;
		$status ||= 1;
	}
	$? = $status;
}

sub slurp {
	my ($path) = @_;
	open my $file, '<', $path or return '';
	local $/;
	return <$file> // '';
}

# What a program wrote to its log so far: log('gesso.fcgi').  What mod_fcgid
# starts writes into Apache's.
sub log {
	my ($self, $name) = @_;
	my $log = slurp("$self->{dir}/log/$name.log");
	$log .= slurp("$self->{dir}/log/apache2.log")
	    if $name =~ /[.]fcgi$/ && !$self->has_master;
	return $log;
}

# Is there a gesso.fcgi with workers?  mod_fcgid starts single processes, which
# come and go, and gives them an environment of its own.
sub has_master {
	my ($self) = @_;
	return $self->{server} ne 'apache-fcgid';
}

# ---------------------------------------------------------------------------
# HTTP

# request(method, path, body, headers) -> {status, headers, body, json}.  The
# path is below the base path unless it is a whole address.  A body that is a
# reference goes out as JSON, {multipart => [...]} as a form, text as it is.
sub request {
	my ($self, $method, $path, $body, $headers) = @_;
	my $url = $path =~ /^http:/ ? $path : $self->{base} . $path;
	my %headers = %{ $headers // {} };
	my $content = '';
	if (ref $body eq 'HASH' && $body->{multipart}) {
		my $boundary = 'b' . join '', map { int rand 10 } 1 .. 24;
		$headers{'Content-Type'} //=
		    "multipart/form-data; boundary=$boundary";
		$content = multipart($boundary, @{ $body->{multipart} });
	} elsif (ref $body) {
		$headers{'Content-Type'} //= 'application/json';
		$content = $JSON->encode($body);
	} elsif (defined $body) {
		$content = $body;
	}
	$headers{'Content-Length'} = length $content
	    if $method =~ /^(POST|PUT|PATCH)$/;
	my $http = HTTP::Tiny->new(timeout => 60, max_redirect => 0,
	    keep_alive => 0);
	my $reply = $http->request($method, $url, { headers => \%headers,
	    length $content ? (content => $content) : () });
	$reply->{body} = $reply->{content};
	$reply->{json} = eval { $JSON->decode($reply->{content}) };
	# The simulated vendors, a base too, are described by others.
	OpenApi::judge($method, $1, $reply)
	    if $self->{base} =~ m{/api/v1\z} &&
	    $url =~ m{^\Q$self->{base}\E(/.*)}s && OpenApi::start($ROOT);
	return $reply;
}

# got(reply): its status, and the reason and the field of a refusal.
sub got {
	my ($reply) = @_;
	my $json = $reply->{json} // {};
	return join ' ', $reply->{status},
	    map { $_ // () } @$json{qw(reason field)};
}

# multipart(boundary, name => text, name => [file name, type, bytes], ...)
sub multipart {
	my ($boundary, @parts) = @_;
	my $body = '';
	while (my ($name, $value) = splice @parts, 0, 2) {
		$body .= "--$boundary\r\n" .
		    "Content-Disposition: form-data; name=\"$name\"";
		$body .= ref $value
		    ? "; filename=\"$value->[0]\"\r\n" .
			"Content-Type: $value->[1]\r\n\r\n$value->[2]\r\n"
		    : "\r\n\r\n$value\r\n";
	}
	return "$body--$boundary--\r\n";
}

sub get { my ($self, @rest) = @_; return $self->request('GET', $rest[0], undef, $rest[1]) }
sub post { my ($self, @rest) = @_; return $self->request('POST', @rest) }
sub put { my ($self, @rest) = @_; return $self->request('PUT', @rest) }
sub del { my ($self, @rest) = @_; return $self->request('DELETE', $rest[0], undef, $rest[1]) }

# raw(bytes): a connection of its own, everything that comes back.
sub raw {
	my ($self, $bytes, $seconds) = @_;
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
	    PeerPort => $self->{port}, Timeout => 10) or die "connect: $!";
	my $reply = '';
	local $SIG{PIPE} = 'IGNORE';
	local $SIG{ALRM} = sub { die "no end\n" };
	alarm($seconds // 20);
	eval {
		print {$socket} $bytes;
		while (sysread $socket, my $part, 65536) {
			$reply .= $part;
		}
	};
	alarm 0;
	return $reply;
}

# register(username => ..., email => ..., password => ...): a Gesso::User.
sub register {
	my ($self, %given) = @_;
	my $name = $given{username} // 'user' . $$ . 'n' . ++$counter;
	my $user = bless {
		site => $self,
		username => $name,
		email => $given{email} // "$name\@example.org",
		password => $given{password} // $PASSWORD,
	}, 'Gesso::User';
	my $reply = $self->post('/auth/register',
	    { map { $_ => $user->{$_} } qw(username email password) });
	die "register: $reply->{status} $reply->{content}\n"
	    unless $reply->{status} == 201;
	$user->{id} = $reply->{json}{data}{user}{id};
	$user->{token} = $reply->{json}{data}{token};
	return $user;
}

# The administrator of the site, logged in.
sub admin {
	my ($self) = @_;
	my $reply = $self->post('/auth/login', { email => $self->{admin_email},
	    password => $self->{admin_password} });
	die "login: $reply->{status} $reply->{content}\n"
	    unless $reply->{status} == 200;
	return bless { site => $self, email => $self->{admin_email},
	    id => $reply->{json}{data}{user}{id},
	    token => $reply->{json}{data}{token} }, 'Gesso::User';
}

# ---------------------------------------------------------------------------
# Beside HTTP

# run(standard input, command ...) -> {status, out, err}; the status as a shell
# tells it.  What goes in and out
# is in files: nobody waits for a pipe that the other does not read.
sub run {
	my ($input, @command) = @_;
	my ($in, $out, $err) = map { scalar tempfile() } 1 .. 3;
	print {$in} $input // '';
	seek $in, 0, 0;
	my $pid = open3(map({ $_->[0] . fileno $_->[1] } [ '<&', $in ],
	    [ '>&', $out ], [ '>&', $err ]), @command);
	waitpid $pid, 0;
	my %result = (status => $? & 127 ? 128 + ($? & 127) : $? >> 8);
	seek $_, 0, 0 for $out, $err;
	local $/;
	@result{qw(out err)} = map { scalar <$_> // '' } $out, $err;
	return \%result;
}

# ctl(arguments ..., {stdin => text}): gessoctl of this site; with --json
# among the arguments the result has json.
sub ctl {
	my ($self, @arguments) = @_;
	my $given = ref $arguments[-1] ? pop @arguments : {};
	my $result = run($given->{stdin}, $self->{ctl}, @arguments);
	$result->{json} = eval { $JSON->decode($result->{out}) };
	return $result;
}

# sql(query): rows as arrays in list context, the first value in scalar.
sub sql {
	my ($self, $query) = @_;
	local $ENV{MYSQL_PWD} = $self->{db_password};
	my $result = run($query, 'mariadb', '--no-defaults', '--batch',
	    '--skip-column-names', "--socket=$self->{db_socket}",
	    "--user=$self->{db_user}", $self->{db_name});
	die "sql: $result->{err}" if $result->{status};
	my @rows = map { [split /\t/, $_, -1] } split /\n/, $result->{out};
	return wantarray ? @rows : @rows ? $rows[0][0] : undef;
}

# lock(select): its rows are locked until what is returned is closed.
sub lock {
	my ($self, $select) = @_;
	local $ENV{MYSQL_PWD} = $self->{db_password};
	my $pid = open2(my $out, my $in, 'mariadb', '--no-defaults', '--batch',
	    '--skip-column-names', '--unbuffered',
	    "--socket=$self->{db_socket}", "--user=$self->{db_user}",
	    $self->{db_name});
	$in->autoflush(1);
	print {$in} "BEGIN; $select FOR UPDATE; SELECT 'locked';\n";
	while (<$out>) {
		return bless \$in, 'Gesso::Lock' if $_ eq "locked\n";
	}
	waitpid $pid, 0;
	die "lock: $select";
}

# waits(statement): whether a statement that begins so is running, as one does
# that meets a lock().
sub waits {
	my ($self, $statement) = @_;
	return wait_for(sub {
		$self->sql("SELECT 1 FROM information_schema.processlist
		    WHERE info LIKE '$statement%' LIMIT 1");
	});
}

# What the simulated vendor was asked for: a hash a call, with path, prompt,
# status, time.
sub journal {
	my ($self) = @_;
	return map { $JSON->decode($_) }
	    split /\n/, slurp("$self->{dir}/sandbox.journal");
}

# The processes of a name in GESSO_PIDS: 'gesso-poller', 'gesso.fcgi-worker'.
sub pids {
	my ($self, $name) = @_;
	return map { /^\Q$name\E (\d+)$/ ? $1 : () }
	    split /\n/, slurp($self->{pids});
}

# The processes that answer calls, whoever started them.
sub api_pids {
	my ($self) = @_;
	return $self->pids($self->has_master ? 'gesso.fcgi-worker' : 'gesso.fcgi');
}

# kill_by_name(name, signal): how many there were.
sub kill_by_name {
	my ($self, $name, $signal) = @_;
	my @pids = $self->pids($name);
	kill $signal // 'KILL', @pids;
	return scalar @pids;
}

# ws(user or query text): an open WebSocket (t/lib/WebSocket.pm).
sub ws {
	my ($self, $who) = @_;
	require WebSocket;
	my $query = ref $who ? "token=$who->{token}" : $who;
	my ($path) = $self->{ws} =~ m{^ws://[^/]+(/.*)};
	return WebSocket->connect("127.0.0.1:$self->{port}", "$path?$query");
}

# ---------------------------------------------------------------------------
# A lock in the database

package Gesso::Lock;

# Children that were forked meanwhile hold the pipe open, so it is said.
sub close {
	my ($self) = @_;
	print {$$self} "ROLLBACK;\n";
	return CORE::close $$self;
}

# ---------------------------------------------------------------------------
# Somebody with a token

package Gesso::User;

my $made = 0;

sub request {
	my ($self, $method, $path, $body, $headers) = @_;
	return $self->{site}->request($method, $path, $body,
	    { Authorization => "Bearer $self->{token}", %{ $headers // {} } });
}

BEGIN {
	no strict 'refs';
	*$_ = \&{"Gesso::$_"} for qw(get post put del);
}

sub ws { my ($self, $query) = @_; return $self->{site}->ws(
    "token=$self->{token}" . ($query ? "&$query" : '')) }

# ask({message => ...}): an answer of the assistant as it comes
# (t/lib/EventStream.pm).
sub ask {
	my ($self, $body, $headers) = @_;
	return $self->stream('POST', '/assistant/chat', $body, $headers);
}

# pick_up(conversation, message, from): the same of one whose stream broke.
sub pick_up {
	my ($self, $conversation, $message, $from) = @_;
	return $self->stream('GET', "/assistant/conversations/$conversation" .
	    "/messages/$message/stream?from=" . ($from // 0));
}

sub stream {
	my ($self, $method, $path, $body, $headers) = @_;
	require EventStream;
	my ($base) = $self->{site}{base} =~ m{^http://[^/]+(/.*)};
	return EventStream->open($self->{site}{port}, $method, "$base$path",
	    { Authorization => "Bearer $self->{token}", %{ $headers // {} } },
	    defined $body ? $JSON->encode($body) : undef);
}

# submit(prompt, more fields): the task id of a text-to-image.
sub submit {
	my ($self, $prompt, %fields) = @_;
	my $reply = $self->post('/generate/text-to-image',
	    { prompt => $prompt, %fields });
	die "submit: $reply->{status} $reply->{content}\n"
	    unless $reply->{status} == 200;
	return $reply->{json}{data}{taskId};
}

# task(id): its status as the API tells it.
sub task {
	my ($self, $id) = @_;
	return $self->get("/generate/task/$id")->{json}{data};
}

# finished(id, seconds): the task once it is over, undef when it is not.
sub finished {
	my ($self, $id, $seconds) = @_;
	my $task;
	return Gesso::wait_for(sub {
		$task = $self->task($id);
		return $task && $task->{status} ne 'processing' && $task;
	}, $seconds // 20);
}

# made(how many, {column => SQL}): finished works without files, as the poller
# would have left them; their ids, oldest first.
sub made {
	my ($self, $count, $given) = @_;
	my %columns = (type => "'image'", status => "'completed'",
	    title => "'a title'", prompt => "'a prompt'", params => "'{}'",
	    provider_id => "'stability'", model_id => "'stable-diffusion-xl'",
	    media => 'RANDOM_BYTES(16)', extension => "'png'",
	    thumbnail => 'RANDOM_BYTES(16)', thumbnail_extension => "'jpg'",
	    mime => "'image/png'", bytes => 1000, width => 1024,
	    height => 768, created_at => 'NOW(3)', completed_at => 'NOW(3)',
	    %{ $given // {} });
	my @names = sort keys %columns;
	my $owner = $self->{id} =~ s/-//gr;
	my (@ids, @rows);
	for (1 .. $count) {
		my $id = sprintf '%012x7%03x8%015x', Time::HiRes::time() * 1000,
		    ++$made, int rand 2**52;
		push @ids, $id =~ s/^(.{8})(.{4})(.{4})(.{4})/$1-$2-$3-$4-/r;
		push @rows, "(UNHEX('$id'), UNHEX('$id'), 0, UNHEX('$owner'), " .
		    join(', ', @columns{@names}) . ')';
	}
	while (my @some = splice @rows, 0, 500) {
		$self->{site}->sql('INSERT INTO work (id, task_id, position, ' .
		    'account_id, ' . join(', ', @names) . ') VALUES ' .
		    join(', ', @some));
	}
	$self->{site}->sql("INSERT INTO work_count (account_id, type, status, " .
	    "total) VALUES (UNHEX('$owner'), $columns{type}, $columns{status}, " .
	    "$count) ON DUPLICATE KEY UPDATE total = total + $count");
	return @ids;
}

# published(how many, {column => SQL}): the same, on the square.
sub published {
	my ($self, @rest) = @_;
	my @ids = $self->made(@rest);
	for my $id (@ids) {
		my $reply = $self->post("/works/$id/publish", {});
		die "publish: $reply->{status} $reply->{content}\n"
		    unless $reply->{status} == 200;
	}
	return @ids;
}

sub power {
	my ($self) = @_;
	return $self->get('/user/compute-power')->{json}{data};
}

1;
