# The verbs of gessoctl that change something, as flows for t/lib/Cuts.pm.
package CutCtl;
use strict;
use warnings;

use Exporter qw(import);
use Cuts;
use CutCalls qw(is_one);

our @EXPORT_OK = qw(ctl_flows);

my $UNKNOWN = 3; # exit status: nobody knows whether it was done
my $n = 0;

# verb(name, before, words, effects, {once, over, half, input}): of gessoctl.
# words are given what before made, as is effects, the number of what was done;
# more than one is too many.  over: what is said when it was done already; half:
# it may have been done in part; once: doing it again does it again, which is
# said.
sub verb {
	my ($name, $before, $words, $effects, $more) = @_;
	$more //= {};
	my $run = sub {
		my ($cuts, $s) = @_;
		return $cuts->{site}->ctl($words->($cuts, $s),
		    { stdin => $more->{input} // '' });
	};
	return {
		name => "gessoctl $name",
		process => 'gessoctl',
		before => sub { $before->($_[0]) // {} },
		act => $run,
		after => sub {
			my ($cuts, $s, $got, $cut, $given) = @_;
			my $done = $effects->($cuts, $s, $got);
			my @wrong = truth($cuts, $got, $done, $cut, $more);
			my $known = $done && !$more->{half};
			return @wrong if $known && $more->{once};
			my $again = $run->($cuts, $s);
			my $all = $effects->($cuts, $s, $again);
			return (@wrong, is_one('again', said($again),
				$known && $more->{over} ? () : '0 ',
				$again->{err} =~ ($more->{over} // qr/\A\z/) &&
				($done || $more->{half}) ? said($again) : ()),
			    is_one('done in the end', $all, 1));
		},
	};
}

sub said { return "$_[0]{status} $_[0]{err}" }

# What it says is true; where it does not know, it says how to find out.
sub truth {
	my ($cuts, $got, $done, $cut, $more) = @_;
	my ($status, $said) = ($got->{status}, said($got));
	return is_one("done, says '$said'", $done, 1) if $status == 0;
	return "not cut, but '$said'" unless $cut;
	return if $status == 128 + 9; # killed
	return is_one("done, says '$said'", $done, $more->{half} ? (0, 1) : 0)
	    if $status == 1;
	return is_one('status', $said, 'truth') if $status != $UNKNOWN;
	my @wrong = $said =~ /^$UNKNOWN gessoctl: it is not known whether/
	    ? () : ("words: $said");
	my $words = $more->{words} // ($more->{once}
	    ? 'before it is done again' : 'it may be done again');
	push @wrong, "doing it again: $said" if $said !~ /\Q$words/;
	return @wrong if $said !~ /gessoctl (\w+ \w+(?: [^\s;]+)?)/;
	my $look = $cuts->{site}->ctl(split / /, $1);
	return (@wrong, is_one('looking', $look->{status}, 0,
	    $look->{err} =~ /\A\z|there is no/ ? 1 : ()));
}

sub account { return "account WHERE email = '$_[1]{email}'" }

# An account for the verbs about people, made anew each time.
sub person {
	my ($cuts, $set) = @_;
	my $name = 'ctl' . ++$n . 'x' . $$;
	my $email = "$name\@example.org";
	$cuts->{site}->sql('INSERT INTO account (id, username, email, ' .
	    'password_hash, role, created_at) VALUES (RANDOM_BYTES(16), ' .
	    "'$name', '$email', 'none', 'user', NOW(3))" .
	    ($set ? "; UPDATE account SET $set WHERE email = '$email'" : ''));
	return { email => $email, name => $name };
}

# of(verb, condition, words after the address, {set, ...}): one that makes a
# condition about a person true.
sub of {
	my ($verb, $condition, $rest, $more) = @_;
	return verb($verb, sub { person($_[0], $more->{set}) },
	    sub { (split(/ /, $verb), $_[1]{email}, @{ $rest // [] }) },
	    sub { $_[0]->count('account',
		"email = '$_[1]{email}' AND ($condition)") }, $more);
}

sub people {
	return (
	    verb('user add', sub { my $i = ++$n; return {
		name => "add${i}x$$", email => "add${i}x$$\@example.org" } },
		sub { (qw(user add --email), $_[1]{email}, '--username',
		    $_[1]{name}, '--password-stdin') },
		sub {
			my ($cuts, $s) = @_;
			my $whole = $cuts->count('account a JOIN ' .
			    'power_transfer t ON t.account_id = a.id',
			    "a.email = '$s->{email}' AND t.kind = 'signup'");
			return $whole;
		}, { input => "correct horse\n", over => qr/taken/ }),
	    of('user vip', 'vip_level = 2 AND vip_until > NOW()',
		[ 2, '--days', 3 ]),
	    of('user ban', 'banned_at IS NOT NULL AND token_epoch > 0'),
	    of('user unban', 'banned_at IS NULL', [],
		{ set => 'banned_at = NOW()' }),
	    of('user role', "role = 'admin'", ['admin']),
	    of('user logout', 'token_epoch > 0'),
	    of('user password', "password_hash <> 'none'", ['--password-stdin'],
		{ input => "another horse\n" }),
	    of('credit grant', 'power_available = 5 AND power_gifted = 5 AND ' .
		'(SELECT SUM(amount) FROM power_transfer t WHERE ' .
		't.account_id = account.id) = 5', [ 5, '--reason', 'sorry' ],
		{ once => 1 }),
	    verb('limits reset', sub {
		my ($cuts) = @_;
		my $s = person($cuts, 'images_today = 3, quota_day = 1');
		$cuts->{site}->post('/auth/login',
		    { email => $s->{email}, password => 'wrong' });
		$cuts->{site}->sql("DELETE FROM throttle WHERE subject LIKE " .
		    "'login%' AND subject NOT LIKE '%$s->{email}%'");
		return $s;
	    },
		sub { (qw(limits reset), $_[1]{email}) },
		sub {
			my ($cuts, $s) = @_;
			my $day = $cuts->count('account',
			    "email = '$s->{email}' AND images_today = 0");
			my $tries = $cuts->count('throttle',
			    "subject LIKE 'login%'");
			return $day == 1 && $tries == 0 ? 1
			    : $day == 0 && $tries > 0 ? 0 : 'half';
		}));
}

# Codes that nobody has seen are worth nothing: there are none.
sub codes {
	my $made = sub { $_[0]->count('redemption_code', 'TRUE') };
	return (verb('code revoke', sub {
		my $id = sprintf '%016x', ++$n;
		$_[0]{site}->sql('INSERT INTO redemption_code (hash, tail, ' .
		    "created_at) VALUES (UNHEX(RPAD('$id', 64, '7')), 'TAIL', NOW(3))");
		return { id => $id };
	    },
		sub { (qw(code revoke), $_[1]{id}) },
		sub { $_[0]->count('redemption_code', 'expires_at <= NOW(3) ' .
		    "AND LEFT(HEX(hash), 16) = '$_[1]{id}'") }),
	{
		name => 'gessoctl code new',
		process => 'gessoctl',
		before => sub { { was => $made->($_[0]) } },
		act => sub { $_[0]{site}->ctl(qw(code new --power 7
		    --count 3)) },
		after => sub {
			my ($cuts, $s, $got, $cut, $given) = @_;
			my $there = $made->($cuts) - $s->{was};
			my @shown = split /\n/, $got->{out};
			$cuts->{site}->sql('DELETE FROM redemption_code')
			    unless $got->{status} == 0;
			return (truth($cuts, $got, $there == 3 ? 1 : $there,
				$cut, { words => 'make others' }),
			    is_one('shown', scalar @shown,
				$got->{status} == 0 ? 3 : 0));
		},
	});
}

sub vendors {
	return (
	    verb('provider set', sub {
		$_[0]{site}->sql("UPDATE provider SET concurrency = 4 WHERE " .
		    "id = 'dalle'; REPLACE INTO breaker (provider_id, state, " .
		    "failures, reason, changed_at, retry_at) VALUES ('dalle', 'open', 3, 'x', NOW(3), NOW(3))");
	    },
		sub { qw(provider set dalle --concurrency 9) },
		sub {
			my ($cuts) = @_;
			my $set = $cuts->count('provider',
			    "id = 'dalle' AND concurrency = 9");
			my $open = $cuts->count('breaker', 'TRUE');
			return $set == 1 && $open == 0 ? 1
			    : $set == 0 && $open == 1 ? 0 : 'half';
		}),
	    verb('provider use', sub {
		$_[0]{site}->sql("UPDATE setting SET value = 'none' WHERE " .
		    "name LIKE 'image%'");
	    },
		sub { qw(provider use dalle/dall-e-3) },
		sub {
			my $set = $_[0]->count('setting', "(name, value) IN " .
			    "(('imageProvider', 'dalle'), " .
			    "('imageModel', 'dall-e-3'))");
			return $set == 2 ? 1 : $set == 0 ? 0 : 'half';
		}),
	    verb('model set', sub {
		$_[0]{site}->sql("UPDATE model SET price = 1 WHERE " .
		    "provider_id = 'dalle'");
	    },
		sub { qw(model set dalle/dall-e-3 --price 4) },
		sub { $_[0]->count('model', "provider_id = 'dalle' AND " .
		    'price = 4') }),
	    verb('model set --upstream', sub { { id => 'new' . ++$n } },
		sub { (qw(model set), "dalle/$_[1]{id}", qw(--upstream x)) },
		sub { $_[0]->count('model', "id = '$_[1]{id}'") }),
	    verb('key reseal', sub {
		my ($cuts) = @_;
		my $site = $cuts->{site};
		for (qw(dalle stability)) {
			$site->ctl('provider', 'set', $_, '--key-stdin',
			    { stdin => "sk-$_\n" });
		}
		return { was => { map { @$_ } $site->sql('SELECT id, ' .
		    'sealed_key FROM provider WHERE sealed_key IS NOT NULL') } };
	    },
		sub { qw(key reseal) },
		sub {
			my ($cuts, $s) = @_;
			my @same = grep { $s->{was}{$_->[0]} eq $_->[1] }
			    $cuts->{site}->sql('SELECT id, sealed_key FROM ' .
			    'provider WHERE sealed_key IS NOT NULL');
			my $all = keys %{ $s->{was} };
			return @same == 0 ? 1 : @same == $all ? 0 : 'half';
		}));
}

sub tasks {
	my $queued = sub {
		my ($cuts, $set) = @_;
		my $id = $cuts->{user}->submit('a kite');
		$cuts->{site}->sql('UPDATE task SET next_at = NOW(3) + ' .
		    'INTERVAL 1 HOUR WHERE id = ' . Cuts::hex($id));
		return { id => $id, row => 'id = ' . Cuts::hex($id) };
	};
	my $work = sub {
		my ($how) = @_;
		return sub {
			my ($cuts) = @_;
			my ($id) = $cuts->{user}->$how(1,
			    { media => 'NULL', thumbnail => 'NULL' });
			return { id => $id, row => 'id = ' . Cuts::hex($id) };
		};
	};
	return (
	    verb('task retry', $queued, sub { (qw(task retry), $_[1]{id}) },
		sub { $_[0]->count('task',
		    "$_[1]{row} AND next_at <= NOW(3)") }),
	    verb('task cancel', $queued, sub { (qw(task cancel), $_[1]{id}) },
		sub {
			my ($cuts, $s) = @_;
			my $over = $cuts->count('task',
			    "$s->{row} AND reason = 'cancelled'");
			my $back = $cuts->count('power_transfer',
			    "task_$s->{row} AND kind = 'release'");
			return $over == $back ? $over : 'half';
		}),
	    verb('work hide', $work->('published'),
		sub { (qw(work hide), $_[1]{id}) },
		sub {
			my ($cuts, $s) = @_;
			my $there = $cuts->count('work',
			    "$s->{row} AND published_at IS NOT NULL") +
			    $cuts->count('square', "work_$s->{row}");
			return $there == 0 ? 1 : $there == 2 ? 0 : 'half';
		}),
	    verb('work delete', $work->('made'),
		sub { (qw(--yes work delete), $_[1]{id}) },
		sub { 1 - $_[0]->count('work', $_[1]{row}) },
		{ over => qr/there is no '[0-9a-f-]{36}'/ }),
	    verb('upload delete', sub {
		my ($cuts) = @_;
		my $reply = $cuts->{user}->post('/upload/image',
		    CutCalls::picture_form('file'));
		my $id = $reply->{json}{data}{id};
		return { id => $id, row => 'upload_id = ' . Cuts::hex($id) };
	    },
		sub { (qw(--yes upload delete), $_[0]{user}{email}, $_[1]{id}) },
		sub { 1 - $_[0]->count('media',
		    "$_[1]{row} AND deleted_at IS NULL") },
		{ over => qr/there is no upload '[0-9a-f-]{36}'/ }));
}

# Files and events that go: some may be gone, which is said.
sub removals {
	my $old = time - 2 * 86400;
	return (
	    verb('media gc', sub {
		my ($cuts) = @_;
		my $site = $cuts->{site};
		my $reply = $cuts->{user}->post('/upload/image',
		    CutCalls::picture_form('file'));
		$site->ctl(qw(--yes upload delete), $cuts->{user}{email},
		    $reply->{json}{data}{id});
		my $orphan = "$site->{media}/ab/cd/" . 'ab' . 'cd' x 15 . '.png';
		mkdir $_ for "$site->{media}/ab", "$site->{media}/ab/cd";
		open my $file, '>', $orphan or die "$orphan: $!";
		close $file;
		utime $old, $old, $orphan;
		return { orphan => $orphan };
	    },
		sub { qw(media gc) },
		sub {
			my ($cuts, $s) = @_;
			my $left = $cuts->count('media',
			    'deleted_at IS NOT NULL');
			return $left == 0 && !-e $s->{orphan} ? 1 : 0;
		}, { half => 1 }),
	    verb('events prune', sub {
		my ($cuts) = @_;
		my $site = $cuts->{site};
		$cuts->{user}->submit('a kite');
		$cuts->{user}->get('/events?since=0');
		$site->sql('UPDATE event SET created_at = NOW(3) - INTERVAL 2 ' .
		    'DAY');
		return {};
	    },
		sub { qw(events prune) },
		sub {
			my ($cuts) = @_;
			my $left = $cuts->count('event', 'TRUE');
			my $kept = $cuts->{site}->sql('SELECT last_seq - ' .
			    'first_kept + 1 FROM event_sequence');
			return $left == $kept ? ($left == 0 ? 1 : 0)
			    : $kept < $left ? 'half' : 0;
		}));
}

my @LATE = qw(square square_count work_like work_favorite work_play
    work_deleted ws_ticket chore conversation message);

# A schema of long ago; nobody else may be at work.
sub migration {
	my $schema = sub {
		my ($site) = @_;
		return join "\n", (map { join ' ', @$_ } $site->sql('SELECT ' .
		    'table_name, column_name, column_type FROM ' .
		    'information_schema.columns WHERE table_schema = ' .
		    'DATABASE() ORDER BY 1, ordinal_position')),
		    (map { join ' ', @$_ } $site->sql('SELECT version, ' .
		    'applied_at IS NULL FROM schema_migration')),
		    eval { map { join ' ', @$_ } $site->sql('SELECT type ' .
		    'FROM square_count') };
	};
	return verb('migrate up', sub {
		my ($cuts) = @_;
		my $site = $cuts->{site};
		my $is = $schema->($site);
		$site->sql(join ';', (map { "DROP TABLE $_" } @LATE),
		    'ALTER TABLE media DROP COLUMN upload_id',
		    'UPDATE work SET published_at = NULL',
		    'DELETE FROM schema_migration WHERE version IN ' .
		    '(10, 12, 21, 22, 30)');
		return { is => $is };
	    },
	    sub { qw(migrate up) },
	    sub {
		my ($cuts, $s) = @_;
		return $schema->($cuts->{site}) eq $s->{is} ? 1 : 0;
	    }, { half => 1 });
}

sub ctl_flows {
	return (people(), codes(), vendors(), tasks(), removals(), migration());
}

1;
