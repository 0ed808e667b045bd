-- What is told to open connections.

CREATE TABLE event (
	id BIGINT NOT NULL AUTO_INCREMENT
	    COMMENT 'order of insertion; says nothing about commits',
	seq BIGINT NULL
	    COMMENT 'given after the commit, gapless: the eventId of callers',
	account_id BINARY(16) NOT NULL COMMENT 'who is told',
	task_id BINARY(16) NULL COMMENT 'what it is about',
	body MEDIUMTEXT NOT NULL
	    COMMENT 'the message as JSON, without eventId and at',
	created_at DATETIME(3) NOT NULL COMMENT 'of the change it tells',
	PRIMARY KEY (id),
	UNIQUE KEY event_seq (seq),
	KEY event_account (account_id, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci
  COMMENT='Inserted in the transaction of the change it tells';

CREATE TABLE event_sequence (
	id TINYINT NOT NULL COMMENT 'always 1',
	last_seq BIGINT NOT NULL COMMENT 'the last number given',
	first_kept BIGINT NOT NULL
	    COMMENT 'the oldest number that can be asked for again',
	PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci
  COMMENT='One row; its lock makes one sequencer of many';

INSERT INTO event_sequence (id, last_seq, first_kept) VALUES (1, 0, 1);

CREATE TABLE heartbeat (
	name VARCHAR(32) CHARACTER SET ascii NOT NULL
	    COMMENT 'poller, notifier',
	host VARCHAR(100) CHARACTER SET ascii NOT NULL COMMENT 'and pid',
	at DATETIME(3) NOT NULL COMMENT 'last sign of life',
	note VARCHAR(200) NULL COMMENT 'figures for doctor and health',
	PRIMARY KEY (name, host),
	KEY heartbeat_at (at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci
  COMMENT='Who is alive';
