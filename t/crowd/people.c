#include "config.h"

#include "people.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/log.h"
#include "core/conf.h"
#include "core/db.h"
#include "domain/session.h"

/* Nobody logs in with a password that is none. */
DB_STMT(person_insert, "uss", NULL,
    "INSERT INTO account (id, username, email, password_hash, created_at)"
    "VALUES (?, ?, ?, '', NOW(3))");

struct ctx
people_ctx(const struct conf *conf)
{
	return (struct ctx){
		.arena = arena_new(16 * MIB), .db = db_new(conf), .conf = conf
	};
}

void
people_ctx_free(struct ctx *cx)
{
	db_free(cx->db);
	arena_free(cx->arena);
}

void
people_must(struct ctx *cx, enum err e, const char *what)
{
	if (e)
		die(EX_SOFTWARE, "%s: %s: %s", what, err_name(e),
		    cx->fault.detail != NULL ? cx->fault.detail : "?");
}

struct crowd_new {
	struct person *people;
	size_t count;
};

static enum err
people_insert(struct ctx *cx, void *arg)
{
	const struct crowd_new *new = arg;
	enum err e = ERR_OK;

	for (size_t i = 0; e == ERR_OK && i < new->count; i++) {
		const struct uuid *id = &new->people[i].id;
		char name[UUID_TEXT];

		(void)uuid_format(id, name);
		/* 32 characters of the id are unique; a name has no more */
		memmove(name, name + 4, sizeof(name) - 4);
		e = db_run(cx, NULL, &person_insert, id, name, name);
	}
	return e;
}

struct person *
people_new(struct ctx *cx, size_t count)
{
	struct person *people = calloc(count, sizeof(*people));
	struct crowd_new new = { people, count };

	if (people == NULL)
		die(EX_OSERR, "out of memory");
	people_must(cx, session_keys_load(cx), "keys");
	for (size_t i = 0; i < count; i++) {
		struct account account = { .id = uuid_new() };
		const char *token;

		people_must(cx, session_open(cx, &account, &token), "token");
		people[i] = (struct person){ account.id, strdup(token) };
		arena_reset(cx->arena);
	}
	people_must(cx, db_transaction(cx, people_insert, &new), "accounts");
	return people;
}

void
people_free(struct person *people, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(people[i].token);
	free(people);
}
