/*
 * protocol_replicate - inputs as the administrator names them, outputs of three
 * shapes.
 */
#include "speak.h"

static const struct protocol *const p = &protocol_replicate;

static void
the_usual_names_are_used_unless_others_are_given(void **state)
{
	struct job job = speak_job(false, "owner/sdxl:abc");
	struct fetch_request request;

	(void)state;
	job.url = "https://v.example/v1";
	job.seed = 5;
	job.part = 1;
	job.picture = &speak_png;
	request = speak_submit(p, &job);
	assert_string_equal(request.url, "https://v.example/v1/predictions");
	assert_string_equal(
	    request.key_header, "Authorization: Bearer " SPEAK_KEY);
	speak_body_is(&request, J({
		"version" : "owner/sdxl:abc",
		"input" : {
			"prompt" : "a kite",
			"image" : "data:image/png;base64,iVBORy5ieXRlcw==",
			"width" : 1024,
			"height" : 1024,
			"seed" : 6,
			"prompt_strength" : 0.75
		}
	}));
}

static void
a_model_has_inputs_of_its_own(void **state)
{
	static const char text[] = J({
		"inputs" : { "prompt" : "text", "duration" : "length" },
		"input" : { "quality" : "high", "text" : "x" },
		"durations" : [ 5, 10 ]
	});
	struct json_object *config = json_parse_loose(text, strlen(text));
	struct job job = speak_job(true, "owner/film");
	struct fetch_request request;

	(void)state;
	job.model_config = config;
	job.negative_prompt = "rain";
	job.duration = 9;
	request = speak_submit(p, &job);
	speak_body_is(&request, J({
		"version" : "owner/film",
		"input" : {
			"quality" : "high",
			"text" : "a kite\nAvoid: rain.",
			"length" : 10
		}
	}));
	job.picture = &speak_png;
	assert_int_equal(
	    p->plan(&unit_cx, &job, &job.plan), ERR_PROVIDER_REJECTED);
	json_free(config);
}

static void
a_prediction_goes_through_its_states(void **state)
{
	struct job job = speak_job(false, "owner/sdxl");
	struct fetch_request request;
	/* clang-format off */
	static const struct speak_row first[] = {
		{ 201, J({"id":"abc","status":"starting","output":null}),
		    RUNS(INT_NONE, 2000) },
		{ 201, J({"id":"abc","status":"succeeded",
		    "output":"https://replicate.delivery/a.png"}),
		    GIVES("https://replicate.delivery/a.png") },
		{ 402, J({"title":"Insufficient credit","status":402}),
		    FAILS(ERR_PROVIDER_MISCONFIGURED, BLAME_MONEY) },
		{ 422, J({"title":"Input validation failed",
		    "detail":"- input.width: Must be less than","status":422}),
		    FAILS(ERR_PROVIDER_REJECTED, BLAME_NONE) },
	};
	static const struct speak_row rows[] = {
		{ 200, J({"id":"abc","status":"processing"}),
		    RUNS(INT_NONE, 2000) },
		{ 200, J({"status":"succeeded",
		    "output":["https://replicate.delivery/a.png"]}),
		    GIVES("https://replicate.delivery/a.png") },
		{ 200, J({"status":"succeeded","output":{"images":
		    ["https://replicate.delivery/a.png"],"seed":4}}),
		    GIVES("https://replicate.delivery/a.png") },
		{ 200, J({"status":"succeeded",
		    "output":"data:image/png;base64,cGljdHVyZQ=="}),
		    GIVES("picture") },
		{ 200, J({"status":"succeeded","output":null}),
		    FAILS(ERR_RESULT_INVALID, BLAME_NONE) },
		{ 200, J({"status":"failed","error":"NSFW content detected."}),
		    FAILS(ERR_CONTENT_POLICY, BLAME_NONE) },
		{ 200, J({"status":"failed","error":"boom"}),
		    FAILS(ERR_PROVIDER_UNAVAILABLE, BLAME_BUSY) },
		{ 200, J({"status":"canceled"}),
		    FAILS(ERR_PROVIDER_UNAVAILABLE, BLAME_BUSY) },
		{ 200, J({"status":"aborted"}),
		    FAILS(ERR_PROVIDER_UNAVAILABLE, BLAME_BUSY) },
	};
	/* clang-format on */

	(void)state;
	job.url = "https://v.example/v1";
	speak_table(&job, p->submitted, first, COUNT(first));
	speak_common(&job, p->submitted, INT_NONE);
	job.remote_id = "abc";
	request = speak_request(&job, p->poll);
	assert_string_equal(
	    request.url, "https://v.example/v1/predictions/abc");
	speak_table(&job, p->polled, rows, COUNT(rows));
	speak_common_polls(&job, p->polled);
	request = speak_request(&job, p->cancel);
	assert_string_equal(request.method, "POST");
	assert_string_equal(
	    request.url, "https://v.example/v1/predictions/abc/cancel");
}

static void
of_a_flood_of_outputs_a_few_are_taken(void **state)
{
	struct job job = speak_job(false, "owner/sdxl");
	const char *list = "\"/a.png\"";
	struct verdict v;

	(void)state;
	for (int i = 0; i < 12; i++)
		list = arena_printf(unit_cx.arena, "%s,%s", list, list);
	job.remote_id = "abc";
	v = speak_read(&job, p->polled, 200,
	    arena_printf(unit_cx.arena,
		"{\"status\":\"succeeded\",\"output\":[%s]}", list));
	assert_int_equal(v.kind, VERDICT_READY);
	assert_int_equal(v.count, VERDICT_ASSETS_MAX);
}

static void
wrong_types_do_no_harm(void **state)
{
	static const char *const names[] = { "id", "status", "output", "error",
		NULL };
	struct job job = speak_job(false, "owner/sdxl");

	(void)state;
	speak_hostile(&job, p->submitted, names);
	job.remote_id = "abc";
	speak_hostile(&job, p->polled, names);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(the_usual_names_are_used_unless_others_are_given),
		UNIT_TEST(a_model_has_inputs_of_its_own),
		UNIT_TEST(a_prediction_goes_through_its_states),
		UNIT_TEST(of_a_flood_of_outputs_a_few_are_taken),
		UNIT_TEST(wrong_types_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
