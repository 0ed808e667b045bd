/*
 * The whole API: one row a route.
 */
#include "config.h"

#include "api.h"
#include "base/base.h"
#include "domain/account.h"
#include "domain/health.h"
#include "domain/power.h"
#include "domain/task.h"
#include "domain/work.h"
#include "req.h"

/* clang-format off */
#define IN(kind, s)	.body = (kind), .input = &(s)
#define QUERY(s)	.query = &(s)
#define OUT(s)		.output = &(s)
#define ABOUT(text)	.about = text

/* method, path, handler, who, whether it is counted without a token */
static const struct route api_rows[] = {
	{ { "POST", "/auth/register" }, api_register, WHO_ANYBODY, SPEND_CALL, IN(BODY_JSON, account_new_shape), OUT(signed_in_shape), ABOUT("Make an account.") },
	{ { "POST", "/auth/login" }, api_login, WHO_ANYBODY, SPEND_CALL, IN(BODY_JSON, login_shape), OUT(signed_in_shape), ABOUT("Log in.") },

	{ { "GET", "/user/profile" }, api_profile, WHO_USER, SPEND_CALL, OUT(profile_shape), ABOUT("Who one is.") },
	{ { "GET", "/user/compute-power" }, api_power, WHO_USER, SPEND_CALL, OUT(power_shape), ABOUT("What one can spend.") },

	{ { "POST", "/generate/text-to-image" }, api_text_to_image, WHO_USER, SPEND_CALL, IN(BODY_JSON, text_to_image_shape), QUERY(generate_query_shape), .once = generate_is_real, OUT(task_receipt_shape), ABOUT("A picture from words.") },
	{ { "GET", "/generate/task/{id}" }, api_task, WHO_USER, SPEND_CALL, ABOUT("How far a picture is.") },

	{ { "GET", "/works" }, api_works, WHO_USER, SPEND_CALL, QUERY(work_query_shape), ABOUT("Own works, newest first.") },
	{ { "GET", "/works/{id}" }, api_work, WHO_USER, SPEND_CALL, ABOUT("One own work.") },
	{ { "GET", "/works/{id}/download" }, api_work_download, WHO_USER, SPEND_CALL, QUERY(download_query_shape), ABOUT("The file of a work.") },

	{ { "GET", "/health" }, api_health, WHO_ANYBODY, SPEND_NONE, OUT(health_shape), ABOUT("Whether all is well.") },
};

static const struct route file_rows[] = {
	{ { "GET", "/{name}" }, api_media, WHO_OPEN, SPEND_NONE },
};
/* clang-format on */

const struct route_table api_routes = { api_rows, COUNT(api_rows) };
const struct route_table file_routes = { file_rows, COUNT(file_rows) };
