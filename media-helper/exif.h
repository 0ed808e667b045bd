/*
 * exif - the one thing that we want to know of EXIF data: which way is up.
 */
#ifndef MEDIA_HELPER_EXIF_H
#define MEDIA_HELPER_EXIF_H

#include <stddef.h>
#include <stdint.h>

#include "source.h"

/*
 * The orientation (1 to 8) in a TIFF structure of len bytes at a place of the
 * source, with or without the "Exif\0\0" before it; 1 where it says nothing
 * sensible.  Exif 2.32, 4.6.
 */
unsigned exif_orientation(struct source *, uint64_t at, uint64_t len);

#endif
