/*
 * protocol_openai_video - the Videos API and its dialects.
 */
#include "speak.h"

static const struct protocol *const p = &protocol_openai_video;

/* The job with a configuration; the tree lives as long as the test. */
static struct json_object *config;

static struct job
job_with(const char *json)
{
	struct job job = speak_job(true, "sora-2");

	json_free(config);
	config = json_parse_loose(json, strlen(json));
	assert_non_null(config);
	job.config = config;
	job.url = "https://v.example/v1/";
	return job;
}

static void
a_film_is_asked_for_with_a_form(void **state)
{
	struct job job = job_with("{}");
	struct fetch_request request;

	(void)state;
	job.negative_prompt = "rain";
	job.seed = 5;
	request = speak_submit(p, &job);
	assert_string_equal(request.method, "POST");
	assert_string_equal(request.url, "https://v.example/v1/videos");
	assert_string_equal(
	    request.key_header, "Authorization: Bearer " SPEAK_KEY);
	assert_string_equal(speak_form(&request),
	    FIELD_PART("model", "sora-2") FIELD_PART(
		"prompt", "a kite\nAvoid: rain.") FIELD_PART("size", "1280x720")
		FIELD_PART("seconds", "4") "--B--\r\n");
}

static void
a_given_picture_has_exactly_the_size_that_is_asked(void **state)
{
	struct job job = job_with("{}");
	struct fetch_request request;

	(void)state;
	job.picture = &speak_png;
	job.duration = 6;
	request = speak_submit(p, &job);
	assert_string_equal(speak_form(&request),
	    FIELD_PART("model", "sora-2") FIELD_PART("prompt", "a kite")
		FIELD_PART("size", "1280x720") FIELD_PART("seconds", "8")
		    FILE_PART("input_reference") "--B--\r\n");
	assert_int_equal(job.plan.fit_width, 1280);
	assert_int_equal(job.plan.fit_height, 720);
}

static void
size_and_duration_are_the_nearest_there_are(void **state)
{
	static const struct picture tall = { "x", 1, "image/png", 1024, 1792 };
	static const struct {
		const char *model, *config;
		const struct picture *picture;
		const char *resolution;
		int64_t duration;
		const char *size;
		int64_t seconds;
	} rows[] = {
		{ "sora-2", "{}", NULL, "1080p", 60, "1280x720", 12 },
		{ "sora-2", "{}", &tall, "720p", 1, "720x1280", 4 },
		{ "sora-2-pro", "{}", &tall, "1080p", 10, "1024x1792", 12 },
		{ "x", J({ "sizes" : ["640x360"], "durations" : [ 2, 3 ] }),
		    NULL, "4k", 5, "640x360", 3 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct job job = job_with(rows[i].config);

		job.upstream = rows[i].model;
		job.picture = rows[i].picture;
		job.resolution = rows[i].resolution;
		job.duration = rows[i].duration;
		speak_plan(p, &job);
		assert_string_equal(job.plan.size, rows[i].size);
		assert_int_equal(job.plan.seconds, rows[i].seconds);
	}
}

static void
vllm_is_told_frames_and_seed_too(void **state)
{
	struct job job = job_with(J({ "videos" : "vllm" }));
	struct fetch_request request;

	(void)state;
	job.seed = 5;
	job.negative_prompt = "rain";
	request = speak_submit(p, &job);
	assert_string_equal(speak_form(&request),
	    FIELD_PART("model", "sora-2") FIELD_PART("prompt", "a kite")
		FIELD_PART("size", "1280x720") FIELD_PART("seconds", "5")
		    FIELD_PART("width", "1280") FIELD_PART("height", "720")
			FIELD_PART("fps", "24") FIELD_PART("num_frames", "120")
			    FIELD_PART("seed", "5") FIELD_PART(
				"negative_prompt", "rain") "--B--\r\n");
}

static void
localai_answers_when_the_film_is_done(void **state)
{
	struct job job = job_with(J({ "videos" : "localai" }));
	struct fetch_request request;
	/* clang-format off */
	static const struct speak_row rows[] = {
		{ 200,
		    J({"created":1,"id":"x","data":[{"url":"/generated/a"}]}),
		    GIVES("https://v.example/generated/a") },
		{ 200, J({"data":[{"b64_json":"Zmls\nbQ=="}]}), GIVES("film") },
		{ 200,
		    J({"data":[{}]}), FAILS(ERR_RESULT_INVALID, BLAME_NONE) },
	};
	/* clang-format on */

	(void)state;
	job.picture = &speak_png;
	request = speak_submit(p, &job);
	assert_string_equal(request.url, "https://v.example/video");
	assert_true(request.wait_ms > 60000);
	speak_body_is(&request, J({
		"model" : "sora-2",
		"prompt" : "a kite",
		"width" : 1280,
		"height" : 720,
		"seconds" : "5",
		"fps" : 24,
		"num_frames" : 120,
		"response_format" : "url",
		"start_image" : "iVBORy5ieXRlcw=="
	}));
	speak_table(&job, p->submitted, rows, COUNT(rows));
	speak_common(&job, p->submitted, INT_NONE);
}

static void
a_job_goes_through_its_states(void **state)
{
	struct job job = job_with("{}");
	struct fetch_request request;
	/* clang-format off */
	static const struct speak_row first[] = {
		{ 200, J({"id":"video_1","status":"queued","progress":0}),
		    RUNS(0, 5000) },
		{ 200, J({"status":"queued"}),
		    FAILS(ERR_RESULT_INVALID, BLAME_NONE) },
		{ 400, J({"error":{"code":"moderation_blocked"}}),
		    FAILS(ERR_CONTENT_POLICY, BLAME_NONE) },
		{ 404, J({"error":{"code":"model_not_found"}}),
		    FAILS(ERR_PROVIDER_MISCONFIGURED, BLAME_MODEL) },
	};
	static const struct speak_row rows[] = {
		{ 200, J({"id":"video_1","status":"in_progress","progress":55}),
		    RUNS(55, 5000) },
		{ 200, J({"status":"in_progress"}), RUNS(INT_NONE, 5000) },
		{ 200, J({"id":"video_1","status":"completed","progress":100}),
		    GIVES("https://v.example/v1/videos/video_1/content") },
		{ 200, J({"status":"failed","error":{
		    "code":"moderation_blocked","message":"no"}}),
		    FAILS(ERR_CONTENT_POLICY, BLAME_NONE) },
		{ 200, J({"status":"failed","error":null}),
		    FAILS(ERR_PROVIDER_UNAVAILABLE, BLAME_BUSY) },
	};
	/* clang-format on */

	(void)state;
	speak_table(&job, p->submitted, first, COUNT(first));
	speak_common(&job, p->submitted, INT_NONE);
	job.remote_id = "video_1";
	request = speak_request(&job, p->poll);
	assert_string_equal(request.url, "https://v.example/v1/videos/video_1");
	speak_table(&job, p->polled, rows, COUNT(rows));
	speak_common_polls(&job, p->polled);
	assert_true(speak_read(&job, p->polled, 200,
	    J({ "id" : "video_1", "status" : "completed" }))
			.assets[0]
			.keyed);
	request = speak_request(&job, p->cancel);
	assert_string_equal(request.method, "DELETE");
}

/* What fetch.c does with a reply's headers, in short. */
static void
the_vendors_hint_sets_the_pace(void **state)
{
	static const char *const headers[] = { "openai-poll-after-ms: 300",
		NULL };
	struct job job = job_with(J({ "poll_ms" : 900 }));
	struct fetch_reply reply = speak_reply(
	    200, "application/json", J({ "id" : "v", "status" : "queued" }));
	struct verdict verdict;

	(void)state;
	p->submitted(&unit_cx, &job, &reply, &verdict);
	assert_int_equal(verdict.wait_ms, 900);
	reply.headers = headers;
	p->submitted(&unit_cx, &job, &reply, &verdict);
	assert_int_equal(verdict.wait_ms, 300);
}

static void
wrong_types_do_no_harm(void **state)
{
	static const char *const names[] = { "id", "status", "progress",
		"error", "data", NULL };
	struct job job = job_with("{}");

	(void)state;
	speak_hostile(&job, p->submitted, names);
	job.remote_id = "v";
	speak_hostile(&job, p->polled, names);
	job = job_with(J({ "videos" : "localai" }));
	speak_hostile(&job, p->submitted, names);
	json_free(config);
	config = NULL;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_film_is_asked_for_with_a_form),
		UNIT_TEST(a_given_picture_has_exactly_the_size_that_is_asked),
		UNIT_TEST(size_and_duration_are_the_nearest_there_are),
		UNIT_TEST(vllm_is_told_frames_and_seed_too),
		UNIT_TEST(localai_answers_when_the_film_is_done),
		UNIT_TEST(a_job_goes_through_its_states),
		UNIT_TEST(the_vendors_hint_sets_the_pace),
		UNIT_TEST(wrong_types_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
