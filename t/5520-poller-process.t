#!/usr/bin/perl
# gesso-poller as a process: what it is told by signals and options.
use strict;
use warnings;
use Test::More;
use Gesso qw(wait_for wait_child);

my $site = Gesso->start(rhythm => 3000, delay => 2000, conf => {
	db_timeout => '1s', limit_free_calls_per_hour => 100000 });
my $user = $site->register;
my $program = Gesso::build() . '/poller/gesso-poller';
my @command = ($program, '--config', $site->{conf});

like Gesso::run(undef, $program, '--help')->{out}, qr/^usage: gesso-poller/,
    '--help says what there is';
like Gesso::run(undef, $program, '--version')->{out}, qr/^gesso-poller \d/,
    '--version';
is Gesso::run(undef, $program, '--nonsense')->{status}, 64,
    'what it does not know is refused';
is Gesso::run(undef, $program, '--config', '/nowhere')->{status}, 78,
    'so is a configuration that is not there';

# HUP: the changed file, or the old one when it is wrong.
my ($poller) = $site->pids('gesso-poller');
my $conf = Gesso::slurp($site->{conf});
sub conf_write {
	open my $file, '>', $site->{conf} or die;
	print {$file} @_;
	close $file;
}
conf_write($conf, "poller_tick = nonsense\n");
kill 'HUP', $poller;
ok wait_for(sub { $site->log('gesso-poller') =~
    /poller_tick.*stays as it was/s }, 10),
    'a wrong configuration is told and not taken';
my $log = "$site->{dir}/poller.log";
conf_write($conf, "poller_tick = 100\nlog_target = $log\n");
kill 'HUP', $poller;
ok wait_for(sub { Gesso::slurp($log) =~ /was read again/ }, 10),
    'a good one is taken, with its log';
rename $log, "$log.1";
conf_write($conf, "poller_tick = nonsense\n");
kill 'HUP', $poller;
ok wait_for(sub { Gesso::slurp($log) =~ /poller_tick.*stays as it was/s }, 10),
    'a log that was moved is made anew, whatever the file says';
conf_write($conf);
kill 'HUP', $poller;
ok wait_for(sub { $site->log('gesso-poller') =~ /was read again/ }, 10),
    'and the log is where it was';
conf_write($conf =~ s{^(seal_key_file = ).*}{$1/nowhere/seal.keys}mr);
kill 'HUP', $poller;
ok wait_for(sub { $site->log('gesso-poller') =~
    m{/nowhere/seal.keys.*stays as it was}s }, 10),
    'one without the keys that seal is not taken';
conf_write($conf);
is $user->finished($user->submit('a kite, instant'))->{status}, 'completed',
    'and it works on';
my $under_way = $user->submit('a kite');
ok wait_for(sub { $user->task($under_way)->{stage} eq 'submitting' }, 10),
    'a picture is being made';
kill 'HUP', $poller;
is $user->finished($under_way)->{status}, 'completed',
    'and is done with another configuration than it began with';

# TERM: what runs is given back, what has no answer is waited for.
my $film = $user->post('/generate/text-to-video',
    { prompt => 'a film, delay-9000', model => 'runway' })->{json}{data}
    {taskId};
my $picture = $user->submit('a kite');
ok wait_for(sub { $site->sql(
    "SELECT COUNT(*) FROM task WHERE state IN ('running', 'submitting')") == 2
}, 20), 'a film and a picture are being made';
kill 'TERM', $poller;
ok wait_for(sub { !kill 0, $poller }, 20), 'TERM ends it';
is $user->task($picture)->{status}, 'completed',
    'the picture was waited for';
is $site->sql('SELECT COUNT(*) FROM task WHERE lease_owner IS NOT NULL'), 0,
    'no task is held any more';
my $again = fork // die;
if ($again == 0) {
	open STDERR, '>', '/dev/null';
	exec @command, '--forever' or die;
}
ok wait_for(sub { ($user->get("/generate/video-task/$film")
    ->{json}{data}{status} // '') eq 'completed' }, 30),
    'another one goes on with the film';
kill 'TERM', $again;
is wait_child($again, 20), 0, 'and ends when it is told to';

# Once: until nothing is due.
my @tasks = map { $user->submit("a kite, instant, $_") } 1 .. 3;
is Gesso::run(undef, @command, '--once')->{status}, 0, '--once ends';
is_deeply [ map { $user->task($_)->{status} } @tasks ],
    [ ('completed') x 3 ], 'when all is done';
my ($database) = $site->pids('mariadbd');
kill 'STOP', $database;
is Gesso::run(undef, @command, '--once')->{status}, 75,
    'without a database it says so';
kill 'CONT', $database;

done_testing;
