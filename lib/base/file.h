/*
 * file - small acts on files that must not be half done.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct arena;

/* All of it or false with errno; EINTR and short writes are handled. */
bool file_write_all(int fd, const void *, size_t);
/* Up to size bytes; fewer only at the end of the file; -1 with errno. */
ssize_t file_read_full(int fd, void *, size_t size);
/*
 * A whole small file as text in the arena; false with errno (EFBIG over max).
 */
bool file_slurp(
    struct arena *, const char *path, size_t max, char **out, size_t *len_out);
/* mkdir -p; true when it is there afterwards. */
bool file_mkdirs(const char *path, mode_t);
/* fsync of a directory by path. */
bool file_sync_dir(const char *path);
/*
 * What root makes in a directory of somebody else's would lock him out: gives
 * an open file to the directory's owner.  Does nothing for others than root.
 */
bool file_give(int fd, const char *dir);

#endif
