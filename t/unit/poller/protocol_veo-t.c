/*
 * protocol_veo - long-running predictions, and films that were held back.
 */
#include "speak.h"

static const struct protocol *const p = &protocol_veo;

static struct job
veo_job(const char *model)
{
	struct job job = speak_job(true, model);

	job.url = "https://v.example/v1beta/";
	return job;
}

static void
a_film_is_asked_for_as_the_vendor_really_takes_it(void **state)
{
	struct job job = veo_job("veo-3.1-generate-preview");
	struct fetch_request request;

	(void)state;
	job.picture = &speak_png;
	job.negative_prompt = "rain";
	job.style = "ink";
	request = speak_submit(p, &job);
	assert_string_equal(request.url,
	    "https://v.example/v1beta/models/"
	    "veo-3.1-generate-preview:predictLongRunning");
	assert_string_equal(request.key_header, "x-goog-api-key: " SPEAK_KEY);
	/* a number for the duration, a flat picture */
	speak_body_is(&request, J({
		"instances" : [ {
			"prompt" : "a kite\nStyle: ink.",
			"image" : {
				"bytesBase64Encoded" : "iVBORy5ieXRlcw==",
				"mimeType" : "image/png"
			}
		} ],
		"parameters" : {
			"aspectRatio" : "16:9",
			"resolution" : "720p",
			"durationSeconds" : 6,
			"negativePrompt" : "rain"
		}
	}));
}

static void
each_model_has_its_durations_and_resolutions(void **state)
{
	static const struct picture tall = { "x", 1, "image/png", 900, 1600 };
	static const struct {
		const char *model, *resolution;
		int64_t duration;
		const struct picture *picture;
		const char *sent, *shape;
		int64_t seconds, width, height;
	} rows[] = {
		{ "veo-2.0-generate-001", "1080p", 1, NULL, NULL, "16:9", 5,
		    1280, 720 },
		{ "veo-3.0-generate-001", "4k", 4, &tall, "1080p", "9:16", 8,
		    1080, 1920 },
		{ "veo-3.1-generate-001", "4k", 4, NULL, "4k", "16:9", 8, 3840,
		    2160 },
		{ "veo-3.1-lite-generate-001", "4k", 4, NULL, "1080p", "16:9",
		    8, 1920, 1080 },
		{ "veo-3.1-generate-001", "480p", 4, &tall, "720p", "9:16", 4,
		    720, 1280 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct job job = veo_job(rows[i].model);

		job.resolution = rows[i].resolution;
		job.duration = rows[i].duration;
		job.picture = rows[i].picture;
		speak_plan(p, &job);
		assert_true(text_is(job.plan.resolution, rows[i].sent));
		assert_string_equal(job.plan.size, rows[i].shape);
		assert_int_equal(job.plan.seconds, rows[i].seconds);
		assert_int_equal(job.plan.width, rows[i].width);
		assert_int_equal(job.plan.height, rows[i].height);
		assert_int_equal(job.plan.fps, 24);
	}
}

#define OPERATION "models/veo/operations/abc"

static void
an_operation_goes_through_its_states(void **state)
{
	struct job job = veo_job("veo-3.1-generate-001");
	struct fetch_request request;
	/* clang-format off */
	static const struct speak_row first[] = {
		{ 200, J({"name":"models/veo/operations/abc"}),
		    RUNS(INT_NONE, 10000) },
		{ 200, J({"name":"../files/x"}),
		    FAILS(ERR_RESULT_INVALID, BLAME_NONE) },
		{ 404, J({"error":{"code":404,"message":"models/x is not found",
		    "status":"NOT_FOUND"}}),
		    FAILS(ERR_PROVIDER_MISCONFIGURED, BLAME_MODEL) },
		{ 429, J([{"error":{"code":429,"status":"RESOURCE_EXHAUSTED",
		    "details":[{"retryDelay":"27s"}]}}]), WAITS(27000) },
		{ 400, J({"error":{"code":400,"status":"INVALID_ARGUMENT",
		    "details":[{"reason":"API_KEY_INVALID"}]}}),
		    FAILS(ERR_PROVIDER_MISCONFIGURED, BLAME_SETUP) },
	};
	static const struct speak_row rows[] = {
		{ 200, J({"name":"models/veo/operations/abc"}),
		    RUNS(INT_NONE, 10000) },
		{ 200, J({"name":"models/veo/operations/abc","done":false}),
		    RUNS(INT_NONE, 10000) },
		{ 200, J({"done":true,"response":{"generateVideoResponse":{
		    "generatedSamples":[{"video":{"uri":
		    "https://v.example/v1beta/files/a:download"}}]}}}),
		    GIVES("https://v.example/v1beta/files/a:download") },
		{ 200, J({"done":true,"response":{"generateVideoResponse":{
		    "raiMediaFilteredCount":1,
		    "raiMediaFilteredReasons":["held back"]}}}),
		    FAILS(ERR_CONTENT_POLICY, BLAME_NONE) },
		{ 200, J({"done":true,"response":{"generateVideoResponse":{
		    "generatedSamples":[],"raiMediaFilteredCount":1}}}),
		    FAILS(ERR_CONTENT_POLICY, BLAME_NONE) },
		{ 200, J({"done":true,"response":{}}),
		    FAILS(ERR_RESULT_INVALID, BLAME_NONE) },
		{ 200, J({"done":true,"error":{"code":13,"message":"x"}}),
		    FAILS(ERR_PROVIDER_UNAVAILABLE, BLAME_BUSY) },
		{ 200, J({"done":true,"error":{"code":3,"message":"x"}}),
		    FAILS(ERR_PROVIDER_REJECTED, BLAME_NONE) },
		{ 200, J({"done":true,"error":{"code":3,
		    "message":"words that violate our usage guidelines"}}),
		    FAILS(ERR_CONTENT_POLICY, BLAME_NONE) },
		{ 200, J({"done":true,"error":{"code":7,"message":"x"}}),
		    FAILS(ERR_PROVIDER_MISCONFIGURED, BLAME_SETUP) },
	};
	/* clang-format on */

	(void)state;
	speak_table(&job, p->submitted, first, COUNT(first));
	speak_common(&job, p->submitted, INT_NONE);
	job.remote_id = OPERATION;
	request = speak_request(&job, p->poll);
	assert_string_equal(request.method, "GET");
	assert_string_equal(request.url, "https://v.example/v1beta/" OPERATION);
	speak_table(&job, p->polled, rows, COUNT(rows));
	speak_common_polls(&job, p->polled);
}

static void
the_film_is_fetched_with_the_key(void **state)
{
	struct job job = veo_job("veo");

	(void)state;
	job.remote_id = OPERATION;
	assert_true(speak_read(&job, p->polled, 200, J({
		"done" : true,
		"response" : {
			"generateVideoResponse" : {
				"generatedSamples" : [ {
					"video" :
					    { "uri" : "https://cdn.example/x" }
				} ]
			}
		}
	}))
			.assets[0]
			.keyed);
	assert_string_equal(p->key_header, "x-goog-api-key: ");
}

static void
wrong_types_do_no_harm(void **state)
{
	static const char *const names[] = { "name", "done", "response",
		"error", NULL };
	struct job job = veo_job("veo");

	(void)state;
	speak_hostile(&job, p->submitted, names);
	job.remote_id = OPERATION;
	speak_hostile(&job, p->polled, names);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_film_is_asked_for_as_the_vendor_really_takes_it),
		UNIT_TEST(each_model_has_its_durations_and_resolutions),
		UNIT_TEST(an_operation_goes_through_its_states),
		UNIT_TEST(the_film_is_fetched_with_the_key),
		UNIT_TEST(wrong_types_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
