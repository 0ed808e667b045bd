# unit tests of the protocols
POLLER_UNIT_LIBS = poller/libprotocol.a $(VENDOR_LIBS) $(CMOCKA_LIBS)
POLLER_UNIT_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/poller
check_PROGRAMS += \
	t/unit/poller/protocol_automatic1111-t \
	t/unit/poller/protocol_comfyui-t \
	t/unit/poller/protocol_omni-t \
	t/unit/poller/protocol_openai_video-t \
	t/unit/poller/protocol_replicate-t \
	t/unit/poller/protocol_runway-t \
	t/unit/poller/protocol_stability_v1-t \
	t/unit/poller/protocol_stability_v2-t \
	t/unit/poller/protocol_veo-t
t_unit_poller_protocol_automatic1111_t_SOURCES = \
	t/unit/poller/protocol_automatic1111-t.c t/unit/poller/speak.h
t_unit_poller_protocol_automatic1111_t_CPPFLAGS = $(POLLER_UNIT_CPPFLAGS)
t_unit_poller_protocol_automatic1111_t_LDADD = $(POLLER_UNIT_LIBS)
t_unit_poller_protocol_comfyui_t_SOURCES = \
	t/unit/poller/protocol_comfyui-t.c t/unit/poller/speak.h
t_unit_poller_protocol_comfyui_t_CPPFLAGS = $(POLLER_UNIT_CPPFLAGS)
t_unit_poller_protocol_comfyui_t_LDADD = $(POLLER_UNIT_LIBS)
t_unit_poller_protocol_omni_t_SOURCES = \
	t/unit/poller/protocol_omni-t.c t/unit/poller/speak.h
t_unit_poller_protocol_omni_t_CPPFLAGS = $(POLLER_UNIT_CPPFLAGS)
t_unit_poller_protocol_omni_t_LDADD = $(POLLER_UNIT_LIBS)
t_unit_poller_protocol_openai_video_t_SOURCES = \
	t/unit/poller/protocol_openai_video-t.c t/unit/poller/speak.h
t_unit_poller_protocol_openai_video_t_CPPFLAGS = $(POLLER_UNIT_CPPFLAGS)
t_unit_poller_protocol_openai_video_t_LDADD = $(POLLER_UNIT_LIBS)
t_unit_poller_protocol_replicate_t_SOURCES = \
	t/unit/poller/protocol_replicate-t.c t/unit/poller/speak.h
t_unit_poller_protocol_replicate_t_CPPFLAGS = $(POLLER_UNIT_CPPFLAGS)
t_unit_poller_protocol_replicate_t_LDADD = $(POLLER_UNIT_LIBS)
t_unit_poller_protocol_runway_t_SOURCES = \
	t/unit/poller/protocol_runway-t.c t/unit/poller/speak.h
t_unit_poller_protocol_runway_t_CPPFLAGS = $(POLLER_UNIT_CPPFLAGS)
t_unit_poller_protocol_runway_t_LDADD = $(POLLER_UNIT_LIBS)
t_unit_poller_protocol_stability_v1_t_SOURCES = \
	t/unit/poller/protocol_stability_v1-t.c t/unit/poller/speak.h
t_unit_poller_protocol_stability_v1_t_CPPFLAGS = $(POLLER_UNIT_CPPFLAGS)
t_unit_poller_protocol_stability_v1_t_LDADD = $(POLLER_UNIT_LIBS)
t_unit_poller_protocol_stability_v2_t_SOURCES = \
	t/unit/poller/protocol_stability_v2-t.c t/unit/poller/speak.h
t_unit_poller_protocol_stability_v2_t_CPPFLAGS = $(POLLER_UNIT_CPPFLAGS)
t_unit_poller_protocol_stability_v2_t_LDADD = $(POLLER_UNIT_LIBS)
t_unit_poller_protocol_veo_t_SOURCES = \
	t/unit/poller/protocol_veo-t.c t/unit/poller/speak.h
t_unit_poller_protocol_veo_t_CPPFLAGS = $(POLLER_UNIT_CPPFLAGS)
t_unit_poller_protocol_veo_t_LDADD = $(POLLER_UNIT_LIBS)
# driven by a script
check_PROGRAMS += t/unit/poller/try_vendor
t_unit_poller_try_vendor_SOURCES = t/unit/poller/try_vendor.c
t_unit_poller_try_vendor_CPPFLAGS = $(POLLER_UNIT_CPPFLAGS)
t_unit_poller_try_vendor_LDADD = $(POLLER_UNIT_LIBS)
# What the poller remembers, linked as it is in there.
check_PROGRAMS += t/unit/poller/part-t
t_unit_poller_part_t_SOURCES = t/unit/poller/part-t.c poller/part.c \
	poller/backoff.c
t_unit_poller_part_t_CPPFLAGS = $(POLLER_UNIT_CPPFLAGS)
t_unit_poller_part_t_LDADD = $(POLLER_UNIT_LIBS)
check_PROGRAMS += t/unit/poller/protocol_openai-t
t_unit_poller_protocol_openai_t_SOURCES = t/unit/poller/protocol_openai-t.c \
	t/unit/poller/speak.h
t_unit_poller_protocol_openai_t_CPPFLAGS = $(POLLER_UNIT_CPPFLAGS)
t_unit_poller_protocol_openai_t_LDADD = $(POLLER_UNIT_LIBS)
