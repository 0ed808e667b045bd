/*
 * How Google says no; its models, and its files, which want the key.
 */
#include "config.h"

#include "google.h"

#include <string.h>

#include "base/text.h"
#include "call.h"
#include "deliver.h"
#include "job.h"

static void
error_write(struct jw *jw, const struct call *c, const struct complaint *row,
    const char *param, const char *message)
{
	(void)param;
	jw_object(jw);
	jw_name(jw, "error");
	jw_object(jw);
	jw_name(jw, "code");
	jw_int(jw, row->status);
	jw_name(jw, "message");
	jw_text(jw, message);
	jw_name(jw, "status");
	jw_text(jw, row->code);
	if (row->type != NULL) {
		jw_name(jw, "details");
		jw_json(jw, row->type);
	} else if (row->status == 429 &&
		   words_have(&c->words, WORD_LIMITONCE)) {
		jw_name(jw, "details");
		jw_json(jw,
		    "[{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\","
		    "\"retryDelay\":\"1s\"}]");
	}
	jw_end_object(jw);
	jw_end_object(jw);
}

const struct vendor vendor_google = {
	.name = "google",
	.key_header = "HTTP_X_GOOG_API_KEY",
	.key_scheme = "",
	.key_query = "key",
	.write = error_write,
	.complaints = {
	    [TROUBLE_KEY] = { 400, "INVALID_ARGUMENT",
		"[{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\","
		"\"reason\":\"API_KEY_INVALID\","
		"\"domain\":\"googleapis.com\"}]",
		"API key not valid. Please pass a valid API key." },
	    [TROUBLE_INVALID] = { 400, "INVALID_ARGUMENT", NULL,
		"Request contains an invalid argument." },
	    [TROUBLE_REFUSED] = { 400, "INVALID_ARGUMENT", NULL,
		"The prompt could not be submitted. It was blocked by a "
		"safety filter." },
	    [TROUBLE_MODEL] = { 404, "NOT_FOUND", NULL,
		"The model is not found for API version v1beta, or is not "
		"supported for this method." },
	    [TROUBLE_NOT_FOUND] = { 404, "NOT_FOUND", NULL,
		"Requested entity was not found." },
	    [TROUBLE_LIMIT] = { 429, "RESOURCE_EXHAUSTED", NULL,
		"You exceeded your current quota, please check your plan." },
	    [TROUBLE_MONEY] = { 429, "RESOURCE_EXHAUSTED",
		"[{\"@type\":\"type.googleapis.com/google.rpc.QuotaFailure\","
		"\"violations\":[{\"quotaId\":"
		"\"GenerateRequestsPerDayPerProjectPerModel\"}]}]",
		"You exceeded your current quota, please check your plan and "
		"billing details." },
	    [TROUBLE_BUSY] = { 503, "UNAVAILABLE", NULL,
		"The model is overloaded. Please try again later." },
	    [TROUBLE_BROKEN] = { 500, "INTERNAL", NULL,
		"An internal error has occurred." },
	},
};

void
google_model_list(struct call *c)
{
	static const char text[] =
	    "{\"models\":["
	    "{\"name\":\"models/veo-3.1-generate-preview\","
	    "\"displayName\":\"Veo 3.1\","
	    "\"supportedGenerationMethods\":[\"predictLongRunning\"]},"
	    "{\"name\":\"models/gemini-omni-1.1-flash\","
	    "\"displayName\":\"Gemini Omni 1.1 Flash\","
	    "\"supportedGenerationMethods\":[\"createInteraction\"]}]}";

	call_reply(c, 200, "application/json", text, strlen(text));
}

/* Files are named after their jobs. */
void
google_file_get(struct call *c)
{
	struct progress progress;
	struct job job;

	if (!text_is(call_query(c, "alt"), "media")) {
		vendor_complain(c, TROUBLE_INVALID, NULL, NULL);
		return;
	}
	if (!job_find(c, c->match.values[0], &job, &progress))
		return;
	if (progress.phase == PHASE_DONE)
		deliver_result(c, &job, 0);
	else
		vendor_complain(c, TROUBLE_NOT_FOUND, NULL, NULL);
}
