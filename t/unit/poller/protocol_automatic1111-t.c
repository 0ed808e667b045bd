/*
 * protocol_automatic1111 - txt2img, img2img, and where its seeds stand.
 */
#include "speak.h"

static const struct protocol *const p = &protocol_automatic1111;

static void
txt2img_is_asked_in_one_batch(void **state)
{
	static const char text[] =
	    J({ "steps" : 20, "cfg_scale" : 6.5, "sampler_name" : "Euler a" });
	struct json_object *config = json_parse_loose(text, strlen(text));
	struct job job = speak_job(false, "sd_xl_base_1.0");
	struct fetch_request request;

	(void)state;
	job.config = config;
	job.key = "user:secret";
	job.negative_prompt = "rain";
	job.style = "ink";
	job.count = 3;
	job.width = 1000;
	request = speak_submit(p, &job);
	assert_string_equal(request.url, "https://v.example/sdapi/v1/txt2img");
	assert_string_equal(
	    request.key_header, "Authorization: Basic dXNlcjpzZWNyZXQ=");
	assert_true(request.wait_ms > 60000);
	speak_body_is(&request, J({
		"prompt" : "a kite\nStyle: ink.",
		"negative_prompt" : "rain",
		"width" : 1000,
		"height" : 1024,
		"seed" : -1,
		"batch_size" : 3,
		"n_iter" : 1,
		"steps" : 20,
		"cfg_scale" : 6.5,
		"sampler_name" : "Euler a",
		"override_settings" :
		    { "sd_model_checkpoint" : "sd_xl_base_1.0" }
	}));
	json_free(config);
}

static void
img2img_denoises_as_much_as_was_asked(void **state)
{
	struct job job = speak_job(false, "default");
	struct fetch_request request;

	(void)state;
	job.key = "";
	job.picture = &speak_png;
	job.seed = 5;
	job.width = job.height = 0;
	request = speak_submit(p, &job);
	assert_string_equal(request.url, "https://v.example/sdapi/v1/img2img");
	assert_null(request.key_header);
	speak_body_is(&request, J({
		"prompt" : "a kite",
		"width" : 1280,
		"height" : 720,
		"seed" : 5,
		"batch_size" : 1,
		"n_iter" : 1,
		"init_images" : ["iVBORy5ieXRlcw=="],
		"denoising_strength" : 0.75
	}));
}

static void
each_answer_has_its_meaning(void **state)
{
	struct job job = speak_job(false, "default");
	/* clang-format off */
	static const struct speak_row rows[] = {
		{ 200, J({"images":["cGljdHVyZQ=="],"info":"{\"seed\": 1}"}),
		    GIVES("picture") },
		{ 200, J({"images":["data:image/png;base64,cGljdHVyZQ=="]}),
		    GIVES("picture") },
		{ 200,
		    J({"images":[]}), FAILS(ERR_RESULT_INVALID, BLAME_NONE) },
		{ 200, J({"images":["!"]}),
		    FAILS(ERR_RESULT_INVALID, BLAME_NONE) },
		{ 422, J({"detail":[{"msg":"value is not a valid integer"}]}),
		    FAILS(ERR_PROVIDER_REJECTED, BLAME_NONE) },
		{ 500, J({"error":"OutOfMemoryError","errors":"CUDA"}),
		    FAILS(ERR_PROVIDER_UNAVAILABLE, BLAME_BUSY) },
	};
	/* clang-format on */

	(void)state;
	speak_table(&job, p->submitted, rows, COUNT(rows));
	speak_common(&job, p->submitted, INT_NONE);
}

static void
a_sheet_of_all_is_not_one_of_them(void **state)
{
	struct job job = speak_job(false, "default");
	struct verdict v;

	(void)state;
	job.count = 2;
	v = speak_read(&job, p->submitted, 200, J({
		"images" : [ "c2hlZXQ=", "YQ==", "Yg==", "eA==" ],
		"info" : "{\"index_of_first_image\":1,\"all_seeds\":[7,8]}"
	}));
	assert_int_equal(v.count, 2);
	assert_memory_equal(v.assets[0].data, "a", 1);
	assert_int_equal(v.assets[0].seed, 7);
	assert_int_equal(v.assets[1].seed, 8);
}

static void
wrong_types_do_no_harm(void **state)
{
	static const char *const names[] = { "images", "info", "parameters",
		NULL };
	struct job job = speak_job(false, "default");

	(void)state;
	speak_hostile(&job, p->submitted, names);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(txt2img_is_asked_in_one_batch),
		UNIT_TEST(img2img_denoises_as_much_as_was_asked),
		UNIT_TEST(each_answer_has_its_meaning),
		UNIT_TEST(a_sheet_of_all_is_not_one_of_them),
		UNIT_TEST(wrong_types_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
