/*
 * The part of doctor that looks at files: settings, keys, directories, the
 * helper.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "core/jwt.h"
#include "core/key_file.h"
#include "domain/media_helper.h"
#include "exam.h"

#define SEAL_KEY_BYTES 32
/* A warning comes while there is still so many times min_free_disk. */
#define ROOM_FACTOR 4
#define QUEUE_PATH "/proc/sys/net/core/somaxconn"
#define QUEUE_TEXT 32
#define QUEUE_MIN 1024

/* Who may write settings and programs decides over everything. */
static void
check_modes(
    struct exam *exam, const char *check, const char *path, mode_t denied)
{
	struct stat st;

	if (text_empty(path))
		return;
	if (stat(path, &st) != 0)
		exam_wrong(exam, EXAM_FAIL, check,
		    "make the file, or correct the setting",
		    "'%s' cannot be read: %s", path, strerror(errno));
	else if ((st.st_mode & denied) != 0)
		exam_wrong(exam, EXAM_FAIL, check,
		    arena_printf(exam->cx->arena, "run: chmod %s '%s'",
			(denied & S_IROTH) != 0 ? "o-rwx" : "go-w", path),
		    "'%s' has mode %04o", path, (unsigned)st.st_mode & 07777U);
	else
		exam_ok(exam, check, "%s", path);
}

static void
check_keys(struct exam *exam)
{
	struct jwt_keys tokens;
	struct keys seals;
	enum err e =
	    jwt_keys_read(exam->cx, exam->conf->token_key_file, &tokens);

	if (e)
		exam_wrong(exam, EXAM_FAIL, "token keys",
		    "run as root: gessoctl key rotate token", "%s",
		    exam_fault(exam, e));
	else
		exam_ok(exam, "token keys", "%zu, strong and private",
		    tokens.set.count);
	e = key_file_read(exam->cx, exam->conf->seal_key_file, SEAL_KEY_BYTES,
	    SEAL_KEY_BYTES, &seals);
	if (e)
		exam_wrong(exam, EXAM_FAIL, "seal keys",
		    "run as root: gessoctl key rotate seal", "%s",
		    exam_fault(exam, e));
	else
		exam_ok(exam, "seal keys", "%zu, private", seals.count);
}

static void
check_directory(struct exam *exam, const char *check, const char *path)
{
	struct statvfs fs;
	int64_t left;

	if (access(path, W_OK | X_OK) != 0) {
		exam_wrong(exam, EXAM_FAIL, check,
		    "make the directory and give it to the user of gesso",
		    "'%s' cannot be written: %s", path, strerror(errno));
		return;
	}
	if (statvfs(path, &fs) != 0) {
		exam_wrong(exam, EXAM_WARN, check, "look at the file system",
		    "%s", strerror(errno));
		return;
	}
	left = (int64_t)(fs.f_bavail * fs.f_frsize);
	if (left < exam->conf->min_free_disk)
		exam_wrong(exam, EXAM_FAIL, check,
		    "make room; below min_free_disk new work is refused",
		    "the disk is full: %" PRId64 " MiB are left",
		    left / (int64_t)MIB);
	else if (left / ROOM_FACTOR < exam->conf->min_free_disk)
		exam_wrong(exam, EXAM_WARN, check,
		    "make room; below min_free_disk new work is refused",
		    "the disk is nearly full: %" PRId64 " MiB are left",
		    left / (int64_t)MIB);
	else
		exam_ok(exam, check, "%s", path);
}

/* The API lies below the site: /studio/api/v1 below https://a.example/studio.
 */
static void
check_addresses(struct exam *exam)
{
	const char *site = exam->conf->site_path;
	const char *url = exam->conf->public_url;
	size_t len = strlen(site);

	if (strncmp(exam->conf->base_path, site, len) != 0 ||
	    exam->conf->base_path[len] != '/')
		exam_wrong(exam, EXAM_FAIL, "addresses",
		    "base_path begins with the path of public_url: set "
		    "base_path or public_url, and the web server's with it",
		    "base_path '%s' does not lie below public_url '%s'",
		    exam->conf->base_path, url);
	else
		exam_ok(
		    exam, "addresses", "%s, %s", url, exam->conf->base_path);
}

static void
check_egress(struct exam *exam)
{
	const char *rest = exam->conf->egress_allow, *network;

	while ((network = text_split(exam->cx->arena, &rest, ',')) != NULL)
		if (text_ends(network, "/0")) {
			exam_wrong(exam, EXAM_FAIL, "egress",
			    "name only the networks that vendors live on in "
			    "egress_allow",
			    "'%s' opens your whole network to addresses that "
			    "others give",
			    network);
			return;
		}
	exam_ok(exam, "egress", "private networks are closed%s%s",
	    text_empty(exam->conf->egress_allow) ? "" : " but ",
	    exam->conf->egress_allow);
}

/* Calls that come at one moment wait in the queue of a socket, or are refused.
 */
static void
check_queue(struct exam *exam)
{
	int fd = open(QUEUE_PATH, O_RDONLY | O_CLOEXEC);
	char text[QUEUE_TEXT + 1] = "";
	int64_t longest;

	if (fd < 0)
		return; /* another kernel */
	(void)file_read_full(fd, text, QUEUE_TEXT);
	close(fd);
	if (!text_to_int(text_trim(exam->cx->arena, text), &longest))
		return;
	if (longest < QUEUE_MIN)
		exam_wrong(exam, EXAM_WARN, "queue",
		    "run: sysctl -w net.core.somaxconn=4096, and write it "
		    "into /etc/sysctl.d; then restart gesso",
		    "of more than %" PRId64 " calls at once the web server "
		    "refuses some",
		    longest);
	else
		exam_ok(exam, "queue", "room for %" PRId64 " calls at once",
		    longest);
}

void
doctor_files(struct exam *exam)
{
	const struct conf *conf = exam->conf;

	check_modes(exam, "settings", conf->path, S_IWGRP | S_IWOTH);
	check_keys(exam);
	check_modes(exam, "database secret", conf->db_password_file, S_IRWXO);
	check_addresses(exam);
	check_egress(exam);
	check_directory(exam, "media_dir", conf->media_dir);
	check_directory(exam, "state_dir", conf->state_dir);
	check_modes(
	    exam, "media helper", conf->media_helper, S_IWGRP | S_IWOTH);
	doctor_seal(exam);
	check_queue(exam);
}
