/*
 * Pictures to files: the encoders of libavcodec, fed with one frame.
 */
#include "config.h"

#include "still.h"

#include <libavcodec/avcodec.h>
#include <libavutil/dict.h>
#include <libswscale/swscale.h>
#include <string.h>

#include "base/arena.h"
#include "base/base.h"
#include "base/text.h"
#include "paint.h"

static const struct format {
	const char *name, *type, *extension;
	enum AVCodecID codec;
	enum AVPixelFormat pixels;
	const char *options; /* of the encoder: speed before size */
	int quality;         /* of the codec context, 0 for its own */
} formats[] = {
	[STILL_PNG] = { "png", "image/png", "png", AV_CODEC_ID_PNG,
	    AV_PIX_FMT_RGB24, "compression_level=1:pred=sub", 0 },
	[STILL_JPEG] = { "jpeg", "image/jpeg", "jpg", AV_CODEC_ID_MJPEG,
	    AV_PIX_FMT_YUVJ420P, "huffman=default", 4 },
	[STILL_WEBP] = { "webp", "image/webp", "webp", AV_CODEC_ID_WEBP,
	    AV_PIX_FMT_YUV420P, "compression_level=1:quality=80", 0 },
};

bool
still_format_parse(const char *name, enum still_format *out)
{
	for (size_t i = 0; i < COUNT(formats); i++) {
		if (text_is(name, formats[i].name) ||
		    text_is(name, formats[i].extension)) {
			*out = (enum still_format)i;
			return true;
		}
	}
	return false;
}

const char *
still_type(enum still_format format)
{
	return formats[format].type;
}

const char *
still_extension(enum still_format format)
{
	return formats[format].extension;
}

/* The picture in the pixels of an encoder. */
static AVFrame *
frame_make(const struct picture *p, enum AVPixelFormat pixels)
{
	const uint8_t *const rows[1] = { p->rgb };
	const int strides[1] = { p->width * 3 };
	AVFrame *frame = av_frame_alloc();
	struct SwsContext *sws = NULL;

	if (frame == NULL)
		return NULL;
	frame->width = p->width;
	frame->height = p->height;
	frame->format = pixels;
	if (av_frame_get_buffer(frame, 0) < 0)
		goto fail;
	sws = sws_getContext(p->width, p->height, AV_PIX_FMT_RGB24, p->width,
	    p->height, pixels, SWS_FAST_BILINEAR, NULL, NULL, NULL);
	if (sws == NULL)
		goto fail;
	sws_scale(
	    sws, rows, strides, 0, p->height, frame->data, frame->linesize);
	sws_freeContext(sws);
	return frame;
fail:
	av_frame_free(&frame);
	return NULL;
}

static AVCodecContext *
encoder_open(const struct picture *p, const struct format *f)
{
	const AVCodec *codec = avcodec_find_encoder(f->codec);
	AVCodecContext *cx = codec ? avcodec_alloc_context3(codec) : NULL;
	AVDictionary *options = NULL;

	if (cx == NULL)
		return NULL;
	cx->width = p->width;
	cx->height = p->height;
	cx->pix_fmt = f->pixels;
	cx->time_base = (AVRational){ 1, 1 };
	cx->thread_count = 1;
	if (f->quality > 0) {
		cx->flags |= AV_CODEC_FLAG_QSCALE;
		cx->global_quality = f->quality * FF_QP2LAMBDA;
	}
	if (av_dict_parse_string(&options, f->options, "=", ":", 0) < 0 ||
	    avcodec_open2(cx, codec, &options) < 0)
		avcodec_free_context(&cx);
	av_dict_free(&options);
	return cx;
}

bool
still_encode(struct arena *a, const struct picture *p, enum still_format format,
    uint8_t **out, size_t *len_out)
{
	const struct format *f = &formats[format];
	AVCodecContext *cx = encoder_open(p, f);
	AVFrame *frame = cx != NULL ? frame_make(p, f->pixels) : NULL;
	AVPacket *packet = av_packet_alloc();
	bool ok = false;

	if (cx == NULL || frame == NULL || packet == NULL)
		goto out;
	frame->quality = cx->global_quality;
	if (avcodec_send_frame(cx, frame) < 0 ||
	    avcodec_send_frame(cx, NULL) < 0 ||
	    avcodec_receive_packet(cx, packet) < 0)
		goto out;
	*len_out = (size_t)packet->size;
	*out = (uint8_t *)arena_copy(a, packet->data, *len_out);
	ok = true;
out:
	av_packet_free(&packet);
	av_frame_free(&frame);
	avcodec_free_context(&cx);
	return ok;
}

/* ---- and back ---- */

static enum AVCodecID
codec_of(const uint8_t *data, size_t len)
{
	static const uint8_t png[] = { 0x89, 'P', 'N', 'G' };
	static const uint8_t jpeg[] = { 0xff, 0xd8, 0xff };

	if (len > 16 && memcmp(data, png, sizeof(png)) == 0)
		return AV_CODEC_ID_PNG;
	if (len > 16 && memcmp(data, jpeg, sizeof(jpeg)) == 0)
		return AV_CODEC_ID_MJPEG;
	if (len > 16 && memcmp(data, "RIFF", 4) == 0 &&
	    memcmp(data + 8, "WEBP", 4) == 0)
		return AV_CODEC_ID_WEBP;
	return AV_CODEC_ID_NONE;
}

bool
still_measure(const uint8_t *data, size_t len, int *width_out, int *height_out)
{
	const AVCodec *codec = avcodec_find_decoder(codec_of(data, len));
	AVCodecContext *cx = codec ? avcodec_alloc_context3(codec) : NULL;
	AVPacket *packet = av_packet_alloc();
	AVFrame *frame = av_frame_alloc();
	bool ok = false;

	if (cx == NULL || packet == NULL || frame == NULL || len > INT32_MAX ||
	    av_new_packet(packet, (int)len) < 0)
		goto out;
	memcpy(packet->data, data, len);
	cx->thread_count = 1;
	if (avcodec_open2(cx, codec, NULL) < 0 ||
	    avcodec_send_packet(cx, packet) < 0 ||
	    avcodec_receive_frame(cx, frame) < 0 ||
	    frame->decode_error_flags != 0)
		goto out;
	*width_out = frame->width;
	*height_out = frame->height;
	ok = true;
out:
	av_frame_free(&frame);
	av_packet_free(&packet);
	avcodec_free_context(&cx);
	return ok;
}
