/*
 * protocol - all the protocols there are, by name.
 */
#include "protocol.h"

#include "base/base.h"
#include "base/text.h"
#include "protocols.h"

static const struct protocol *const protocols[] = {
	&protocol_openai,
	&protocol_openai_video,
	&protocol_stability_v1,
	&protocol_stability_v2,
	&protocol_veo,
	&protocol_omni,
	&protocol_runway,
	&protocol_automatic1111,
	&protocol_comfyui,
	&protocol_replicate,
};

const struct protocol *
protocol_find(const char *name, bool film)
{
	/* The simulated vendor speaks as OpenAI does. */
	if (text_is(name, "sandbox"))
		name = "openai";
	for (size_t i = 0; i < COUNT(protocols); i++)
		if (text_is(protocols[i]->name, name) &&
		    (film ? protocols[i]->films : protocols[i]->pictures))
			return protocols[i];
	return NULL;
}
