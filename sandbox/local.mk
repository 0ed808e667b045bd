# sandbox.fcgi, the simulated vendors
if LIBAV
gessolibexec_PROGRAMS += %D%/sandbox.fcgi
else
EXTRA_PROGRAMS += %D%/sandbox.fcgi # it makes films
endif
%C%_sandbox_fcgi_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/%D% $(AV_CFLAGS)
%C%_sandbox_fcgi_SOURCES = %D%/main.c %D%/routes.c \
	%D%/automatic1111.c %D%/automatic1111.h %D%/call.c %D%/call.h %D%/chat_text.c %D%/chat_text.h \
	%D%/comfyui.c %D%/comfyui.h %D%/comfyui_graph.c %D%/compat.c %D%/compat.h %D%/deliver.c %D%/deliver.h \
	%D%/fields.c %D%/fields.h %D%/film.c %D%/film.h \
	%D%/form.c %D%/form.h %D%/google.c %D%/google.h \
	%D%/google_film.c %D%/google_film.h %D%/google_omni.c %D%/google_veo.c \
	%D%/job.c %D%/job.h \
	%D%/journal.c %D%/journal.h %D%/openai.c %D%/openai.h \
	%D%/openai_chat.c %D%/openai_images.c %D%/openai_models.c %D%/openai_videos.c \
	%D%/picture_in.c %D%/picture_in.h %D%/paint.c %D%/paint.h \
	%D%/product.c %D%/product.h \
	%D%/replicate.c %D%/replicate.h %D%/runway.c %D%/runway.h \
	%D%/scene.c %D%/scene.h %D%/stability.c %D%/stability.h \
	%D%/stability_v1.c %D%/stability_v2.c %D%/steer.c %D%/steer.h \
	%D%/still.c %D%/still.h %D%/store.c %D%/store.h \
	%D%/vendor.c %D%/vendor.h %D%/words.c %D%/words.h %D%/words.def
%C%_sandbox_fcgi_LDADD = $(SERVE_LIBS) $(AV_LIBS) -lm

dist_man_MANS += man/gesso-sandbox.7
EXTRA_DIST += %D%/README.md
