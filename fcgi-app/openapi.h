/*
 * openapi - the description of the API (OpenAPI 3.1), made from the table of
 * routes, the shapes and the catalogue of errors.
 */
#ifndef FCGI_APP_OPENAPI_H
#define FCGI_APP_OPENAPI_H

#include <stdio.h>

#include "base/buf.h"

#define OPENAPI_MAX MIB

/* The whole document; server is the address that the paths go behind. */
void openapi_write(struct buf *, const char *server);
/* The same for people: a line for each value. */
void openapi_print(FILE *, const char *json);

#endif
