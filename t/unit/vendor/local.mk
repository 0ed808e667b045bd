# unit tests of lib/vendor
check_PROGRAMS += t/unit/vendor/chat-t t/unit/vendor/sse-t \
	t/unit/vendor/wire-t \
	t/unit/vendor/error_read-t t/unit/vendor/fetch-t \
	t/unit/vendor/link-t \
	t/unit/vendor/multipart_write-t \
	t/unit/vendor/nearest-t t/unit/vendor/wording-t
t_unit_vendor_error_read_t_SOURCES = t/unit/vendor/error_read-t.c
t_unit_vendor_error_read_t_LDADD = $(VENDOR_LIBS) $(CMOCKA_LIBS)
t_unit_vendor_fetch_t_SOURCES = t/unit/vendor/fetch-t.c \
	t/unit/vendor/peer.c t/unit/vendor/peer.h
t_unit_vendor_fetch_t_LDADD = $(VENDOR_LIBS) $(CMOCKA_LIBS)
t_unit_vendor_multipart_write_t_SOURCES = t/unit/vendor/multipart_write-t.c
t_unit_vendor_multipart_write_t_LDADD = $(VENDOR_LIBS) $(CMOCKA_LIBS)
t_unit_vendor_nearest_t_SOURCES = t/unit/vendor/nearest-t.c
t_unit_vendor_nearest_t_LDADD = $(VENDOR_LIBS) $(CMOCKA_LIBS)
t_unit_vendor_link_t_SOURCES = t/unit/vendor/link-t.c
t_unit_vendor_link_t_LDADD = $(VENDOR_LIBS) $(CMOCKA_LIBS)
t_unit_vendor_wording_t_SOURCES = t/unit/vendor/wording-t.c
t_unit_vendor_wording_t_LDADD = $(VENDOR_LIBS) $(CMOCKA_LIBS)
t_unit_vendor_chat_t_SOURCES = t/unit/vendor/chat-t.c
t_unit_vendor_chat_t_LDADD = $(VENDOR_LIBS) $(CMOCKA_LIBS)
t_unit_vendor_sse_t_SOURCES = t/unit/vendor/sse-t.c
t_unit_vendor_sse_t_LDADD = $(VENDOR_LIBS) $(CMOCKA_LIBS)
t_unit_vendor_wire_t_SOURCES = t/unit/vendor/wire-t.c \
	t/unit/vendor/peer.c t/unit/vendor/peer.h
t_unit_vendor_wire_t_LDADD = $(VENDOR_LIBS) $(CMOCKA_LIBS)
