/*
 * The list of OpenAI's models, with the day on which some go.
 */
#include "config.h"

#include "call.h"
#include "openai.h"

static const struct {
	const char *id;
	int64_t created;
	const char *shutdown_date; /* NULL: stays */
} models[] = {
	{ "gpt-image-2", 1767225600, NULL },
	{ "gpt-image-1.5", 1764547200, "2026-12-01" },
	{ "dall-e-2", 1698798524, NULL },
	{ "dall-e-3", 1698785189, NULL },
	{ "sora-2", 1759708615, NULL },
	{ "sora-2-pro", 1759708663, NULL },
	{ "gpt-5.6-terra", 1777593600, NULL },
	{ "gpt-5.6-sol", 1777593600, NULL },
	{ "gpt-6-luna", 1785542400, NULL },
};

static void
write_model(struct jw *jw, size_t i)
{
	jw_object(jw);
	jw_name(jw, "id");
	jw_text(jw, models[i].id);
	jw_name(jw, "object");
	jw_text(jw, "model");
	jw_name(jw, "created");
	jw_int(jw, models[i].created);
	jw_name(jw, "owned_by");
	jw_text(jw, "system");
	if (models[i].shutdown_date != NULL) {
		jw_name(jw, "shutdown_date");
		jw_text(jw, models[i].shutdown_date);
	}
	jw_end_object(jw);
}

void
openai_model_list(struct call *c)
{
	struct jw *jw = call_json(c);

	jw_object(jw);
	jw_name(jw, "object");
	jw_text(jw, "list");
	jw_name(jw, "data");
	jw_array(jw);
	for (size_t i = 0; i < COUNT(models); i++)
		write_model(jw, i);
	jw_end_array(jw);
	jw_end_object(jw);
	call_json_end(c, 200);
}
