# sandbox.fcgi, the simulated vendors
gessolibexec_PROGRAMS += %D%/sandbox.fcgi
%C%_sandbox_fcgi_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/%D% $(AV_CFLAGS)
%C%_sandbox_fcgi_SOURCES = %D%/main.c %D%/routes.c \
	%D%/call.c %D%/call.h %D%/deliver.c %D%/deliver.h \
	%D%/fields.c %D%/fields.h %D%/film.c %D%/film.h \
	%D%/form.c %D%/form.h %D%/job.c %D%/job.h \
	%D%/journal.c %D%/journal.h %D%/openai.c %D%/openai.h \
	%D%/openai_images.c %D%/openai_models.c %D%/openai_videos.c \
	%D%/picture_in.c %D%/picture_in.h %D%/paint.c %D%/paint.h \
	%D%/product.c %D%/product.h \
	%D%/scene.c %D%/scene.h %D%/steer.c %D%/steer.h \
	%D%/still.c %D%/still.h %D%/store.c %D%/store.h \
	%D%/vendor.c %D%/vendor.h %D%/words.c %D%/words.h %D%/words.def
%C%_sandbox_fcgi_LDADD = $(SERVE_LIBS) $(AV_LIBS) -lm

EXTRA_DIST += %D%/README.md
