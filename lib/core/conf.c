/*
 * conf - reads gesso.conf, line by line, and tells all that is wrong with it.
 */
#include "config.h"

#include "core/conf.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "core/conf_value.h"

#define CONF_FILE_MAX (256 * KIB) /* bytes of a file */
#define CONF_ARENA_MAX (4 * MIB)  /* of what is made of it */
#define COMPLAINTS_MAX (64 * KIB) /* what conf_load() prints at most */

/* clang-format off */
const struct option options[] = {
#define OPTION(name, type, def, min, max, sentence)			\
	{ #name, OPTION_##type, def, min, max, sentence,		\
	  offsetof(struct conf, name) },
#include "core/options.def"
#undef OPTION
};
/* clang-format on */
const size_t option_count = COUNT(options);

/* A conf and the arena that all of it lives in. */
struct conf_box {
	struct conf conf; /* first: a conf is its box */
	struct arena *arena;
};

struct reading {
	struct conf_box *box;
	const char *path;
	int line;
	int set_in[COUNT(options)]; /* line, 0 for not yet */
	size_t wrong;
	struct buf *complaints;
};

/* What an administrator may want to know; nothing is wrong. */
static void
note(struct reading *r, const char *text)
{
	if (r->line > 0)
		buf_printf(
		    r->complaints, "%s:%d: %s\n", r->path, r->line, text);
	else
		buf_printf(r->complaints, "%s: %s\n", r->path, text);
}

static void complain(struct reading *, const char *fmt, ...) PRINTF(2, 3);

static void
complain(struct reading *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	note(r, arena_vprintf(r->box->arena, fmt, ap));
	va_end(ap);
	r->wrong++;
}

/* "https://example.org/art" -> "/art/media". */
static void
derive(struct conf_box *box)
{
	const char *host = strstr(box->conf.public_url, "://");
	const char *path = strchr(host + strlen("://"), '/');

	box->conf.site_path = path != NULL ? path : "";
	box->conf.media_path =
	    arena_printf(box->arena, "%s/media", box->conf.site_path);
}

static struct conf_box *
box_new(void)
{
	struct arena *arena = arena_new(CONF_ARENA_MAX);
	struct conf_box *box = ARENA_NEW(arena, struct conf_box);

	box->arena = arena;
	for (size_t i = 0; i < option_count; i++) {
		const char *wrong = conf_value_set(
		    arena, &box->conf, &options[i], options[i].def);

		assert(wrong == NULL);
		(void)wrong;
	}
	derive(box);
	return box;
}

struct conf *
conf_default(void)
{
	return &box_new()->conf;
}

void
conf_free(struct conf *conf)
{
	if (conf != NULL)
		arena_free(((struct conf_box *)(void *)conf)->arena);
}

const char *
conf_path(const char *given)
{
	const char *path = given != NULL ? given : getenv("GESSO_CONF");

	return text_empty(path) ? GESSO_SYSCONFDIR "/gesso.conf" : path;
}

static void
complain_unknown(struct reading *r, const char *key)
{
	const struct option *nearest = &options[0];
	size_t least = SIZE_MAX;

	for (size_t i = 0; i < option_count; i++) {
		size_t distance = text_distance(key, options[i].name);

		if (distance < least) {
			least = distance;
			nearest = &options[i];
		}
	}
	if (2 * least <= strlen(key))
		complain(r, "unknown key '%s'; did you mean '%s'?", key,
		    nearest->name);
	else
		complain(r, "unknown key '%s'", key);
}

static void
key_read(struct reading *r, const char *key, const char *value)
{
	const char *must;
	size_t i;

	for (i = 0; i < option_count; i++)
		if (text_is(options[i].name, key))
			break;
	if (i == option_count) {
		complain_unknown(r, key);
		return;
	}
	if (r->set_in[i] != 0)
		note(r,
		    arena_printf(r->box->arena,
			"'%s' takes the place of line %d", key, r->set_in[i]));
	r->set_in[i] = r->line;
	must = conf_value_set(r->box->arena, &r->box->conf, &options[i], value);
	if (must != NULL)
		complain(r, "'%s' must be %s", key, must);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Without blanks at both ends, in place. */
static char *
trim(char *text)
{
	size_t len = strlen(text);

	while (len > 0 && is_blank(text[len - 1]))
		text[--len] = '\0';
	while (is_blank(*text))
		text++;
	return text;
}

/* Ends the text where a comment begins: '#' first or after a blank. */
static void
cut_comment(char *text)
{
	for (char *at = text; *at != '\0'; at++)
		if (*at == '#' && (at == text || is_blank(at[-1]))) {
			*at = '\0';
			return;
		}
}

/* What stands between quotes; NULL after a complaint. */
static char *
unquote(struct reading *r, char *text)
{
	char *end = strchr(text + 1, '"');

	if (end == NULL) {
		complain(r, "a quote that is not closed");
		return NULL;
	}
	*end = '\0';
	cut_comment(end + 1);
	if (*trim(end + 1) != '\0') {
		complain(r, "text after the closing quote");
		return NULL;
	}
	return text + 1;
}

static void
line_read(struct reading *r, char *line)
{
	char *equals, *value;

	line = trim(line);
	if (*line == '\0' || *line == '#')
		return;
	equals = strchr(line, '=');
	if (equals == NULL) {
		complain(r, "no '=' in this line");
		return;
	}
	*equals = '\0';
	value = trim(equals + 1);
	if (*value == '"') {
		value = unquote(r, value);
		if (value == NULL)
			return;
	} else {
		cut_comment(value);
		value = trim(value);
	}
	key_read(r, trim(line), value);
}

static void
text_read(struct reading *r, char *text, size_t len)
{
	char *next;

	if (strlen(text) != len) {
		complain(r, "the file holds a NUL character");
		return;
	}
	for (; text != NULL; text = next) {
		next = strchr(text, '\n');
		if (next != NULL)
			*next++ = '\0';
		r->line++;
		line_read(r, text);
	}
}

struct conf *
conf_read(const char *path, struct buf *complaints)
{
	struct conf_box *box = box_new();
	struct reading r = {
		.box = box, .path = path, .complaints = complaints
	};
	char *text;
	size_t len;

	if (file_slurp(box->arena, path, CONF_FILE_MAX, &text, &len))
		text_read(&r, text, len);
	else
		complain(&r, "cannot be read: %s", strerror(errno));
	if (r.wrong > 0) {
		conf_free(&box->conf);
		return NULL;
	}
	box->conf.path = arena_strdup(box->arena, path);
	derive(box);
	return &box->conf;
}

static enum log_level
level_of(const char *word)
{
	static const char *const words[] = {
		[LOG_LEVEL_ERROR] = "error",
		[LOG_LEVEL_WARN] = "warn",
		[LOG_LEVEL_INFO] = "info",
	};

	for (size_t i = 0; i < COUNT(words); i++)
		if (text_is(words[i], word))
			return (enum log_level)i;
	return LOG_LEVEL_DEBUG;
}

static void
log_start(const struct conf *conf, const char *program)
{
	if (!log_open(program, conf->log_target, level_of(conf->log_level)))
		log_warn("cannot open the log '%s'; lines go where they went",
		    conf->log_target);
}

struct conf *
conf_load(const char *given, const char *program)
{
	struct conf *conf;
	struct buf complaints;

	buf_init(&complaints, COMPLAINTS_MAX);
	conf = conf_read(conf_path(given), &complaints);
	if (conf == NULL) {
		fputs(buf_text(&complaints), stderr);
		exit(EX_CONFIG);
	}
	buf_release(&complaints);
	log_start(conf, program);
	return conf;
}

bool
conf_db_password(const struct conf *conf, char out[CONF_DB_PASSWORD])
{
	const char *path = conf->db_password_file;
	struct arena *arena;
	char *text;
	size_t len;
	bool read;

	out[0] = '\0';
	if (text_empty(path))
		return true;
	arena = arena_new(64 * KIB);
	read = file_slurp(arena, path, CONF_DB_PASSWORD - 1, &text, &len);
	if (read) {
		text[strcspn(text, "\r\n")] = '\0';
		memcpy(out, text, strlen(text) + 1);
	}
	arena_free(arena);
	return read;
}

struct conf *
conf_reload(const struct conf *old, const char *program)
{
	struct buf complaints;
	struct conf *conf;
	char *line, *rest, password[CONF_DB_PASSWORD];

	buf_init(&complaints, COMPLAINTS_MAX);
	conf = conf_read(old->path, &complaints);
	if (conf != NULL && !conf_db_password(conf, password)) {
		buf_printf(&complaints, "cannot read db_password_file '%s'\n",
		    conf->db_password_file);
		conf_free(conf);
		conf = NULL;
	}
	explicit_bzero(password, sizeof(password));
	if (conf != NULL)
		log_start(conf, program);
	else
		log_reopen();
	for (line = complaints.data; line != NULL && *line; line = rest) {
		rest = line + strcspn(line, "\n");
		if (*rest != '\0')
			*rest++ = '\0';
		if (conf == NULL)
			log_error("%s", line);
		else
			log_warn("%s", line);
	}
	buf_release(&complaints);
	return conf;
}
