lib_libgesso_a_SOURCES += lib/base/base.h \
	lib/base/arena.c lib/base/arena.h \
	lib/base/buf.c lib/base/buf.h \
	lib/base/clock.c lib/base/clock.h \
	lib/base/encode.c lib/base/encode.h \
	lib/base/file.c lib/base/file.h \
	lib/base/log.c lib/base/log.h \
	lib/base/media_wire.h \
	lib/base/text.c lib/base/text.h \
	lib/base/uuid.c lib/base/uuid.h \
	lib/base/zone.c \
	lib/base/zone_rule.c lib/base/zone_rule.h
