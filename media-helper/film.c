#include "config.h"

#include "film.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libswscale/swscale.h>
#include <math.h>
#include <stdlib.h>

#include "base/base.h"

#define IO_BUFFER 32768
#define PACKETS_MAX 2000 /* looked through for one frame */
#define ALIGN_MAX 64     /* decoders round sides up to that */
#define FPS_MAX 1000
#define POSTER_AT_MS 1000 /* first frames are often black */

/* What MP4, WebM and MOV of our time hold; other decoders stay shut. */
static const char codecs[] =
    "h264,hevc,vp8,vp9,libdav1d,av1,mpeg4,mjpeg,prores";

static const char still_codecs[] = "png,webp,vp8,gif";

static const char *const demuxers[MEDIA_KIND__MAX] = {
	[MEDIA_KIND_PNG] = "png_pipe",
	[MEDIA_KIND_WEBP] = "webp_pipe",
	[MEDIA_KIND_GIF] = "gif",
	[MEDIA_KIND_MP4] = "mov",
	[MEDIA_KIND_MOV] = "mov",
	[MEDIA_KIND_WEBM] = "matroska",
};

/* What reading a film takes. */
struct reel {
	struct source *source;
	int64_t at;
	AVIOContext *io;
	AVFormatContext *format;
	AVCodecContext *codec;
	AVFrame *frame;
	AVPacket *packet;
	AVStream *stream;
};

void
film_warm(void)
{
	av_log_set_level(AV_LOG_QUIET);
	(void)av_find_input_format("mov");
	(void)av_find_input_format("matroska");
	(void)avcodec_find_decoder(AV_CODEC_ID_H264);
}

static int
reel_read(void *opaque, uint8_t *out, int size)
{
	struct reel *r = opaque;
	int n = source_read_some(r->source, (uint64_t)r->at, out, (size_t)size);

	if (n <= 0)
		return n == 0 ? AVERROR_EOF : AVERROR(EIO);
	r->at += n;
	return n;
}

static int64_t
reel_seek(void *opaque, int64_t offset, int whence)
{
	struct reel *r = opaque;
	int64_t size = (int64_t)r->source->size;

	whence &= ~AVSEEK_FORCE;
	if (whence == AVSEEK_SIZE)
		return size;
	if (whence == SEEK_CUR)
		offset += r->at;
	else if (whence == SEEK_END)
		offset += size;
	if (offset < 0 || offset > size)
		return AVERROR(EINVAL);
	r->at = offset;
	return offset;
}

static bool
reel_open(struct reel *r, const struct head *head, const AVDictionary *options)
{
	uint8_t *buffer = av_malloc(IO_BUFFER);
	AVDictionary *own = NULL;
	bool opened;

	r->format = avformat_alloc_context();
	r->frame = av_frame_alloc();
	r->packet = av_packet_alloc();
	if (buffer == NULL || r->format == NULL || r->frame == NULL ||
	    r->packet == NULL) {
		av_free(buffer);
		return false;
	}
	r->io = avio_alloc_context(
	    buffer, IO_BUFFER, 0, r, reel_read, NULL, reel_seek);
	if (r->io == NULL) {
		av_free(buffer);
		return false;
	}
	r->format->pb = r->io;
	r->format->flags |= AVFMT_FLAG_CUSTOM_IO;
	av_dict_copy(&own, options, 0);
	opened = avformat_open_input(&r->format, NULL,
		     av_find_input_format(demuxers[head->kind]), &own) == 0;
	av_dict_free(&own);
	return opened;
}

static void
reel_close(struct reel *r)
{
	avcodec_free_context(&r->codec);
	av_frame_free(&r->frame);
	av_packet_free(&r->packet);
	avformat_close_input(&r->format);
	if (r->io != NULL)
		av_freep(&r->io->buffer);
	avio_context_free(&r->io);
}

/* The first track with moving pictures; the others are left alone. */
static bool
stream_choose(struct reel *r)
{
	for (unsigned i = 0; i < r->format->nb_streams; i++) {
		AVStream *s = r->format->streams[i];

		if (r->stream == NULL &&
		    s->codecpar->codec_type == AVMEDIA_TYPE_VIDEO &&
		    (s->disposition & AV_DISPOSITION_ATTACHED_PIC) == 0)
			r->stream = s;
		else
			s->discard = AVDISCARD_ALL;
	}
	return r->stream != NULL;
}

/* Reads as far as is needed to know the frames' rate. */
static bool
stream_learn(struct reel *r, const AVDictionary *options)
{
	unsigned count = r->format->nb_streams;
	AVDictionary **each = calloc(count, sizeof(AVDictionary *));
	bool learnt = each != NULL;

	if (!learnt)
		return false;
	for (unsigned i = 0; i < count; i++)
		av_dict_copy(&each[i], options, 0);
	learnt = avformat_find_stream_info(r->format, each) >= 0;
	for (unsigned i = 0; i < count; i++)
		av_dict_free(&each[i]);
	free(each);
	return learnt;
}

static bool
codec_open(struct reel *r, const AVDictionary *options)
{
	const AVCodec *codec =
	    avcodec_find_decoder(r->stream->codecpar->codec_id);
	AVDictionary *own = NULL;
	bool opened;

	if (codec == NULL)
		return false;
	r->codec = avcodec_alloc_context3(codec);
	if (r->codec == NULL ||
	    avcodec_parameters_to_context(r->codec, r->stream->codecpar) < 0)
		return false;
	av_dict_copy(&own, options, 0);
	opened = avcodec_open2(r->codec, codec, &own) == 0;
	av_dict_free(&own);
	return opened;
}

/* Packets of the track into the decoder until a frame comes out. */
static bool
frame_decode(struct reel *r)
{
	for (int i = 0; i < PACKETS_MAX; i++) {
		int rc = av_read_frame(r->format, r->packet);

		if (rc < 0 && rc != AVERROR_EOF)
			return false;
		if (rc == 0 && r->packet->stream_index != r->stream->index) {
			av_packet_unref(r->packet);
			continue;
		}
		/* at the end an empty packet asks for what is left */
		(void)avcodec_send_packet(r->codec, rc == 0 ? r->packet : NULL);
		av_packet_unref(r->packet);
		if (avcodec_receive_frame(r->codec, r->frame) == 0)
			return true;
		if (rc == AVERROR_EOF)
			return false;
	}
	return false;
}

/* A frame from a little way in, else the first. */
static bool
frame_find(struct reel *r, int64_t duration_ms)
{
	int64_t ms = duration_ms / 3;
	int64_t at;

	if (ms > POSTER_AT_MS)
		ms = POSTER_AT_MS;
	at = av_rescale_q(ms, (AVRational){ 1, 1000 }, r->stream->time_base);
	if (r->stream->start_time != AV_NOPTS_VALUE)
		at += r->stream->start_time;
	if (av_seek_frame(
		r->format, r->stream->index, at, AVSEEK_FLAG_BACKWARD) >= 0 &&
	    frame_decode(r))
		return true;
	avcodec_flush_buffers(r->codec);
	return av_seek_frame(
		   r->format, r->stream->index, 0, AVSEEK_FLAG_BACKWARD) >= 0 &&
	       frame_decode(r);
}

/* The display matrix; libavformat 61 (FFmpeg 7) keeps it elsewhere. */
static const uint8_t *
stream_matrix(const AVStream *stream)
{
#if LIBAVFORMAT_VERSION_MAJOR >= 61
	const AVPacketSideData *data = av_packet_side_data_get(
	    stream->codecpar->coded_side_data,
	    stream->codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);

	return data == NULL ? NULL : data->data;
#else
	return av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, NULL);
#endif
}

/* The display matrix of the track as an EXIF orientation; mirrors are not. */
static unsigned
stream_orientation(const AVStream *stream)
{
	const uint8_t *matrix = stream_matrix(stream);
	double turn;

	if (matrix == NULL)
		return 1;
	turn = av_display_rotation_get((const int32_t *)(const void *)matrix);
	if (!isfinite(turn))
		return 1;
	switch ((((int)lround(-turn / 90) % 4) + 4) % 4) {
	case 1:
		return 6;
	case 2:
		return 3;
	case 3:
		return 8;
	default:
		return 1;
	}
}

/* Width in square pixels. */
static uint32_t
square_width(const struct reel *r, int width)
{
	AVRational shape =
	    av_guess_sample_aspect_ratio(r->format, r->stream, r->frame);
	int64_t wide;

	if (shape.num <= 0 || shape.den <= 0)
		return (uint32_t)width;
	wide = av_rescale(width, shape.num, shape.den);
	return wide > 0 && wide <= INT16_MAX * 2 ? (uint32_t)wide
						 : (uint32_t)width;
}

static bool
poster_make(const struct reel *r, uint32_t side, struct film *film)
{
	uint32_t width = film->width, height = film->height;
	uint32_t longer = width > height ? width : height;
	struct SwsContext *scaler;
	uint8_t *planes[4] = { NULL };
	int strides[4] = { 0 };

	if (longer > side) {
		width = (uint32_t)((uint64_t)width * side / longer);
		height = (uint32_t)((uint64_t)height * side / longer);
	}
	width += width == 0;
	height += height == 0;
	film->poster = malloc((size_t)width * height * 3);
	scaler = sws_getContext(r->frame->width, r->frame->height,
	    r->frame->format, (int)width, (int)height, AV_PIX_FMT_RGB24,
	    SWS_BILINEAR, NULL, NULL, NULL);
	if (film->poster != NULL && scaler != NULL) {
		planes[0] = film->poster;
		strides[0] = (int)width * 3;
		(void)sws_scale(scaler, (const uint8_t *const *)r->frame->data,
		    r->frame->linesize, 0, r->frame->height, planes, strides);
		film->poster_width = width;
		film->poster_height = height;
	}
	sws_freeContext(scaler);
	return film->poster != NULL && film->poster_width != 0;
}

static bool
facts_take(const struct reel *r, struct film *film)
{
	AVRational rate = r->stream->avg_frame_rate;
	int64_t us = r->format->duration;

	if (us == AV_NOPTS_VALUE && r->stream->duration != AV_NOPTS_VALUE)
		us = av_rescale_q(
		    r->stream->duration, r->stream->time_base, AV_TIME_BASE_Q);
	if (us == AV_NOPTS_VALUE || us <= 0)
		return false;
	film->duration_ms = (us + 500) / 1000;
	if (rate.num <= 0 || rate.den <= 0)
		rate = r->stream->r_frame_rate;
	film->fps = rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0;
	if (film->fps > FPS_MAX)
		film->fps = 0;
	film->orientation = stream_orientation(r->stream);
	return true;
}

static const char *
reel_run(struct reel *r, const struct head *head, const AVDictionary *options,
    uint32_t side, struct film *film)
{
	if (!reel_open(r, head, options))
		return "it can't be read";
	if (!stream_choose(r))
		return "there are no moving pictures in it";
	if (!stream_learn(r, options) || !facts_take(r, film))
		return "it does not say how long it lasts";
	if (!codec_open(r, options) || !frame_find(r, film->duration_ms))
		return "no frame of it can be decoded";
	film->width = square_width(r, r->frame->width);
	film->height = (uint32_t)r->frame->height;
	if (side != 0 && !poster_make(r, side, film))
		return "no frame of it can be shown";
	if (head_is_sideways(film->orientation)) {
		uint32_t width = film->width;

		film->width = film->height;
		film->height = width;
	}
	return NULL;
}

/* The same for every demuxer and every decoder that it opens. */
static AVDictionary *
options_make(const char *whitelist, uint64_t pixels_max)
{
	AVDictionary *options = NULL;

	av_dict_set(&options, "codec_whitelist", whitelist, 0);
	av_dict_set(&options, "threads", "1", 0);
	av_dict_set_int(&options, "max_pixels", (int64_t)pixels_max, 0);
	return options;
}

bool
film_read(struct source *source, const struct head *head, uint64_t pixels_max,
    uint32_t side, struct film *out, const char **why_out)
{
	struct reel reel = { .source = source };
	struct film film = { .orientation = 1 };
	AVDictionary *options = options_make(codecs, pixels_max);

	*why_out = reel_run(&reel, head, options, side, &film);
	av_dict_free(&options);
	reel_close(&reel);
	if (*why_out == NULL)
		*out = film;
	else
		film_release(&film);
	return *why_out == NULL;
}

bool
film_still(struct source *source, const struct head *head, uint32_t side,
    struct film *out)
{
	uint64_t pixels =
	    (uint64_t)(head->width + ALIGN_MAX) * (head->height + ALIGN_MAX);
	AVDictionary *options = options_make(still_codecs, pixels);
	struct reel reel = { .source = source };
	struct film film = { .width = head->width, .height = head->height };
	bool made = reel_open(&reel, head, options) && stream_choose(&reel) &&
		    codec_open(&reel, options) && frame_decode(&reel) &&
		    reel.frame->width == (int)head->width &&
		    reel.frame->height == (int)head->height &&
		    poster_make(&reel, side, &film);

	av_dict_free(&options);
	reel_close(&reel);
	if (made)
		*out = film;
	else
		film_release(&film);
	return made;
}

void
film_release(struct film *film)
{
	free(film->poster);
	film->poster = NULL;
}
