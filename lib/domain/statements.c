#include "domain/statements.h"

#include "base/base.h"

/* Each at the end of the file whose name it bears. */
extern const struct db_stmt *const account_login_stmts[];
extern const struct db_stmt *const account_stmts[];
extern const struct db_stmt *const answer_end_stmts[];
extern const struct db_stmt *const answer_stmts[];
extern const struct db_stmt *const breaker_stmts[];
extern const struct db_stmt *const clock_step_stmts[];
extern const struct db_stmt *const code_stmts[];
extern const struct db_stmt *const conversation_stmts[];
extern const struct db_stmt *const event_stmts[];
extern const struct db_stmt *const health_stmts[];
extern const struct db_stmt *const housekeeping_stmts[];
extern const struct db_stmt *const idempotency_stmts[];
extern const struct db_stmt *const media_stmts[];
extern const struct db_stmt *const media_sweep_stmts[];
extern const struct db_stmt *const power_list_stmts[];
extern const struct db_stmt *const metrics_state_stmts[];
extern const struct db_stmt *const power_stmts[];
extern const struct db_stmt *const provider_config_stmts[];
extern const struct db_stmt *const provider_custom_stmts[];
extern const struct db_stmt *const provider_stmts[];
extern const struct db_stmt *const session_stmts[];
extern const struct db_stmt *const session_watch_stmts[];
extern const struct db_stmt *const square_feed_stmts[];
extern const struct db_stmt *const square_react_stmts[];
extern const struct db_stmt *const square_stmts[];
extern const struct db_stmt *const square_sweep_stmts[];
extern const struct db_stmt *const task_end_stmts[];
extern const struct db_stmt *const task_queue_stmts[];
extern const struct db_stmt *const task_stmts[];
extern const struct db_stmt *const task_view_stmts[];
extern const struct db_stmt *const throttle_stmts[];
extern const struct db_stmt *const ticket_stmts[];
extern const struct db_stmt *const upload_stmts[];
extern const struct db_stmt *const work_change_stmts[];
extern const struct db_stmt *const work_list_stmts[];
extern const struct db_stmt *const work_stmts[];

/* clang-format off: a line each */
const struct db_stmt *const *const statement_lists[] = {
	account_login_stmts,
	account_stmts,
	answer_end_stmts,
	answer_stmts,
	breaker_stmts,
	clock_step_stmts,
	code_stmts,
	conversation_stmts,
	event_stmts,
	health_stmts,
	housekeeping_stmts,
	idempotency_stmts,
	media_stmts,
	media_sweep_stmts,
	power_list_stmts,
	metrics_state_stmts,
	power_stmts,
	provider_config_stmts,
	provider_custom_stmts,
	provider_stmts,
	session_stmts,
	session_watch_stmts,
	square_feed_stmts,
	square_react_stmts,
	square_stmts,
	square_sweep_stmts,
	task_end_stmts,
	task_queue_stmts,
	task_stmts,
	task_view_stmts,
	throttle_stmts,
	ticket_stmts,
	upload_stmts,
	work_change_stmts,
	work_list_stmts,
	work_stmts,
};
/* clang-format on */
const size_t statement_list_count = COUNT(statement_lists);
