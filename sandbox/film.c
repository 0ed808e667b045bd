/*
 * Films: each frame painted small, scaled up, encoded as H.264 (MPEG-4 part 2
 * where libavcodec lacks x264), written as MP4.
 *
 * A scene has no fine detail, so a quarter of the width and height is enough;
 * that makes a film of four seconds in half a second.
 */
#include "config.h"

#include "film.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>

#include "base/arena.h"
#include "paint.h"

#define SCALE 4
#define SMALL_MIN 64 /* pixels; smaller sides are painted as they are */

struct studio {
	const struct film *film;
	struct arena *arena;
	struct picture *small; /* what is painted */
	struct SwsContext *scaler;
	AVFrame *frame; /* what is encoded */
	AVCodecContext *encoder;
	AVFormatContext *file;
	AVStream *stream;
	AVPacket *packet;
};

static bool
encoder_open(struct studio *s)
{
	const AVCodec *codec = avcodec_find_encoder_by_name("libx264");
	AVCodecContext *cx;

	if (codec == NULL)
		codec = avcodec_find_encoder(AV_CODEC_ID_MPEG4);
	cx = s->encoder = codec != NULL ? avcodec_alloc_context3(codec) : NULL;
	if (cx == NULL)
		return false;
	cx->width = s->film->width;
	cx->height = s->film->height;
	cx->pix_fmt = AV_PIX_FMT_YUV420P;
	cx->time_base = (AVRational){ 1, s->film->fps };
	cx->framerate = (AVRational){ s->film->fps, 1 };
	cx->gop_size = 2 * s->film->fps;
	cx->thread_count = 1;
	cx->max_b_frames = 0;
	cx->bit_rate = (int64_t)cx->width * cx->height; /* of MPEG-4 */
	if ((s->file->oformat->flags & AVFMT_GLOBALHEADER) != 0)
		cx->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
	(void)av_opt_set(cx->priv_data, "preset", "ultrafast", 0);
	(void)av_opt_set(cx->priv_data, "crf", "27", 0);
	return avcodec_open2(cx, codec, NULL) == 0;
}

static bool
file_open(struct studio *s, const char *path)
{
	AVDictionary *options = NULL;
	bool ok;

	s->stream = avformat_new_stream(s->file, NULL);
	if (s->stream == NULL ||
	    avcodec_parameters_from_context(s->stream->codecpar, s->encoder) <
		0 ||
	    avio_open(&s->file->pb, path, AVIO_FLAG_WRITE) < 0)
		return false;
	s->stream->time_base = s->encoder->time_base;
	s->stream->avg_frame_rate = s->encoder->framerate;
	if (!s->film->index_last)
		(void)av_dict_set(&options, "movflags", "+faststart", 0);
	ok = avformat_write_header(s->file, &options) >= 0;
	av_dict_free(&options);
	return ok;
}

static int
small_side(int side)
{
	return side / SCALE < SMALL_MIN ? side : side / SCALE;
}

static bool
canvas_open(struct studio *s)
{
	const struct film *f = s->film;

	s->small =
	    picture_new(s->arena, small_side(f->width), small_side(f->height));
	s->scaler = sws_getContext(s->small->width, s->small->height,
	    AV_PIX_FMT_RGB24, f->width, f->height, AV_PIX_FMT_YUV420P,
	    SWS_BILINEAR, NULL, NULL, NULL);
	s->frame = av_frame_alloc();
	s->packet = av_packet_alloc();
	if (s->scaler == NULL || s->frame == NULL || s->packet == NULL)
		return false;
	s->frame->width = f->width;
	s->frame->height = f->height;
	s->frame->format = AV_PIX_FMT_YUV420P;
	return av_frame_get_buffer(s->frame, 0) == 0;
}

/* Writes what the encoder has ready. */
static bool
packets_write(struct studio *s)
{
	int rc;

	while ((rc = avcodec_receive_packet(s->encoder, s->packet)) == 0) {
		s->packet->stream_index = s->stream->index;
		s->packet->duration = 1;
		av_packet_rescale_ts(
		    s->packet, s->encoder->time_base, s->stream->time_base);
		if (av_interleaved_write_frame(s->file, s->packet) < 0)
			return false;
	}
	return rc == AVERROR(EAGAIN) || rc == AVERROR_EOF;
}

static bool
frame_write(struct studio *s, int64_t n)
{
	const uint8_t *const rows[1] = { s->small->rgb };
	const int strides[1] = { s->small->width * 3 };

	paint(
	    s->arena, s->small, s->film->scene, (float)n / (float)s->film->fps);
	if (av_frame_make_writable(s->frame) < 0)
		return false;
	sws_scale(s->scaler, rows, strides, 0, s->small->height, s->frame->data,
	    s->frame->linesize);
	s->frame->pts = n;
	return avcodec_send_frame(s->encoder, s->frame) == 0 &&
	       packets_write(s);
}

static bool
film_record(struct studio *s, const char *path)
{
	if (avformat_alloc_output_context2(&s->file, NULL, "mp4", path) < 0 ||
	    !encoder_open(s) || !file_open(s, path) || !canvas_open(s))
		return false;
	for (int64_t n = 0; n < s->film->frames; n++)
		if (!frame_write(s, n))
			return false;
	return avcodec_send_frame(s->encoder, NULL) == 0 && packets_write(s) &&
	       av_write_trailer(s->file) == 0;
}

bool
film_write(struct arena *a, const struct film *film, const char *path)
{
	struct studio s = { .film = film, .arena = a };
	bool ok = film_record(&s, path);

	av_packet_free(&s.packet);
	av_frame_free(&s.frame);
	sws_freeContext(s.scaler);
	avcodec_free_context(&s.encoder);
	if (s.file != NULL && avio_closep(&s.file->pb) < 0)
		ok = false;
	avformat_free_context(s.file);
	return ok;
}
