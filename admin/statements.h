/*
 * statements - every statement of gessoctl itself, by file.
 */
#ifndef ADMIN_STATEMENTS_H
#define ADMIN_STATEMENTS_H

#include <stddef.h>

struct db_stmt;

extern const struct db_stmt *const *const admin_statement_lists[];
extern const size_t admin_statement_list_count;

#endif
