/*
 * form - a multipart/form-data body, taken in a stream: texts by the route's
 * shape, its file into a draft of the store.
 *
 * Memory is constant whatever the file.  The file's declared name and type are
 * not looked at; parts that nobody asked for are read and forgotten.
 */
#ifndef FCGI_APP_FORM_H
#define FCGI_APP_FORM_H

#include "req.h"

/*
 * Reads the body to its end or to what is wrong with it (ERR_INVALID_FIELD,
 * ERR_BODY_TOO_LARGE, ERR_UNAVAILABLE when there is no room).  Fills r->in,
 * r->file and, for those who sent an Idempotency-Key, r->hash.  The request
 * drops the draft in the end unless somebody keeps it.
 */
enum err form_read(struct req *) MUST_CHECK;

#endif
