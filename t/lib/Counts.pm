# Every number that is kept equals what it counts.
#
#	counts_ok($site);	# once everything has ended
package Counts;
use strict;
use warnings;

use Exporter qw(import);
use Test::More;
use Gesso qw(wait_for);

our @EXPORT_OK = qw(counts_ok);

my $grouped = "SELECT account_id, type, status, COUNT(*) AS n FROM work
    GROUP BY account_id, type, status";
my %counts = (
	'works by owner, type and status' => "SELECT c.* FROM work_count c
	    LEFT JOIN ($grouped) w USING (account_id, type, status)
	    WHERE c.total <> COALESCE(w.n, 0)",
	'no works without a count' => "SELECT w.* FROM ($grouped) w
	    LEFT JOIN work_count c USING (account_id, type, status)
	    WHERE c.total IS NULL",
	'what is on the square' => 'SELECT * FROM square_count c WHERE total <>
	    (SELECT COUNT(*) FROM square s WHERE s.type = c.type)',
	'a place for each that is published' => 'SELECT id FROM work LEFT JOIN
	    square ON work_id = id WHERE (published_at IS NULL) <>
	    (work_id IS NULL)',
	'no place without a work' => 'SELECT work_id FROM square LEFT JOIN work
	    ON work_id = id WHERE id IS NULL',
	(map { my ($name, $column) = @$_; "$name of each work" =>
	    "SELECT id FROM work w WHERE $column <> (SELECT COUNT(*)
	    FROM work_$name r WHERE r.work_id = w.id)" } [ like => 'like_count' ],
	    [ favorite => 'favorite_count' ], [ play => 'play_count' ]),
	(map { +"no $_ of a work that is gone" => "SELECT HEX(r.work_id)
	    FROM work_$_ r LEFT JOIN work w ON w.id = r.work_id
	    LEFT JOIN work_deleted d ON d.work_id = r.work_id
	    WHERE w.id IS NULL AND d.work_id IS NULL" }
	    qw(like favorite play)),
	'scores' => 'SELECT work_id FROM square JOIN work ON id = work_id
	    WHERE hot = latest AND like_count + favorite_count > 0',
	'what each made' => "SELECT email, `generated` FROM account a
	    WHERE `generated` < (SELECT COUNT(*) FROM work w
	    WHERE w.account_id = a.id AND w.status = 'completed')",
	'uploads of each' => "SELECT email FROM account a WHERE storage_bytes <>
	    (SELECT COALESCE(SUM(bytes), 0) FROM media m WHERE
	    m.account_id = a.id AND use_for = 'upload' AND deleted_at IS NULL)",
	'avatars that are there' => 'SELECT email FROM account a JOIN media m
	    ON m.name = a.avatar WHERE m.deleted_at IS NOT NULL',
	'files of works that are there' => 'SELECT w.id FROM work w JOIN media m
	    ON m.name IN (w.media, w.thumbnail) WHERE m.deleted_at IS NOT NULL',
	'files of none' => "SELECT HEX(m.name) FROM media m LEFT JOIN work w
	    ON w.media = m.name WHERE m.use_for = 'result'
	    AND m.deleted_at IS NULL AND w.id IS NULL",
	'conversations' => 'SELECT id FROM conversation c WHERE message_count <>
	    (SELECT COUNT(*) FROM message m WHERE m.conversation_id = c.id)',
	'no messages of a conversation that is gone' => 'SELECT HEX(m.id)
	    FROM message m LEFT JOIN conversation c ON c.id = conversation_id
	    WHERE c.id IS NULL',
	'nothing is held' => 'SELECT email FROM account WHERE power_held <> 0',
	'codes' => 'SELECT tail FROM redemption_code c WHERE uses <> (SELECT
	    COUNT(*) FROM redemption r WHERE r.code_hash = c.hash)',
	'works that wait' => "SELECT id FROM work WHERE status = 'processing'",
	'one end told of each task' => "SELECT HEX(t.id), t.state, e.n
	    FROM task t LEFT JOIN (SELECT task_id, COUNT(*) AS n FROM event
	    WHERE JSON_VALUE(body, '\$.type') <> 'task_progress'
	    GROUP BY task_id) e ON e.task_id = t.id
	    WHERE COALESCE(e.n, 0) <> IF(t.finished_at IS NULL, 0, 1)",
	'the end that it had' => "SELECT HEX(t.id), t.state, e.body FROM task t
	    JOIN event e ON e.task_id = t.id
	    WHERE JSON_VALUE(body, '\$.type') = IF(t.state = 'done',
	    'task_failed', 'task_complete')",
	'and nothing after it' => "SELECT HEX(e.task_id), e.body FROM event e
	    JOIN event l ON l.task_id = e.task_id AND l.id < e.id
	    WHERE JSON_VALUE(l.body, '\$.type') <> 'task_progress'",
	'models of a vendor that is there' => 'SELECT m.id FROM model m
	    LEFT JOIN provider p ON p.id = provider_id WHERE p.id IS NULL',
	'a choice that is there' => "SELECT v.value, m.value FROM setting v
	    JOIN setting m ON m.name = REPLACE(v.name, 'Provider', 'Model')
	    LEFT JOIN model ON provider_id = v.value AND model.id = m.value
	    WHERE v.name LIKE '%Provider' AND model.id IS NULL",
);

sub counts_ok {
	my ($site) = @_;
	ok wait_for(sub { !$site->sql('SELECT COUNT(*) FROM task WHERE active')
	    && !$site->sql("SELECT COUNT(*) FROM message WHERE status =
	    'streaming'") }, 60), 'everything ends';
	for my $what (sort keys %counts) {
		my @wrong = $site->sql($counts{$what});
		is scalar @wrong, 0, $what or diag explain \@wrong;
	}
	my $audit = $site->ctl('ledger', 'audit');
	is $audit->{status}, 0, 'the ledger' or diag $audit->{out}, $audit->{err};
	ok wait_for(sub { $site->ctl('media', 'audit')->{status} == 0 }, 20),
	    'files and rows are of one mind'
	    or diag $site->ctl('media', 'audit')->{err};
	unlike $site->log($_), qr/ended with INTERNAL|level=error/,
	    "$_ is content" for qw(gesso.fcgi gesso-chat.fcgi gesso-poller);
	return;
}

1;
