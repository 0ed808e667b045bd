# unit tests
check_PROGRAMS += t/unit/core/conf-t t/unit/core/egress-t t/unit/core/err-t \
	t/unit/core/json_parse-t t/unit/core/json_read-t \
	t/unit/core/json_tree-t t/unit/core/json_write-t \
	t/unit/core/jwt-t t/unit/core/jwt_known-t t/unit/core/seal-t

t_unit_core_conf_t_SOURCES = t/unit/core/conf-t.c t/unit/core/unit.h
t_unit_core_conf_t_LDADD = $(UNIT_LIBS)
t_unit_core_egress_t_SOURCES = t/unit/core/egress-t.c t/unit/core/unit.h
t_unit_core_egress_t_LDADD = $(UNIT_LIBS)
t_unit_core_err_t_SOURCES = t/unit/core/err-t.c t/unit/core/unit.h
t_unit_core_err_t_LDADD = $(UNIT_LIBS)
t_unit_core_json_parse_t_SOURCES = t/unit/core/json_parse-t.c \
	t/unit/core/unit.h
t_unit_core_json_parse_t_CPPFLAGS = $(AM_CPPFLAGS) $(JSON_CFLAGS)
t_unit_core_json_parse_t_LDADD = $(UNIT_LIBS)
t_unit_core_json_read_t_SOURCES = t/unit/core/json_read-t.c t/unit/core/unit.h
t_unit_core_json_read_t_LDADD = $(UNIT_LIBS)
t_unit_core_json_tree_t_SOURCES = t/unit/core/json_tree-t.c t/unit/core/unit.h
t_unit_core_json_tree_t_LDADD = $(UNIT_LIBS)
t_unit_core_json_write_t_SOURCES = t/unit/core/json_write-t.c \
	t/unit/core/unit.h
t_unit_core_json_write_t_CPPFLAGS = $(AM_CPPFLAGS) $(JSON_CFLAGS)
t_unit_core_json_write_t_LDADD = $(UNIT_LIBS)
t_unit_core_jwt_t_SOURCES = t/unit/core/jwt-t.c t/unit/core/unit.h
t_unit_core_jwt_t_CPPFLAGS = $(AM_CPPFLAGS) $(SODIUM_CFLAGS)
t_unit_core_jwt_t_LDADD = $(UNIT_LIBS)
t_unit_core_seal_t_SOURCES = t/unit/core/seal-t.c t/unit/core/unit.h
t_unit_core_seal_t_LDADD = $(UNIT_LIBS)
check_PROGRAMS += t/unit/core/url-t
t_unit_core_url_t_SOURCES = t/unit/core/url-t.c t/unit/core/unit.h
t_unit_core_url_t_LDADD = $(UNIT_LIBS)
t_unit_core_jwt_known_t_SOURCES = t/unit/core/jwt_known-t.c \
	t/unit/core/unit.h
t_unit_core_jwt_known_t_LDADD = $(UNIT_LIBS)
