-- Who people are.

CREATE TABLE account (
	id BINARY(16) NOT NULL COMMENT 'UUIDv7',
	username VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
	    NOT NULL COMMENT 'shown to others; unique without regard to case',
	email VARCHAR(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL
	    COMMENT 'in lower case; logs in with it',
	password_hash VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin
	    NOT NULL COMMENT 'argon2id, as crypto_pwhash_str writes it',
	avatar BINARY(16) NULL COMMENT 'media.name of an own uploaded image',
	role ENUM('user','admin') CHARACTER SET ascii NOT NULL DEFAULT 'user'
	    COMMENT 'read at every request, never taken from a token',
	banned_at DATETIME(3) NULL COMMENT 'since when; NULL is not banned',
	vip_level INT NOT NULL DEFAULT 0 COMMENT '0 is free',
	vip_until DATETIME(3) NULL COMMENT 'end of the level; NULL has no end',
	token_epoch INT NOT NULL DEFAULT 0
	    COMMENT 'raised to kill every token made before',
	power_available BIGINT NOT NULL DEFAULT 0
	    COMMENT 'can be spent now; the sum of the ledger, cached',
	power_held BIGINT NOT NULL DEFAULT 0
	    COMMENT 'held by running tasks; cached sum',
	power_spent BIGINT NOT NULL DEFAULT 0
	    COMMENT 'captured by finished tasks; cached sum',
	power_gifted BIGINT NOT NULL DEFAULT 0
	    COMMENT 'given, not bought, over the whole life',
	hd_count BIGINT NOT NULL DEFAULT 0
	    COMMENT 'high-definition generations left in the plan',
	`generated` BIGINT NOT NULL DEFAULT 0
	    COMMENT 'delivered images and films',
	quota_day BIGINT NOT NULL DEFAULT 0
	    COMMENT 'the day (since 1970, in quota_timezone) of the next two',
	images_today BIGINT NOT NULL DEFAULT 0 COMMENT 'accepted on quota_day',
	videos_today BIGINT NOT NULL DEFAULT 0 COMMENT 'accepted on quota_day',
	storage_bytes BIGINT NOT NULL DEFAULT 0
	    COMMENT 'bytes of own uploads, for the quota',
	created_at DATETIME(3) NOT NULL COMMENT 'registration',
	PRIMARY KEY (id),
	UNIQUE KEY account_username (username),
	UNIQUE KEY account_email (email),
	CONSTRAINT power_available_not_negative CHECK (power_available >= 0),
	CONSTRAINT power_held_not_negative CHECK (power_held >= 0),
	CONSTRAINT hd_count_not_negative CHECK (hd_count >= 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci
  COMMENT='People; rows are changed by the API and by gessoctl';

CREATE TABLE revoked_token (
	jti BINARY(16) NOT NULL COMMENT 'the token',
	dies_at DATETIME(3) NOT NULL
	    COMMENT 'refused from then on (a refreshed token lives 60 s more)',
	expires_at DATETIME(3) NOT NULL
	    COMMENT 'end of the token itself; the row may go then',
	PRIMARY KEY (jti),
	KEY revoked_token_expires (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci
  COMMENT='Single tokens that died before their time';

CREATE TABLE throttle (
	subject VARBINARY(80) NOT NULL
	    COMMENT 'what is counted: kind, colon, e-mail or address',
	window_start DATETIME(3) NOT NULL COMMENT 'the first of the tries',
	tries BIGINT NOT NULL COMMENT 'since then',
	PRIMARY KEY (subject),
	KEY throttle_window (window_start)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci
  COMMENT='Rare counted acts: failed logins, registrations, code tries';
