lib_libgesso_a_SOURCES +=
