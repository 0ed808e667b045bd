/*
 * file_reply - the bytes of a file, where the web server does not send them.
 */
#ifndef FCGI_APP_FILE_REPLY_H
#define FCGI_APP_FILE_REPLY_H

#include "reply.h"

/* With the headers of the file already made; ERR_NOT_FOUND when it is gone. */
enum err file_reply(struct req *, const struct reply_file *) MUST_CHECK;

#endif
