#include "call.h"

#include "base/log.h"

/* The largest picture, and four times in base64 on its way into a request. */
#define CALL_MEMORY (512 * MIB)

struct call {
	struct flight *flight;
	struct ctx cx;
	struct fetch *fetch;
	struct call **slot;
	call_done done;
	struct part *part;
	struct delivery *delivery;
};

struct call *
call_new(struct flight *f)
{
	struct arena *arena = arena_new(CALL_MEMORY);
	struct call *call = ARENA_NEW(arena, struct call);

	flight_refresh(f);
	call->flight = f;
	call->cx = f->engine->cx;
	call->cx.arena = arena;
	fault_clear(&call->cx);
	return call;
}

struct ctx *
call_ctx(struct call *call)
{
	return &call->cx;
}

void
call_drop(struct call *call)
{
	arena_free(call->cx.arena);
}

static void
call_over(void *arg, const struct fetch_reply *reply)
{
	struct call *call = arg;
	struct flight *f = call->flight;
	struct arena *arena = f->engine->cx.arena;
	size_t mark = arena_mark(arena);

	*call->slot = NULL;
	f->calls--;
	log_context(f->trace);
	call->done(f, call->part, call->delivery, reply);
	log_context(NULL);
	arena_rewind(arena, mark);
	call_drop(call);
}

void
call_start(struct call *call, const struct fetch_request *request,
    struct call **slot, call_done done, struct part *part,
    struct delivery *delivery)
{
	struct flight *f = call->flight;

	call->slot = slot;
	call->done = done;
	call->part = part;
	call->delivery = delivery;
	*slot = call;
	f->calls++;
	call->fetch = fetch_start(f->engine->loop, request, call_over, call);
}

void
call_stop(struct call *call)
{
	if (call == NULL)
		return;
	fetch_stop(call->fetch);
	*call->slot = NULL;
	call->flight->calls--;
	call_drop(call);
}
