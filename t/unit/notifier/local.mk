# unit tests of ws-notifier
check_PROGRAMS += t/unit/notifier/hub-t
t_unit_notifier_hub_t_SOURCES = t/unit/notifier/hub-t.c ws-notifier/hub.c \
	ws-notifier/mail.c ws-notifier/message.c ws-notifier/ring.c
t_unit_notifier_hub_t_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/ws-notifier
t_unit_notifier_hub_t_LDADD = $(UNIT_LIBS)
