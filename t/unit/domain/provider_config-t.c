/*
 * Vendors: what is shown, what is chosen, and what administrators may write.
 */
#include "config.h"

#include "domain/provider_config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/base.h"
#include "base/text.h"
#include "core/conf.h"
#include "core/db.h"
#include "domain/provider.h"
#include "testdb.h"

#define SECRET "sk-CANARY-0001"

static struct ctx cx;

static enum err
create(const char *type, const char *url, const char *config,
    struct provider_custom *out)
{
	struct provider_new in = { type, "Mine", url, SECRET, { config } };

	return provider_custom_create(&cx, &in, out);
}

static const char *
field_of_fault(void)
{
	return cx.fault.field == NULL ? "" : cx.fault.field;
}

static void
the_catalogue_has_the_vendors_of_a_new_site(void **state)
{
	struct providers_shown all;
	const struct provider_shown *image;

	(void)state;
	assert_int_equal(provider_catalogue(&cx, &all), ERR_OK);
	image = all.image.items;
	assert_true(all.image.count >= 2 && all.video.count >= 3);
	assert_string_equal(image[0].id, "stability");
	assert_true(image[0].models.count >= 2);
	assert_int_equal(image[0].models.count, image[0].model_info.count);
}

static void
a_custom_vendor_can_be_used_and_its_key_is_sealed(void **state)
{
	struct provider_custom made;
	struct provider row;
	struct model model;
	const char *key;

	(void)state;
	assert_int_equal(create("image", "https://images.example/v1",
			     "{\"models\":[\"plain\",{\"id\":\"m1\","
			     "\"upstream\":\"vendor/m-1\",\"price\":7}]}",
			     &made),
	    ERR_OK);
	assert_string_equal(made.protocol, "openai");
	assert_true(made.has_key && made.enabled);
	assert_int_equal(made.models.count, 2);
	assert_int_equal(
	    model_choose(&cx, "image", made.id, "m1", NULL, "", &model),
	    ERR_OK);
	assert_string_equal(model.upstream, "vendor/m-1");
	assert_int_equal(model.price, 7);
	assert_int_equal(model_find(&cx, made.id, "plain", &model), ERR_OK);
	assert_int_equal(model.price, 1);
	assert_int_equal(provider_find(&cx, made.id, &row), ERR_OK);
	assert_null(strstr(row.sealed_key, "CANARY"));
	assert_int_equal(provider_key(&cx, &row, &key), ERR_OK);
	assert_string_equal(key, SECRET);
}

static const struct {
	const char *type, *url, *config, *field;
} wrong[] = {
	{ "image", "http://127.0.0.1/v1", "{}", "apiUrl" },
	{ "image", "http://localhost:8080", "{}", "apiUrl" },
	{ "image", "http://[::ffff:10.1.2.3]/", "{}", "apiUrl" },
	{ "image", "https://me:pw@api.example/v1", "{}", "apiUrl" },
	{ "image", "api.example/v1", "{}", "apiUrl" },
	{ "image", "https://x.example", "[]", "config" },
	{ "image", "https://x.example", "{\"protocol\":\"soap\"}",
	    "config.protocol" },
	{ "image", "https://x.example", "{\"protocol\":1}", "config.protocol" },
	{ "assistant", "https://x.example", "{\"protocol\":\"veo\"}",
	    "config.protocol" },
	{ "image", "https://x.example", "{\"models\":{}}", "config.models" },
	{ "image", "https://x.example", "{\"models\":[1]}", "config.models" },
	{ "image", "https://x.example", "{\"models\":[\"\"]}",
	    "config.models" },
	{ "image", "https://x.example", "{\"models\":[{\"id\":\"a b\"}]}",
	    "config.models" },
	{ "image", "https://x.example",
	    "{\"models\":[{\"id\":\"a\",\"price\":-1}]}", "config.models" },
	{ "image", "https://x.example",
	    "{\"models\":[{\"id\":\"a\",\"price\":1.5}]}", "config.models" },
	{ "image", "https://x.example", "{\"protocol\":\"comfyui\"}",
	    "config.workflow" },
	{ "image", "https://x.example",
	    "{\"protocol\":\"comfyui\",\"workflow\":{}}", "config.inputs" },
	{ "image", "https://x.example",
	    "{\"protocol\":\"comfyui\",\"workflow\":{},"
	    "\"inputs\":{\"prompt\":[\"6\",\"text\"]}}",
	    "config.inputs.prompt" },
};

static void
what_is_wrong_is_named_and_nothing_is_written(void **state)
{
	struct provider_custom made;
	struct provider *rows;
	size_t before, after;

	(void)state;
	assert_int_equal(provider_list(&cx, &rows, &before), ERR_OK);
	for (size_t i = 0; i < COUNT(wrong); i++) {
		if (create(wrong[i].type, wrong[i].url, wrong[i].config,
			&made) != ERR_INVALID_FIELD ||
		    !text_is(field_of_fault(), wrong[i].field))
			fail_msg("%s %s: %s", wrong[i].url, wrong[i].config,
			    field_of_fault());
	}
	assert_int_equal(provider_list(&cx, &rows, &after), ERR_OK);
	assert_int_equal(before, after);
}

static void
a_change_keeps_what_it_does_not_name(void **state)
{
	struct provider_edit nothing = { 0 }, edit = { 0 };
	struct provider_custom made, now;

	(void)state;
	assert_int_equal(create("video", "https://films.example",
			     "{\"models\":[\"a\",\"b\"]}", &made),
	    ERR_OK);
	assert_int_equal(
	    provider_custom_change(&cx, made.id, &nothing, &now), ERR_OK);
	assert_string_equal(now.name, "Mine");
	assert_int_equal(now.models.count, 2);
	assert_true(now.has_key && now.enabled);
	edit.name = "Other";
	edit.api_key = "";
	edit.enabled.text = "false";
	edit.config.text = "{\"protocol\":\"replicate\",\"models\":[\"c\"]}";
	assert_int_equal(
	    provider_custom_change(&cx, made.id, &edit, &now), ERR_OK);
	assert_string_equal(now.name, "Other");
	assert_string_equal(now.protocol, "replicate");
	assert_false(now.has_key);
	assert_false(now.enabled);
	assert_int_equal(now.models.count, 1);
	edit.type = "image";
	assert_int_equal(provider_custom_change(&cx, made.id, &edit, &now),
	    ERR_INVALID_FIELD);
	assert_int_equal(provider_custom_change(&cx, "dalle", &nothing, &now),
	    ERR_NOT_FOUND);
	assert_int_equal(provider_custom_delete(&cx, "dalle"), ERR_NOT_FOUND);
}

static void
a_choice_is_made_whole_or_not_at_all(void **state)
{
	struct provider_custom made;
	struct provider_choice now, wanted = { 0 };

	(void)state;
	assert_int_equal(provider_choice_set(&cx, &wanted), ERR_OK);
	assert_int_equal(create("image", "https://images.example/v1",
			     "{\"models\":[\"plain\"]}", &made),
	    ERR_OK);
	wanted.image_provider = made.id;
	assert_int_equal(provider_choice_set(&cx, &wanted), ERR_UNKNOWN_MODEL);
	assert_string_equal(field_of_fault(), "imageProvider");
	wanted.image_model = "plain";
	wanted.video_provider = "sora";
	wanted.video_model = "veo-2";
	assert_int_equal(provider_choice_set(&cx, &wanted), ERR_UNKNOWN_MODEL);
	assert_int_equal(provider_choice_get(&cx, &now), ERR_OK);
	assert_string_equal(now.image_provider, "stability");
	wanted.video_provider = wanted.video_model = NULL;
	assert_int_equal(provider_choice_set(&cx, &wanted), ERR_OK);
	assert_int_equal(provider_choice_get(&cx, &now), ERR_OK);
	assert_string_equal(now.image_provider, made.id);
	assert_string_equal(now.image_model, "plain");
	/* what is removed is chosen no more */
	assert_int_equal(provider_custom_delete(&cx, made.id), ERR_OK);
	assert_int_equal(provider_choice_get(&cx, &now), ERR_OK);
	assert_string_not_equal(now.image_provider, made.id);
	assert_int_equal(provider_custom_delete(&cx, made.id), ERR_NOT_FOUND);
}

static void
a_disabled_vendor_can_not_be_chosen(void **state)
{
	struct provider_choice wanted = { .assistant_provider = "openai",
		.assistant_model = "gpt-4" };
	struct provider_change on = { .enabled = 1, .concurrency = INT_NONE };
	struct model_change gone = { .price = INT_NONE,
		.deadline_s = INT_NONE,
		.position = INT_NONE,
		.status = "retired",
		.replacement = "gpt-3.5-turbo" };

	(void)state;
	assert_int_equal(provider_choice_set(&cx, &wanted), ERR_UNKNOWN_MODEL);
	assert_int_equal(provider_change(&cx, "openai", &on), ERR_OK);
	assert_int_equal(provider_choice_set(&cx, &wanted), ERR_OK);
	assert_int_equal(model_change(&cx, "openai", "gpt-4", &gone), ERR_OK);
	assert_int_equal(provider_choice_set(&cx, &wanted), ERR_MODEL_RETIRED);
	assert_non_null(strstr(cx.fault.detail, "gpt-3.5-turbo"));
	assert_string_equal(
	    cx.fault.extra, "\"replacement\":\"gpt-3.5-turbo\"");
}

static const char *
key_file_make(const struct conf *conf)
{
	char *path = arena_printf(cx.arena, "%s/seal.keys", conf->state_dir);
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	assert_true(dprintf(fd, "k1 %064d\n", 7) > 0);
	close(fd);
	return path;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_catalogue_has_the_vendors_of_a_new_site),
		cmocka_unit_test(
		    a_custom_vendor_can_be_used_and_its_key_is_sealed),
		cmocka_unit_test(what_is_wrong_is_named_and_nothing_is_written),
		cmocka_unit_test(a_change_keeps_what_it_does_not_name),
		cmocka_unit_test(a_choice_is_made_whole_or_not_at_all),
		cmocka_unit_test(a_disabled_vendor_can_not_be_chosen),
	};
	struct conf *conf = testdb_start();
	int failed;

	cx = testdb_ctx(conf);
	conf->seal_key_file = key_file_make(conf);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	testdb_ctx_free(&cx);
	return failed;
}
