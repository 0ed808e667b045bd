-- What opens a WebSocket in a token's place.

CREATE TABLE ws_ticket (
	hash BINARY(32) NOT NULL COMMENT 'SHA-256 of the ticket',
	account_id BINARY(16) NOT NULL COMMENT 'whose events it opens',
	jti BINARY(16) NOT NULL COMMENT 'the token that it was made with',
	token_epoch INT NOT NULL COMMENT 'of that token',
	token_expires_at DATETIME(3) NOT NULL
	    COMMENT 'the connection ends with the token',
	dies_at DATETIME(3) NOT NULL COMMENT 'not taken from then on',
	PRIMARY KEY (hash),
	KEY ws_ticket_dies (dies_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci
  COMMENT='Taken once and deleted; they live for seconds';
