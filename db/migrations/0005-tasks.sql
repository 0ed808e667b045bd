-- What people asked for, and where it stands.

CREATE TABLE task (
	id BINARY(16) NOT NULL COMMENT 'UUIDv7',
	account_id BINARY(16) NOT NULL COMMENT 'whose',
	kind ENUM('text_to_image','image_to_image','text_to_video',
	    'image_to_video') CHARACTER SET ascii NOT NULL COMMENT 'what',
	state ENUM('queued','submitting','running','fetching','storing',
	    'uncertain','done','failed','cancelled') CHARACTER SET ascii
	    NOT NULL COMMENT 'edges in lib/domain/task_state.c',
	provider_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
	    COMMENT 'who makes it',
	model_id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
	    COMMENT 'public name of the model',
	prompt TEXT NOT NULL COMMENT 'trimmed',
	params TEXT NOT NULL COMMENT 'JSON of what was asked besides',
	input_media BINARY(16) NULL COMMENT 'media.name of the given picture',
	count INT NOT NULL COMMENT 'works asked for',
	cost BIGINT NOT NULL COMMENT 'power held for it',
	hd INT NOT NULL DEFAULT 0 COMMENT 'hd_count taken for it',
	quota_day BIGINT NOT NULL COMMENT 'the day it was counted on',
	size_class VARCHAR(32) CHARACTER SET ascii NOT NULL
	    COMMENT 'for estimates: rough size of the work',
	estimated_s INT NOT NULL COMMENT 'as told to the user',
	progress INT NOT NULL DEFAULT 0 COMMENT '0-100, never down',
	parts MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL
	    COMMENT 'JSON: what is known of each call to the vendor',
	attempts INT NOT NULL DEFAULT 0
	    COMMENT 'submissions that surely did not arrive',
	next_at DATETIME(3) NOT NULL
	    COMMENT 'not to be touched before; while it is leased the end of that',
	deadline_at DATETIME(3) NOT NULL COMMENT 'fails then',
	lease_owner VARCHAR(64) CHARACTER SET ascii NULL
	    COMMENT 'the poller that has it',
	lease_token BIGINT NOT NULL DEFAULT 0
	    COMMENT 'fencing: grows with every claim; writes repeat it',
	lease_until DATETIME(3) NULL COMMENT 'by the database''s clock',
	reason VARCHAR(32) CHARACTER SET ascii NULL
	    COMMENT 'of failure; contract 9',
	error VARCHAR(500) NULL COMMENT 'of failure, for the user',
	refunded BIGINT NOT NULL DEFAULT 0 COMMENT 'power given back',
	timeline TEXT NOT NULL
	    COMMENT 'JSON members "stage":"time", without braces',
	created_at DATETIME(3) NOT NULL COMMENT 'accepted',
	submitted_at DATETIME(3) NULL COMMENT 'handed to the vendor',
	finished_at DATETIME(3) NULL COMMENT 'end, of whatever kind',
	active BOOL AS (IF(finished_at IS NULL, TRUE, NULL)) STORED
	    COMMENT 'NULL once finished: keeps the next key small',
	PRIMARY KEY (id),
	KEY task_due (active, next_at, provider_id, state, deadline_at),
	KEY task_vendor (active, provider_id, state, lease_until),
	KEY task_account (account_id, id),
	KEY task_recent (provider_id, model_id, size_class, state, finished_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci
  COMMENT='Inserted by the API, then the poller''s';

CREATE TABLE estimate (
	provider_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
	    COMMENT 'who',
	model_id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
	    COMMENT 'which',
	size_class VARCHAR(32) CHARACTER SET ascii NOT NULL COMMENT 'how big',
	typical_ms BIGINT NOT NULL COMMENT 'mean of the last 50 successes',
	updated_at DATETIME(3) NOT NULL COMMENT 'by the poller',
	PRIMARY KEY (provider_id, model_id, size_class)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci
  COMMENT='How long things take';

CREATE TABLE idempotency (
	account_id BINARY(16) NOT NULL COMMENT 'whose key',
	idempotency_key VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin
	    NOT NULL COMMENT 'as sent',
	request_hash BINARY(32) NOT NULL
	    COMMENT 'SHA-256 of method, path and body',
	owner BINARY(16) NOT NULL COMMENT 'the request that runs or ran',
	status INT NULL COMMENT 'of the answer; NULL while it runs',
	body MEDIUMTEXT NULL COMMENT 'the answer, byte for byte',
	running_until DATETIME(3) NOT NULL
	    COMMENT 'a run without an answer is dead after this',
	created_at DATETIME(3) NOT NULL COMMENT 'kept for 24 h',
	PRIMARY KEY (account_id, idempotency_key),
	KEY idempotency_created (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci
  COMMENT='Answers kept for Idempotency-Key';
