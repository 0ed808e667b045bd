# Unit tests are cmocka programs that mirror their source file; each folder of
# tests adds its own here.
UNIT_LIBS = $(GESSO_LIBS) $(CMOCKA_LIBS)
include $(srcdir)/t/unit/base/local.mk
include $(srcdir)/t/unit/core/local.mk
include $(srcdir)/t/unit/serve/local.mk
include $(srcdir)/t/unit/domain/local.mk
include $(srcdir)/t/unit/media/local.mk
include $(srcdir)/t/unit/poller/local.mk
include $(srcdir)/t/unit/db.mk

# What t/run asks for: everything that tests need, and the names of the unit
# tests (the other programs here are driven by a script).
.PHONY: unit-tests unit-list
unit-tests: all $(check_PROGRAMS) $(check_LIBRARIES)
unit-list:
	@for program in $(check_PROGRAMS); do \
		case $$program in *-t) echo "$(abs_builddir)/$$program"; esac; \
	done
# One command for `make check`, the same as ./quickstart test runs.
check-local: unit-tests
	GESSO_BUILD=$(abs_builddir) $(srcdir)/t/run

EXTRA_DIST += t/README.md t/run t/lib/Gesso.pm t/lib/Tree.pm \
	t/0010-style-layers.t t/0020-style-c.t t/0030-style-tools.t \
	t/0040-options.t t/0041-errors.t t/5000-quickstart.t t/5010-readme.t \
	t/5020-main-job.t t/5030-overdraft.t t/5040-sudden-death.t \
	t/5050-database-away.t
