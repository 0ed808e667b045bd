# The schema: applied in this order, never changed once released.
migrations = \
	db/migrations/0001-accounts.sql \
	db/migrations/0002-power.sql \
	db/migrations/0003-providers.sql \
	db/migrations/0004-media.sql \
	db/migrations/0005-tasks.sql \
	db/migrations/0006-works.sql \
	db/migrations/0007-events.sql \
	db/migrations/0010-square.sql \
	db/migrations/0011-codes.sql \
	db/migrations/0012-tickets.sql \
	db/migrations/0020-breakers.sql \
	db/migrations/0021-chores.sql \
	db/migrations/0022-uploads.sql \
	db/migrations/0030-assistant.sql
EXTRA_DIST += $(migrations)
