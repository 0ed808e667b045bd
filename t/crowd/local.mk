# Crowds of WebSocket clients, driven by t/5305-events.t, t/long/events.t and
# t/bench/notifier.t.
CROWD_SOURCES = t/crowd/crowd.c t/crowd/crowd.h t/crowd/people.c t/crowd/people.h
check_PROGRAMS += t/crowd/listeners t/crowd/proof
t_crowd_listeners_SOURCES = t/crowd/listeners.c $(CROWD_SOURCES)
t_crowd_listeners_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/t/crowd
t_crowd_listeners_LDADD = $(GESSO_LIBS)
t_crowd_proof_SOURCES = t/crowd/proof.c $(CROWD_SOURCES)
t_crowd_proof_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/t/crowd
t_crowd_proof_LDADD = $(GESSO_LIBS)
