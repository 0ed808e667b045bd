-- Vendors and their models: rows that an administrator edits.

CREATE TABLE provider (
	id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
	    COMMENT 'public id: stability, dalle, ... or a UUID for custom ones',
	type ENUM('image','video','assistant') CHARACTER SET ascii NOT NULL
	    COMMENT 'what it makes',
	name VARCHAR(64) NOT NULL COMMENT 'shown to people',
	protocol VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
	    COMMENT 'what it speaks: openai, stability-v1, veo, runway ...',
	url VARCHAR(500) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
	    COMMENT 'base address as the vendor documents it',
	sealed_key VARCHAR(2000) CHARACTER SET ascii COLLATE ascii_bin NULL
	    COMMENT 'the key, sealed (lib/core/seal.h); never shown',
	enabled BOOL NOT NULL DEFAULT FALSE COMMENT 'may be used',
	custom BOOL NOT NULL DEFAULT FALSE COMMENT 'added through the API',
	config MEDIUMTEXT NULL COMMENT 'JSON; what the protocol needs besides',
	concurrency INT NOT NULL DEFAULT 16
	    COMMENT 'tasks that may be with it at once',
	position INT NOT NULL DEFAULT 100 COMMENT 'order in lists',
	PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci
  COMMENT='Vendors; changed by administrators only';

CREATE TABLE model (
	provider_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
	    COMMENT 'whose',
	id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
	    COMMENT 'public, stable name: dall-e-3',
	upstream VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
	    COMMENT 'what the vendor calls it today',
	price BIGINT NOT NULL
	    COMMENT 'power for an image, a second of film or a message',
	status ENUM('active','deprecated','retired') CHARACTER SET ascii
	    NOT NULL DEFAULT 'active' COMMENT 'at the vendor',
	replacement VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NULL
	    COMMENT 'public name of what to use instead',
	enabled BOOL NOT NULL DEFAULT TRUE COMMENT 'offered here',
	deadline_s INT NULL COMMENT 'instead of the configured deadline',
	protocol VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL
	    COMMENT 'what it is asked by when that is not its vendor''s',
	config TEXT NULL
	    COMMENT 'JSON before the vendor''s: sizes, durations, ...',
	position INT NOT NULL DEFAULT 100 COMMENT 'order in lists',
	PRIMARY KEY (provider_id, id),
	KEY model_id (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci
  COMMENT='What the vendors offer; the seed''s names are aliases';

CREATE TABLE setting (
	name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
	    COMMENT 'imageProvider, imageModel, ...',
	value VARCHAR(200) NOT NULL COMMENT 'as the API shows it',
	PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci
  COMMENT='What administrators choose at run time';

INSERT INTO provider (id, type, name, protocol, url, position) VALUES
    ('stability', 'image', 'Stability AI', 'stability-v1',
	'https://api.stability.ai', 10),
    ('dalle', 'image', 'DALL-E', 'openai', 'https://api.openai.com/v1', 20),
    ('sora', 'video', 'SORA (OpenAI)', 'openai',
	'https://api.openai.com/v1', 10),
    ('veo', 'video', 'VEO (Google)', 'omni',
	'https://generativelanguage.googleapis.com/v1beta', 20),
    ('runway', 'video', 'Runway ML', 'runway',
	'https://api.dev.runwayml.com', 30),
    ('openai', 'assistant', 'OpenAI', 'openai',
	'https://api.openai.com/v1', 10);

-- The names are the ones that people know; what a vendor has put in a model's
-- place stands behind it.  OpenAI ended its Videos API on 2026-09-24 and names
-- no successor; Google's Gemini API has Omni where Veo was.
INSERT INTO model (provider_id, id, upstream, protocol, price, status,
    replacement, position) VALUES
    ('stability', 'stable-diffusion-xl', 'stable-diffusion-xl-1024-v1-0', NULL,
	1, 'active', NULL, 10),
    ('stability', 'stable-diffusion-3', 'sd3.5-large', 'stability-v2',
	1, 'active', NULL, 20),
    ('dalle', 'dall-e-3', 'gpt-image-2', NULL, 1, 'active', NULL, 10),
    ('sora', 'sora-1.0', 'sora-2', NULL, 2, 'retired', 'gen-4', 10),
    ('veo', 'veo-2', 'gemini-omni-1.1-flash', NULL, 2, 'active', NULL, 10),
    ('runway', 'gen-4', 'gen4.5', NULL, 2, 'active', NULL, 10),
    ('openai', 'gpt-4', 'gpt-5.6-terra', NULL, 0, 'active', NULL, 10),
    ('openai', 'gpt-3.5-turbo', 'gpt-6-luna', NULL, 0, 'active', NULL, 20);

INSERT INTO setting (name, value) VALUES
    ('imageProvider', 'stability'), ('imageModel', 'stable-diffusion-xl'),
    ('videoProvider', 'sora'), ('videoModel', 'sora-1.0'),
    ('assistantProvider', 'openai'), ('assistantModel', 'gpt-4');
