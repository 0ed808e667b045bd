/*
 * migrate - the schema, forward only.
 *
 * The migrations of db/migrations are built into gessoctl (migrations.c), so
 * that program and schema can't be mixed up.  What was applied stands in
 * schema_migration with its checksum; its row 0 is the lock that makes two
 * runs at once safe.
 */
#ifndef ADMIN_MIGRATE_H
#define ADMIN_MIGRATE_H

#include <stddef.h>

#include "core/ctx.h"
#include "core/shape.h"

struct migration {
	int version;
	const char *name;
	const char *const *lines; /* of the file, NULL at the end */
};

extern const struct migration migrations[]; /* by version, 1 first */
extern const size_t migration_count;

/* How one stands. */
struct migration_state {
	int64_t version;
	const char *name;
	/* applied, pending, begun, changed, broken, unknown */
	const char *state;
	struct stamp applied_at;
};
/* Built-in and applied ones together; *behind_out: not all are applied. */
enum err migrate_status(struct ctx *, struct migration_state **out,
    size_t *count_out, bool *behind_out) MUST_CHECK;
/*
 * Applies what is pending, and goes on with what was begun when somebody died.
 * Refuses when an applied one was changed since,
 * when one broke half-way, or when the database is newer than we.
 */
enum err migrate_up(struct ctx *, size_t *applied_out) MUST_CHECK;

#endif
