-- The square: what is published, in its two orders, and what people think.

CREATE TABLE square (
	work_id BINARY(16) NOT NULL COMMENT 'work.id, published and completed',
	type ENUM('image','video') CHARACTER SET ascii NOT NULL
	    COMMENT 'as in work',
	latest BIGINT NOT NULL
	    COMMENT 'work.published_at in ms since 1970: newest first',
	hot BIGINT NOT NULL
	    COMMENT 'latest, moved forward by what the counts have earned; ms',
	PRIMARY KEY (work_id),
	KEY square_latest (latest, work_id, type),
	KEY square_type_latest (type, latest, work_id),
	KEY square_hot (hot, work_id, type),
	KEY square_type_hot (type, hot, work_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci
  COMMENT='One narrow row a published work, so that pages are sought here';

CREATE TABLE square_count (
	type ENUM('image','video') CHARACTER SET ascii NOT NULL COMMENT 'what',
	total BIGINT NOT NULL COMMENT 'rows of square like that',
	PRIMARY KEY (type)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci
  COMMENT='Kept totals of the square';

INSERT INTO square_count (type, total) VALUES ('image', 0), ('video', 0);

CREATE TABLE work_like (
	work_id BINARY(16) NOT NULL COMMENT 'what is liked',
	account_id BINARY(16) NOT NULL COMMENT 'by whom',
	created_at DATETIME(3) NOT NULL COMMENT 'since when',
	PRIMARY KEY (work_id, account_id),
	KEY work_like_account (account_id, work_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci
  COMMENT='Likes; counted in work.like_count in the same transaction';

CREATE TABLE work_favorite (
	work_id BINARY(16) NOT NULL COMMENT 'what is favored',
	account_id BINARY(16) NOT NULL COMMENT 'by whom',
	created_at DATETIME(3) NOT NULL COMMENT 'since when',
	PRIMARY KEY (work_id, account_id),
	KEY work_favorite_account (account_id, work_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci
  COMMENT='Favorites; counted in work.favorite_count';

CREATE TABLE work_play (
	work_id BINARY(16) NOT NULL COMMENT 'what was played',
	account_id BINARY(16) NOT NULL COMMENT 'by whom',
	day BIGINT NOT NULL
	    COMMENT 'since 1970 in quota_timezone; old days are swept',
	PRIMARY KEY (work_id, account_id, day),
	KEY work_play_day (day)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci
  COMMENT='Who has played today: one play counts per viewer, work and day';

CREATE TABLE work_deleted (
	work_id BINARY(16) NOT NULL COMMENT 'work.id that was',
	deleted_at DATETIME(3) NOT NULL COMMENT 'when',
	PRIMARY KEY (work_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci
  COMMENT='Deleted works whose likes, favorites and plays are to be swept';
