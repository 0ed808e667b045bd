lib_libgesso_a_SOURCES += lib/domain/power.c lib/domain/power.h \
	lib/domain/provider.c lib/domain/provider.h \
	lib/domain/statements.c lib/domain/statements.h \
	lib/domain/task.c lib/domain/task.h \
	lib/domain/task_end.c \
	lib/domain/task_event.c lib/domain/task_event.h \
	lib/domain/task_kind.c lib/domain/task_kind.h \
	lib/domain/task_picture.c lib/domain/task_picture.h \
	lib/domain/task_queue.c lib/domain/task_queue.h \
	lib/domain/task_state.c lib/domain/task_state.h \
	lib/domain/task_view.c
lib_libgesso_a_SOURCES += lib/domain/account.c lib/domain/account.h \
	lib/domain/account_login.c \
	lib/domain/account_name.c lib/domain/account_name.h \
	lib/domain/answer.c lib/domain/answer.h lib/domain/answer_end.c \
	lib/domain/answer_file.c lib/domain/answer_file.h \
	lib/domain/breaker.c lib/domain/breaker.h \
	lib/domain/budget.c lib/domain/budget.h \
	lib/domain/clock_step.c lib/domain/clock_step.h \
	lib/domain/conversation.c lib/domain/conversation.h \
	lib/domain/event.c lib/domain/event.h lib/domain/event_list.c \
	lib/domain/health.c lib/domain/health.h \
	lib/domain/housekeeping.c lib/domain/housekeeping.h \
	lib/domain/idempotency.c lib/domain/idempotency.h \
	lib/domain/media.c lib/domain/media.h \
	lib/domain/media_helper.c lib/domain/media_helper.h \
	lib/domain/media_pool.c lib/domain/media_pool.h \
	lib/domain/media_store.c lib/domain/media_store.h \
	lib/domain/media_sweep.c lib/domain/media_sweep.h \
	lib/domain/media_walk.c lib/domain/media_walk.h \
	lib/domain/metrics.c lib/domain/metrics.h \
	lib/domain/metrics_state.c \
	lib/domain/password.c lib/domain/password.h \
	lib/domain/quota.c lib/domain/quota.h \
	lib/domain/seat.c lib/domain/seat.h \
	lib/domain/session.c lib/domain/session.h \
	lib/domain/session_watch.c lib/domain/session_watch.h \
	lib/domain/state_file.c lib/domain/state_file.h \
	lib/domain/throttle.c lib/domain/throttle.h \
	lib/domain/ticket.c lib/domain/ticket.h \
	lib/domain/upload.c lib/domain/upload.h \
	lib/domain/work.c lib/domain/work.h \
	lib/domain/work_list.c lib/domain/work_row.h
lib_libgesso_a_SOURCES += lib/domain/page.c lib/domain/page.h \
	lib/domain/square.c lib/domain/square.h lib/domain/square_row.h \
	lib/domain/square_feed.c \
	lib/domain/square_place.c lib/domain/square_place.h \
	lib/domain/square_react.c lib/domain/square_sweep.c \
	lib/domain/work_change.c \
	lib/domain/code.c lib/domain/code.h lib/domain/power_list.c \
	lib/domain/provider_config.c lib/domain/provider_config.h \
	lib/domain/provider_custom.c
