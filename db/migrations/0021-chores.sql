-- What one poller of all does, now and then.

CREATE TABLE chore (
	name VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
	    COMMENT 'housekeeping, models',
	due_at DATETIME(3) NOT NULL
	    COMMENT 'whoever moves it on does the work',
	place BIGINT NOT NULL DEFAULT 0 COMMENT 'where it goes on next time',
	PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci
  COMMENT='One row a chore, made by the first poller';
