/*
 * statements - every prepared statement of the library, for the test that
 * prepares them all against the schema and for gessoctl doctor.
 */
#ifndef DOMAIN_STATEMENTS_H
#define DOMAIN_STATEMENTS_H

#include <stddef.h>

#include "core/db.h"

/* Lists of statements, one per domain file; each ends with NULL. */
extern const struct db_stmt *const *const statement_lists[];
extern const size_t statement_list_count;

#endif
