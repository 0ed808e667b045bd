lib_libserve_a_SOURCES +=
