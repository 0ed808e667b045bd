/*
 * The errors of self-hosted servers.
 */
#include "config.h"

#include "compat.h"

#include "call.h"

#define REQUEST "invalid_request_error"

/* {"error": {"message", "type", "param", "code"}}, code by a function. */
static void
error_object(struct jw *jw, const struct complaint *row, const char *message)
{
	jw_object(jw);
	jw_name(jw, "error");
	jw_object(jw);
	jw_name(jw, "message");
	jw_text(jw, message);
	jw_name(jw, "type");
	jw_text(jw, row->type);
}

/* Ollama, LocalAI: as OpenAI, with nulls. */
static void
error_openai(struct jw *jw, const struct call *c, const struct complaint *row,
    const char *param, const char *message)
{
	(void)c;
	error_object(jw, row, message);
	jw_name(jw, "param");
	jw_text(jw, param);
	jw_name(jw, "code");
	jw_text(jw, row->code);
	jw_end_object(jw);
	jw_end_object(jw);
}

/* llama.cpp: the code is a number. */
static void
error_number(struct jw *jw, const struct call *c, const struct complaint *row,
    const char *param, const char *message)
{
	(void)c;
	(void)param;
	error_object(jw, row, message);
	jw_name(jw, "code");
	jw_int(jw, row->status);
	jw_end_object(jw);
	jw_end_object(jw);
}

/* vLLM: flat. */
static void
error_flat(struct jw *jw, const struct call *c, const struct complaint *row,
    const char *param, const char *message)
{
	(void)c;
	jw_object(jw);
	jw_name(jw, "object");
	jw_text(jw, "error");
	jw_name(jw, "message");
	jw_text(jw, message);
	jw_name(jw, "type");
	jw_text(jw, row->type);
	jw_name(jw, "param");
	jw_text(jw, param);
	jw_name(jw, "code");
	jw_int(jw, row->status);
	jw_end_object(jw);
}

/* stable-diffusion.cpp: a text. */
static void
error_string(struct jw *jw, const struct call *c, const struct complaint *row,
    const char *param, const char *message)
{
	(void)c;
	(void)row;
	(void)param;
	jw_object(jw);
	jw_name(jw, "error");
	jw_text(jw, message);
	jw_end_object(jw);
}

/* They have no accounts and no rules; what they lack they call the server's. */
#define COMPLAINTS                                                             \
	{                                                                      \
		[TROUBLE_KEY] = { 401, "invalid_api_key",                      \
			"authentication_error", "Invalid API Key" },           \
		[TROUBLE_INVALID] = { 400, NULL, REQUEST, "invalid request" }, \
		[TROUBLE_REFUSED] = { 400, "content_filter", REQUEST,          \
			"Potential NSFW content was detected." },              \
		[TROUBLE_MODEL] = { 404, "model_not_found", "not_found_error", \
			"model not found" },                                   \
		[TROUBLE_NOT_FOUND] = { 404, NULL, "not_found_error",          \
			"not found" },                                         \
		[TROUBLE_LIMIT] = { 429, NULL, "rate_limit_error",             \
			"the queue is full" },                                 \
		[TROUBLE_MONEY] = { 402, NULL, REQUEST, "no credits" },        \
		[TROUBLE_BUSY] = { 503, NULL, "unavailable_error",             \
			"Loading model" },                                     \
		[TROUBLE_BROKEN] = { 500, NULL, "server_error",                \
			"CUDA out of memory" },                                \
	}

#define SERVER(word, writer, inside)                                           \
	{                                                                      \
		.name = (word), .key_header = "HTTP_AUTHORIZATION",            \
		.key_scheme = "Bearer ", .key_optional = true, .lax = true,    \
		.write = (writer), .complaints = COMPLAINTS,                   \
		.no_links = (inside)                                           \
	}

const struct vendor vendor_ollama = SERVER("ollama", error_openai, false);
const struct vendor vendor_llamacpp = SERVER("llamacpp", error_number, false);
const struct vendor vendor_vllm = SERVER("vllm", error_flat, false);
const struct vendor vendor_localai = SERVER("localai", error_openai, false);
const struct vendor vendor_sdcpp = SERVER("sdcpp", error_string, true);
