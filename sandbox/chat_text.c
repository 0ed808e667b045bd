/*
 * The assistant of the sandbox: polite, bilingual, and a little vain about
 * light.
 */
#include "config.h"

#include "chat_text.h"

#include <string.h>

#include "base/arena.h"
#include "base/base.h"
#include "base/text.h"
#include "scene.h"

#define QUOTED_MAX 80 /* characters of the prompt that are repeated */

static const char *const advice[] = {
	"Say where the light comes from, and at what hour.",
	"Name one thing in the foreground and one far away.",
	"A single accent of colour — a red sail, a lit window — leads the eye.",
	"Give the weather a word of its own: haze, drizzle, first frost.",
	"Tell the lens as well as the subject: wide and low, or long and calm.",
	"Leave a third of the frame empty; the sky will thank you.",
	"Write what moves, if it is to be a film, and how slowly.",
};

static const char *const advice_zh[] = {
	"请写明光从哪里来、是什么时辰。",
	"前景放一样东西，远处再放一样。",
	"一点醒目的颜色就够了——一面红帆，或一扇亮着的窗。",
	"给天气一个词：薄雾、细雨、初霜。",
	"留出三分之一的空白，天空会感谢你。",
};

/* Does it have characters of Chinese? */
static bool
is_chinese(const char *text)
{
	size_t len = strlen(text), size;

	for (size_t i = 0; i < len; i += size) {
		uint32_t point = utf8_decode(text + i, len - i, &size);

		if (point >= 0x4e00 && point <= 0x9fff)
			return true;
	}
	return false;
}

static uint32_t
hash_of(const char *text)
{
	uint32_t hash = 2166136261U;

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619U;
	return scene_mix(hash);
}

/* The bytes of the next piece: a word with its blank, or one character. */
static size_t
piece_length(const char *text)
{
	size_t len = strspn(text, " ");
	size_t word = strcspn(text + len, " ");
	size_t size;

	if (((unsigned char)text[len] & 0x80) == 0)
		return len + word;
	utf8_decode(text + len, strlen(text + len), &size);
	return len + size;
}

static void
pieces_cut(struct arena *a, struct chat_text *t)
{
	const char *at = t->whole;

	t->pieces = ARENA_ARRAY(a, strlen(at) + 1, const char *);
	while (*at != '\0') {
		size_t len = piece_length(at);

		t->pieces[t->count++] = arena_copy(a, at, len);
		at += len;
	}
}

void
chat_text_make(struct arena *a, const char *prompt, struct chat_text *out)
{
	bool chinese = is_chinese(prompt);
	size_t len = utf8_prefix(prompt, strlen(prompt), QUOTED_MAX);
	const char *quoted = arena_copy(a, prompt, len);
	const char *more = prompt[len] == '\0' ? "" : "…";
	const char *const *list = chinese ? advice_zh : advice;
	size_t count = chinese ? COUNT(advice_zh) : COUNT(advice);
	uint32_t hash = hash_of(prompt);

	out->count = 0;
	out->whole = arena_printf(a,
	    chinese ? "你说的是“%s%s”。%s%s%s" : "You wrote “%s%s”. %s %s %s",
	    quoted, more, list[hash % count], list[(hash + 2) % count],
	    list[(hash + 4) % count]);
	pieces_cut(a, out);
}
