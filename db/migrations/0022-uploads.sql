-- Uploads, and pictures that a task starts from.

ALTER TABLE media
	MODIFY use_for ENUM('result','upload','thumbnail','input')
	    CHARACTER SET ascii NOT NULL
	    COMMENT 'why we keep it; an input goes with the end of its task',
	ADD COLUMN upload_id BINARY(16) NULL
	    COMMENT 'UUIDv7 that the uploader was told; the name is secret'
	    AFTER use_for;
