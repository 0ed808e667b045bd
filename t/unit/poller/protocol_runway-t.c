/*
 * protocol_runway - requests byte for byte, and what the replies mean.
 */
#include "speak.h"

static const struct protocol *const p = &protocol_runway;

static void
text_to_video_is_asked_as_the_description_says(void **state)
{
	struct job job = speak_job(true, "gen4.5");
	struct fetch_request request;

	(void)state;
	job.seed = 7;
	job.style = "ink";
	job.negative_prompt = "rain";
	request = speak_submit(p, &job);
	assert_string_equal(request.method, "POST");
	assert_string_equal(request.url, "https://v.example/v1/text_to_video");
	assert_string_equal(
	    request.key_header, "Authorization: Bearer " SPEAK_KEY);
	assert_true(speak_has_header(&request, "X-Runway-Version: 2024-11-06"));
	assert_true(
	    speak_has_header(&request, "Content-Type: application/json"));
	speak_body_is(&request, J({
		"model" : "gen4.5",
		"promptText" : "a kite\nStyle: ink.\nAvoid: rain.",
		"ratio" : "1280:720",
		"duration" : 5,
		"seed" : 7
	}));
}

static void
image_to_video_carries_the_picture(void **state)
{
	struct job job = speak_job(true, "gen4_turbo");
	struct fetch_request request;

	(void)state;
	job.picture = &speak_png;
	job.url = "https://v.example/v1/";
	request = speak_submit(p, &job);
	assert_string_equal(request.url, "https://v.example/v1/image_to_video");
	speak_body_is(&request, J({
		"model" : "gen4_turbo",
		"promptText" : "a kite",
		"ratio" : "1280:720",
		"duration" : 5,
		"promptImage" : "data:image/png;base64,iVBORy5ieXRlcw=="
	}));
	assert_int_equal(job.plan.fit_width, 1280);
	assert_int_equal(job.plan.fit_height, 720);
}

static void
pictures_are_made_too(void **state)
{
	struct job job = speak_job(false, "gen4_image");
	struct fetch_request request;

	(void)state;
	job.width = 2048;
	job.height = 1152;
	job.picture = &speak_png;
	job.seed = 4294967295;
	job.part = 1;
	request = speak_submit(p, &job);
	assert_string_equal(request.url, "https://v.example/v1/text_to_image");
	speak_body_is(&request, J({
		"model" : "gen4_image",
		"promptText" : "a kite",
		"ratio" : "1920:1080",
		"seed" : 0,
		"referenceImages" :
		    [ { "uri" : "data:image/png;base64,iVBORy5ieXRlcw==" } ]
	}));
}

static void
what_a_model_cannot_do_is_refused_before_it_costs(void **state)
{
	struct job text_turbo = speak_job(true, "gen4_turbo");
	struct job film_image = speak_job(true, "gen4_image");
	struct job image_film = speak_job(false, "gen4.5");

	(void)state;
	assert_int_equal(p->plan(&unit_cx, &text_turbo, &text_turbo.plan),
	    ERR_PROVIDER_REJECTED);
	assert_int_equal(p->plan(&unit_cx, &film_image, &film_image.plan),
	    ERR_PROVIDER_MISCONFIGURED);
	assert_int_equal(p->plan(&unit_cx, &image_film, &image_film.plan),
	    ERR_PROVIDER_MISCONFIGURED);
}

static void
ratio_and_duration_are_the_nearest_there_are(void **state)
{
	static const struct picture tall = { "x", 1, "image/png", 900, 1600 };
	static const struct picture square = { "x", 1, "image/png", 500, 480 };
	static const struct {
		const char *model;
		const struct picture *picture;
		int64_t duration;
		const char *ratio;
		int64_t seconds;
	} rows[] = {
		{ "gen4.5", NULL, 1, "1280:720", 2 },
		{ "gen4.5", NULL, 60, "1280:720", 10 },
		{ "gen4.5", &tall, 5, "720:1280", 5 },
		{ "gen4.5", &square, 5, "960:960", 5 },
		{ "veo3.1", &square, 5, "1280:720", 6 },
		{ "veo3.1_fast", &tall, 7, "720:1280", 8 },
		{ "gemini_omni_flash", &tall, 1, "720:1280", 3 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct job job = speak_job(true, rows[i].model);

		job.picture = rows[i].picture;
		job.duration = rows[i].duration;
		speak_plan(p, &job);
		assert_string_equal(job.plan.size, rows[i].ratio);
		assert_int_equal(job.plan.seconds, rows[i].seconds);
	}
}

static void
a_long_prompt_is_cut_in_utf_16_units(void **state)
{
	struct job job = speak_job(true, "gen4.5");
	char *prompt = arena_alloc(unit_cx.arena, 4001);

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		memcpy(prompt + 4 * i, "\xf0\x9f\xaa\x81", 4);
	job.prompt = prompt;
	speak_plan(p, &job);
	assert_int_equal(strlen(job.plan.prompt), 500 * 4);
}

static void
a_submission_gives_an_id(void **state)
{
	struct job job = speak_job(true, "gen4.5");
	/* clang-format off */
	static const struct speak_row rows[] = {
		{ 200, J({"id":"0b1c-x","estimatedCost":{"credits":5}}),
		    RUNS(0, 5000) },
		{ 200, J({"id":"../../v1/organization"}),
		    FAILS(ERR_RESULT_INVALID, BLAME_NONE) },
		{ 200, J({"id":"a b"}), FAILS(ERR_RESULT_INVALID, BLAME_NONE) },
		{ 400, J({"error":"You do not have enough credits."}),
		    FAILS(ERR_PROVIDER_MISCONFIGURED, BLAME_MONEY) },
		{ 400, J({"error":"Validation of body failed","issues":[
		    {"code":"invalid_value","path":["model"]}]}),
		    FAILS(ERR_PROVIDER_MISCONFIGURED, BLAME_MODEL) },
	};
	/* clang-format on */

	(void)state;
	speak_table(&job, p->submitted, rows, COUNT(rows));
	speak_common(&job, p->submitted, INT_NONE);
}

static void
a_task_is_looked_at_and_stopped_by_its_id(void **state)
{
	struct job job = speak_job(true, "gen4.5");
	struct fetch_request request;

	(void)state;
	job.remote_id = "0b1c/x";
	request = speak_request(&job, p->poll);
	assert_string_equal(request.method, "GET");
	assert_string_equal(request.url, "https://v.example/v1/tasks/0b1c%2Fx");
	assert_true(speak_has_header(&request, "X-Runway-Version: 2024-11-06"));
	request = speak_request(&job, p->cancel);
	assert_string_equal(request.method, "DELETE");
	assert_int_equal(p->poll_ms, 5000);
}

static void
each_state_of_a_task_has_its_meaning(void **state)
{
	struct job job = speak_job(true, "gen4.5");
	/* clang-format off */
	static const struct speak_row rows[] = {
		{ 200, J({"id":"t","status":"PENDING"}), RUNS(INT_NONE, 5000) },
		{ 200, J({"id":"t","status":"THROTTLED"}),
		    RUNS(INT_NONE, 5000) },
		{ 200, J({"id":"t","status":"RUNNING","progress":0.42}),
		    RUNS(42, 5000) },
		{ 200, J({"id":"t","status":"RUNNING","progress":7}),
		    RUNS(INT_NONE, 5000) },
		{ 200, J({"id":"t","status":"NEW WORD"}),
		    RUNS(INT_NONE, 5000) },
		{ 200, J({"status":"SUCCEEDED",
		    "output":["https://cdn.example/a.mp4?_jwt=x"]}),
		    GIVES("https://cdn.example/a.mp4?_jwt=x") },
		{ 200, J({"status":"SUCCEEDED","output":["/a.mp4"]}),
		    GIVES("https://v.example/a.mp4") },
		{ 200, J({"status":"SUCCEEDED","output":[]}),
		    FAILS(ERR_RESULT_INVALID, BLAME_NONE) },
		{ 200,
		    J({"status":"SUCCEEDED","output":["file:///etc/passwd"]}),
		    FAILS(ERR_RESULT_INVALID, BLAME_NONE) },
		{ 200, J({"status":"FAILED","failure":"x",
		    "failureCode":"SAFETY.INPUT.TEXT"}),
		    FAILS(ERR_CONTENT_POLICY, BLAME_NONE) },
		{ 200, J({"status":"FAILED",
		    "failureCode":"INPUT_PREPROCESSING.SAFETY.TEXT"}),
		    FAILS(ERR_CONTENT_POLICY, BLAME_NONE) },
		{ 200, J({"status":"FAILED","failureCode":"ASSET.INVALID"}),
		    FAILS(ERR_PROVIDER_REJECTED, BLAME_NONE) },
		{ 200, J({"status":"FAILED",
		    "failureCode":"INTERNAL.BAD_OUTPUT.CODE01"}),
		    FAILS(ERR_PROVIDER_UNAVAILABLE, BLAME_BUSY) },
		{ 200, J({"status":"FAILED"}),
		    FAILS(ERR_PROVIDER_UNAVAILABLE, BLAME_BUSY) },
		{ 200, J({"status":"CANCELLED"}),
		    FAILS(ERR_PROVIDER_UNAVAILABLE, BLAME_BUSY) },
	};
	/* clang-format on */

	(void)state;
	job.remote_id = "t";
	speak_table(&job, p->polled, rows, COUNT(rows));
	speak_common_polls(&job, p->polled);
}

static void
wrong_types_do_no_harm(void **state)
{
	static const char *const names[] = { "id", "status", "output",
		"progress", "failure", "failureCode", NULL };
	struct job job = speak_job(true, "gen4.5");

	(void)state;
	speak_hostile(&job, p->submitted, names);
	job.remote_id = "t";
	speak_hostile(&job, p->polled, names);
}

static void
the_pace_is_the_administrators_to_change(void **state)
{
	static const char text[] = J({ "poll_ms" : 250 });
	struct job job = speak_job(true, "gen4.5");
	struct json_object *config = json_parse_loose(text, strlen(text));

	(void)state;
	job.config = config;
	assert_int_equal(
	    speak_read(&job, p->submitted, 200, J({ "id" : "t" })).wait_ms,
	    250);
	json_free(config);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(text_to_video_is_asked_as_the_description_says),
		UNIT_TEST(image_to_video_carries_the_picture),
		UNIT_TEST(pictures_are_made_too),
		UNIT_TEST(what_a_model_cannot_do_is_refused_before_it_costs),
		UNIT_TEST(ratio_and_duration_are_the_nearest_there_are),
		UNIT_TEST(a_long_prompt_is_cut_in_utf_16_units),
		UNIT_TEST(a_submission_gives_an_id),
		UNIT_TEST(a_task_is_looked_at_and_stopped_by_its_id),
		UNIT_TEST(each_state_of_a_task_has_its_meaning),
		UNIT_TEST(wrong_types_do_no_harm),
		UNIT_TEST(the_pace_is_the_administrators_to_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
