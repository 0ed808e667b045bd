# gesso.fcgi and gesso-chat.fcgi: the same text with other numbers
noinst_LIBRARIES += %D%/libapp.a
%C%_libapp_a_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/%D%
%C%_libapp_a_SOURCES = %D%/app.c %D%/app.h \
	%D%/pipeline.c %D%/pipeline.h %D%/routes.c %D%/api.h \
	%D%/req.c %D%/req.h %D%/pool.c %D%/pool.h \
	%D%/auth.c %D%/auth.h %D%/limits.c %D%/limits.h \
	%D%/form.c %D%/form.h %D%/input.c %D%/input.h %D%/language.c %D%/language.h \
	%D%/cors.c %D%/cors.h %D%/reply.c %D%/reply.h \
	%D%/file_reply.c %D%/file_reply.h \
	%D%/openapi.c %D%/openapi.h \
	%D%/event_stream.c %D%/event_stream.h \
	%D%/openapi_schema.c %D%/openapi_schema.h %D%/api_openapi.c \
	%D%/api_account.c %D%/api_assistant.c %D%/api_chat.c \
	%D%/api_chat_follow.c %D%/api_events.c %D%/api_generate.c \
	%D%/api_health.c %D%/api_media.c %D%/api_metrics.c \
	%D%/api_power.c %D%/api_provider.c %D%/api_square.c \
	%D%/api_upload.c %D%/api_user.c %D%/api_works.c
APP_LIBS = %D%/libapp.a lib/libvendor.a $(SERVE_LIBS) $(CURL_LIBS) -lm
fcgibin_PROGRAMS += %D%/gesso.fcgi %D%/gesso-chat.fcgi
%C%_gesso_fcgi_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/%D%
%C%_gesso_fcgi_SOURCES = %D%/main.c
%C%_gesso_fcgi_LDADD = $(APP_LIBS)
%C%_gesso_chat_fcgi_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/%D%
%C%_gesso_chat_fcgi_SOURCES = %D%/chat_main.c
%C%_gesso_chat_fcgi_LDADD = $(APP_LIBS)
EXTRA_DIST += %D%/README.md

# After a change of a route or a shape: make openapi
.PHONY: openapi
openapi: %D%/gesso.fcgi
	%D%/gesso.fcgi --openapi > $(srcdir)/openapi.json
EXTRA_DIST += openapi.json
