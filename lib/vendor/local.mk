lib_libvendor_a_SOURCES += \
	lib/vendor/chat.c lib/vendor/chat.h \
	lib/vendor/error_read.c lib/vendor/error_read.h \
	lib/vendor/fetch.c lib/vendor/fetch.h lib/vendor/fetch_impl.h \
	lib/vendor/fetch_loop.c lib/vendor/fetch_run.c \
	lib/vendor/link.c lib/vendor/link.h \
	lib/vendor/multipart_write.c lib/vendor/multipart_write.h \
	lib/vendor/nearest.c lib/vendor/nearest.h \
	lib/vendor/patience.c lib/vendor/patience.h \
	lib/vendor/probe.c lib/vendor/probe.h \
	lib/vendor/redact.c lib/vendor/redact.h \
	lib/vendor/refusal.c lib/vendor/refusal.h \
	lib/vendor/retry_after.c lib/vendor/retry_after.h \
	lib/vendor/sse.c lib/vendor/sse.h \
	lib/vendor/wire.c lib/vendor/wire.h \
	lib/vendor/wording.c lib/vendor/wording.h
