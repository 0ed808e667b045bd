/*
 * A resolver that changes its mind: put before the real one (LD_PRELOAD), it
 * answers "rebind.example" with the address that stands in the file
 * $GESSO_REBIND at that moment.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int (*resolve_fn)(
    const char *, const char *, const struct addrinfo *, struct addrinfo **);

int
getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
    struct addrinfo **out)
{
	static resolve_fn real;
	const char *path = getenv("GESSO_REBIND");
	char address[128] = "";
	FILE *f;

	if (real == NULL) {
		void *symbol = dlsym(RTLD_NEXT, "getaddrinfo");

		memcpy(&real, &symbol, sizeof(real));
	}
	if (name == NULL || path == NULL || strcmp(name, "rebind.example") != 0)
		return real(name, service, hints, out);
	f = fopen(path, "r");
	if (f == NULL)
		return EAI_NONAME;
	if (fscanf(f, "%127s", address) != 1)
		address[0] = '\0';
	fclose(f);
	return real(address, service, hints, out);
}
