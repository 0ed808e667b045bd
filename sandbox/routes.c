/*
 * All that the sandbox answers to, below /sandbox.
 */
#include "config.h"

#include "call.h"
#include "deliver.h"
#include "openai.h"

const struct route routes[] = {
	{ { "GET", "/files/{id}/{name}" }, NULL, deliver_get },
	{ { "GET", "/files/{id}/{name}/again" }, NULL, deliver_get },

	{ { "POST", "/openai/v1/images/generations" }, &vendor_openai,
	    openai_image_generate },
	{ { "POST", "/openai/v1/images/edits" }, &vendor_openai,
	    openai_image_edit },
};

const size_t route_count = COUNT(routes);
