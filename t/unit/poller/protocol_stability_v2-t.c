/*
 * protocol_stability_v2 - shapes, forms without a file, pictures held back.
 */
#include "speak.h"

static const struct protocol *const p = &protocol_stability_v2;

#define BUSY_MS 60000

static void
text_to_image_is_a_form(void **state)
{
	struct job job = speak_job(false, "sd3.5-large");
	struct fetch_request request;

	(void)state;
	job.negative_prompt = "rain";
	job.style = "anime";
	job.seed = 4294967295;
	job.width = 1024;
	job.height = 576;
	request = speak_submit(p, &job);
	assert_string_equal(
	    request.url, "https://v.example/v2beta/stable-image/generate/sd3");
	assert_true(speak_has_header(&request, "Accept: image/*"));
	assert_string_equal(speak_form(&request),
	    FIELD_PART("prompt", "a kite") FIELD_PART("negative_prompt", "rain")
		FIELD_PART("model", "sd3.5-large") FIELD_PART(
		    "output_format", "png") FIELD_PART("seed", "4294967294")
		    FIELD_PART("style_preset", "anime")
			FIELD_PART("aspect_ratio", "16:9") "--B--\r\n");
}

static void
the_model_decides_the_service(void **state)
{
	static const char *const rows[][2] = {
		{ "sd3.5-flash", "/sd3" },
		{ "sd3-large", "/sd3" },
		{ "core", "/core" },
		{ "ultra", "/ultra" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct job job = speak_job(false, rows[i][0]);
		struct fetch_request request = speak_submit(p, &job);

		assert_true(text_ends(request.url, rows[i][1]));
		assert_int_equal(
		    strstr(speak_form(&request), "name=\"model\"") != NULL,
		    text_is(rows[i][1], "/sd3"));
	}
}

static void
image_to_image_says_its_mode_and_strength(void **state)
{
	struct job job = speak_job(false, "sd3.5-medium");
	struct fetch_request request;

	(void)state;
	job.picture = &speak_png;
	request = speak_submit(p, &job);
	assert_string_equal(speak_form(&request),
	    FIELD_PART("prompt", "a kite") FIELD_PART("model", "sd3.5-medium")
		FIELD_PART("output_format", "png") FIELD_PART(
		    "mode", "image-to-image") FIELD_PART("strength", "0.75")
		    FILE_PART("image") "--B--\r\n");
	job = speak_job(false, "ultra");
	job.picture = &speak_png;
	request = speak_submit(p, &job);
	assert_string_equal(speak_form(&request),
	    FIELD_PART("prompt", "a kite") FIELD_PART("output_format", "png")
		FIELD_PART("aspect_ratio", "1:1") FIELD_PART("strength", "0.75")
		    FILE_PART("image") "--B--\r\n");
}

static void
core_does_not_start_from_a_picture(void **state)
{
	struct job job = speak_job(false, "core");

	(void)state;
	job.picture = &speak_png;
	assert_int_equal(
	    p->plan(&unit_cx, &job, &job.plan), ERR_PROVIDER_REJECTED);
}

/* The picture itself, with its facts in the headers. */
static struct verdict
picture_read(const char *type, const char *body, const char *const *headers)
{
	struct job job = speak_job(false, "core");
	struct fetch_reply reply = speak_reply(200, type, body);
	struct verdict v;

	reply.headers = headers;
	p->submitted(&unit_cx, &job, &reply, &v);
	return v;
}

static void
a_picture_comes_as_bytes(void **state)
{
	static const char *const fine[] = { "Finish-Reason: SUCCESS",
		"Seed: 343940597", NULL };
	static const char *const filtered[] = {
		"finish-reason: CONTENT_FILTERED", NULL
	};
	static const char *const odd[] = { "seed: x", NULL };
	struct verdict v = picture_read("image/png", "picture", fine);

	(void)state;
	assert_int_equal(v.kind, VERDICT_READY);
	assert_memory_equal(v.assets[0].data, "picture", 7);
	assert_int_equal(v.assets[0].seed, 343940597);
	v = picture_read("image/png", "blurred", filtered);
	assert_int_equal(v.kind, VERDICT_REFUSED);
	assert_int_equal(v.reason, ERR_CONTENT_POLICY);
	v = picture_read("image/png", "picture", odd);
	assert_int_equal(v.kind, VERDICT_READY);
	assert_true(v.assets[0].seed == INT_NONE);
	v = picture_read("image/png", "", fine);
	assert_int_equal(v.kind, VERDICT_REFUSED);
	assert_int_equal(v.reason, ERR_RESULT_INVALID);
}

static void
json_is_told_up_to_the_semicolon(void **state)
{
	struct verdict v = picture_read("Application/JSON; type=image/png", J({
		"image" : "cGljdHVyZQ==",
		"finish_reason" : "SUCCESS",
		"seed" : 5
	}),
	    NULL);

	(void)state;
	assert_int_equal(v.kind, VERDICT_READY);
	assert_int_equal(v.assets[0].seed, 5);
	/* a picture is judged by its bytes later, not by this */
	v = picture_read("application/jsonx", "picture", NULL);
	assert_int_equal(v.kind, VERDICT_READY);
}

static void
each_answer_has_its_meaning(void **state)
{
	struct job job = speak_job(false, "core");
	/* clang-format off */
	static const struct speak_row rows[] = {
		{ 200, J({"image":"cGljdHVyZQ==","finish_reason":"SUCCESS"}),
		    GIVES("picture") },
		{ 200, J({"image":"eA==","finish_reason":"CONTENT_FILTERED"}),
		    FAILS(ERR_CONTENT_POLICY, BLAME_NONE) },
		{ 200, J({"finish_reason":"SUCCESS"}),
		    FAILS(ERR_RESULT_INVALID, BLAME_NONE) },
		{ 403, J({"id":"1","name":"content_moderation","errors":["x"]}),
		    FAILS(ERR_CONTENT_POLICY, BLAME_NONE) },
		{ 402, J({"id":"1","name":"payment_required","errors":["x"]}),
		    FAILS(ERR_PROVIDER_MISCONFIGURED, BLAME_MONEY) },
		{ 413, J({"id":"1","name":"payload_too_large","errors":["x"]}),
		    FAILS(ERR_PROVIDER_REJECTED, BLAME_NONE) },
		{ 422, J({"id":"1","name":"invalid_language","errors":["x"]}),
		    FAILS(ERR_PROVIDER_REJECTED, BLAME_NONE) },
		{ 429,
		    J({"id":"1","name":"rate_limit_exceeded","errors":["x"]}),
		    WAITS(BUSY_MS) },
	};
	/* clang-format on */

	(void)state;
	speak_table(&job, p->submitted, rows, COUNT(rows));
	speak_common(&job, p->submitted, BUSY_MS);
}

static void
wrong_types_do_no_harm(void **state)
{
	static const char *const names[] = { "image", "finish_reason", "seed",
		NULL };
	struct job job = speak_job(false, "core");

	(void)state;
	speak_hostile(&job, p->submitted, names);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(text_to_image_is_a_form),
		UNIT_TEST(the_model_decides_the_service),
		UNIT_TEST(image_to_image_says_its_mode_and_strength),
		UNIT_TEST(core_does_not_start_from_a_picture),
		UNIT_TEST(a_picture_comes_as_bytes),
		UNIT_TEST(json_is_told_up_to_the_semicolon),
		UNIT_TEST(each_answer_has_its_meaning),
		UNIT_TEST(wrong_types_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
