#include "statements.h"

#include "base/base.h"

/* Each at the end of the file whose name it bears. */
extern const struct db_stmt *const cmd_credit_stmts[];
extern const struct db_stmt *const cmd_event_stmts[];
extern const struct db_stmt *const cmd_key_stmts[];
extern const struct db_stmt *const cmd_media_stmts[];
extern const struct db_stmt *const cmd_stats_stmts[];
extern const struct db_stmt *const cmd_task_stmts[];
extern const struct db_stmt *const cmd_user_stmts[];
extern const struct db_stmt *const cmd_upload_stmts[];
extern const struct db_stmt *const cmd_work_stmts[];
extern const struct db_stmt *const doctor_db_stmts[];
extern const struct db_stmt *const doctor_live_stmts[];
extern const struct db_stmt *const doctor_site_stmts[];

const struct db_stmt *const *const admin_statement_lists[] = { cmd_credit_stmts,
	cmd_event_stmts, cmd_key_stmts, cmd_media_stmts, cmd_stats_stmts,
	cmd_task_stmts, cmd_user_stmts, cmd_upload_stmts, cmd_work_stmts,
	doctor_db_stmts, doctor_live_stmts, doctor_site_stmts };
const size_t admin_statement_list_count = COUNT(admin_statement_lists);
