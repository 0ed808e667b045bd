#!/usr/bin/perl
# The administrator's tool, verb by verb, as a person and as a program uses it.
use strict;
use warnings;
use File::Find qw(find);
use MIME::Base64;
use Test::More;
use Ctl qw(ctl_of done fails);
use Gesso qw(wait_for);

my $site = Gesso->start(conf => { limit_free_calls_per_hour => 100000 });
ctl_of($site);
my $user = $site->register;
my $email = $user->{email};

# the command line
my $help = $site->ctl('--help');
is $help->{status}, 0, '--help';
like $help->{out}, qr/^usage: .*\n\nexamples:\n/, 'examples come first';
my %nouns = map { $_ => 1 } $help->{out} =~ /^  ([a-z]+) {1,8}(?=[a-z]+ |\s+[A-Z])/gm;
ok $nouns{$_}, "there is $_" for qw(user credit provider model code task work
    media events limits ledger migrate config key stats backup restore doctor);
my $credit = $site->ctl('credit', '--help');
is $credit->{status}, 0, 'a noun has its --help, too';
like $credit->{out}, qr/\A  credit +grant .*\n  credit +show .*\n\z/,
    'its own commands and no others';
fails(2, qr/did you mean 'doctor/, 'docter');
fails(2, qr/did you mean --email/, 'user', 'add', '--emial', 'x');
fails(2, qr/needs EMAIL/, 'user', 'show');
fails(2, qr/what of it\? grant, show;/, 'credit');
fails(2, qr/'frobnicate'; see/, 'frobnicate');
fails(2, qr/something to change/, @$_)
    for [qw(provider set dalle)], [qw(model set dalle/dall-e-3)];
fails(2, qr/from 1 to/, 'user', 'vip', $email, 1, '--days', $_) for 0, 1e9;
fails(2, qr/not both/, qw(provider set dalle --enable --disable));
fails(1, qr/^gessoctl: there is no provider 'nobody'$/, qw(provider set nobody),
    '--enable');
fails(1, qr/^gessoctl: there is no '0190/, 'task', 'retry',
    '01900000-0000-7000-8000-000000000000');
fails(2, qr/--password-stdin/, 'user', 'add', '--email', 'a@b.example',
    '--username', 'ann');
unlike $help->{out}, qr/\033/, 'no colours but on a terminal';

# people
my $shown = done('user', 'show', $email);
is $shown->{username}, $user->{username}, 'a user is shown';
is scalar @{ done('user', 'list', '--match', $email)->{users} }, 1, 'found';
fails(1, qr/no account/, 'user', 'show', 'nobody@example.org');
done('user', 'role', $email, 'admin');
is $user->get('/user/profile')->{json}{data}{role}, 'admin', 'at once';
done('user', 'role', $email, 'user');
done('user', 'vip', $email, 2, '--days', 30);
is $user->get('/user/profile')->{json}{data}{vipLevel}, 2, 'VIP at once';
done('user', 'logout', $email);
is $user->get('/user/profile')->{status}, 401, 'its tokens are dead';
done('user', 'password', $email, '--password-stdin',
    { stdin => "another long one\n" });
my $login = $site->post('/auth/login', { email => $email,
    password => 'another long one' });
is $login->{status}, 200, 'the new password is right';
$user->{token} = $login->{json}{data}{token};
fails(2, qr/8 to 128/, 'user', 'password', $email, '--password-stdin',
    { stdin => "short\n" });

# power
done('credit', 'grant', $email, 7, '--reason', 'for the test');
is done('credit', 'show', $email)->{transfers}[0]{note}, 'for the test',
    'the ledger has the reason';
is_deeply [ @{ $user->power }{qw(total remaining gifted)} ], [ 57, 57, 57 ],
    'and the user the power, as a gift';
is done('ledger', 'audit')->{faults}, 0, 'to the unit';

# tasks and works
my $task = $user->submit('a lighthouse');
is $user->finished($task)->{status}, 'completed', 'a picture';
is done('task', 'show', $task)->{state}, 'done', 'is shown';
is done('task', 'list', '--email', $email)->{tasks}[0]{id}, $task, 'is listed';
fails(1, qr/is over/, 'task', 'retry', $task);
fails(2, qr/no state/, 'task', 'list', '--state', 'asleep');
is scalar @{ done('task', 'stuck')->{tasks} }, 0, 'none is stuck';
my $slow = $user->submit('a glacier, neverends');
done('task', 'cancel', $slow);
is $user->task($slow)->{reason}, 'cancelled', 'cancelled';
my ($work) = grep { $_->{status} eq 'completed' }
    @{ done('work', 'list', '--email', $email)->{works} };
is done('work', 'show', $work->{id})->{title}, $work->{title}, 'a work';
my $limits = done('limits', 'show', $email);
is $limits->{limits}[0]{name}, 'images today', 'limits';
done('limits', 'reset', $email);

# files
ok wait_for(sub {
	my $audit = $site->ctl('--json', 'media', 'audit')->{json};
	return $audit->{rows} == $audit->{files};
}, 20), 'a row a file';
my @files;
find({ no_chdir => 1, wanted => sub { push @files, $_ if -f } },
    $site->{media});
my $stray = "$site->{media}/" . 'ab/cd/abcd' . '0' x 28 . '.png';
mkdir "$site->{media}/ab";
mkdir "$site->{media}/ab/cd";
open my $file, '>', $stray or die "$stray: $!";
close $file;
utime time - 86400, time - 86400, $stray;
my $long = $user->submit('a tree, neverends');
$site->sql("UPDATE task SET created_at = NOW(3) - INTERVAL 2 DAY
    WHERE prompt = 'a tree, neverends'");
done('media', 'gc');
ok -e $stray, 'a file may be of a task that is older';
done('task', 'cancel', $long);
is $site->ctl('media', 'audit')->{status}, 1, 'a file without a row is told';
done('media', 'gc');
ok !-e $stray, 'and collected';
ok((grep { -e } @files) == @files, 'nothing else is');
rename $files[0], "$files[0].away";
fails(1, qr/missing/, 'media', 'audit');
rename "$files[0].away", $files[0];
done('--yes', 'work', 'delete', $work->{id});
is $user->get("/works/$work->{id}")->{status}, 404, 'a deleted work is gone';

# events
ok @{ done('events', 'tail', '--limit', 3)->{events} }, 'events';
ok defined done('events', 'lag')->{lastNumber}, 'how far they are';
done('events', 'prune');

# keys: nobody is logged out
done('key', 'rotate', 'token');
$site->kill_by_name('gesso.fcgi', 'HUP');
ok wait_for(sub {
	my $token = $site->post('/auth/login', { email => $email,
	    password => 'another long one' })->{json}{data}{token} // '';
	my ($head) = split /\./, $token;
	return MIME::Base64::decode_base64url($head // '') =~ /k\d{8}/;
}, 20), 'a new key signs';
is $user->get('/user/profile')->{status}, 200, 'the old token is still good';
fails(2, qr/--yes/, 'key', 'rotate', 'token');
done('key', 'rotate', 'seal');
done('key', 'reseal');
is scalar @{ done('key', 'list')->{keys} }, 4, 'two keys each';
my $after = $user->finished($user->submit('a fox'));
is $after->{status}, 'completed', "the vendors' keys open still"
    or diag explain $after;

# settings
my %differs = map { $_->{name} => $_->{value} }
    @{ done('config', 'show')->{settings} };
is $differs{limit_free_calls_per_hour}, 100000, 'what differs';
ok !exists $differs{language}, 'and only that';
cmp_ok scalar @{ done('config', 'show', '--all')->{settings} }, '>', 50, 'all';
is done('config', 'show', 'language')->{settings}[0]{value}, 'zh-CN', 'one';

# figures
cmp_ok done('stats')->{tasksDone}, '>=', 2, 'what was done';

# a backup, and back to it
my $backup = $site->ctl('backup', "$site->{dir}/backup");
is Gesso::run($backup->{out}, 'sh', '-e')->{status}, 0, 'the backup runs';
my $before = $site->sql('SELECT COUNT(*) FROM account');
$site->sql('DELETE FROM setting');
my $restore = $site->ctl('restore', "$site->{dir}/backup");
(my $recipe = $restore->{out}) =~ s/^gessoctl/$site->{ctl}/mg;
my $restored = Gesso::run($recipe, 'sh', '-e');
is $restored->{status}, 0, 'and so does the way back' or diag $restored->{err};
is $site->sql('SELECT COUNT(*) FROM account'), $before, 'to everybody';
cmp_ok $site->sql('SELECT COUNT(*) FROM setting'), '>', 0, 'and everything';

done_testing;
