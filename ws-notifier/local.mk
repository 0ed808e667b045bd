# gesso-notifier
if NOTIFIER
gessolibexec_PROGRAMS += %D%/gesso-notifier
else
EXTRA_PROGRAMS += %D%/gesso-notifier
endif
%C%_gesso_notifier_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/%D% $(LWS_CFLAGS)
%C%_gesso_notifier_SOURCES = %D%/main.c %D%/server.c %D%/server.h \
	%D%/door.c %D%/door.h %D%/handshake.c %D%/handshake.h \
	%D%/files.c %D%/files.h %D%/hub.c %D%/hub.h \
	%D%/listen.c %D%/listen.h %D%/loop.c %D%/loop.h \
	%D%/mail.c %D%/mail.h %D%/message.c %D%/message.h \
	%D%/reader.c %D%/reader.h %D%/ring.c %D%/ring.h
%C%_gesso_notifier_LDADD = $(GESSO_LIBS) $(LWS_LIBS) $(EV_LIBS)
dist_man_MANS += man/gesso-notifier.8
EXTRA_DIST += %D%/README.md
