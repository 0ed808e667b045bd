# Fuzz targets: their corpus is replayed by the suite, README.md says how to go
# on from there with libFuzzer.
replay = t/fuzz/replay.c t/fuzz/replay.h
corpus = -DFUZZ_CORPUS='"$(abs_srcdir)/t/fuzz/corpus
FUZZ_TARGETS = t/fuzz/address-t t/fuzz/chat_stream-t t/fuzz/handshake-t \
	t/fuzz/head-t t/fuzz/json-t t/fuzz/multipart-t t/fuzz/stream-t \
	t/fuzz/token-t t/fuzz/vendor_json-t
check_PROGRAMS += $(FUZZ_TARGETS)
t_fuzz_address_t_SOURCES = t/fuzz/address.c $(replay)
t_fuzz_address_t_CPPFLAGS = $(AM_CPPFLAGS) $(CURL_CFLAGS) $(corpus)/address"'
t_fuzz_address_t_LDADD = lib/libserve.a $(GESSO_LIBS) $(CURL_LIBS)
t_fuzz_chat_stream_t_SOURCES = t/fuzz/chat_stream.c $(replay)
t_fuzz_chat_stream_t_CPPFLAGS = $(AM_CPPFLAGS) $(corpus)/chat_stream"'
t_fuzz_chat_stream_t_LDADD = $(VENDOR_LIBS)
t_fuzz_handshake_t_SOURCES = t/fuzz/handshake.c $(replay) \
	ws-notifier/handshake.c
t_fuzz_handshake_t_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/ws-notifier \
	$(corpus)/handshake"'
t_fuzz_handshake_t_LDADD = $(GESSO_LIBS)
t_fuzz_head_t_SOURCES = t/fuzz/head.c $(replay) $(heads)
t_fuzz_head_t_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/media-helper \
	-DFUZZ_WHOLE=1 $(corpus)/head"'
t_fuzz_head_t_LDADD = $(GESSO_LIBS)
t_fuzz_json_t_SOURCES = t/fuzz/json.c $(replay)
t_fuzz_json_t_CPPFLAGS = $(AM_CPPFLAGS) $(corpus)/json"'
t_fuzz_json_t_LDADD = $(GESSO_LIBS)
t_fuzz_multipart_t_SOURCES = t/fuzz/multipart.c $(replay)
t_fuzz_multipart_t_CPPFLAGS = $(AM_CPPFLAGS) $(corpus)/multipart"'
t_fuzz_multipart_t_LDADD = $(SERVE_LIBS)
t_fuzz_stream_t_SOURCES = t/fuzz/stream.c $(replay)
t_fuzz_stream_t_CPPFLAGS = $(AM_CPPFLAGS) $(corpus)/stream"'
t_fuzz_stream_t_LDADD = $(VENDOR_LIBS)
t_fuzz_token_t_SOURCES = t/fuzz/token.c $(replay)
t_fuzz_token_t_CPPFLAGS = $(AM_CPPFLAGS) $(corpus)/token"'
t_fuzz_token_t_LDADD = $(GESSO_LIBS)
t_fuzz_vendor_json_t_SOURCES = t/fuzz/vendor_json.c $(replay)
t_fuzz_vendor_json_t_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/poller \
	$(corpus)/vendor_json"'
t_fuzz_vendor_json_t_LDADD = poller/libprotocol.a $(VENDOR_LIBS)

# For libFuzzer, which has a main() of its own: make fuzzers in a build by clang.
.PHONY: fuzzers
fuzzers:
	$(MAKE) $(AM_MAKEFLAGS) $(FUZZ_TARGETS) \
	    CPPFLAGS='$(CPPFLAGS) -DFUZZ_LIBFUZZER' \
	    LDFLAGS='$(LDFLAGS) -fsanitize=fuzzer'
