/*
 * Hourly counters in a mapped file: open addresses, one word of hour and count
 * a slot, changed by compare-and-swap.
 *
 * A slot belongs to one subject while its hour lasts; the first call of an
 * hour takes a slot under a lock (of the file, so that a killed process frees
 * it), every other one touches no lock.  A slot is handed over by key 0, new
 * word, new key, in this order: whoever reads key, word and the same key again
 * knows that the word is the key's, and a word that is compared and swapped has
 * not changed hands since, because only hours that are not now do.
 */
#include "config.h"

#include "domain/budget.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "core/conf.h"
#include "domain/state_file.h"

#define BUDGET_FILE "budget"
#define BUDGET_MAGIC UINT64_C(0x3174656764756267) /* "gbudget1" */
#define SLOTS (UINT64_C(1) << 18)                 /* subjects an hour; 4 MiB */
#define PROBES_MAX 128 /* slots that a subject may lie in */
#define HOUR_MS (3600 * INT64_C(1000))
#define LOCK_BYTE 0

struct slot {
	_Atomic uint64_t key;  /* 0: free */
	_Atomic uint64_t word; /* hour << 32 | count */
};

struct table {
	uint64_t magic; /* written last */
	uint64_t slots;
	uint8_t hash_key[crypto_shorthash_KEYBYTES];
	uint8_t unused[32];
	struct slot slot[SLOTS];
};

_Static_assert(sizeof(struct slot) == 16, "a slot is 16 bytes in the file");

/* Of the process. */
static struct table *table;
static int table_fd = -1;
static pthread_mutex_t claim_mutex = PTHREAD_MUTEX_INITIALIZER;

static uint32_t
word_hour(uint64_t word)
{
	return (uint32_t)(word >> 32);
}

static uint32_t
word_count(uint64_t word)
{
	return (uint32_t)word;
}

/*
 * Over the edge of an hour a caller may come late.  Further ahead is a clock
 * that was wrong, and nobody waits for its hour.
 */
static bool
word_counts(uint64_t word, uint32_t hour)
{
	return word_hour(word) - hour <= 1;
}

/* Room on the disk is taken at once: a hole could not be filled later. */
static bool
table_make(int fd, struct table *t)
{
	if (posix_fallocate(fd, 0, (off_t)sizeof(*t)) != 0)
		return false;
	randombytes_buf(t->hash_key, sizeof(t->hash_key));
	t->slots = SLOTS;
	t->magic = BUDGET_MAGIC;
	return msync(t, sizeof(*t), MS_SYNC) == 0;
}

/* Under the file's lock. */
static enum err
table_map(struct ctx *cx, int fd, struct table **out)
{
	struct stat st;
	struct table *t;

	if (fstat(fd, &st) != 0 ||
	    (st.st_size == 0 && ftruncate(fd, (off_t)sizeof(*t)) != 0))
		return fault(cx, ERR_INTERNAL, NULL, "%s/%s: %s",
		    cx->conf->state_dir, BUDGET_FILE, strerror(errno));
	if (st.st_size != 0 && (size_t)st.st_size != sizeof(*t))
		return fault(cx, ERR_INTERNAL, NULL,
		    "%s/%s is of another version; remove it",
		    cx->conf->state_dir, BUDGET_FILE);
	t = mmap(NULL, sizeof(*t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (t == MAP_FAILED)
		return fault(cx, ERR_INTERNAL, NULL, "cannot map %s: %s",
		    BUDGET_FILE, strerror(errno));
	/* magic 0: new, or its maker died over it */
	if ((t->magic == 0 && table_make(fd, t)) ||
	    (t->magic == BUDGET_MAGIC && t->slots == SLOTS)) {
		*out = t;
		return ERR_OK;
	}
	munmap(t, sizeof(*t));
	return fault(cx, ERR_INTERNAL, NULL,
	    "%s/%s is of another version or finds no room on the disk",
	    cx->conf->state_dir, BUDGET_FILE);
}

enum err
budget_open(const struct conf *conf, struct ctx *cx)
{
	int fd = state_file_open(conf, BUDGET_FILE);
	struct table *t = NULL;
	enum err e;

	if (fd < 0 || !state_file_lock(fd, LOCK_BYTE, true)) {
		e = fault(cx, ERR_INTERNAL, NULL, "cannot open %s/%s: %s",
		    conf->state_dir, BUDGET_FILE, strerror(errno));
	} else {
		e = table_map(cx, fd, &t);
		state_file_unlock(fd, LOCK_BYTE);
	}
	if (e) {
		if (fd >= 0)
			close(fd);
		return e;
	}
	if (table != NULL) {
		munmap(table, sizeof(*table));
		close(table_fd);
	}
	table = t;
	table_fd = fd;
	return ERR_OK;
}

static uint64_t
key_of(const char *subject)
{
	uint64_t key;

	_Static_assert(crypto_shorthash_BYTES == sizeof(key), "64 bits");
	crypto_shorthash((unsigned char *)&key, (const unsigned char *)subject,
	    strlen(subject), table->hash_key);
	return key == 0 ? 1 : key;
}

static struct slot *
slot_at(uint64_t key, uint64_t probe)
{
	return &table->slot[(key + probe) % SLOTS];
}

/*
 * The slot of a key for this hour and its word; NULL when the hour has none
 * yet.  A slot never used ends the search: nobody was put behind it.
 */
static struct slot *
slot_find(uint64_t key, uint32_t hour, uint64_t *word_out)
{
	for (uint64_t i = 0; i < PROBES_MAX; i++) {
		struct slot *s = slot_at(key, i);
		uint64_t seen = atomic_load(&s->key);
		uint64_t word = atomic_load(&s->word);

		if (seen == 0 && word == 0)
			return NULL;
		if (seen != key || !word_counts(word, hour))
			continue;
		if (atomic_load(&s->key) != key)
			continue; /* just handed over */
		*word_out = word;
		return s;
	}
	return NULL;
}

/* Under the lock: the slot of a key for this hour, taken if need be. */
static bool
slot_claim(uint64_t key, uint32_t hour)
{
	struct slot *room = NULL;
	uint64_t word;

	if (slot_find(key, hour, &word) != NULL)
		return true;
	for (uint64_t i = 0; i < PROBES_MAX; i++) {
		struct slot *s = slot_at(key, i);
		uint64_t seen = atomic_load(&s->key);

		word = atomic_load(&s->word);
		if (seen != 0 && seen != key && word_counts(word, hour))
			continue;
		if (room == NULL || seen == key)
			room = s;
		if (seen == key || (seen == 0 && word == 0))
			break;
	}
	if (room == NULL)
		return false;
	atomic_store(&room->key, 0);
	atomic_store(&room->word, (uint64_t)hour << 32);
	atomic_store(&room->key, key);
	return true;
}

static bool
slot_claim_locked(uint64_t key, uint32_t hour)
{
	bool done;

	pthread_mutex_lock(&claim_mutex);
	done =
	    state_file_lock(table_fd, LOCK_BYTE, true) && slot_claim(key, hour);
	state_file_unlock(table_fd, LOCK_BYTE);
	pthread_mutex_unlock(&claim_mutex);
	return done;
}

static uint32_t
hour_now(struct budget *out)
{
	int64_t now = clock_ms(), left = HOUR_MS - now % HOUR_MS;

	out->reset_s = (left + 999) / 1000;
	out->reset_ms = now + left;
	return (uint32_t)(now / HOUR_MS);
}

/*
 * Counts one call unless the limit is reached; what was counted before comes
 * out.  A table that is full to bursting lets the call pass.
 */
static bool
count_take(uint64_t key, uint32_t hour, int64_t limit, int64_t *before_out)
{
	uint64_t word;
	struct slot *s;

	*before_out = 0;
	for (;;) {
		s = slot_find(key, hour, &word);
		if (s == NULL) {
			if (slot_claim_locked(key, hour))
				continue;
			log_warn("no room for another caller in %s; a call is "
				 "not counted",
			    BUDGET_FILE);
			return limit > 0;
		}
		*before_out = word_count(word);
		if (*before_out >= limit)
			return false;
		if (atomic_compare_exchange_weak(&s->word, &word, word + 1))
			return true;
	}
}

enum err
budget_take(
    struct ctx *cx, const char *subject, int64_t limit, struct budget *out)
{
	int64_t before;
	bool taken;

	out->limit = limit;
	taken = count_take(key_of(subject), hour_now(out), limit, &before);
	out->remaining = taken ? limit - before - 1 : 0;
	if (taken)
		return ERR_OK;
	return fault_retry(cx, ERR_API_LIMIT, out->reset_s,
	    "%lld calls an hour are allowed", (long long)limit);
}

void
budget_look(
    struct ctx *cx, const char *subject, int64_t limit, struct budget *out)
{
	uint32_t hour = hour_now(out);
	uint64_t word = 0;
	int64_t used = 0;

	(void)cx;
	if (slot_find(key_of(subject), hour, &word) != NULL)
		used = word_count(word);
	out->limit = limit;
	out->remaining = used < limit ? limit - used : 0;
}
