#include "config.h"

#include "mail.h"

#include <stdlib.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "message.h"

static void *
reserve(size_t count, size_t size)
{
	void *p = calloc(count > 0 ? count : 1, size);

	if (p == NULL)
		die(EX_OSERR, "out of memory");
	return p;
}

struct letter *
letter_new(enum letter_kind kind)
{
	struct letter *l = reserve(1, sizeof(*l));

	l->kind = kind;
	l->admission.fd = -1;
	return l;
}

void
letter_free(struct letter *l)
{
	for (size_t i = 0; i < l->message_count; i++)
		message_drop(l->messages[i]);
	if (l->admission.fd >= 0)
		(void)close(l->admission.fd);
	free(l->messages);
	free(l->connections);
	free(l->sessions);
	free(l);
}

void
letter_hold_messages(struct letter *l, size_t count)
{
	l->messages = reserve(count, sizeof(struct message *));
}

void
letter_hold_sessions(struct letter *l, size_t count)
{
	l->connections = reserve(count, sizeof(l->connections[0]));
	l->sessions = reserve(count, sizeof(l->sessions[0]));
}

void
mailbox_init(struct mailbox *box)
{
	pthread_condattr_t steady;

	(void)pthread_condattr_init(&steady);
	(void)pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	(void)pthread_mutex_init(&box->lock, NULL);
	(void)pthread_cond_init(&box->filled, &steady);
	(void)pthread_condattr_destroy(&steady);
	box->first = NULL;
	box->last = &box->first;
	box->closed = false;
}

void
mailbox_release(struct mailbox *box)
{
	struct letter *l;

	while ((l = mailbox_take(box)) != NULL)
		letter_free(l);
	(void)pthread_cond_destroy(&box->filled);
	(void)pthread_mutex_destroy(&box->lock);
}

void
mailbox_put(struct mailbox *box, struct letter *l)
{
	l->next = NULL;
	(void)pthread_mutex_lock(&box->lock);
	*box->last = l;
	box->last = &l->next;
	(void)pthread_cond_signal(&box->filled);
	(void)pthread_mutex_unlock(&box->lock);
}

struct letter *
mailbox_take(struct mailbox *box)
{
	struct letter *l;

	(void)pthread_mutex_lock(&box->lock);
	l = box->first;
	if (l != NULL) {
		box->first = l->next;
		if (box->first == NULL)
			box->last = &box->first;
	}
	(void)pthread_mutex_unlock(&box->lock);
	return l;
}

static struct timespec
steady_in(int64_t ms)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += ms % 1000 * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

void
mailbox_wait(struct mailbox *box, int64_t ms)
{
	struct timespec until = steady_in(ms);

	(void)pthread_mutex_lock(&box->lock);
	if (box->first == NULL && !box->closed)
		(void)pthread_cond_timedwait(&box->filled, &box->lock, &until);
	(void)pthread_mutex_unlock(&box->lock);
}

void
mailbox_pause(struct mailbox *box, int64_t ms)
{
	struct timespec until = steady_in(ms);
	int rc = 0;

	(void)pthread_mutex_lock(&box->lock);
	while (!box->closed && rc == 0)
		rc = pthread_cond_timedwait(&box->filled, &box->lock, &until);
	(void)pthread_mutex_unlock(&box->lock);
}

void
mailbox_close(struct mailbox *box)
{
	(void)pthread_mutex_lock(&box->lock);
	box->closed = true;
	(void)pthread_cond_broadcast(&box->filled);
	(void)pthread_mutex_unlock(&box->lock);
}
