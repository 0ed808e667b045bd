# unit tests of media-helper
heads = media-helper/head.c media-helper/head.h media-helper/head_gif.c \
	media-helper/head_jpeg.c media-helper/head_mp4.c \
	media-helper/head_png.c media-helper/head_webm.c \
	media-helper/head_webp.c media-helper/exif.c media-helper/exif.h \
	media-helper/source.c media-helper/source.h
check_PROGRAMS += t/unit/media/head-t
t_unit_media_head_t_SOURCES = t/unit/media/head-t.c $(heads)
t_unit_media_head_t_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/media-helper
t_unit_media_head_t_LDADD = $(UNIT_LIBS)
check_PROGRAMS += t/unit/media/bombs-t
t_unit_media_bombs_t_SOURCES = t/unit/media/bombs-t.c
t_unit_media_bombs_t_LDADD = $(UNIT_LIBS)
EXTRA_DIST += t/unit/media/helper.t
if LIBAV
# film-make makes films for tests, no test itself.
check_PROGRAMS += t/unit/media/film-make
t_unit_media_film_make_SOURCES = t/unit/media/film-make.c
t_unit_media_film_make_CPPFLAGS = $(AM_CPPFLAGS) $(AV_CFLAGS)
t_unit_media_film_make_LDADD = lib/libgesso.a $(AV_LIBS)
endif
