/*
 * protocol_openai - pictures: what each family of models takes, and edits.
 */
#include "speak.h"

#include "base/clock.h"

static const struct protocol *const p = &protocol_openai;

static struct job
picture_job(const char *model)
{
	struct job job = speak_job(false, model);

	job.url = "https://v.example/v1/";
	return job;
}

static void
a_generation_is_asked_as_the_description_says(void **state)
{
	struct job job = picture_job("gpt-image-2");
	struct fetch_request request;

	(void)state;
	job.count = 3;
	job.width = 1920;
	job.height = 1080;
	job.negative_prompt = "rain";
	job.style = "ink";
	request = speak_submit(p, &job);
	assert_string_equal(request.method, "POST");
	assert_string_equal(
	    request.url, "https://v.example/v1/images/generations");
	assert_string_equal(
	    request.key_header, "Authorization: Bearer " SPEAK_KEY);
	assert_true(request.wait_ms > 60000);
	speak_body_is(&request,
	    arena_printf(unit_cx.arena,
		"{\"model\":\"gpt-image-2\",\"prompt\":%s,\"n\":3,"
		"\"size\":\"%s\"}",
		"\"a kite\\nStyle: ink.\\nAvoid: rain.\"", job.plan.size));
	/* both sides are multiples of 16 */
	assert_int_equal(job.plan.width % 16, 0);
	assert_int_equal(job.plan.height % 16, 0);
}

static void
each_family_has_its_sizes_and_fields(void **state)
{
	static const struct {
		const char *model;
		int64_t width, height;
		const char *size;
		bool formatted;
	} rows[] = {
		{ "gpt-image-2", 1024, 1024, "1024x1024", false },
		{ "gpt-image-2-mini", 2048, 2048, "2048x2048", false },
		/* at most three times as long as wide */
		{ "gpt-image-2", 2048, 256, "768x256", false },
		{ "gpt-image-2", 256, 2048, "256x768", false },
		{ "gpt-image-1.5", 1920, 1080, "1536x1024", false },
		{ "gpt-image-1", 800, 2000, "1024x1536", false },
		{ "dall-e-3", 2048, 1024, "1792x1024", true },
		{ "dall-e-3", 512, 512, "1024x1024", true },
		{ "dall-e-2", 512, 512, "512x512", true },
		{ "dall-e-2", 2048, 2048, "1024x1024", true },
		/* somebody's own server */
		{ "flux", 1000, 600, "1000x600", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct job job = picture_job(rows[i].model);
		struct fetch_request request;
		const char *body;

		job.width = rows[i].width;
		job.height = rows[i].height;
		request = speak_submit(p, &job);
		body = request.body;
		assert_string_equal(job.plan.size, rows[i].size);
		assert_non_null(strstr(body, rows[i].size));
		assert_int_equal(
		    strstr(body, "\"response_format\":\"b64_json\"") != NULL,
		    rows[i].formatted);
	}
}

static void
one_model_makes_one_a_call(void **state)
{
	struct job dalle3 = picture_job("dall-e-3");
	struct job gpt = picture_job("gpt-image-2");

	(void)state;
	assert_int_equal(p->batch_of(&dalle3), 1);
	assert_int_equal(p->batch_of(&gpt), 10);
}

static void
an_edit_sends_the_picture(void **state)
{
	struct job job = picture_job("gpt-image-2");
	struct fetch_request request;

	(void)state;
	job.picture = &speak_png;
	job.strength = 0.3;
	request = speak_submit(p, &job);
	assert_string_equal(request.url, "https://v.example/v1/images/edits");
	assert_string_equal(speak_form(&request),
	    FIELD_PART("model", "gpt-image-2") FIELD_PART("prompt", "a kite")
		FIELD_PART("n", "1") FIELD_PART("size", "1024x1024") FIELD_PART(
		    "input_fidelity", "high") FILE_PART("image") "--B--\r\n");
	job.strength = 0.8;
	request = speak_submit(p, &job);
	assert_null(strstr(speak_form(&request), "input_fidelity"));
	/* any size will do */
	assert_int_equal(job.plan.fit_width, 0);
}

static void
an_edit_is_only_for_models_that_edit(void **state)
{
	struct job dalle3 = picture_job("dall-e-3");
	struct job dalle2 = picture_job("dall-e-2");

	(void)state;
	dalle3.picture = dalle2.picture = &speak_png;
	assert_int_equal(
	    p->plan(&unit_cx, &dalle3, &dalle3.plan), ERR_PROVIDER_REJECTED);
	speak_plan(p, &dalle2);
	assert_int_equal(dalle2.plan.fit_width, 1024);
	assert_int_equal(dalle2.plan.fit_height, 1024);
}

static void
a_configuration_has_its_say(void **state)
{
	static const char config[] = J({
		"sizes" : ["640x640"],
		"quality" : "low",
		"response_format" : "url"
	});
	struct job job = picture_job("flux");

	(void)state;
	job.model_config = json_parse_loose(config, strlen(config));
	{
		struct fetch_request request = speak_submit(p, &job);

		speak_body_is(&request, J({
			"model" : "flux",
			"prompt" : "a kite",
			"n" : 1,
			"size" : "640x640",
			"quality" : "low",
			"response_format" : "url"
		}));
	}
	json_free(job.model_config);
}

static void
without_a_key_none_is_shown(void **state)
{
	struct job job = picture_job("flux");

	(void)state;
	job.key = "";
	assert_null(speak_submit(p, &job).key_header);
}

static void
each_answer_has_its_meaning(void **state)
{
	struct job job = picture_job("gpt-image-2");
	/* clang-format off */
	static const struct speak_row rows[] = {
		{ 200, J({"created":1,"data":[{"b64_json":"cGljdHVyZQ=="}]}),
		    GIVES("picture") },
		{ 200, J({"data":[{"b64_json":"cGlj\ndHVy\r\nZQ=="}]}),
		    GIVES("picture") },
		{ 200, J({"data":[{"url":"https://cdn.example/a.png",
		    "revised_prompt":"a red kite"}]}),
		    GIVES("https://cdn.example/a.png") },
		{ 200, J({"data":[{"url":"/files/a.png"}]}),
		    GIVES("https://v.example/files/a.png") },
		{ 200, J({"data":[{"b64_json":null,"url":"https://c.example/a"}
		    ]}), GIVES("https://c.example/a") },
		{ 200, J({"data":[]}), FAILS(ERR_RESULT_INVALID, BLAME_NONE) },
		{ 200, J({"data":[{"b64_json":"%%%"}]}),
		    FAILS(ERR_RESULT_INVALID, BLAME_NONE) },
		{ 200, J({"data":[{"url":"file:///etc/passwd"}]}),
		    FAILS(ERR_RESULT_INVALID, BLAME_NONE) },
		{ 400, J({"error":{"code":"content_policy_violation",
		    "type":"invalid_request_error"}}),
		    FAILS(ERR_CONTENT_POLICY, BLAME_NONE) },
		{ 400, J({"error":{"code":"moderation_blocked",
		    "type":"image_generation_user_error"}}),
		    FAILS(ERR_CONTENT_POLICY, BLAME_NONE) },
		{ 404, J({"error":{"code":"model_not_found"}}),
		    FAILS(ERR_PROVIDER_MISCONFIGURED, BLAME_MODEL) },
	};
	/* clang-format on */

	(void)state;
	speak_plan(p, &job);
	speak_table(&job, p->submitted, rows, COUNT(rows));
	speak_common(&job, p->submitted, INT_NONE);
}

static void
all_pictures_of_an_answer_are_taken(void **state)
{
	struct job job = picture_job("gpt-image-2");
	struct verdict v;

	(void)state;
	v = speak_read(&job, p->submitted, 200, J({
		"data" : [
			{ "b64_json" : "b25l" }, { "b64_json" : "dHdv" },
			{ "url" : "https://c.example/3" }
		]
	}));
	assert_int_equal(v.kind, VERDICT_READY);
	assert_int_equal(v.count, 3);
	assert_memory_equal(v.assets[1].data, "two", 3);
	/* it is shown to the vendor itself only: see deliver.c */
	assert_true(v.assets[2].keyed);
}

static void
nothing_that_is_answered_does_harm(void **state)
{
	static const char *const names[] = { "data", "error", "message", NULL };
	struct job job = picture_job("gpt-image-2");

	(void)state;
	speak_hostile(&job, p->submitted, names);
}

static void
the_list_of_models_tells_of_shutdowns(void **state)
{
	struct job job = picture_job("gpt-image-2");
	struct fetch_request request = speak_request(&job, p->models);
	struct fetch_reply reply = speak_reply(200, "application/json", J({
		"object" : "list",
		"data" : [
			{ "id" : "a" },
			{ "id" : "b", "shutdown_date" : "2026-12-01" },
			{ "id" : "c", "shutdown_date" : 1796083200 },
			{ "id" : "d", "shutdown_date" : "soon" }, { "x" : 1 }
		]
	}));
	struct vendor_model *models;
	size_t count;

	(void)state;
	assert_string_equal(request.method, "GET");
	assert_string_equal(request.url, "https://v.example/v1/models");
	assert_true(p->models_read(&unit_cx, &reply, &models, &count));
	assert_int_equal(count, 4);
	assert_string_equal(models[1].id, "b");
	assert_int_equal(models[0].shutdown_ms, TIME_NONE);
	assert_int_equal(models[1].shutdown_ms, INT64_C(1796083200000));
	assert_int_equal(models[2].shutdown_ms, INT64_C(1796083200000));
	assert_int_equal(models[3].shutdown_ms, TIME_NONE);
	reply = speak_reply(404, "text/html", "<html>");
	assert_false(p->models_read(&unit_cx, &reply, &models, &count));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_generation_is_asked_as_the_description_says),
		UNIT_TEST(each_family_has_its_sizes_and_fields),
		UNIT_TEST(one_model_makes_one_a_call),
		UNIT_TEST(an_edit_sends_the_picture),
		UNIT_TEST(an_edit_is_only_for_models_that_edit),
		UNIT_TEST(a_configuration_has_its_say),
		UNIT_TEST(without_a_key_none_is_shown),
		UNIT_TEST(each_answer_has_its_meaning),
		UNIT_TEST(all_pictures_of_an_answer_are_taken),
		UNIT_TEST(nothing_that_is_answered_does_harm),
		UNIT_TEST(the_list_of_models_tells_of_shutdowns),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
