-- Pictures and films of people, from the moment they are asked for.

CREATE TABLE work (
	id BINARY(16) NOT NULL COMMENT 'UUIDv7',
	account_id BINARY(16) NOT NULL COMMENT 'whose',
	task_id BINARY(16) NOT NULL COMMENT 'what makes or made it',
	position INT NOT NULL COMMENT 'its place among the task''s, from 0',
	type ENUM('image','video') CHARACTER SET ascii NOT NULL COMMENT 'what',
	status ENUM('processing','completed','failed') CHARACTER SET ascii
	    NOT NULL DEFAULT 'processing' COMMENT 'as shown',
	title VARCHAR(200) NOT NULL COMMENT 'first words of the prompt, or own',
	prompt TEXT NOT NULL COMMENT 'as in the task',
	negative_prompt TEXT NULL COMMENT 'as asked',
	params TEXT NOT NULL COMMENT 'JSON: asked for, and what was made',
	provider_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
	    COMMENT 'who',
	model_id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
	    COMMENT 'public name',
	media BINARY(16) NULL COMMENT 'media.name when completed',
	thumbnail BINARY(16) NULL COMMENT 'media.name of the small picture',
	extension VARCHAR(8) CHARACTER SET ascii NULL COMMENT 'of media',
	thumbnail_extension VARCHAR(8) CHARACTER SET ascii NULL
	    COMMENT 'of thumbnail',
	mime VARCHAR(32) CHARACTER SET ascii NULL COMMENT 'of media',
	bytes BIGINT NULL COMMENT 'of media',
	width INT NULL COMMENT 'really made',
	height INT NULL COMMENT 'really made',
	duration_ms BIGINT NULL COMMENT 'of films, really made',
	fps DOUBLE NULL COMMENT 'of films, really made',
	seed BIGINT NULL COMMENT 'really used, where the vendor tells',
	error VARCHAR(500) NULL COMMENT 'why it failed',
	published_at DATETIME(3) NULL COMMENT 'on the square since',
	description VARCHAR(2000) NULL COMMENT 'on the square',
	show_prompt BOOL NOT NULL DEFAULT FALSE COMMENT 'on the square',
	like_count BIGINT NOT NULL DEFAULT 0 COMMENT 'rows of work_like',
	favorite_count BIGINT NOT NULL DEFAULT 0
	    COMMENT 'rows of work_favorite',
	play_count BIGINT NOT NULL DEFAULT 0 COMMENT 'rows ever of work_play',
	created_at DATETIME(3) NOT NULL COMMENT 'asked for',
	completed_at DATETIME(3) NULL COMMENT 'held by us',
	PRIMARY KEY (id),
	UNIQUE KEY work_task (task_id, position),
	KEY work_account (account_id, id),
	KEY work_account_type (account_id, type, id),
	KEY work_account_status (account_id, status, id),
	KEY work_account_type_status (account_id, type, status, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci
  COMMENT='Deleted rows are gone at once; their media follow';

CREATE TABLE work_count (
	account_id BINARY(16) NOT NULL COMMENT 'whose works',
	type ENUM('image','video') CHARACTER SET ascii NOT NULL COMMENT 'what',
	status ENUM('processing','completed','failed') CHARACTER SET ascii
	    NOT NULL COMMENT 'as shown',
	total BIGINT NOT NULL COMMENT 'rows of work like that',
	PRIMARY KEY (account_id, type, status)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci
  COMMENT='Kept totals: counting 10 000 works costs 14 times the page';
