/*
 * ctx - remembers the error that is on its way up.
 */
#include "core/ctx.h"

#include <stdarg.h>

static void fault_set(struct ctx *, enum err, const char *field,
    int64_t retry_after_s, const char *fmt, va_list) PRINTF(5, 0);

static void
fault_set(struct ctx *cx, enum err err, const char *field,
    int64_t retry_after_s, const char *fmt, va_list ap)
{
	struct fault f = { .err = err, .retry_after_s = retry_after_s };

	f.field = arena_strdup(cx->arena, field);
	f.detail = arena_vprintf(cx->arena, fmt, ap);
	cx->fault = f;
}

enum err
fault(struct ctx *cx, enum err err, const char *field, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fault_set(cx, err, field, 0, fmt, ap);
	va_end(ap);
	return err;
}

enum err
fault_retry(
    struct ctx *cx, enum err err, int64_t retry_after_s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fault_set(cx, err, NULL, retry_after_s, fmt, ap);
	va_end(ap);
	return err;
}

void
fault_clear(struct ctx *cx)
{
	cx->fault = (struct fault){ .err = ERR_OK };
}
