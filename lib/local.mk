# The storeys: base below core below domain; serve and vendor beside domain.
noinst_LIBRARIES += lib/libgesso.a lib/libserve.a lib/libvendor.a
lib_libgesso_a_SOURCES =
lib_libserve_a_SOURCES =
lib_libvendor_a_SOURCES =
lib_libgesso_a_CPPFLAGS = $(AM_CPPFLAGS) $(SODIUM_CFLAGS) $(JSON_CFLAGS) \
	$(JWT_CFLAGS) $(DB_CFLAGS)
lib_libvendor_a_CPPFLAGS = $(AM_CPPFLAGS) $(CURL_CFLAGS)
lib_libserve_a_CPPFLAGS = $(AM_CPPFLAGS) $(FCGI_CFLAGS)

# What a program over the library links.
GESSO_LIBS = lib/libgesso.a $(DB_LIBS) $(JSON_LIBS) $(JWT_LIBS) $(SODIUM_LIBS) -lm
VENDOR_LIBS = lib/libvendor.a $(GESSO_LIBS) $(CURL_LIBS) -lm
SERVE_LIBS = lib/libserve.a $(GESSO_LIBS) $(FCGI_LIBS)

include $(srcdir)/lib/base/local.mk
include $(srcdir)/lib/core/local.mk
include $(srcdir)/lib/serve/local.mk
include $(srcdir)/lib/domain/local.mk
include $(srcdir)/lib/vendor/local.mk
