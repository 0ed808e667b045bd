lib_libgesso_a_SOURCES +=
lib_libgesso_a_SOURCES += lib/core/db.c lib/core/db.h lib/core/db_impl.h \
	lib/core/db_stmt.c
