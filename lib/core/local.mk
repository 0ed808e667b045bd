lib_libgesso_a_SOURCES += \
	lib/core/ctx.c lib/core/ctx.h \
	lib/core/err.c lib/core/err.h lib/core/errors.def \
	lib/core/shape.c lib/core/shape.h
