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
