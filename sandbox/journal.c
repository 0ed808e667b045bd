/*
 * Lines of the journal.
 */
#include "config.h"

#include "journal.h"

#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "call.h"

#define LINE_MAX (256 * KIB)

void
journal_write(const struct call *c, int status)
{
	const char *uri = call_header(c, "REQUEST_URI");
	struct buf line;
	struct jw jw;

	if (c->box->journal < 0)
		return;
	buf_init(&line, LINE_MAX);
	jw_init(&jw, &line);
	jw_object(&jw);
	jw_name(&jw, "time");
	jw_time(&jw, clock_ms());
	if (c->vendor != NULL) {
		jw_name(&jw, "vendor");
		jw_text(&jw, c->vendor->name);
	}
	jw_name(&jw, "method");
	jw_text(&jw, c->method);
	jw_name(&jw, "path");
	jw_text(&jw, arena_copy(c->cx.arena, uri, strcspn(uri, "?")));
	jw_name(&jw, "status");
	jw_int(&jw, status);
	if (c->id != NULL) {
		jw_name(&jw, "id");
		jw_text(&jw, c->id);
	}
	if (c->prompt != NULL) {
		jw_name(&jw, "prompt");
		jw_text(&jw, c->prompt);
		jw_name(&jw, "accepted");
		jw_bool(&jw, c->accepted);
	}
	if (c->picture.sha256 != NULL) {
		jw_name(&jw, "picture");
		jw_object(&jw);
		jw_name(&jw, "width");
		jw_int(&jw, c->picture.width);
		jw_name(&jw, "height");
		jw_int(&jw, c->picture.height);
		jw_name(&jw, "sha256");
		jw_text(&jw, c->picture.sha256);
		jw_end_object(&jw);
	}
	jw_end_object(&jw);
	jw_done(&jw);
	buf_putc(&line, '\n');
	/* One write to a file opened for appending: whole lines, in order. */
	if (!buf_overflowed(&line) &&
	    !file_write_all(c->box->journal, buf_text(&line), line.len))
		log_error("the journal can't be written");
	buf_release(&line);
}
