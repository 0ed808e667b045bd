-- Money: one row a movement, from one account to the other, never changed.

CREATE TABLE power_transfer (
	id BIGINT NOT NULL AUTO_INCREMENT COMMENT 'order of writing',
	account_id BINARY(16) NOT NULL COMMENT 'whose power moves',
	task_id BINARY(16) NULL COMMENT 'for hold, capture and release',
	kind ENUM('signup','grant','recharge','hold','capture','release')
	    CHARACTER SET ascii NOT NULL COMMENT 'why it moves',
	debit ENUM('issued','sold','available','held','spent')
	    CHARACTER SET ascii NOT NULL COMMENT 'where it comes from',
	credit ENUM('issued','sold','available','held','spent')
	    CHARACTER SET ascii NOT NULL COMMENT 'where it goes',
	amount BIGINT NOT NULL COMMENT 'units of power, more than 0',
	balance BIGINT NOT NULL COMMENT 'available after it',
	note VARCHAR(200) NULL COMMENT 'reason of a grant, tail of a code',
	created_at DATETIME(3) NOT NULL COMMENT 'when',
	PRIMARY KEY (id),
	UNIQUE KEY power_transfer_once (task_id, kind),
	KEY power_transfer_account (account_id, id),
	CONSTRAINT power_transfer_amount CHECK (amount > 0),
	CONSTRAINT power_transfer_sides CHECK (debit <> credit)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci
  COMMENT='The ledger: append-only, two sides in each row';
