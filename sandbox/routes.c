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
	{ { "POST", "/openai/v1/videos" }, &vendor_openai,
	    openai_video_create },
	{ { "GET", "/openai/v1/videos/{id}" }, &vendor_openai,
	    openai_video_get },
	{ { "GET", "/openai/v1/videos/{id}/content" }, &vendor_openai,
	    openai_video_content },
	{ { "DELETE", "/openai/v1/videos/{id}" }, &vendor_openai,
	    openai_video_delete },
	{ { "GET", "/openai/v1/models" }, &vendor_openai, openai_model_list },
};

const size_t route_count = COUNT(routes);
