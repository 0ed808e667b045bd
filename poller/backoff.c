#include "backoff.h"

#include "base/encode.h"
#include "core/shape.h"

#define FIRST_MS 500
#define DOUBLINGS 6 /* half a second becomes half a minute */

int64_t
backoff_ms(int tries, int64_t asked_ms)
{
	int doublings = tries < 1 ? 0 : tries - 1;
	int64_t whole = (int64_t)FIRST_MS
			<< (doublings > DOUBLINGS ? DOUBLINGS : doublings);
	int64_t ms = whole / 2 + random_below((uint32_t)(whole / 2) + 1);

	return asked_ms != INT_NONE && asked_ms > ms
		   ? asked_ms + random_below(FIRST_MS)
		   : ms;
}
