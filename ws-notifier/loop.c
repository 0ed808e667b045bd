#include "config.h"

#include "loop.h"

#include <stddef.h>

#ifdef HAVE_LIBEV

#include <ev.h>

void *
loop_new(void)
{
	return ev_loop_new(EVFLAG_AUTO | EVBACKEND_EPOLL);
}

bool
loop_turn(void *loop)
{
	return ev_run(loop, EVRUN_ONCE) != 0;
}

void
loop_free(void *loop)
{
	if (loop != NULL)
		ev_loop_destroy(loop);
}

#else

void *
loop_new(void)
{
	return NULL;
}

bool
loop_turn(void *loop)
{
	(void)loop;
	return false;
}

void
loop_free(void *loop)
{
	(void)loop;
}

#endif
