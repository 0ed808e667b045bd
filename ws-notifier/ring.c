#include "config.h"

#include "ring.h"

void
ring_init(struct ring *r, int64_t after)
{
	*r = (struct ring){ .after = after };
}

static void
ring_forget(struct ring *r)
{
	struct message *oldest = r->messages[r->first % RING_MESSAGES];

	r->after = oldest->seq;
	r->bytes -= oldest->len;
	r->first++;
	r->count--;
	message_drop(oldest);
}

void
ring_release(struct ring *r)
{
	while (r->count > 0)
		ring_forget(r);
}

void
ring_add(struct ring *r, struct message *m)
{
	while (r->count == RING_MESSAGES ||
	       (r->count > 0 && r->bytes + m->len > RING_BYTES))
		ring_forget(r);
	r->messages[(r->first + r->count++) % RING_MESSAGES] = message_hold(m);
	r->bytes += m->len;
}

size_t
ring_find(const struct ring *r, int64_t after)
{
	size_t low = r->first, high = r->first + r->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (r->messages[middle % RING_MESSAGES]->seq > after)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

struct message *
ring_at(const struct ring *r, size_t place)
{
	return place < r->first + r->count ? r->messages[place % RING_MESSAGES]
					   : NULL;
}
