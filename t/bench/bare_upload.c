/*
 * bare_upload - the least that the upload of a photograph can cost: libfcgi,
 * preforked workers, libjpeg.  Keeps the only part of a body and a thumbnail of
 * it in a directory.  No token, no checks, no seal, no database.
 *
 *	bare_upload SOCKET WORKERS DIR
 *	bare_upload --sample		a photograph of a megapixel, to stdout
 */
#include <fcgiapp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jpeglib.h>

#define BACKLOG 4096
#define BODY_MAX (8 << 20)
#define SIDE 320 /* of thumbnails */
#define QUALITY 82
#define SAMPLE_WIDTH 1152
#define SAMPLE_HEIGHT 896

struct picture {
	unsigned width, height;
	unsigned char *rgb;
};

static void
must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bare_upload: %s\n", what);
	exit(1);
}

static struct picture
picture_new(unsigned width, unsigned height)
{
	struct picture p = { width, height,
		malloc((size_t)width * height * 3) };

	must(p.rgb != NULL, "no memory");
	return p;
}

/* Decodes at the smallest of the library's scales that is large enough. */
static struct picture
jpeg_read(const unsigned char *data, size_t len)
{
	struct jpeg_decompress_struct jpeg;
	struct jpeg_error_mgr errors;
	struct picture p;

	jpeg.err = jpeg_std_error(&errors);
	jpeg_create_decompress(&jpeg);
	jpeg_mem_src(&jpeg, data, len);
	jpeg_read_header(&jpeg, TRUE);
	jpeg.out_color_space = JCS_RGB;
	jpeg.scale_num = 1;
	for (jpeg.scale_denom = 8; jpeg.scale_denom > 1; jpeg.scale_denom /= 2)
		if (jpeg.image_width / jpeg.scale_denom >= SIDE &&
		    jpeg.image_height / jpeg.scale_denom >= SIDE)
			break;
	jpeg_start_decompress(&jpeg);
	p = picture_new(jpeg.output_width, jpeg.output_height);
	while (jpeg.output_scanline < jpeg.output_height) {
		JSAMPROW row =
		    p.rgb + (size_t)jpeg.output_scanline * p.width * 3;

		jpeg_read_scanlines(&jpeg, &row, 1);
	}
	jpeg_finish_decompress(&jpeg);
	jpeg_destroy_decompress(&jpeg);
	return p;
}

static void
jpeg_write(const struct picture *p, FILE *file)
{
	struct jpeg_compress_struct jpeg;
	struct jpeg_error_mgr errors;

	jpeg.err = jpeg_std_error(&errors);
	jpeg_create_compress(&jpeg);
	jpeg_stdio_dest(&jpeg, file);
	jpeg.image_width = p->width;
	jpeg.image_height = p->height;
	jpeg.input_components = 3;
	jpeg.in_color_space = JCS_RGB;
	jpeg_set_defaults(&jpeg);
	jpeg_set_quality(&jpeg, QUALITY, TRUE);
	jpeg_start_compress(&jpeg, TRUE);
	while (jpeg.next_scanline < jpeg.image_height) {
		JSAMPROW row =
		    p->rgb + (size_t)jpeg.next_scanline * p->width * 3;

		jpeg_write_scanlines(&jpeg, &row, 1);
	}
	jpeg_finish_compress(&jpeg);
	jpeg_destroy_compress(&jpeg);
}

/* The mean of what a pixel stands for. */
static unsigned char
mean(const struct picture *p, unsigned c, unsigned x0, unsigned x1, unsigned y0,
    unsigned y1)
{
	unsigned sum = 0;

	for (unsigned y = y0; y < y1; y++)
		for (unsigned x = x0; x < x1; x++)
			sum += p->rgb[((size_t)y * p->width + x) * 3 + c];
	return (unsigned char)(sum / ((x1 - x0) * (y1 - y0)));
}

static struct picture
picture_shrink(const struct picture *p)
{
	unsigned long_side = p->width > p->height ? p->width : p->height;
	struct picture q = picture_new(
	    p->width * SIDE / long_side, p->height * SIDE / long_side);

	for (unsigned y = 0; y < q.height; y++)
		for (unsigned x = 0; x < q.width; x++)
			for (unsigned c = 0; c < 3; c++)
				q.rgb[(y * q.width + x) * 3 + c] =
				    mean(p, c, x * p->width / q.width,
					(x + 1) * p->width / q.width,
					y * p->height / q.height,
					(y + 1) * p->height / q.height);
	return q;
}

static FILE *
file_open(const char *dir, unsigned long number, const char *suffix)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%ld-%lu%s", dir, (long)getpid(),
	    number, suffix);
	file = fopen(path, "wb");
	must(file != NULL, path);
	return file;
}

/* Both files; the number of bytes of the first. */
static size_t
upload(const char *dir, char *body, size_t len)
{
	static unsigned long number;
	const char *type = memmem(body, len, "\r\n\r\n", 4);
	unsigned char *data;
	struct picture whole, small;
	FILE *file;
	size_t size;

	must(type != NULL, "no part");
	data = (unsigned char *)body + (type + 4 - body);
	size = len - (size_t)((char *)data - body);
	while (size > 2 && memcmp(data + size - 2, "\xff\xd9", 2) != 0)
		size--; /* the boundary */
	file = file_open(dir, number, ".jpg");
	must(fwrite(data, 1, size, file) == size, "write");
	must(fclose(file) == 0, "write");
	whole = jpeg_read(data, size);
	small = picture_shrink(&whole);
	file = file_open(dir, number++, "-small.jpg");
	jpeg_write(&small, file);
	must(fclose(file) == 0, "write");
	free(whole.rgb);
	free(small.rgb);
	return size;
}

static void
serve(int fd, const char *dir)
{
	char *body = malloc(BODY_MAX);
	FCGX_Request r;

	must(body != NULL, "no memory");
	must(FCGX_Init() == 0 && FCGX_InitRequest(&r, fd, 0) == 0, "libfcgi");
	while (FCGX_Accept_r(&r) == 0) {
		int len = FCGX_GetStr(body, BODY_MAX, r.in);

		r.keepConnection = 0;
		FCGX_FPrintF(r.out,
		    "Content-Type: application/json\r\n\r\n{\"bytes\":%d}",
		    len > 0 ? (int)upload(dir, body, (size_t)len) : 0);
		FCGX_Finish_r(&r);
	}
}

/* Gently uneven, as photographs are. */
static void
sample(void)
{
	struct picture p = picture_new(SAMPLE_WIDTH, SAMPLE_HEIGHT);
	unsigned grain = 1;

	for (unsigned y = 0; y < p.height; y++)
		for (unsigned x = 0; x < p.width; x++)
			for (unsigned c = 0; c < 3; c++) {
				grain = grain * 1103515245 + 12345;
				p.rgb[(y * p.width + x) * 3 + c] =
				    (unsigned char)((x * (c + 1) / 12 +
							y / (c + 3)) %
							200 +
						    (grain >> 16) % 24);
			}
	jpeg_write(&p, stdout);
	free(p.rgb);
}

int
main(int argc, char **argv)
{
	int fd;

	if (argc == 2 && strcmp(argv[1], "--sample") == 0) {
		sample();
		return 0;
	}
	if (argc != 4)
		return 64;
	fd = FCGX_OpenSocket(argv[1], BACKLOG);
	must(fd >= 0, "socket");
	for (long i = strtol(argv[2], NULL, 10); i > 0; i--) {
		if (fork() == 0) {
			serve(fd, argv[3]);
			_exit(0);
		}
	}
	while (wait(NULL) > 0)
		continue;
	return 0;
}
