/*
 * media_wire - what gesso-media and those who ask it say to each other.
 *
 * Over a SOCK_SEQPACKET socket, one struct a message, both ends built from the
 * same tree: an ask with one or two descriptors (what to look at, where the
 * output goes), then an answer.  The first message is the helper's: that it is
 * ready and sealed.
 */
#ifndef BASE_MEDIA_WIRE_H
#define BASE_MEDIA_WIRE_H

#include <stdint.h>

#define MEDIA_WIRE_VERSION 1

enum media_kind {
	MEDIA_KIND_NONE,
	MEDIA_KIND_PNG,
	MEDIA_KIND_JPEG,
	MEDIA_KIND_WEBP,
	MEDIA_KIND_GIF,
	MEDIA_KIND_MP4,
	MEDIA_KIND_WEBM,
	MEDIA_KIND_MOV,
	MEDIA_KIND__MAX
};
#define MEDIA_BIT(kind) (1u << (kind))
#define MEDIA_IS_FILM(kind) ((kind) >= MEDIA_KIND_MP4)

enum media_act {
	MEDIA_ACT_LOOK, /* facts, and a thumbnail where there is an output */
	MEDIA_ACT_FIT,  /* the picture, scaled and cropped to width x height */
};

struct media_ask {
	uint32_t version;
	uint32_t act;   /* enum media_act */
	uint32_t kinds; /* MEDIA_BIT of those that may be */
	uint32_t side_min, side_max, frames_max;
	uint64_t pixels_max, bytes_max;
	uint32_t thumbnail;     /* LOOK: its longer side at most */
	uint32_t width, height; /* FIT */
	uint32_t format;        /* FIT: enum media_kind of a picture */
};

enum media_verdict {
	MEDIA_TAKEN,
	MEDIA_REFUSED, /* not such a file, over a limit, can't be decoded */
	MEDIA_FULL,    /* the output could not be written */
	MEDIA_READY,   /* the first message, answer to nothing */
};

struct media_answer {
	uint32_t version;
	uint32_t verdict; /* enum media_verdict; what follows if taken */
	uint32_t kind;
	uint32_t width, height; /* upright */
	uint32_t frames;
	int64_t duration_ms; /* of a film */
	double fps;          /* of a film */
	uint32_t out_kind;   /* NONE without output */
	uint32_t out_width, out_height;
	int64_t out_bytes;
	char why[80]; /* of a refusal */
};

#endif
