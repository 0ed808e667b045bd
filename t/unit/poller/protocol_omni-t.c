/*
 * protocol_omni - interactions; a completed one without a film is a refusal.
 */
#include "speak.h"

static const struct protocol *const p = &protocol_omni;

static struct job
omni_job(void)
{
	struct job job = speak_job(true, "gemini-omni-1.1-flash");

	job.url = "https://v.example/v1beta";
	return job;
}

static void
an_interaction_is_asked_for_in_the_background(void **state)
{
	struct job job = omni_job();
	struct fetch_request request;

	(void)state;
	job.negative_prompt = "rain";
	job.resolution = "480p";
	job.duration = 60;
	request = speak_submit(p, &job);
	assert_string_equal(
	    request.url, "https://v.example/v1beta/interactions");
	assert_string_equal(request.key_header, "x-goog-api-key: " SPEAK_KEY);
	speak_body_is(&request, J({
		"model" : "gemini-omni-1.1-flash",
		"input" : "a kite\nAvoid: rain.",
		"background" : true,
		"response_format" : {
			"type" : "video",
			"delivery" : "uri",
			"aspect_ratio" : "16:9",
			"resolution" : "360p",
			"duration" : "10s"
		}
	}));
}

static void
a_picture_comes_before_the_words(void **state)
{
	static const struct picture tall = { "\x89PNG.bytes", 10, "image/png",
		1080, 1920 };
	struct job job = omni_job();
	struct fetch_request request;

	(void)state;
	job.picture = &tall;
	request = speak_submit(p, &job);
	speak_body_is(&request, J({
		"model" : "gemini-omni-1.1-flash",
		"input" : [
			{
				"type" : "image",
				"data" : "iVBORy5ieXRlcw==",
				"mime_type" : "image/png"
			},
			{ "type" : "text", "text" : "a kite" }
		],
		"background" : true,
		"response_format" : {
			"type" : "video",
			"delivery" : "uri",
			"aspect_ratio" : "9:16",
			"resolution" : "720p",
			"duration" : "5s"
		}
	}));
	assert_int_equal(job.plan.fit_width, 720);
	assert_int_equal(job.plan.fit_height, 1280);
}

static void
an_interaction_goes_through_its_states(void **state)
{
	struct job job = omni_job();
	struct fetch_request request;
	/* clang-format off */
	static const struct speak_row first[] = {
		{ 200, J({"id":"v1_abc","status":"in_progress"}),
		    RUNS(INT_NONE, 10000) },
		{ 200, J({"status":"in_progress"}),
		    FAILS(ERR_RESULT_INVALID, BLAME_NONE) },
	};
	static const struct speak_row rows[] = {
		{ 200, J({"id":"v1_abc","status":"queued"}),
		    RUNS(INT_NONE, 10000) },
		{ 200, J({"status":"completed","steps":[{"type":"thought"},
		    {"type":"model_output","content":[{"type":"text","text":
		        "ok"},
		    {"type":"video","uri":"/v1beta/files/a:download"}]}]}),
		    GIVES("https://v.example/v1beta/files/a:download") },
		{ 200, J({"status":"completed","steps":[{"type":"model_output",
		    "content":[{"type":"video","data":"ZmlsbQ=="}]}]}),
		    GIVES("film") },
		{ 200, J({"status":"completed","steps":[{"type":"model_output",
		    "content":[{"type":"text","text":"I cannot."}]}]}),
		    FAILS(ERR_CONTENT_POLICY, BLAME_NONE) },
		{ 200, J({"status":"completed","steps":[]}),
		    FAILS(ERR_RESULT_INVALID, BLAME_NONE) },
		{ 200, J({"status":"failed","errors":[{"code":"internal"}]}),
		    FAILS(ERR_PROVIDER_UNAVAILABLE, BLAME_BUSY) },
		{ 200, J({"status":"failed","errors":[{"code":"safety"}]}),
		    FAILS(ERR_CONTENT_POLICY, BLAME_NONE) },
		{ 200, J({"status":"budget_exceeded"}),
		    FAILS(ERR_PROVIDER_MISCONFIGURED, BLAME_MONEY) },
		{ 200, J({"status":"cancelled"}),
		    FAILS(ERR_PROVIDER_UNAVAILABLE, BLAME_BUSY) },
		{ 400, J({"error":{"code":400,"message":
		    "Invalid interaction name","status":"INVALID_ARGUMENT"}}),
		    FAILS(ERR_PROVIDER_REJECTED, BLAME_NONE) },
	};
	/* clang-format on */

	(void)state;
	speak_table(&job, p->submitted, first, COUNT(first));
	speak_common(&job, p->submitted, INT_NONE);
	job.remote_id = "v1_abc";
	request = speak_request(&job, p->poll);
	assert_string_equal(
	    request.url, "https://v.example/v1beta/interactions/v1_abc");
	speak_table(&job, p->polled, rows, COUNT(rows));
	speak_common_polls(&job, p->polled);
	request = speak_request(&job, p->cancel);
	assert_string_equal(request.method, "POST");
	assert_string_equal(
	    request.url, "https://v.example/v1beta/interactions/v1_abc/cancel");
}

static void
wrong_types_do_no_harm(void **state)
{
	static const char *const names[] = { "id", "status", "steps", "errors",
		NULL };
	struct job job = omni_job();

	(void)state;
	speak_hostile(&job, p->submitted, names);
	job.remote_id = "v1_abc";
	speak_hostile(&job, p->polled, names);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(an_interaction_is_asked_for_in_the_background),
		UNIT_TEST(a_picture_comes_before_the_words),
		UNIT_TEST(an_interaction_goes_through_its_states),
		UNIT_TEST(wrong_types_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
