# The program that serve.t drives is no test itself.
check_PROGRAMS += t/unit/serve/multipart-t t/unit/serve/router-t t/unit/serve/server
t_unit_serve_router_t_SOURCES = t/unit/serve/router-t.c
t_unit_serve_router_t_LDADD = lib/libserve.a $(UNIT_LIBS)
t_unit_serve_server_SOURCES = t/unit/serve/server.c
t_unit_serve_server_LDADD = $(SERVE_LIBS)
EXTRA_DIST += t/unit/serve/serve.t
t_unit_serve_multipart_t_SOURCES = t/unit/serve/multipart-t.c
t_unit_serve_multipart_t_LDADD = lib/libserve.a $(UNIT_LIBS)
