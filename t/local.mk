# Unit tests are cmocka programs that mirror their source file; each folder of
# tests adds its own here.
UNIT_LIBS = $(GESSO_LIBS) $(CMOCKA_LIBS)
include $(srcdir)/t/unit/base/local.mk
include $(srcdir)/t/unit/core/local.mk
include $(srcdir)/t/unit/serve/local.mk
include $(srcdir)/t/unit/domain/local.mk
include $(srcdir)/t/unit/media/local.mk
include $(srcdir)/t/unit/notifier/local.mk
include $(srcdir)/t/unit/poller/local.mk
include $(srcdir)/t/unit/vendor/local.mk
include $(srcdir)/t/fuzz/local.mk
include $(srcdir)/t/unit/db.mk
include $(srcdir)/t/crowd/local.mk

# What t/run asks for: everything that tests need, and the names of the unit
# tests (the other programs here are driven by a script).
.PHONY: unit-tests unit-list
unit-tests: all
	@$(MAKE) $(AM_MAKEFLAGS) $(check_PROGRAMS) $(check_LIBRARIES)
unit-list:
	@for program in $(check_PROGRAMS); do \
		case $$program in *-t) echo "$(abs_builddir)/$$program"; esac; \
	done
# One command for `make check`, the same as ./quickstart test runs; T names some.
check-local: unit-tests
	GESSO_BUILD=$(abs_builddir) $(srcdir)/t/run $(T)

# The tests that are no programs go into the tarball as they are.
EXTRA_DIST += t/README.md t/run t/lib t/long t/npm/package.json \
	t/npm/package-lock.json t/npm/.npmrc t/npm/redocly.yaml \
	t/npm/validate.js
# What is no program of make's goes into the tarball as it is.
EXTRA_DIST += t/README.md t/run
dist-hook:
	to=`cd $(distdir) && pwd` && cd $(srcdir) && find t debian \
	    \( -name node_modules -o -name .deps -o -path debian/gesso \
	    -o -path debian/.debhelper \) -prune -o -type f \
	    ! -name '*.o' ! -name '*.substvars' ! -name '*.log' ! -name files \
	    ! -name debhelper-build-stamp -print | while read -r file; do \
		case $$file in t/*-t) continue ;; esac; \
		test -e "$$to/$$file" || { \
		$(MKDIR_P) "$$to/`dirname $$file`" && \
		cp -p "$$file" "$$to/$$file"; } || exit 1; done

# Benchmarks print figures; nothing is asserted.
check_PROGRAMS += t/bench/bare
t_bench_bare_SOURCES = t/bench/bare.c
t_bench_bare_CPPFLAGS = $(AM_CPPFLAGS) $(FCGI_CFLAGS) $(DB_CFLAGS)
t_bench_bare_LDADD = $(FCGI_LIBS) $(DB_LIBS)
if HAVE_JPEG
check_PROGRAMS += t/bench/bare_upload
endif
t_bench_bare_upload_SOURCES = t/bench/bare_upload.c
t_bench_bare_upload_CPPFLAGS = $(AM_CPPFLAGS) $(FCGI_CFLAGS) $(JPEG_CFLAGS)
t_bench_bare_upload_LDADD = $(FCGI_LIBS) $(JPEG_LIBS)
