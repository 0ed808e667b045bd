#include "domain/statements.h"

#include "base/base.h"

/* Each at the end of the file whose name it bears. */
extern const struct db_stmt *const power_stmts[];
extern const struct db_stmt *const provider_stmts[];
extern const struct db_stmt *const task_stmts[];
extern const struct db_stmt *const task_view_stmts[];

const struct db_stmt *const *const statement_lists[] = { power_stmts,
	provider_stmts, task_stmts, task_view_stmts };
const size_t statement_list_count = COUNT(statement_lists);
