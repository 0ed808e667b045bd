/*
 * Makes a film for tests: film-make FILE WIDTH HEIGHT SECONDS FPS CODEC [TURN].
 * The container goes by the file's name; TURN is a rotation in degrees that
 * players are asked to undo.
 */
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/opt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct making {
	AVFormatContext *format;
	AVCodecContext *codec;
	AVStream *stream;
	AVFrame *frame;
	AVPacket *packet;
};

static void
must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "film-make: %s\n", what);
	exit(1);
}

static int
number(const char *text)
{
	int64_t n;

	must(text_to_int_in(text, -360, 100000, &n), "a number is no number");
	return (int)n;
}

/* A slope that moves, so that frames differ. */
static void
frame_paint(AVFrame *f, int nth)
{
	must(av_frame_make_writable(f) >= 0, "frame");
	for (int y = 0; y < f->height; y++)
		for (int x = 0; x < f->width; x++)
			f->data[0][y * f->linesize[0] + x] =
			    (uint8_t)(x + y + nth * 3);
	for (int plane = 1; plane < 3; plane++)
		for (int y = 0; y < f->height / 2; y++)
			memset(f->data[plane] + y * f->linesize[plane],
			    plane == 1 ? 90 : 160, (size_t)f->width / 2);
	f->pts = nth;
}

static void
packets_write(struct making *m, const AVFrame *frame)
{
	must(avcodec_send_frame(m->codec, frame) >= 0, "encoding");
	while (avcodec_receive_packet(m->codec, m->packet) == 0) {
		av_packet_rescale_ts(
		    m->packet, m->codec->time_base, m->stream->time_base);
		if (m->packet->duration == 0)
			m->packet->duration = av_rescale_q(
			    1, m->codec->time_base, m->stream->time_base);
		m->packet->stream_index = m->stream->index;
		must(av_interleaved_write_frame(m->format, m->packet) >= 0,
		    "writing");
	}
}

static void
turn_set(struct making *m, double degrees)
{
	int32_t *matrix = (int32_t *)(void *)av_stream_new_side_data(
	    m->stream, AV_PKT_DATA_DISPLAYMATRIX, 9 * sizeof(int32_t));

	must(matrix != NULL, "display matrix");
	av_display_rotation_set(matrix, degrees);
}

static void
open_all(struct making *m, char *argv[])
{
	const AVCodec *codec = avcodec_find_encoder_by_name(argv[6]);
	int fps = number(argv[5]);

	must(codec != NULL, "no such codec");
	must(avformat_alloc_output_context2(&m->format, NULL, NULL, argv[1]) >=
		 0,
	    "no such container");
	m->stream = avformat_new_stream(m->format, NULL);
	m->codec = avcodec_alloc_context3(codec);
	m->codec->width = number(argv[2]);
	m->codec->height = number(argv[3]);
	m->codec->pix_fmt = strcmp(argv[6], "mjpeg") == 0 ? AV_PIX_FMT_YUVJ420P
							  : AV_PIX_FMT_YUV420P;
	m->codec->time_base = (AVRational){ 1, fps };
	m->codec->framerate = (AVRational){ fps, 1 };
	m->codec->gop_size = fps;
	m->codec->bit_rate = 400000;
	m->codec->thread_count = 1;
	(void)av_opt_set(m->codec->priv_data, "preset", "ultrafast", 0);
	if (m->format->oformat->flags & AVFMT_GLOBALHEADER)
		m->codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
	must(avcodec_open2(m->codec, codec, NULL) >= 0, "opening the codec");
	must(
	    avcodec_parameters_from_context(m->stream->codecpar, m->codec) >= 0,
	    "parameters");
	m->stream->time_base = m->codec->time_base;
	m->stream->avg_frame_rate = m->codec->framerate;
	if (argv[7] != NULL)
		turn_set(m, number(argv[7]));
	must(avio_open(&m->format->pb, argv[1], AVIO_FLAG_WRITE) >= 0, argv[1]);
	must(avformat_write_header(m->format, NULL) >= 0, "header");
}

int
main(int argc, char *argv[])
{
	struct making m = { .frame = av_frame_alloc(),
		.packet = av_packet_alloc() };
	int frames;

	must(argc == 7 || argc == 8, "usage");
	av_log_set_level(AV_LOG_ERROR);
	open_all(&m, argv);
	frames = number(argv[4]) * number(argv[5]);
	m.frame->format = m.codec->pix_fmt;
	m.frame->width = m.codec->width;
	m.frame->height = m.codec->height;
	must(av_frame_get_buffer(m.frame, 0) >= 0, "frame");
	for (int i = 0; i < frames; i++) {
		frame_paint(m.frame, i);
		packets_write(&m, m.frame);
	}
	packets_write(&m, NULL);
	must(av_write_trailer(m.format) >= 0, "trailer");
	must(avio_closep(&m.format->pb) >= 0, "closing");
	avcodec_free_context(&m.codec);
	avformat_free_context(m.format);
	av_frame_free(&m.frame);
	av_packet_free(&m.packet);
	return 0;
}
