-- Vendors that are given a rest.

CREATE TABLE breaker (
	provider_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
	    COMMENT 'whose; no row: closed and without a failure',
	state ENUM('closed','open','half_open') CHARACTER SET ascii NOT NULL
	    COMMENT 'open: nothing is sent; half_open: one task tries',
	failures INT NOT NULL COMMENT 'one after the other, of any task',
	opened INT NOT NULL DEFAULT 0
	    COMMENT 'times since the last success; each rests twice as long',
	reason VARCHAR(32) CHARACTER SET ascii NOT NULL
	    COMMENT 'of the last failure; contract 9',
	detail VARCHAR(500) NULL COMMENT 'of it, redacted, for administrators',
	changed_at DATETIME(3) NOT NULL COMMENT 'when the state last changed',
	retry_at DATETIME(3) NOT NULL COMMENT 'when one task may try',
	PRIMARY KEY (provider_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci
  COMMENT='Circuit breakers, one a vendor, shared by all pollers';
