-- Redemption codes.

CREATE TABLE redemption_code (
	hash BINARY(32) NOT NULL
	    COMMENT 'SHA-256 of the 20 characters; the code itself is not kept',
	tail VARCHAR(4) CHARACTER SET ascii NOT NULL
	    COMMENT 'its last characters, for the ledger',
	power BIGINT NOT NULL DEFAULT 0 COMMENT 'power that was bought',
	gifted BIGINT NOT NULL DEFAULT 0 COMMENT 'power on the house',
	hd BIGINT NOT NULL DEFAULT 0 COMMENT 'high-definition generations',
	vip_days BIGINT NOT NULL DEFAULT 0 COMMENT 'days of VIP',
	max_uses BIGINT NULL
	    COMMENT '1 for a code of one use; NULL: once for every user',
	uses BIGINT NOT NULL DEFAULT 0 COMMENT 'rows of redemption',
	expires_at DATETIME(3) NULL COMMENT 'NULL has no end',
	created_at DATETIME(3) NOT NULL COMMENT 'by gessoctl',
	PRIMARY KEY (hash)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci
  COMMENT='What codes are worth; one conditional UPDATE of uses is the licence';

CREATE TABLE redemption (
	code_hash BINARY(32) NOT NULL COMMENT 'redemption_code.hash',
	account_id BINARY(16) NOT NULL COMMENT 'who used it',
	created_at DATETIME(3) NOT NULL COMMENT 'when',
	PRIMARY KEY (code_hash, account_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci
  COMMENT='Who has used which code, once';
