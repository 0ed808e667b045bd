# Tests that want a database of their own (testdb.c), with gessoctl's schema.
check_LIBRARIES += t/unit/libtestdb.a
t_unit_libtestdb_a_SOURCES = t/unit/testdb.c t/unit/testdb.h admin/migrate.c \
	admin/migrate.h
nodist_t_unit_libtestdb_a_SOURCES = admin/migrations.c
t_unit_libtestdb_a_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/admin
TESTDB_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/t/unit
TESTDB_LIBS = t/unit/libtestdb.a $(UNIT_LIBS)

check_PROGRAMS += t/unit/core/db-t
t_unit_core_db_t_SOURCES = t/unit/core/db-t.c
t_unit_core_db_t_CPPFLAGS = $(TESTDB_CPPFLAGS)
t_unit_core_db_t_LDADD = $(TESTDB_LIBS)
