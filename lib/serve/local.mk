lib_libserve_a_SOURCES += \
	lib/serve/fcgi.c lib/serve/fcgi.h \
	lib/serve/listener.c lib/serve/listener.h \
	lib/serve/loop.c lib/serve/loop.h \
	lib/serve/master.c lib/serve/master.h \
	lib/serve/mime.c lib/serve/mime.h \
	lib/serve/multipart.c lib/serve/multipart.h \
	lib/serve/router.c lib/serve/router.h \
	lib/serve/serve.c lib/serve/serve.h \
	lib/serve/signals.c lib/serve/signals.h
