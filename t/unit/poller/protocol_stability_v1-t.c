/*
 * protocol_stability_v1 - SDXL: a list of sizes, weights, inverted strength.
 */
#include "speak.h"

static const struct protocol *const p = &protocol_stability_v1;

#define ENGINE "stable-diffusion-xl-1024-v1-0"
#define BUSY_MS 60000

static void
text_to_image_is_asked_as_the_description_says(void **state)
{
	struct job job = speak_job(false, ENGINE);
	struct fetch_request request;

	(void)state;
	job.negative_prompt = "rain";
	job.style = "Pixel Art";
	job.seed = 9;
	job.count = 4;
	job.width = 1920;
	job.height = 1080;
	request = speak_submit(p, &job);
	assert_string_equal(request.url,
	    "https://v.example/v1/generation/" ENGINE "/text-to-image");
	assert_string_equal(
	    request.key_header, "Authorization: Bearer " SPEAK_KEY);
	assert_true(speak_has_header(&request, "Accept: application/json"));
	assert_true(request.wait_ms > 60000);
	speak_body_is(&request, J({
		"text_prompts" : [
			{ "text" : "a kite", "weight" : 1 },
			{ "text" : "rain", "weight" : -1 }
		],
		"width" : 1344,
		"height" : 768,
		"samples" : 4,
		"seed" : 9,
		"style_preset" : "pixel-art"
	}));
}

static void
image_to_image_keeps_what_strength_leaves(void **state)
{
	struct job job = speak_job(false, ENGINE);
	struct fetch_request request;

	(void)state;
	job.picture = &speak_png;
	job.negative_prompt = "rain";
	job.style = "ink";
	job.width = job.height = 0;
	request = speak_submit(p, &job);
	assert_string_equal(request.url,
	    "https://v.example/v1/generation/" ENGINE "/image-to-image");
	assert_string_equal(speak_form(&request),
	    FIELD_PART("text_prompts[0][text]", "a kite\nStyle: ink.")
		FIELD_PART("text_prompts[0][weight]", "1")
		    FIELD_PART("text_prompts[1][text]", "rain")
			FIELD_PART("text_prompts[1][weight]", "-1")
			    FIELD_PART("init_image_mode", "IMAGE_STRENGTH")
				FIELD_PART("image_strength", "0.25")
				    FIELD_PART("samples", "1")
					FILE_PART("init_image") "--B--\r\n");
	/* what comes back has the size of what goes there */
	assert_int_equal(job.plan.fit_width, 1344);
	assert_int_equal(job.plan.fit_height, 768);
}

static void
strength_at_its_ends_is_said_exactly(void **state)
{
	static const struct {
		double strength;
		const char *part;
	} rows[] = { { 0, FIELD_PART("image_strength", "1") },
		{ 1, FIELD_PART("image_strength", "0") },
		{ 0.8, FIELD_PART("image_strength", "0.2") } };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct job job = speak_job(false, ENGINE);
		struct fetch_request request;

		job.picture = &speak_png;
		job.strength = rows[i].strength;
		request = speak_submit(p, &job);
		assert_non_null(strstr(speak_form(&request), rows[i].part));
	}
}

static void
a_prompt_is_cut_at_two_thousand_characters(void **state)
{
	struct job job = speak_job(false, ENGINE);
	char *prompt = arena_alloc(unit_cx.arena, 4001);

	(void)state;
	memset(prompt, 'x', 4000);
	job.prompt = job.negative_prompt = prompt;
	speak_plan(p, &job);
	assert_int_equal(strlen(job.plan.prompt), 2000);
	assert_int_equal(strlen(job.plan.negative), 2000);
}

static void
each_artifact_has_its_meaning(void **state)
{
	struct job job = speak_job(false, ENGINE);
	/* clang-format off */
	static const struct speak_row rows[] = {
		{ 200, J({"artifacts":[{"base64":"cGljdHVyZQ==","seed":7,
		    "finishReason":"SUCCESS"}]}), GIVES("picture") },
		{ 200, J([{"base64":"cGlj\ndHVy\r\nZQ==",
		    "finishReason":"SUCCESS"}]), GIVES("picture") },
		{ 200, J({"artifacts":[{"base64":"Ymx1cnJlZA==",
		    "finishReason":"CONTENT_FILTERED"}]}),
		    FAILS(ERR_CONTENT_POLICY, BLAME_NONE) },
		{ 200,
		    J({"artifacts":[{"base64":"eA==","finishReason":"ERROR"}]}),
		    FAILS(ERR_RESULT_INVALID, BLAME_NONE) },
		{ 200, J({"artifacts":[{"base64":"!!!"}]}),
		    FAILS(ERR_RESULT_INVALID, BLAME_NONE) },
		{ 400, J({"id":"1","name":"invalid_prompts","message":"no"}),
		    FAILS(ERR_CONTENT_POLICY, BLAME_NONE) },
		{ 401, J({"id":"1","name":"unauthorized",
		    "message":
		    "Incorrect API key provided: sk-test-0123456789"}),
		    FAILS(ERR_PROVIDER_MISCONFIGURED, BLAME_SETUP) },
		{ 404, J({"id":"1","name":"not_found","message":"engine"}),
		    FAILS(ERR_PROVIDER_MISCONFIGURED, BLAME_MODEL) },
	};
	/* clang-format on */

	(void)state;
	speak_table(&job, p->submitted, rows, COUNT(rows));
	speak_common(&job, p->submitted, BUSY_MS);
}

static void
of_several_those_that_were_not_held_back_count(void **state)
{
	struct job job = speak_job(false, ENGINE);
	struct verdict v;

	(void)state;
	v = speak_read(&job, p->submitted, 200, J({
		"artifacts" : [
			{
				"base64" : "YQ==",
				"seed" : 1,
				"finishReason" : "SUCCESS"
			},
			{
				"base64" : "Yg==",
				"finishReason" : "CONTENT_FILTERED"
			},
			{
				"base64" : "Yw==",
				"seed" : 3,
				"finishReason" : "SUCCESS"
			}
		]
	}));
	assert_int_equal(v.kind, VERDICT_READY);
	assert_int_equal(v.count, 2);
	assert_int_equal(v.assets[0].seed, 1);
	assert_memory_equal(v.assets[1].data, "c", 1);
	assert_int_equal(v.assets[1].seed, 3);
}

static void
the_retry_after_header_is_believed_first(void **state)
{
	struct job job = speak_job(false, ENGINE);
	struct fetch_reply reply = speak_reply(429, "application/json", "");
	struct verdict v;

	(void)state;
	reply.retry_after_ms = 1500;
	p->submitted(&unit_cx, &job, &reply, &v);
	assert_int_equal(v.kind, VERDICT_NOT_ACCEPTED);
	assert_int_equal(v.wait_ms, 1500);
}

static void
wrong_types_do_no_harm(void **state)
{
	static const char *const names[] = { "artifacts", "base64", "seed",
		"finishReason", NULL };
	struct job job = speak_job(false, ENGINE);

	(void)state;
	speak_hostile(&job, p->submitted, names);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(text_to_image_is_asked_as_the_description_says),
		UNIT_TEST(image_to_image_keeps_what_strength_leaves),
		UNIT_TEST(strength_at_its_ends_is_said_exactly),
		UNIT_TEST(a_prompt_is_cut_at_two_thousand_characters),
		UNIT_TEST(each_artifact_has_its_meaning),
		UNIT_TEST(of_several_those_that_were_not_held_back_count),
		UNIT_TEST(the_retry_after_header_is_believed_first),
		UNIT_TEST(wrong_types_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
