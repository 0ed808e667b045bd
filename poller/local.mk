# The protocols are a library, so that their tests link what the poller does.
noinst_LIBRARIES += poller/libprotocol.a
poller_libprotocol_a_SOURCES = poller/protocol.c poller/protocol.h \
	poller/protocols.h \
	poller/protocol_ask.c poller/protocol_ask.h \
	poller/protocol_automatic1111.c \
	poller/protocol_comfyui.c \
	poller/protocol_google.c poller/protocol_google.h \
	poller/protocol_judge.c poller/protocol_judge.h \
	poller/protocol_omni.c \
	poller/protocol_openai.c \
	poller/protocol_openai_video.c \
	poller/protocol_plan.c poller/protocol_plan.h \
	poller/protocol_replicate.c \
	poller/protocol_runway.c \
	poller/protocol_stability_v1.c \
	poller/protocol_stability_v2.c \
	poller/protocol_veo.c

EXTRA_DIST += poller/README.md
dist_man_MANS += man/gesso-poller.8
gessolibexec_PROGRAMS += poller/gesso-poller
poller_gesso_poller_SOURCES = poller/main.c poller/advance.c \
	poller/backoff.c poller/backoff.h \
	poller/call.c poller/call.h \
	poller/claim.c poller/claim.h \
	poller/deliver.c poller/deliver.h \
	poller/engine.c poller/engine.h \
	poller/flight.c poller/flight.h \
	poller/part.c poller/part.h \
	poller/step.c poller/step.h \
	poller/sweep.c poller/sweep.h \
	poller/talk.c poller/talk.h \
	poller/vendor.c poller/vendor.h \
	poller/watch.c poller/watch.h
poller_gesso_poller_LDADD = poller/libprotocol.a $(VENDOR_LIBS)
