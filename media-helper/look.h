/*
 * look - one file looked at: checked, measured, a small picture made of it.
 */
#ifndef MEDIA_HELPER_LOOK_H
#define MEDIA_HELPER_LOOK_H

#include <stdbool.h>

#include "base/media_wire.h"

/*
 * Answers an ask; out_fd -1: no output is wanted.  false when the file got as
 * far as a decoder and failed there: whoever decoded it had better go.
 */
bool
look(const struct media_ask *, int in_fd, int out_fd, struct media_answer *out);

#endif
