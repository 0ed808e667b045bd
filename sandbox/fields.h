/*
 * fields - members of a JSON body or fields of a form, by one name.
 */
#ifndef FIELDS_H
#define FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct call;

/* Is there such a member that is not null? */
bool field_given(const struct call *, const char *name);
/* A text; NULL when absent or of another type. */
const char *field_text(const struct call *, const char *name);
/* A whole number; def when absent, INT_NONE when it is none. */
int64_t field_int(const struct call *, const char *name, int64_t def);
/* A number; def when absent, NAN when it is none. */
double field_real(const struct call *, const char *name, double def);
/*
 * The name of the first member that is not in the list (which ends with NULL);
 * NULL when all are.
 */
const char *field_unknown(const struct call *, const char *const *names);
/*
 * "1024x768" to two numbers of 1 to PICTURE_SIDE_MAX; between stands any one
 * character of "x:".
 */
bool size_parse(const char *, int64_t *width_out, int64_t *height_out);

#endif
