lib_libgesso_a_SOURCES += lib/base/base.h
