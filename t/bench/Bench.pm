# What the benchmarks of the REST side share: a site, a web server of its own
# before it and before the bare program (t/bench/bare.c, or another), and races
# between the two: interleaved in one run, medians of the rounds.
#
#	my $bench = Bench->start(rounds => 5, seconds => 4, connections => 16);
#	my $get = $bench->script($user);
#	$bench->race('GET /user/profile', $get, "$api/user/profile",
#	    "/bare/profile?$id");
package Bench;
use strict;
use warnings;
use Gesso qw(wait_for);


sub start {
	my ($class, %given) = @_;
	die "no wrk here\n" unless grep { -x "$_/wrk" } split /:/, $ENV{PATH};
	my $self = bless { owner => $$, children => [], program => 'bare',
	    %given }, $class;
	my $site = $self->{site} = Gesso->start(rhythm => 3600,
	    conf => { signup_power => 1000000000, %{ $given{conf} // {} },
		map { $_ => 1000000000 } qw(limit_free_calls_per_hour
		limit_anonymous_calls_per_hour limit_free_images_per_day) },
	    env => { GESSO_DB_FAST => '', %{ $given{env} // {} } });
	kill 'KILL', $site->pids('gesso-poller');
	$self->{user} = $site->register;
	$self->web_start;
	return $self;
}

sub file {
	my ($self, $name, $text) = @_;
	my $path = "$self->{site}{dir}/$name";
	open my $file, '>', $path or die "$path: $!";
	print {$file} $text;
	close $file;
	return $path;
}

sub child {
	my ($self, @command) = @_;
	my $pid = fork // die "fork: $!";
	if ($pid == 0) {
		setpgrp;
		exec @command or die "$command[0]: $!";
	}
	push @{ $self->{children} }, $pid;
	return $pid;
}

sub DESTROY {
	my ($self) = @_;
	local $?;
	kill 'TERM', map { -$_ } @{ $self->{children} }
	    if $self->{owner} == $$;
}

# A web server of its own for both, with the site's file and one place more.
sub web_start {
	my ($self) = @_;
	my $site = $self->{site};
	my $dir = $site->{dir};
	my $port = $self->{port} = Gesso::free_port();
	my $web = Gesso::slurp("$dir/web/lighttpd.conf");
	$web =~ s/^(server\.port = ).*/$1$port/m;
	$web =~ s/^accesslog\.filename.*\n//m;
	$web =~ s/"mod_accesslog", //;
	$web =~ s{(include "gesso\.conf")}{$1
\$HTTP["url"] =~ "^/bare/" {
	fastcgi.server = ( "" => (( "socket" => "$dir/bare.sock",
	    "check-local" => "disable" )) )
}};
	my $gesso = Gesso::slurp("$dir/web/gesso.conf") =~
	    s/^\s*accesslog.*\n//mgr;
	$self->file('web/bench-gesso.conf', $gesso);
	$web =~ s/include "gesso\.conf"/include "bench-gesso.conf"/;
	my $conf = $self->file('web/bench.conf', $web);
	$self->{bare} = $self->child(
	    Gesso::build() . "/t/bench/$self->{program}",
	    "$dir/bare.sock", 4, $self->{program} eq 'bare' ?
	    @{$site}{qw(db_socket db_name db_user db_password)} : $dir);
	$self->{web} = $self->child('lighttpd', '-D', '-f', $conf);
	my $id = $self->id;
	wait_for(sub { $site->get("http://127.0.0.1:$port/bare/profile?$id")
	    ->{status} == 200 }) or die "the bare program does not answer\n";
	return;
}

# The account of the user as the bare program wants it.
sub id { my ($self) = @_; return $self->{user}{id} =~ tr/-//dr }

# script(user or undef, more lines): a script for wrk.
sub script {
	my ($self, $user, @lines) = @_;
	push @lines, "wrk.headers['Authorization'] = 'Bearer $user->{token}'"
	    if $user;
	return $self->file('wrk' . ++$self->{scripts} . '.lua',
	    join "\n", @lines, '');
}

# wrk(address, script): requests a second.
sub wrk {
	my ($self, $path, $script) = @_;
	my $said = qx(wrk -t2 -c$self->{connections} -d$self->{seconds}s -s $script 'http://127.0.0.1:$self->{port}$path');
	die "wrk: $path: $said" if $said =~ /Non-2xx/;
	return $said =~ m{Requests/sec:\s+([\d.]+)} ? $1 : die "wrk: $said";
}

sub median { my @s = sort { $a <=> $b } @_; return $s[@s / 2] }

# CPU seconds of some processes so far, in user and kernel.
sub cpu {
	my $ticks = 0;
	for my $pid (@_) {
		my ($rest) = Gesso::slurp("/proc/$pid/stat") =~ /\) (.*)/s
		    or next;
		my @stat = split ' ', $rest;
		$ticks += $stat[11] + $stat[12];
	}
	return $ticks / 100;
}

sub children {
	return map { split q( ), Gesso::slurp($_) }
	    map { glob "/proc/$_/task/*/children" } @_;
}
# Our workers and their helpers.
sub ours {
	my ($self) = @_;
	my @workers = $self->{site}->pids('gesso.fcgi-worker');
	return (@workers, children(@workers));
}
sub bare { my ($self) = @_; return children($self->{bare}) }
sub db { my ($self) = @_; return $self->{site}->pids('mariadbd') }

# measure(address, script, processes): requests a second, CPU microseconds a
# request of the processes and of the database.
sub measure {
	my ($self, $path, $script, @pids) = @_;
	my @before = (cpu(@pids), cpu($self->db));
	my $rate = $self->wrk($path, $script);
	my @after = (cpu(@pids), cpu($self->db));
	my $count = $rate * $self->{seconds};
	return ($rate, map { 1e6 * ($after[$_] - $before[$_]) / $count } 0, 1);
}

# race(name, script, ours, theirs): prints a line; both may be ours.  Returns
# the CPU time of the first, the database's with it: the median.
sub race {
	my ($self, $name, $script, $ours, $bare) = @_;
	my $other = $bare =~ m{^/bare/} ? 'bare' : 'ours';
	my (@ours, @bare, @ratios);
	$self->wrk($_, $script) for $ours, $bare;
	for my $round (1 .. $self->{rounds}) {
		push @ours, [ $self->measure($ours, $script, $self->ours) ];
		push @bare, [ $self->measure($bare, $script, $self->$other) ];
		push @ratios, $ours[-1][0] / $bare[-1][0];
	}
	my @m = map {
		my $column = $_;
		map { my $side = $_; median(map { $_->[$column] } @$side) }
		    \@ours, \@bare;
	} 0 .. 2;
	printf "%-34s %6.0f/s  %s %6.0f/s  ratio %.2f (%.2f - %.2f)  " .
	    "CPU us %.0f + %.0f to %.0f + %.0f\n", $name, $m[0],
	    $other eq 'bare' ? 'bare' : 'and ', $m[1], median(@ratios),
	    (sort { $a <=> $b } @ratios)[0, -1], @m[2, 4, 3, 5];
	return $m[2] + $m[4];
}

1;
