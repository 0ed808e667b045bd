#!/usr/bin/perl
# The walk of t/5065-faults.t along every call to the kernel on which something
# hangs, in every flow.  Half an hour.
#
#	t/run t/long/faults.t
#	GESSO_FLOW='upload|film' t/run t/long/faults.t
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(time);
use ChatVendor;
use Cuts;
use CutCalls qw(call_flows);
use CutChores qw(chore_flow);
use CutTalks qw(chat_flow talk_flows message_flow ticket_flow);
use CutTasks qw(task_flows);
use Faults qw(fault ways);
use Gesso qw(wait_for);

my $faults = Faults->start({ deadline_image => '30s', deadline_video => '40s' });
$faults->{vendor} = ChatVendor->start;
$faults->{vendor}->join($faults->{site});
$faults->{site}->sql("UPDATE model SET price = 3 WHERE id = 'parrot'");

sub wanted {
	my ($flow) = @_;
	return !$ENV{GESSO_FLOW} || $flow->{name} =~ /$ENV{GESSO_FLOW}/;
}

# each fault, for those flows that are wanted
sub walk {
	my ($flow, @ways) = @_;
	return unless wanted($flow);
	my ($began, $was) = (time, $faults->{cuts});
	$faults->walk($flow, @ways);
	diag sprintf '%s: %d faults, %.1f s', $flow->{name},
	    $faults->{cuts} - $was, time - $began;
	return;
}

# Beside the file that is kept there may be a draft that can't be removed.
sub without_unlink { return grep { $_->{how} !~ /^unlink/ } @_ }

for my $flow (call_flows) {
	my @files = $flow->{name} =~ /upload|picture/ ? (without_unlink(
	    ways('store')), ways('helper')) : ();
	walk($flow, @files, ways('state', 'database'));
	walk($faults->helperless($flow), ways('spawn')) if @files;
}

# What a vendor's connection suffers is told as the vendor's.
my @ours = grep { $_->{how} !~ /^(?:recv|socket)/ } ways('database');
walk(chat_flow, ways('state'), @ours, fault('eventfd', 'EMFILE'));
walk($_, ways('state'), fault('read', 'EIO', '/state/', { step => 3 }),
    $_->{process} eq 'gesso.fcgi' ? ways('database') : ())
    for talk_flows;
walk($_, map { fault(@$_) } [qw(accept EMFILE)], [qw(accept ENOMEM)],
    [qw(accept ECONNABORTED)], [ 'connect', 'EAGAIN', 'sock', { cold => 1 } ])
    for message_flow, ticket_flow;
walk(chore_flow, map { fault(@$_) } [qw(unlink EIO /media/)],
    [qw(opendir EMFILE /state)], [qw(open EMFILE /state/)],
    [qw(lock ENOLCK /state/)]);

# What lasts may be the end of a task, which then costs nothing.
my @lives = (task_flows)[0, 2];
my @bare = map { $faults->helperless($_) } @lives;
$faults->poller if grep { wanted($_) } @lives, @bare;
for my $way (without_unlink(ways('store')), ways('helper')) {
	$way->{reason} = $way->{how} =~ /ENOSPC|short/ ? 'storage_full'
	    : $way->{how} =~ /EIO|EACCES|EMFILE/ ? 'result_invalid' : undef;
	walk($_, $way) for @lives;
}
my $port = ":$faults->{site}{port}";
walk($_, map { fault(@$_) } [ 'connect', 'ECONNREFUSED', $port ],
    [ 'connect', 'EAGAIN', $port ], [ 'epoll_ctl', 'ENOMEM', 'socket' ],
    [ 'socket', 'EMFILE', '' ]) for @lives;
walk($_, ways('spawn')) for @bare;
$faults->stop_poller;

# On HUP the new configuration is in force, or the old one stays; somebody serves.
my ($site, $user) = @$faults{qw(site user)};
sub reload {
	my ($way, $n) = @_;
	my $log = length $site->log('gesso.fcgi');
	$faults->{proxy}->arm('gesso.fcgi', '', $n, $way);
	kill 'HUP', $site->pids('gesso.fcgi');
	ok wait_for(sub { substr($site->log('gesso.fcgi'), $log) =~
	    / reloaded$|old configuration stays/m }, 10), 'HUP is obeyed';
	wait_for(sub { $site->get('/health')->{status} == 200 }, 10);
	my $hit = $faults->{proxy}->rest->{hit} // '';
	is $user->get('/user/profile')->{status}, 200,
	    "somebody serves after $way->{how} $n, $hit";
	return 0 unless $hit;
	$faults->{cuts}++;
	local $! = $way->{fault}{error};
	like substr($site->log('gesso.fcgi'), $log), qr/$!|no room on the disk/,
	    'and the log says why';
	return 1;
}
if (wanted({ name => 'reload' })) {
	for my $way (map { fault(@$_) } [ 'open', 'EACCES', $site->{dir} ],
	    [ 'open', 'EMFILE', $site->{dir} ], [ 'lock', 'ENOLCK', '/state/' ],
	    [ 'mmap', 'ENOMEM', '/state/' ], [ 'read', 'EIO', $site->{dir} ],
	    [ 'fork', 'EAGAIN', '' ], [ 'posix_fallocate', 'ENOSPC', '' ],
	    [ 'eventfd', 'EMFILE', '' ], [ 'pthread_create', 'EAGAIN', '' ]) {
		my $n = 1;
		$n++ while reload($way, $n);
	}
}
diag "$faults->{cuts} faults";

done_testing;
