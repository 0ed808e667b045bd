# unit tests of lib/domain
check_PROGRAMS += t/unit/domain/budget-t t/unit/domain/event-t \
	t/unit/domain/idempotency-t \
	t/unit/domain/power-t t/unit/domain/statements-t \
	t/unit/domain/throttle-t
t_unit_domain_budget_t_SOURCES = t/unit/domain/budget-t.c
t_unit_domain_budget_t_LDADD = $(UNIT_LIBS)
t_unit_domain_idempotency_t_SOURCES = t/unit/domain/idempotency-t.c \
	t/unit/domain/people.h
t_unit_domain_idempotency_t_CPPFLAGS = $(TESTDB_CPPFLAGS)
t_unit_domain_idempotency_t_LDADD = $(TESTDB_LIBS)
t_unit_domain_power_t_SOURCES = t/unit/domain/power-t.c t/unit/domain/people.h
t_unit_domain_power_t_CPPFLAGS = $(TESTDB_CPPFLAGS)
t_unit_domain_power_t_LDADD = $(TESTDB_LIBS)
t_unit_domain_throttle_t_SOURCES = t/unit/domain/throttle-t.c \
	t/unit/domain/people.h
t_unit_domain_throttle_t_CPPFLAGS = $(TESTDB_CPPFLAGS)
t_unit_domain_throttle_t_LDADD = $(TESTDB_LIBS)
check_PROGRAMS += t/unit/domain/media_store-t t/unit/domain/media-t
t_unit_domain_media_store_t_SOURCES = t/unit/domain/media_store-t.c
t_unit_domain_media_store_t_LDADD = $(UNIT_LIBS)
t_unit_domain_media_t_SOURCES = t/unit/domain/media-t.c
t_unit_domain_media_t_CPPFLAGS = $(TESTDB_CPPFLAGS)
t_unit_domain_media_t_LDADD = $(TESTDB_LIBS)
check_PROGRAMS += t/unit/domain/square-t
t_unit_domain_square_t_SOURCES = t/unit/domain/square-t.c \
	t/unit/domain/people.h
t_unit_domain_square_t_CPPFLAGS = $(TESTDB_CPPFLAGS)
t_unit_domain_square_t_LDADD = $(TESTDB_LIBS)
check_PROGRAMS += t/unit/domain/code-t
t_unit_domain_code_t_SOURCES = t/unit/domain/code-t.c t/unit/domain/people.h
t_unit_domain_code_t_CPPFLAGS = $(TESTDB_CPPFLAGS)
t_unit_domain_code_t_LDADD = $(TESTDB_LIBS)
t_unit_domain_event_t_SOURCES = t/unit/domain/event-t.c t/unit/domain/people.h
t_unit_domain_event_t_CPPFLAGS = $(TESTDB_CPPFLAGS)
t_unit_domain_event_t_LDADD = $(TESTDB_LIBS)
t_unit_domain_statements_t_SOURCES = t/unit/domain/statements-t.c
t_unit_domain_statements_t_CPPFLAGS = $(TESTDB_CPPFLAGS)
t_unit_domain_statements_t_LDADD = $(TESTDB_LIBS)
# helper-fake is what media_helper-t starts, no test itself.
check_PROGRAMS += t/unit/domain/media_helper-t t/unit/domain/helper-fake
t_unit_domain_media_helper_t_SOURCES = t/unit/domain/media_helper-t.c
t_unit_domain_media_helper_t_LDADD = $(UNIT_LIBS)
t_unit_domain_helper_fake_SOURCES = t/unit/domain/helper-fake.c
check_PROGRAMS += t/unit/domain/provider_config-t
t_unit_domain_provider_config_t_SOURCES = t/unit/domain/provider_config-t.c
t_unit_domain_provider_config_t_CPPFLAGS = $(TESTDB_CPPFLAGS)
t_unit_domain_provider_config_t_LDADD = $(TESTDB_LIBS)
check_PROGRAMS += t/unit/domain/task_queue-t
t_unit_domain_task_queue_t_SOURCES = t/unit/domain/task_queue-t.c t/unit/domain/people.h
t_unit_domain_task_queue_t_CPPFLAGS = $(TESTDB_CPPFLAGS)
t_unit_domain_task_queue_t_LDADD = $(TESTDB_LIBS)
check_PROGRAMS += t/unit/domain/breaker-t
t_unit_domain_breaker_t_SOURCES = t/unit/domain/breaker-t.c t/unit/domain/people.h
t_unit_domain_breaker_t_CPPFLAGS = $(TESTDB_CPPFLAGS)
t_unit_domain_breaker_t_LDADD = $(TESTDB_LIBS)
check_PROGRAMS += t/unit/domain/housekeeping-t
t_unit_domain_housekeeping_t_SOURCES = t/unit/domain/housekeeping-t.c t/unit/domain/people.h
t_unit_domain_housekeeping_t_CPPFLAGS = $(TESTDB_CPPFLAGS)
t_unit_domain_housekeeping_t_LDADD = $(TESTDB_LIBS)
check_PROGRAMS += t/unit/domain/answer-t
t_unit_domain_answer_t_SOURCES = t/unit/domain/answer-t.c \
	t/unit/domain/people.h
t_unit_domain_answer_t_CPPFLAGS = $(TESTDB_CPPFLAGS)
t_unit_domain_answer_t_LDADD = $(TESTDB_LIBS)
check_PROGRAMS += t/unit/domain/clock_step-t
t_unit_domain_clock_step_t_SOURCES = t/unit/domain/clock_step-t.c \
	t/unit/domain/people.h
t_unit_domain_clock_step_t_CPPFLAGS = $(TESTDB_CPPFLAGS)
t_unit_domain_clock_step_t_LDADD = $(TESTDB_LIBS)
check_PROGRAMS += t/unit/domain/session-t
t_unit_domain_session_t_SOURCES = t/unit/domain/session-t.c \
	t/unit/domain/people.h
t_unit_domain_session_t_CPPFLAGS = $(TESTDB_CPPFLAGS)
t_unit_domain_session_t_LDADD = $(TESTDB_LIBS)
# statements-list is what t/5060-plans.t asks, no test itself.
check_PROGRAMS += t/unit/domain/statements-list
t_unit_domain_statements_list_SOURCES = t/unit/domain/statements-list.c
t_unit_domain_statements_list_LDADD = $(UNIT_LIBS)
