# Two operations on one object at the same moment.  What both replied and what
# is left must be what one of the two orders gives: each race is held against
# the same two done one after the other, on objects of their own.
#
# A scene is a table (t/lib/Races.pm):
#
#	name   => 'a work',
#	make   => sub { my ($site, $n) = @_; ... return { owner => $user } },
#	ready  => sub { my ($site, $at) = @_; ... },	# once all tasks have ended
#	ops    => { publish => sub { my ($site, $at) = @_; ... return $reply } },
#	after  => sub { my ($site, $at, @tokens) = @_; ... return 'text' },
#	state  => sub { my ($at) = @_; ... return 'SELECT ...' },
#	moments => [ sub { my ($site, $at) = @_; ... }, ... ],
#
# What make returns crosses processes as JSON, people in it included.  after is
# asked at once, state (a line of text for each object) when everything has
# ended.  moments are for objects that change by themselves: subs that wait for
# a moment of their lives, at each of which an operation may come.  also has
# patterns by pairs ("cancel delete"), of what no order gives and yet is right;
# alone says that objects are not apart from each other, spread how far the
# hands may be apart, in seconds.
package Race;
use strict;
use warnings;

use Exporter qw(import);
use IO::Handle;
use IO::Select;
use JSON::PP;
use Socket;
use Test::More;
use Time::HiRes qw(sleep);
use Gesso qw(wait_for at_once got);

our @EXPORT_OK = qw(pairs race said);

my $JSON = JSON::PP->new->utf8->canonical->allow_blessed->convert_blessed;
my $MAKERS = 6;
my $COURTS = 2; # races at a time

sub Gesso::User::TO_JSON {
	my ($self) = @_;
	return { who => { map { $_ => $self->{$_} }
	    grep { $_ ne 'site' } keys %$self } };
}

# The members of a reply that tell what was done, and not when or to whom.
my %told = map { $_ => 1 } qw(liked favorited likeCount favoriteCount playCount
    counted status stage reason refunded title description published amount
    balance hdCount vipLevel computePower remaining used total
    messageCount enabled name ok);

sub telling {
	my ($value) = @_;
	return join ',', map {
		my $inner = $value->{$_};
		ref $inner eq 'HASH' || ref $inner eq 'ARRAY'
		    ? telling($inner) || ()
		    : $told{$_} ? "$_=" . ($inner // 'null') : ();
	} sort keys %$value if ref $value eq 'HASH';
	return join ';', map { telling($_) || () } @$value
	    if ref $value eq 'ARRAY';
	return '';
}

# said(reply): of HTTP, of gessoctl, or a text.
sub said {
	my ($reply) = @_;
	return $reply unless ref $reply;
	return "exit $reply->{status}" if exists $reply->{err};
	return join ' ', got($reply), telling($reply->{json}{data}) || ();
}

# pairs(scene): each operation with each and with itself.
sub pairs {
	my ($scene) = @_;
	my @names = sort keys %{ $scene->{ops} };
	return map { my $i = $_; map { [ @names[$i, $_] ] } $i .. $#names }
	    0 .. $#names;
}

# The people of an object belong to the site again.
sub people_back {
	my ($site, $at) = @_;
	for my $key (keys %$at) {
		next unless ref $at->{$key} eq 'HASH' && $at->{$key}{who};
		$at->{$key} = bless { %{ $at->{$key}{who} }, site => $site },
		    'Gesso::User';
	}
	return $at;
}

# over(courts, list, sub): each entry in one of so many processes; what sub
# returned, in the order of the list.
sub over {
	my ($count, $list, $act) = @_;
	return map { @{ $JSON->decode($_ =~ /^died/ ? die $_ : $_) } }
	    share($count, $list, $act) if $count == 1;
	my @parts = map { $JSON->decode($_ =~ /^died/ ? die $_ : $_) }
	    share($count, $list, $act);
	return map { shift @{ $parts[$_ % $count] } } 0 .. $#$list;
}

sub share {
	my ($count, $list, $act) = @_;
	return at_once($count, sub {
		my ($n) = @_;
		srand;
		return $JSON->encode([ map { $act->($list->[$_]) }
		    grep { $_ % $count == $n } 0 .. $#$list ]);
	});
}

# In the middle of two: both have come, then both go.  What the other says.
my $heard = '';
sub meet {
	my ($other, $word) = @_;
	syswrite $other, ($word // '') . "\n";
	local $SIG{ALRM} = sub { die "the other does not come\n" };
	alarm 120;
	while ($heard !~ /\n/) {
		sysread $other, $heard, 4096, length $heard
		    or die "the other has gone\n";
	}
	alarm 0;
	$heard =~ s/^(.*)\n//;
	return $1;
}

sub after {
	my ($site, $scene, $at, @tokens) = @_;
	return '' unless $scene->{after};
	return eval { $scene->{after}->($site, $at, @tokens) } // "died: $@";
}

# duel(site, scene, tries): both hands of a court, each its side of all tries;
# what they said, [first, second] each.
sub duel {
	my ($site, $scene, @tries) = @_;
	socketpair my $here, my $there, AF_UNIX, SOCK_STREAM, PF_UNSPEC
	    or die "socketpair: $!";
	my @sides = map { $JSON->decode($_ =~ /^died/ ? die $_ : $_) }
	    at_once(2, sub {
		my ($hand) = @_;
		my $other = $hand ? $there : $here;
		$heard = '';
		close($hand ? $here : $there);
		srand;
		my @said;
		for my $try (@tries) {
			my $act = $scene->{ops}{$try->{pair}[$hand]};
			my $late = rand($scene->{spread} // 0.004);
			meet($other);
			sleep $late if rand 2 < 1;
			my $reply = eval { $act->($site, $try->{at}) } //
			    "died: $@";
			my $kept = reply_of($reply);
			my $token = meet($other, $kept->[1]);
			push @$kept, $hand ? after($site, $scene, $try->{at},
			    $token, $kept->[1]) : '';
			meet($other);
			push @said, $kept;
		}
		return $JSON->encode(\@said);
	});
	return map { [ $sides[0][$_], $sides[1][$_] ] } 0 .. $#tries;
}

# What is kept of a reply: its words, a token in it, whether it may be tried
# again.
sub reply_of {
	my ($reply) = @_;
	my $token = ref $reply && $reply->{json} &&
	    ref $reply->{json}{data} eq 'HASH' ? $reply->{json}{data}{token}
	    : undef;
	return [ said($reply), $token,
	    ref $reply && !exists $reply->{err} &&
	    ($reply->{headers}{'retry-after'} // '') ne '' ];
}

# One after the other, each at its moment.
sub serial {
	my ($site, $scene, $try) = @_;
	my @said;
	for my $step (@{ $try->{order} }) {
		my ($hand, $moment) = @$step;
		$scene->{moments}[$moment]->($site, $try->{at})
		    if $scene->{moments};
		my $reply = eval { $scene->{ops}{$try->{pair}[$hand]}
		    ->($site, $try->{at}) } // "died: $@";
		$said[$hand] = reply_of($reply);
	}
	push @{ $said[0] }, '';
	push @{ $said[1] }, after($site, $scene, $try->{at},
	    map { $_->[1] } @said);
	return \@said;
}

# The orders of two hands: [[hand, moment], [hand, moment]] each.
sub orders {
	my ($scene) = @_;
	my $last = $#{ $scene->{moments} // [0] };
	return map { my $first = $_;
	    map { my $from = $_; map { [ [ $first, $from ],
	    [ 1 - $first, $_ ] ] } $from .. $last } 0 .. $last } 0, 1;
}

sub prepare {
	my ($site, $scene, @tries) = @_;
	# Deadlines that pass give a vendor a rest, and races would wait.
	$site->sql('DELETE FROM breaker') if $scene->{moments};
	my @made = over($MAKERS, \@tries, sub {
		return $scene->{make}->($site, $_[0]{n});
	});
	$tries[$_]{at} = people_back($site, $made[$_]) for 0 .. $#tries;
	return unless $scene->{ready};
	wait_for(sub { !$site->sql('SELECT COUNT(*) FROM task WHERE active') },
	    60) or die "tasks do not end\n";
	over($MAKERS, \@tries, sub {
		$scene->{ready}->($site, $_[0]{at});
		return 1;
	});
	return;
}

# What is left of each, asked in one go.
sub states {
	my ($site, $scene, @tries) = @_;
	return unless $scene->{state};
	wait_for(sub { !$site->sql('SELECT COUNT(*) FROM task WHERE active')
	    && !$site->sql("SELECT COUNT(*) FROM message WHERE status =
	    'streaming'") }, 60) or die "tasks do not end\n";
	my @lines = $site->sql(join '', map { $scene->{state}->($_->{at}) .
	    ";\n" } @tries);
	$tries[$_]{state} = join ' ', @{ $lines[$_] } for 0 .. $#tries;
	return;
}

sub outcome {
	my ($try) = @_;
	my ($a, $b) = @{ $try->{said} };
	return join ' | ', $a->[0], $b->[0], grep { length } $b->[3],
	    $try->{state} // '';
}

# race(site, scene, times, pairs): tests, a line for each pair that ends as no
# order does; how many races were run.
sub race {
	my ($site, $scene, $times, @pairs) = @_;
	my $n = 0;
	my (@races, @serial);
	for my $pair (@pairs) {
		push @races, map { { pair => $pair, n => $n++ } } 1 .. $times;
		push @serial, map { { pair => $pair, n => $n++, order => $_ } }
		    orders($scene);
	}
	my $courts = $scene->{alone} ? 1 : $COURTS;
	# What changes by itself has no time to wait for others.
	my $batch = $scene->{moments} ? 2 * $courts : @races;
	my @left = @races;
	while (my @some = splice @left, 0, $batch) {
		prepare($site, $scene, @some);
		my @courts = map { my $c = $_; [ grep { $_ % $courts == $c }
		    0 .. $#some ] } 0 .. $courts - 1;
		my @texts = at_once($courts, sub {
			my ($c) = @_;
			return $JSON->encode([ duel($site, $scene,
			    @some[ @{ $courts[$c] } ]) ]);
		});
		for my $c (0 .. $courts - 1) {
			my @said = @{ $JSON->decode($texts[$c]) };
			$some[$_]{said} = shift @said for @{ $courts[$c] };
		}
	}
	states($site, $scene, @races);
	@left = @serial;
	while (my @some = splice @left, 0, $scene->{moments} ? $MAKERS
	    : scalar @serial) {
		prepare($site, $scene, @some);
		my @said = over($scene->{alone} ? 1 : $MAKERS, \@some, sub {
			return serial($site, $scene, $_[0]);
		});
		$some[$_]{said} = $said[$_] for 0 .. $#some;
	}
	states($site, $scene, @serial);
	judge($scene, \@races, \@serial);
	return scalar @races;
}

sub judge {
	my ($scene, $races, $serial) = @_;
	my (%right, %wrong, %busy, %failed);
	$right{"@{ $_->{pair} }"}{ outcome($_) } = 1 for @$serial;
	for my $try (@$races) {
		my $pair = "@{ $try->{pair} }";
		my $outcome = outcome($try);
		$failed{"$pair: $outcome"}++ if $outcome =~ /\bdied: /;
		for my $said (@{ $try->{said} }) {
			$failed{"$pair: $said->[0]"}++
			    if $said->[0] =~ /^5(?!03)/ ||
			    $said->[0] =~ /^503/ && !$said->[2];
			$busy{"$pair: $said->[0]"}++
			    if $said->[0] =~ /^503/ && $said->[2];
		}
		my $also = $scene->{also}{$pair};
		next if $right{$pair}{$outcome} || $also && $outcome =~ $also ||
		    $outcome =~ /\b(?:503 |409 idempotency_in_progress)/;
		$wrong{$pair}{$outcome}++;
	}
	is_deeply \%failed, {}, "$scene->{name}: nothing fails"
	    or diag explain \%failed;
	is join(', ', sort keys %wrong), '',
	    "$scene->{name}: each race ends as an order does";
	for my $pair (sort keys %wrong) {
		diag "$pair ended as";
		diag "    ($wrong{$pair}{$_} times) $_"
		    for sort keys %{ $wrong{$pair} };
		diag 'where one after the other they end as';
		diag "    $_" for sort keys %{ $right{$pair} };
	}
	diag "$scene->{name}: " . join ', ', map { "$_ ($busy{$_} times)" }
	    sort keys %busy if %busy;
	return;
}

1;
