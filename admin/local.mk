# gessoctl, with the migrations built in
bin_PROGRAMS += %D%/gessoctl
%C%_gessoctl_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/%D%
%C%_gessoctl_SOURCES = %D%/main.c %D%/cli.c %D%/cli.h %D%/commands.c \
	%D%/statements.c %D%/statements.h %D%/migrate.c %D%/migrate.h \
	%D%/key_write.c %D%/key_write.h \
	%D%/exam.h %D%/doctor_files.c %D%/doctor_db.c %D%/doctor_live.c \
	%D%/doctor_seal.c \
	%D%/doctor_site.c \
	%D%/cmd_backup.c %D%/cmd_code.c %D%/cmd_config.c %D%/cmd_credit.c \
	%D%/cmd_doctor.c %D%/cmd_event.c %D%/cmd_key.c %D%/cmd_ledger.c \
	%D%/cmd_media.c %D%/cmd_migrate.c %D%/cmd_provider.c \
	%D%/cmd_stats.c %D%/cmd_task.c %D%/cmd_upload.c %D%/cmd_user.c \
	%D%/cmd_work.c
nodist_%C%_gessoctl_SOURCES = %D%/migrations.c
%C%_gessoctl_LDADD = $(VENDOR_LIBS)

CLEANFILES += %D%/migrations.c
EXTRA_DIST += %D%/README.md %D%/embed.awk
%D%/migrations.c: $(migrations) %D%/embed.awk db/local.mk
	$(MKDIR_P) %D%
	cd $(srcdir) && awk -f admin/embed.awk $(migrations) \
	    > $(abs_builddir)/$@.new && mv $(abs_builddir)/$@.new \
	    $(abs_builddir)/$@
