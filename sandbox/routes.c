/*
 * All that the sandbox answers to, below /sandbox.
 */
#include "config.h"

#include "automatic1111.h"
#include "call.h"
#include "comfyui.h"
#include "compat.h"
#include "deliver.h"
#include "google.h"
#include "openai.h"
#include "replicate.h"
#include "runway.h"
#include "stability.h"

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
	{ { "POST", "/openai/v1/chat/completions" }, &vendor_openai,
	    openai_chat },
	{ { "GET", "/openai/v1/models" }, &vendor_openai, openai_model_list },

	{ { "POST", "/stability/v1/generation/{engine}/text-to-image" },
	    &vendor_stability_v1, stability_text },
	{ { "POST", "/stability/v1/generation/{engine}/image-to-image" },
	    &vendor_stability_v1, stability_image },
	{ { "GET", "/stability/v1/engines/list" }, &vendor_stability_v1,
	    stability_engines },
	{ { "GET", "/stability/v1/user/balance" }, &vendor_stability_v1,
	    stability_balance },
	{ { "POST", "/stability/v2beta/stable-image/generate/{service}" },
	    &vendor_stability_v2, stability_generate },

	{ { "GET", "/google/v1beta/models" }, &vendor_google,
	    google_model_list },
	{ { "POST", "/google/v1beta/models/{model}:predictLongRunning" },
	    &vendor_google, google_veo_start },
	{ { "GET", "/google/v1beta/models/{model}/operations/{id}" },
	    &vendor_google, google_veo_get },
	{ { "GET", "/google/v1beta/files/{id}:download" }, &vendor_google,
	    google_file_get },
	{ { "POST", "/google/v1beta/interactions" }, &vendor_google,
	    google_interaction_start },
	{ { "GET", "/google/v1beta/interactions/{id}" }, &vendor_google,
	    google_interaction_get },
	{ { "POST", "/google/v1beta/interactions/{id}/cancel" }, &vendor_google,
	    google_interaction_cancel },

	{ { "POST", "/runway/v1/text_to_video" }, &vendor_runway,
	    runway_text_to_video },
	{ { "POST", "/runway/v1/image_to_video" }, &vendor_runway,
	    runway_image_to_video },
	{ { "POST", "/runway/v1/text_to_image" }, &vendor_runway,
	    runway_text_to_image },
	{ { "GET", "/runway/v1/tasks/{id}" }, &vendor_runway, runway_task_get },
	{ { "DELETE", "/runway/v1/tasks/{id}" }, &vendor_runway,
	    runway_task_delete },
	{ { "GET", "/runway/v1/organization" }, &vendor_runway,
	    runway_organization },

	{ { "POST", "/ollama/v1/chat/completions" }, &vendor_ollama,
	    openai_chat },
	{ { "GET", "/ollama/v1/models" }, &vendor_ollama, openai_model_list },
	{ { "POST", "/llamacpp/v1/chat/completions" }, &vendor_llamacpp,
	    openai_chat },
	{ { "GET", "/llamacpp/v1/models" }, &vendor_llamacpp,
	    openai_model_list },
	{ { "POST", "/vllm/v1/chat/completions" }, &vendor_vllm, openai_chat },
	{ { "POST", "/vllm/v1/images/generations" }, &vendor_vllm,
	    openai_image_generate },
	{ { "POST", "/vllm/v1/videos" }, &vendor_vllm, openai_video_create },
	{ { "GET", "/vllm/v1/videos/{id}" }, &vendor_vllm, openai_video_get },
	{ { "GET", "/vllm/v1/videos/{id}/content" }, &vendor_vllm,
	    openai_video_content },
	{ { "DELETE", "/vllm/v1/videos/{id}" }, &vendor_vllm,
	    openai_video_delete },
	{ { "GET", "/vllm/v1/models" }, &vendor_vllm, openai_model_list },
	{ { "POST", "/localai/v1/chat/completions" }, &vendor_localai,
	    openai_chat },
	{ { "POST", "/localai/v1/images/generations" }, &vendor_localai,
	    openai_image_generate },
	{ { "POST", "/localai/v1/images/edits" }, &vendor_localai,
	    openai_image_edit },
	{ { "GET", "/localai/v1/models" }, &vendor_localai, openai_model_list },
	{ { "POST", "/sdcpp/v1/images/generations" }, &vendor_sdcpp,
	    openai_image_generate },
	{ { "POST", "/sdcpp/v1/images/edits" }, &vendor_sdcpp,
	    openai_image_edit },
	{ { "GET", "/sdcpp/v1/models" }, &vendor_sdcpp, openai_model_list },

	{ { "POST", "/automatic1111/sdapi/v1/txt2img" }, &vendor_automatic1111,
	    automatic1111_text },
	{ { "POST", "/automatic1111/sdapi/v1/img2img" }, &vendor_automatic1111,
	    automatic1111_image },
	{ { "GET", "/automatic1111/sdapi/v1/progress" }, &vendor_automatic1111,
	    automatic1111_progress },
	{ { "POST", "/automatic1111/sdapi/v1/interrupt" },
	    &vendor_automatic1111, automatic1111_interrupt },
	{ { "GET", "/automatic1111/sdapi/v1/sd-models" }, &vendor_automatic1111,
	    automatic1111_models },

	{ { "POST", "/comfyui/prompt" }, &vendor_comfyui, comfyui_prompt },
	{ { "GET", "/comfyui/history/{id}" }, &vendor_comfyui,
	    comfyui_history },
	{ { "GET", "/comfyui/queue" }, &vendor_comfyui, comfyui_queue },
	{ { "POST", "/comfyui/queue" }, &vendor_comfyui, comfyui_queue_edit },
	{ { "POST", "/comfyui/interrupt" }, &vendor_comfyui,
	    comfyui_interrupt },
	{ { "GET", "/comfyui/view" }, &vendor_comfyui, comfyui_view },
	{ { "POST", "/comfyui/upload/image" }, &vendor_comfyui,
	    comfyui_upload },
	{ { "GET", "/comfyui/object_info/{class}" }, &vendor_comfyui,
	    comfyui_object_info },

	{ { "POST", "/replicate/v1/predictions" }, &vendor_replicate,
	    replicate_predict },
	{ { "POST", "/replicate/v1/models/{owner}/{name}/predictions" },
	    &vendor_replicate, replicate_model_predict },
	{ { "GET", "/replicate/v1/predictions/{id}" }, &vendor_replicate,
	    replicate_get },
	{ { "POST", "/replicate/v1/predictions/{id}/cancel" },
	    &vendor_replicate, replicate_cancel },
	{ { "GET", "/replicate/v1/account" }, &vendor_replicate,
	    replicate_account },
};

const size_t route_count = COUNT(routes);
