lib_libgesso_a_SOURCES += lib/domain/power.c lib/domain/power.h \
	lib/domain/provider.c lib/domain/provider.h \
	lib/domain/statements.c lib/domain/statements.h \
	lib/domain/task.c lib/domain/task.h \
	lib/domain/task_state.c lib/domain/task_state.h \
	lib/domain/task_view.c
