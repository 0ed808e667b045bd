# Fuzz targets: their corpus is replayed by the suite, README.md says how to go
# on from there with libFuzzer.
check_PROGRAMS += t/fuzz/vendor_json-t
t_fuzz_vendor_json_t_SOURCES = t/fuzz/vendor_json.c t/fuzz/replay.c \
	t/fuzz/replay.h
t_fuzz_vendor_json_t_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/poller \
	-DFUZZ_CORPUS='"$(abs_srcdir)/t/fuzz/corpus/vendor_json"'
t_fuzz_vendor_json_t_LDADD = poller/libprotocol.a $(VENDOR_LIBS)
check_PROGRAMS += t/fuzz/multipart-t
t_fuzz_multipart_t_SOURCES = t/fuzz/multipart.c t/fuzz/replay.c \
	t/fuzz/replay.h
t_fuzz_multipart_t_CPPFLAGS = $(AM_CPPFLAGS) \
	-DFUZZ_CORPUS='"$(abs_srcdir)/t/fuzz/corpus/multipart"'
t_fuzz_multipart_t_LDADD = $(SERVE_LIBS)
