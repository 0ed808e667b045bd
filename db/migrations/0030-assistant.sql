-- What people and the assistant say to each other.

CREATE TABLE conversation (
	id BINARY(16) NOT NULL COMMENT 'UUIDv7',
	account_id BINARY(16) NOT NULL COMMENT 'whose',
	title VARCHAR(200) NOT NULL
	    COMMENT 'first words of the first message, or own',
	provider_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
	    COMMENT 'who answered last',
	model_id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
	    COMMENT 'public name of the model that answered last',
	message_count BIGINT NOT NULL DEFAULT 0 COMMENT 'rows of message',
	created_at DATETIME(3) NOT NULL COMMENT 'first message',
	updated_at DATETIME(3) NOT NULL COMMENT 'last message',
	PRIMARY KEY (id),
	KEY conversation_account (account_id, updated_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci
  COMMENT='Deleted rows are gone with all their messages';

CREATE TABLE message (
	id BINARY(16) NOT NULL COMMENT 'UUIDv7',
	conversation_id BINARY(16) NOT NULL COMMENT 'where',
	account_id BINARY(16) NOT NULL COMMENT 'whose conversation',
	role ENUM('user','assistant') CHARACTER SET ascii NOT NULL
	    COMMENT 'who says it',
	question_id BINARY(16) NULL COMMENT 'of an answer: what it answers',
	content MEDIUMTEXT NOT NULL
	    COMMENT 'as said; of an answer nothing until it has ended',
	status ENUM('streaming','complete','partial','failed')
	    CHARACTER SET ascii NOT NULL COMMENT 'as shown',
	reason VARCHAR(32) CHARACTER SET ascii NULL
	    COMMENT 'why an answer is not complete; contract 9',
	provider_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL
	    COMMENT 'of an answer: who',
	model_id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NULL
	    COMMENT 'of an answer: public name of the model',
	cost BIGINT NOT NULL DEFAULT 0 COMMENT 'power held for an answer',
	prompt_tokens BIGINT NULL COMMENT 'as the vendor counts them',
	completion_tokens BIGINT NULL COMMENT 'as the vendor counts them',
	created_at DATETIME(3) NOT NULL COMMENT 'asked',
	finished_at DATETIME(3) NULL COMMENT 'end, of whatever kind',
	dies_at DATETIME(3) NULL
	    COMMENT 'of a streaming one: its writer has died by then',
	PRIMARY KEY (id),
	KEY message_conversation (conversation_id, id),
	KEY message_dies (dies_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci
  COMMENT='Inserted in pairs, a question and its answer, by gesso-chat.fcgi';
