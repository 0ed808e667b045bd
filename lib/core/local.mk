lib_libgesso_a_SOURCES += \
	lib/core/conf.c lib/core/conf.h lib/core/options.def \
	lib/core/conf_value.c lib/core/conf_value.h \
	lib/core/ctx.c lib/core/ctx.h \
	lib/core/db.c lib/core/db.h lib/core/db_impl.h lib/core/db_bind.c \
	lib/core/db_fetch.c lib/core/db_stmt.c \
	lib/core/egress.c lib/core/egress.h \
	lib/core/err.c lib/core/err.h lib/core/errors.def \
	lib/core/json_member.c lib/core/json_member.h \
	lib/core/json_parse.c \
	lib/core/json_read.c lib/core/json_read.h \
	lib/core/json_rule.c lib/core/json_rule.h \
	lib/core/json_scan.c lib/core/json_scan.h \
	lib/core/json_tree.c lib/core/json_tree.h \
	lib/core/json_write.c lib/core/json_write.h \
	lib/core/jwt.c lib/core/jwt.h \
	lib/core/jwt_known.c lib/core/jwt_known.h \
	lib/core/key_file.c lib/core/key_file.h \
	lib/core/pairs_read.c \
	lib/core/seal.c lib/core/seal.h \
	lib/core/shape.c lib/core/shape.h \
	lib/core/url.c lib/core/url.h
