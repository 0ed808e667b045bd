#include "config.h"

#include "files.h"

#include <sys/resource.h>

#include "base/log.h"

size_t
files_reserve(int64_t connections, size_t spare)
{
	rlim_t wanted = (rlim_t)connections + spare;
	struct rlimit limit;
	size_t room;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return (size_t)connections;
	limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur >= wanted)
		return (size_t)connections;
	room = limit.rlim_cur > 2 * spare ? limit.rlim_cur - spare
					  : limit.rlim_cur / 2;
	log_warn("only %zu of %lld connections: too few descriptors", room,
	    (long long)connections);
	return room;
}
