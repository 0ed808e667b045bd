/*
 * answer_file - an answer while it is being written, for others to read along.
 *
 * Its writer adds to a file of state_dir what came, holds a lock on it, and
 * removes it when the answer stands in the database.  Whoever reads along, in
 * whatever process of this machine, holds another lock, so that the writer
 * knows; and a file without a writer is all that is left of one that died.
 */
#ifndef DOMAIN_ANSWER_FILE_H
#define DOMAIN_ANSWER_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/conf.h"
#include "core/ctx.h"
#include "core/shape.h"

/* Makes it and holds it as its writer; -1 with errno. */
int answer_file_make(const struct conf *, const struct uuid *message);
/*
 * Adds what it lacks of the text so far.  False with errno when that does not
 * go now; the next time all that is missing is tried again.
 */
bool answer_file_add(int fd, const char *text, size_t len);
/* Does anybody read along? */
bool answer_file_watched(int fd);
/* Was it removed, with its conversation? */
bool answer_file_removed(int fd);
/* The answer stands in the database: removes it. */
void answer_file_remove(const struct conf *, const struct uuid *message);
/*
 * The answer was deleted: removes it, and waits a moment for the writer to see
 * that and go.
 */
void answer_file_delete(const struct conf *, const struct uuid *message);

/* Opens it to read along; -1 when there is none. */
int answer_file_follow(const struct conf *, const struct uuid *message);
/* Is its writer alive? */
bool answer_file_written(int fd);

/*
 * The next file of a writer that has died: its message and what it wrote, in
 * the arena.  It has no other writer before the next call.  Begins with a NULL
 * cursor, which is closed at the end; false then.
 */
struct answer_files;
bool answer_file_dead(struct ctx *, struct answer_files **cursor,
    struct uuid *message_out, const char **text_out);

#endif
