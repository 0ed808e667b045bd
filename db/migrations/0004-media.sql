-- Files in the store.

CREATE TABLE media (
	name BINARY(16) NOT NULL
	    COMMENT '128 random bits: the file and its address; unguessable',
	account_id BINARY(16) NOT NULL COMMENT 'whose',
	use_for ENUM('result','upload','thumbnail') CHARACTER SET ascii
	    NOT NULL COMMENT 'why we keep it',
	mime VARCHAR(32) CHARACTER SET ascii NOT NULL
	    COMMENT 'from our own look at the content',
	extension VARCHAR(8) CHARACTER SET ascii NOT NULL
	    COMMENT 'of the file name: png, jpg, webp, gif, mp4, webm, mov',
	bytes BIGINT NOT NULL COMMENT 'size',
	sha256 BINARY(32) NOT NULL COMMENT 'of the content; the ETag',
	width INT NOT NULL COMMENT 'pixels',
	height INT NOT NULL COMMENT 'pixels',
	duration_ms BIGINT NULL COMMENT 'of films',
	fps DOUBLE NULL COMMENT 'of films',
	thumbnail BINARY(16) NULL COMMENT 'media.name of the small picture',
	created_at DATETIME(3) NOT NULL COMMENT 'when it was stored',
	deleted_at DATETIME(3) NULL
	    COMMENT 'since when it is 404; the poller removes bytes and row',
	PRIMARY KEY (name),
	KEY media_deleted (deleted_at),
	KEY media_account (account_id, use_for, created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci
  COMMENT='One row a file; the file is there before its row';
