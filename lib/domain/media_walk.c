#include "config.h"

#include "domain/media_walk.h"

#include <errno.h>
#include <fts.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/text.h"
#include "core/conf.h"
#include "domain/media_store.h"

static void
stored_fill(struct ctx *cx, const FTSENT *entry, struct media_stored *out)
{
	const char *dir = arena_copy(cx->arena, entry->fts_path,
	    strlen(entry->fts_path) - strlen(entry->fts_name) - 1);

	*out = (struct media_stored){
		.path = entry->fts_path,
		.bytes = entry->fts_statp->st_size,
		.age_s = clock_ms() / 1000 - entry->fts_statp->st_mtim.tv_sec,
		.draft = text_ends(dir, "/tmp"),
	};
	if (!media_name_parse(cx, entry->fts_name, &out->name, &out->extension))
		out->name = (struct uuid){ 0 };
}

enum err
media_walk(struct ctx *cx, const char *below,
    enum err (*visit)(void *arg, struct media_stored *), void *arg)
{
	char *root = arena_printf(cx->arena, "%s%s%s", cx->conf->media_dir,
	    below[0] == '\0' ? "" : "/", below);
	char *roots[] = { root, NULL };
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	size_t mark = arena_mark(cx->arena);
	enum err e = ERR_OK;
	struct media_stored file;
	FTSENT *entry;

	if (fts == NULL)
		return fault(cx, ERR_INTERNAL, NULL, "cannot read '%s': %s",
		    cx->conf->media_dir, strerror(errno));
	while (e == ERR_OK && (entry = fts_read(fts)) != NULL) {
		if (entry->fts_info == FTS_NS && entry->fts_errno == ENOENT)
			continue;
		if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR ||
		    entry->fts_info == FTS_NS) {
			e = fault(cx, ERR_INTERNAL, NULL,
			    "cannot read '%s': %s", entry->fts_path,
			    strerror(entry->fts_errno));
		} else if (entry->fts_info == FTS_F) {
			stored_fill(cx, entry, &file);
			e = visit(arg, &file);
			if (e == ERR_OK)
				arena_rewind(cx->arena, mark);
		}
	}
	(void)fts_close(fts);
	return e;
}
