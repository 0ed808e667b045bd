#!/usr/bin/perl
# What vendors say of their models reaches the administrator before it reaches
# the users; and a breaker is seen where people look.
use strict;
use warnings;
use Test::More;
use Gesso;

my $site = Gesso->start(rhythm => 3000);
$site->sql(q{INSERT INTO model (provider_id, id, upstream, price) VALUES
    ('dalle', 'old-one', 'gpt-image-1.5', 1), ('dalle', 'odd-one', 'odd', 1);
    UPDATE provider SET enabled = TRUE WHERE id = 'dalle';
    INSERT INTO chore (name, due_at) VALUES ('models', NOW(3))
	ON DUPLICATE KEY UPDATE due_at = NOW(3)});

# The day on which the simulated vendor ends it may have passed.
my $past = $site->sql("SELECT NOW() >= '2026-12-01'");
my $run = Gesso::run(undef, Gesso::build() . '/poller/gesso-poller',
    '--config', $site->{conf}, '--once');
is $run->{status}, 0, 'the poller runs once' or diag $run->{err};
is $site->sql("SELECT status FROM model WHERE id = 'old-one'"),
    $past ? 'retired' : 'deprecated', 'a model that ends is marked';
like $run->{err}, qr/a model (was|will be) shut down.*model=old-one/,
    'and told';
like $run->{err}, qr/not in its vendor's list.*model=odd-one/,
    'so is one that the vendor does not have';
is $site->sql("SELECT status FROM model WHERE id = 'dall-e-3'"), 'active',
    'the others stay';
unlike $run->{err}, qr/sandbox-key/, 'without a key in the log';

sub breaker {
	my ($line) = grep { $_->{id} eq 'dalle' }
	    @{ $site->ctl('--json', 'provider', 'list')->{json}{providers} };
	return $line->{breaker};
}
is breaker(), 'closed', 'a breaker is closed';
is $site->get('/health')->{json}{data}{providers}, 'ok', 'all is well';
$site->sql(q{INSERT INTO breaker (provider_id, state, failures, reason,
    changed_at, retry_at) VALUES ('dalle', 'open', 5, 'provider_unavailable',
    NOW(3), NOW(3) + INTERVAL 1 HOUR)});
is breaker(), 'open', 'an open one is listed';
is $site->get('/health')->{json}{data}{providers}, 'resting',
    'and is told by /health';
$site->ctl('provider', 'set', 'dalle', '--enable');
is breaker(), 'closed', 'a vendor that is set up anew is tried anew';

# A key that can't be opened is told, not passed over.
open my $keys, '>', "$site->{dir}/seal.keys" or die;
print {$keys} 'other ', '11' x 32, "\n";
close $keys;
$site->sql("UPDATE chore SET due_at = NOW(3) WHERE name = 'models'");
my $once = Gesso::run(undef, Gesso::build() . '/poller/gesso-poller',
    '--config', $site->{conf}, '--once');
like $once->{err}, qr/can't be asked for models provider=dalle .*can't be opened/,
    'a vendor whose key is lost is named in the log';

done_testing;
