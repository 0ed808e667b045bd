/*
 * protocol_comfyui - a graph filled in, its queue, its history.
 */
#include "speak.h"

static const struct protocol *const p = &protocol_comfyui;

#define ID "0190163d-8694-739b-aea5-966c26f8ad90"

static const char config_text[] = J({
	"workflow" : {
		"3" : {
			"class_type" : "KSampler",
			"inputs" : { "seed" : 0, "denoise" : 1 }
		},
		"5" : {
			"class_type" : "EmptyLatentImage",
			"inputs" :
			    { "width" : 512, "height" : 512, "batch_size" : 9 }
		},
		"6" : {
			"class_type" : "CLIPTextEncode",
			"inputs" : { "text" : "" }
		},
		"7" : {
			"class_type" : "CLIPTextEncode",
			"inputs" : { "text" : "old" }
		},
		"10" : {
			"class_type" : "LoadImage",
			"inputs" : { "image" : "x.png" }
		}
	},
	"inputs" : {
		"prompt" : [ "6", "text" ],
		"negativePrompt" : [ "7", "text" ],
		"width" : [ "5", "width" ],
		"height" : [ "5", "height" ],
		"seed" : [ "3", "seed" ],
		"batch" : [ "5", "batch_size" ],
		"image" : [ "10", "image" ],
		"strength" : [ "3", "denoise" ]
	}
});

static struct json_object *config;

static struct job
comfy_job(const char *json)
{
	struct job job = speak_job(false, "default");

	json_free(config);
	config = json_parse_loose(json, strlen(json));
	assert_non_null(config);
	job.config = config;
	job.key = "";
	return job;
}

static void
the_graph_is_filled_in_and_the_original_kept(void **state)
{
	struct job job = comfy_job(config_text);
	const char *before = json_print(unit_cx.arena, config);
	struct fetch_request request;

	(void)state;
	job.negative_prompt = "rain";
	job.seed = 5;
	job.part = 2;
	request = speak_submit(p, &job);
	assert_string_equal(request.url, "https://v.example/prompt");
	assert_null(request.key_header);
	speak_body_is(&request, J({
		"prompt" : {
			"3" : {
				"class_type" : "KSampler",
				"inputs" : { "seed" : 7, "denoise" : 1 }
			},
			"5" : {
				"class_type" : "EmptyLatentImage",
				"inputs" : {
					"width" : 1024,
					"height" : 1024,
					"batch_size" : 1
				}
			},
			"6" : {
				"class_type" : "CLIPTextEncode",
				"inputs" : { "text" : "a kite" }
			},
			"7" : {
				"class_type" : "CLIPTextEncode",
				"inputs" : { "text" : "rain" }
			},
			"10" : {
				"class_type" : "LoadImage",
				"inputs" : { "image" : "x.png" }
			}
		},
		"prompt_id" : "0190163d-8694-739b-aea5-966c26f8ad92",
		"client_id" : "gesso"
	}));
	assert_string_equal(json_print(unit_cx.arena, config), before);
}

static void
without_a_seed_each_part_has_its_own(void **state)
{
	struct job job = comfy_job(config_text);
	int64_t seed;

	(void)state;
	speak_plan(p, &job);
	seed = job.plan.seed;
	speak_plan(p, &job);
	assert_int_equal(job.plan.seed, seed);
	job.part = 1;
	speak_plan(p, &job);
	assert_int_not_equal(job.plan.seed, seed);
}

static void
a_picture_is_uploaded_first(void **state)
{
	struct job job = comfy_job(config_text);
	struct fetch_request request;
	struct fetch_reply reply = speak_reply(200, "application/json",
	    J({ "name" : "in.png", "subfolder" : "gesso", "type" : "input" }));
	struct verdict v;

	(void)state;
	job.picture = &speak_png;
	speak_plan(p, &job);
	request = speak_request(&job, p->prepare);
	assert_string_equal(request.url, "https://v.example/upload/image");
	assert_non_null(
	    strstr(speak_form(&request), "filename=\"" ID ".png\""));
	p->prepared(&unit_cx, &job, &reply, &v);
	assert_int_equal(v.kind, VERDICT_READY);
	assert_string_equal(job.picture_ref, "gesso/in.png");
	request = speak_submit(p, &job);
	assert_non_null(strstr(request.body, "\"image\":\"gesso/in.png\""));
	assert_non_null(strstr(request.body, "\"denoise\":0.75"));
	reply = speak_reply(503, "text/html", "loading");
	p->prepared(&unit_cx, &job, &reply, &v);
	assert_int_equal(v.kind, VERDICT_NOT_ACCEPTED);
	reply = speak_reply(200, "application/json", "{}");
	p->prepared(&unit_cx, &job, &reply, &v);
	assert_int_equal(v.kind, VERDICT_REFUSED);
}

static void
what_the_workflow_lacks_is_noticed(void **state)
{
	static const char *const wrong[] = { "{}", J({ "workflow" : [] }),
		J({ "workflow" : { "1" : {} } }), J({
			"workflow" : { "1" : {} },
			"inputs" : { "prompt" : ["1"] }
		}),
		J({ "workflow" : { "1" : {} }, "inputs" : [1] }) };
	struct job job;

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		job = comfy_job(wrong[i]);
		assert_int_equal(p->plan(&unit_cx, &job, &job.plan),
		    ERR_PROVIDER_MISCONFIGURED);
	}
	job = comfy_job(J({
		"workflow" : { "1" : { "inputs" : {} } },
		"inputs" : { "prompt" : [ "1", "text" ] }
	}));
	job.negative_prompt = "rain";
	speak_plan(p, &job);
	assert_string_equal(job.plan.prompt, "a kite\nAvoid: rain.");
	job.picture = &speak_png;
	assert_int_equal(
	    p->plan(&unit_cx, &job, &job.plan), ERR_PROVIDER_REJECTED);
}

static void
a_place_that_is_not_in_the_graph_is_passed_over(void **state)
{
	struct job job = comfy_job(J({
		"workflow" : { "1" : { "inputs" : {} } },
		"inputs" : {
			"prompt" : [ "1", "text" ],
			"seed" : [ "9", "seed" ],
			"width" : [ "1", 2 ],
			"height" : [ ["x"], "y" ]
		}
	}));
	struct fetch_request request;

	(void)state;
	request = speak_submit(p, &job);
	assert_non_null(
	    strstr(request.body, "{\"1\":{\"inputs\":{\"text\":\"a kite\"}}}"));
}

static void
a_run_goes_through_its_states(void **state)
{
	struct job job = comfy_job(config_text);
	struct fetch_request request;
	/* clang-format off */
	static const struct speak_row first[] = {
		{ 200, J({"prompt_id":"0190163d","number":3,"node_errors":{}}),
		    RUNS(0, 2000) },
		{ 400, J({"error":{"type":"prompt_outputs_failed_validation",
		    "message":"Prompt outputs failed validation"}}),
		    FAILS(ERR_PROVIDER_REJECTED, BLAME_NONE) },
	};
	static const struct speak_row rows[] = {
		{ 200, J({}), RUNS(INT_NONE, 2000) },
		{ 200, J({"p1":{"outputs":{"9":{"images":[
		    {"filename":"t.png","subfolder":"","type":"temp"},
		    {"filename":"a b&.png","subfolder":"x/y","type":
		        "output"}]}},
		    "status":{"status_str":"success","completed":true}}}),
		    GIVES("https://v.example/view?filename=a%20b%26.png"
		    "&subfolder=x%2Fy&type=output") },
		{ 200,
		    J({"p1":{"outputs":{},"status":{"status_str":"success"}}}),
		    FAILS(ERR_RESULT_INVALID, BLAME_NONE) },
		{ 200, J({"p1":{"outputs":{},"status":{"status_str":"error",
		    "messages":[["execution_start",{}],["execution_error",
		    {"exception_message":"CUDA out of memory"}]]}}}),
		    FAILS(ERR_PROVIDER_UNAVAILABLE, BLAME_BUSY) },
	};
	/* clang-format on */

	(void)state;
	speak_table(&job, p->submitted, first, COUNT(first));
	speak_common(&job, p->submitted, INT_NONE);
	job.remote_id = "p1";
	request = speak_request(&job, p->poll);
	assert_string_equal(request.url, "https://v.example/history/p1");
	speak_table(&job, p->polled, rows, COUNT(rows));
	speak_common_polls(&job, p->polled);
	request = speak_request(&job, p->cancel);
	speak_body_is(&request, J({ "delete" : ["p1"] }));
}

static void
a_film_may_be_in_any_of_three_lists(void **state)
{
	struct job job = comfy_job(config_text);

	(void)state;
	job.film = true;
	job.remote_id = "p1";
	assert_string_equal(speak_read(&job, p->polled, 200, J({
		"p1" : {
			"outputs" :
			    { "9" : { "gifs" : [ { "filename" : "a.mp4" } ] } }
		}
	}))
				.assets[0]
				.url,
	    "https://v.example/view?filename=a.mp4&subfolder=&type=output");
}

/* First the queue, then the history. */
static void
a_lost_submission_is_looked_up_twice(void **state)
{
	struct job job = comfy_job(config_text);
	struct fetch_request request;
	struct verdict v;

	(void)state;
	request = speak_request(&job, p->lookup);
	assert_string_equal(request.url, "https://v.example/queue");
	v = speak_read(&job, p->looked_up, 200, J({
		"queue_running" : [],
		"queue_pending" : [
			[ 4, "other" ],
			[ 5, "0190163d-8694-739b-aea5-966c26f8ad90", {} ]
		]
	}));
	assert_int_equal(v.kind, VERDICT_RUNNING);
	assert_string_equal(v.remote_id, ID);
	v = speak_read(&job, p->looked_up, 200,
	    J({ "queue_running" : [], "queue_pending" : [] }));
	assert_int_equal(v.kind, VERDICT_RUNNING);
	assert_null(v.remote_id);
	job.lookups = 1;
	request = speak_request(&job, p->lookup);
	assert_string_equal(request.url, "https://v.example/history/" ID);
	v = speak_read(&job, p->looked_up, 200,
	    J({ "0190163d-8694-739b-aea5-966c26f8ad90" : {} }));
	assert_int_equal(v.kind, VERDICT_RUNNING);
	assert_string_equal(v.remote_id, ID);
	assert_int_equal(speak_read(&job, p->looked_up, 200, "{}").kind,
	    VERDICT_NOT_ACCEPTED);
	/* no answer is no proof */
	assert_int_equal(
	    speak_read(&job, p->looked_up, 502, "{}").kind, VERDICT_RUNNING);
	assert_int_equal(speak_read(&job, p->looked_up, 200, "<html>").kind,
	    VERDICT_RUNNING);
}

static void
wrong_types_do_no_harm(void **state)
{
	static const char *const names[] = { "prompt_id", "p1", "name",
		"subfolder", "queue_running", "queue_pending", NULL };
	struct job job = comfy_job(config_text);

	(void)state;
	speak_hostile(&job, p->submitted, names);
	speak_hostile(&job, p->looked_up, names);
	job.remote_id = "p1";
	speak_hostile(&job, p->polled, names);
	json_free(config);
	config = NULL;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(the_graph_is_filled_in_and_the_original_kept),
		UNIT_TEST(without_a_seed_each_part_has_its_own),
		UNIT_TEST(a_picture_is_uploaded_first),
		UNIT_TEST(what_the_workflow_lacks_is_noticed),
		UNIT_TEST(a_place_that_is_not_in_the_graph_is_passed_over),
		UNIT_TEST(a_run_goes_through_its_states),
		UNIT_TEST(a_film_may_be_in_any_of_three_lists),
		UNIT_TEST(a_lost_submission_is_looked_up_twice),
		UNIT_TEST(wrong_types_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
