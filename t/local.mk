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
