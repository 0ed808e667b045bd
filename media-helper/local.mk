# gesso-media, the sealed helper
gessolibexec_PROGRAMS += %D%/gesso-media
%C%_gesso_media_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/%D% $(MAGICK_CFLAGS) \
	$(AV_CFLAGS) $(SECCOMP_CFLAGS)
%C%_gesso_media_SOURCES = %D%/main.c \
	%D%/exif.c %D%/exif.h %D%/film.h \
	%D%/head.c %D%/head.h %D%/head_gif.c %D%/head_jpeg.c %D%/head_mp4.c \
	%D%/head_png.c %D%/head_webm.c %D%/head_webp.c \
	%D%/look.c %D%/look.h %D%/picture.c %D%/picture.h \
	%D%/seal.c %D%/seal.h %D%/seal_try.c %D%/source.c %D%/source.h
if LIBAV
%C%_gesso_media_SOURCES += %D%/film.c
else
%C%_gesso_media_SOURCES += %D%/film_none.c
endif
%C%_gesso_media_LDADD = lib/libgesso.a $(MAGICK_LIBS) $(AV_LIBS) \
	$(SECCOMP_LIBS) -lm
EXTRA_DIST += %D%/README.md
