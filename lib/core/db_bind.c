/*
 * Parameters and columns: between C values and what the client library binds.
 */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "core/db_impl.h"

static void
time_to_mysql(int64_t ms, MYSQL_TIME *out)
{
	struct civil c;

	time_to_civil(ms, &c);
	*out = (MYSQL_TIME){
		.year = (unsigned)c.year,
		.month = (unsigned)c.month,
		.day = (unsigned)c.day,
		.hour = (unsigned)c.hour,
		.minute = (unsigned)c.minute,
		.second = (unsigned)c.second,
		.second_part = (unsigned long)c.ms * 1000,
		.time_type = MYSQL_TIMESTAMP_DATETIME,
	};
}

static void
bind_bytes(struct db_params *p, size_t i, const void *data, size_t len,
    enum enum_field_types type)
{
	MYSQL_BIND *b = &p->bind[i];

	if (data == NULL) {
		b->buffer_type = MYSQL_TYPE_NULL;
		return;
	}
	p->length[i] = len;
	b->buffer_type = type;
	b->buffer = (void *)(uintptr_t)data; /* only read */
	b->buffer_length = len;
	b->length = &p->length[i];
}

static void
bind_uuid(struct db_params *p, size_t i, const struct uuid *id)
{
	if (id != NULL && uuid_is_null(id))
		id = NULL;
	bind_bytes(p, i, id == NULL ? NULL : id->b, 16, MYSQL_TYPE_BLOB);
}

static void
bind_integer(struct db_params *p, size_t i, int64_t value)
{
	p->integer[i] = value;
	p->bind[i].buffer_type =
	    value == INT_NONE ? MYSQL_TYPE_NULL : MYSQL_TYPE_LONGLONG;
	p->bind[i].buffer = &p->integer[i];
}

static void
bind_time(struct db_params *p, size_t i, int64_t ms)
{
	if (ms == TIME_NONE) {
		p->bind[i].buffer_type = MYSQL_TYPE_NULL;
		return;
	}
	time_to_mysql(ms, &p->time[i]);
	p->bind[i].buffer_type = MYSQL_TYPE_DATETIME;
	p->bind[i].buffer = &p->time[i];
}

void
db_params_bind(struct db_params *p, const char *in, va_list ap)
{
	for (size_t i = 0; in[i] != '\0'; i++) {
		const char *text;
		const void *data;

		p->bind[i] = (MYSQL_BIND){ 0 };
		switch (in[i]) {
		case 's':
			text = va_arg(ap, const char *);
			bind_bytes(p, i, text, text == NULL ? 0 : strlen(text),
			    MYSQL_TYPE_STRING);
			break;
		case 'b':
			data = va_arg(ap, const void *);
			bind_bytes(
			    p, i, data, va_arg(ap, size_t), MYSQL_TYPE_BLOB);
			break;
		case 'u':
			bind_uuid(p, i, va_arg(ap, const struct uuid *));
			break;
		case 'i':
			bind_integer(p, i, va_arg(ap, int64_t));
			break;
		case 't':
			bind_time(p, i, va_arg(ap, int64_t));
			break;
		case 'r':
			p->real[i] = va_arg(ap, double);
			p->bind[i].buffer_type = MYSQL_TYPE_DOUBLE;
			p->bind[i].buffer = &p->real[i];
			break;
		default:
			assert(false); /* no such letter in a signature */
		}
	}
}
