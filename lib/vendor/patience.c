#include "vendor/patience.h"

#define WAIT_MS INT64_C(30000)
#define IDLE_MS INT64_C(30000)
#define IDLE_BYTES 256 /* fewer in idle_ms is silence */

static int64_t
given_us(int64_t given_ms, int64_t usual_ms)
{
	return (given_ms > 0 ? given_ms : usual_ms) * 1000;
}

const char *
patience_over(struct patience *p, const struct fetch_request *rq, size_t len,
    int64_t now_us)
{
	size_t came = len - p->window_len;

	if (rq->total_ms > 0 && now_us - p->began_us > rq->total_ms * 1000)
		return "it took too long";
	if (p->sent_us == 0)
		return NULL;
	if (p->window_us == 0)
		return now_us - p->sent_us > given_us(rq->wait_ms, WAIT_MS)
			   ? "no answer came"
			   : NULL;
	if (now_us - p->window_us <= given_us(rq->idle_ms, IDLE_MS))
		return NULL;
	p->window_us = now_us;
	p->window_len = len;
	return came < IDLE_BYTES ? "it went silent" : NULL;
}
