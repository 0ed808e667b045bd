#include "domain/task_event.h"

#include "core/json_write.h"
#include "domain/event.h"
#include "domain/task.h"
#include "domain/task_state.h"

#define MESSAGE_MAX (64 * KIB)

/* A message on its way: begin, add members, send. */
struct message {
	struct buf buf;
	struct jw jw;
};

static void
message_begin(struct message *m, const char *type, const struct uuid *task)
{
	buf_init(&m->buf, MESSAGE_MAX);
	jw_init(&m->jw, &m->buf);
	jw_object(&m->jw);
	jw_name(&m->jw, "type");
	jw_text(&m->jw, type);
	jw_name(&m->jw, "taskId");
	jw_uuid(&m->jw, task);
}

static enum err
message_send(struct ctx *cx, struct message *m, const struct uuid *account,
    const struct uuid *task)
{
	enum err e;

	jw_end_object(&m->jw);
	jw_done(&m->jw);
	e = event_append(cx, account, task, buf_text(&m->buf));
	buf_release(&m->buf);
	return e;
}

enum err
task_event_progress(struct ctx *cx, const struct uuid *account,
    const struct uuid *task, int64_t progress)
{
	struct message m;

	message_begin(&m, "task_progress", task);
	jw_name(&m.jw, "progress");
	jw_int(&m.jw, progress);
	jw_name(&m.jw, "status");
	jw_text(&m.jw, task_state_status(TASK_RUNNING));
	return message_send(cx, &m, account, task);
}

enum err
task_event_complete(struct ctx *cx, const struct uuid *account,
    const struct uuid *task, bool film, const struct uuid *works, size_t count)
{
	const char *result;
	struct message m;
	enum err e = task_result(cx, task, film, &result);

	if (e)
		return e;
	message_begin(&m, "task_complete", task);
	jw_name(&m.jw, "result");
	jw_json(&m.jw, result);
	jw_name(&m.jw, "works");
	jw_array(&m.jw);
	for (size_t i = 0; i < count; i++)
		jw_uuid(&m.jw, &works[i]);
	jw_end_array(&m.jw);
	return message_send(cx, &m, account, task);
}

enum err
task_event_failed(struct ctx *cx, const struct uuid *account,
    const struct uuid *task, const char *error, enum err reason,
    int64_t refunded)
{
	struct message m;

	message_begin(&m, "task_failed", task);
	jw_name(&m.jw, "error");
	jw_text(&m.jw, error);
	jw_name(&m.jw, "reason");
	jw_text(&m.jw, err_reason(reason));
	jw_name(&m.jw, "refunded");
	jw_int(&m.jw, refunded);
	return message_send(cx, &m, account, task);
}
