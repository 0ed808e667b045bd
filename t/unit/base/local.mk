# unit tests of lib/base
check_PROGRAMS += t/unit/base/arena-t t/unit/base/buf-t t/unit/base/clock-t \
	t/unit/base/encode-t t/unit/base/file-t t/unit/base/log-t \
	t/unit/base/text-t t/unit/base/uuid-t
t_unit_base_arena_t_SOURCES = t/unit/base/arena-t.c
t_unit_base_arena_t_LDADD = $(UNIT_LIBS)
t_unit_base_buf_t_SOURCES = t/unit/base/buf-t.c
t_unit_base_buf_t_LDADD = $(UNIT_LIBS)
t_unit_base_clock_t_SOURCES = t/unit/base/clock-t.c
t_unit_base_clock_t_LDADD = $(UNIT_LIBS)
t_unit_base_encode_t_SOURCES = t/unit/base/encode-t.c
t_unit_base_encode_t_LDADD = $(UNIT_LIBS)
t_unit_base_file_t_SOURCES = t/unit/base/file-t.c
t_unit_base_file_t_LDADD = $(UNIT_LIBS)
t_unit_base_log_t_SOURCES = t/unit/base/log-t.c
t_unit_base_log_t_LDADD = $(UNIT_LIBS)
t_unit_base_text_t_SOURCES = t/unit/base/text-t.c
t_unit_base_text_t_LDADD = $(UNIT_LIBS)
t_unit_base_uuid_t_SOURCES = t/unit/base/uuid-t.c
t_unit_base_uuid_t_LDADD = $(UNIT_LIBS)
