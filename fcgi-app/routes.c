/*
 * The whole API: one row a route.
 */
#include "config.h"

#include "api.h"
#include "base/base.h"
#include "domain/account.h"
#include "domain/answer.h"
#include "domain/code.h"
#include "domain/conversation.h"
#include "domain/event.h"
#include "domain/health.h"
#include "domain/power.h"
#include "domain/provider_config.h"
#include "domain/square.h"
#include "domain/task.h"
#include "domain/ticket.h"
#include "domain/upload.h"
#include "domain/work.h"
#include "req.h"

static bool
always(const struct req *r)
{
	(void)r;
	return true;
}

/* clang-format off */
#define IN(kind, s)	.body = (kind), .input = &(s)
#define FILE_PART(name)	.file = name
#define QUERY(s)	.query = &(s)
#define OUT(s)		.output = &(s)
#define OR(s)		.output_else = &(s)
#define ABOUT(text)	.about = text

/* method, path, handler, who, whether it is counted without a token */
static const struct route api_rows[] = {
	{ { "POST", "/auth/register" }, api_register, WHO_ANYBODY, SPEND_CALL, IN(BODY_JSON, account_new_shape), .status = 201, OUT(signed_in_shape), ABOUT("Make an account.") },
	{ { "POST", "/auth/login" }, api_login, WHO_ANYBODY, SPEND_CALL, IN(BODY_JSON, login_shape), OUT(signed_in_shape), ABOUT("Log in.") },
	{ { "POST", "/auth/refresh" }, api_refresh, WHO_USER, SPEND_CALL, OUT(token_shape), ABOUT("A new token; the old one dies a minute later.") },
	{ { "POST", "/auth/logout" }, api_logout, WHO_USER, SPEND_CALL, ABOUT("This token dies.") },
	{ { "POST", "/auth/logout-all" }, api_logout_all, WHO_USER, SPEND_CALL, ABOUT("Every token of the account dies.") },

	{ { "GET", "/user/profile" }, api_profile, WHO_USER, SPEND_CALL, OUT(profile_shape), ABOUT("Who one is.") },
	{ { "PUT", "/user/profile" }, api_profile_change, WHO_USER, SPEND_CALL, IN(BODY_JSON, profile_change_shape), OUT(profile_shape), ABOUT("Another name or picture.") },
	{ { "PUT", "/user/password" }, api_password_change, WHO_USER, SPEND_CALL, IN(BODY_JSON, password_change_shape), OUT(token_shape), ABOUT("Another password; all other tokens die.") },
	{ { "GET", "/user/limits" }, api_limits, WHO_USER, SPEND_CALL, OUT(limits_shape), ABOUT("What one may still do today and this hour.") },
	{ { "GET", "/user/compute-power" }, api_power, WHO_USER, SPEND_CALL, OUT(power_shape), ABOUT("What one can spend.") },
	{ { "GET", "/user/compute-power/transactions" }, api_power_list, WHO_USER, SPEND_CALL, QUERY(power_query_shape), OUT(power_page_shape), ABOUT("How one's power moved, newest first.") },
	{ { "POST", "/user/recharge" }, api_recharge, WHO_USER, SPEND_CALL, IN(BODY_JSON, redeem_shape), .once = always, OUT(redeemed_shape), ABOUT("Redeem a code.") },

	{ { "POST", "/generate/text-to-image" }, api_text_to_image, WHO_USER, SPEND_CALL, IN(BODY_JSON, text_to_image_shape), QUERY(generate_query_shape), .once = generate_is_real, OUT(task_receipt_shape), OR(task_estimate_shape), ABOUT("A picture from words.") },
	{ { "POST", "/generate/image-to-image" }, api_image_to_image, WHO_USER, SPEND_CALL, IN(BODY_IMAGE_FORM, image_to_image_shape), FILE_PART("image"), QUERY(generate_query_shape), .once = generate_is_real, OUT(task_receipt_shape), OR(task_estimate_shape), ABOUT("A picture from another one.") },
	{ { "GET", "/generate/task/{id}" }, api_task, WHO_USER, SPEND_CALL, OUT(image_status_shape), ABOUT("How far a picture is.") },
	{ { "POST", "/generate/task/{id}/cancel" }, api_task_cancel, WHO_USER, SPEND_CALL, OUT(image_status_shape), ABOUT("Stop a picture.") },
	{ { "POST", "/generate/text-to-video" }, api_text_to_video, WHO_USER, SPEND_CALL, IN(BODY_JSON, text_to_video_shape), QUERY(generate_query_shape), .once = generate_is_real, OUT(task_receipt_shape), OR(task_estimate_shape), ABOUT("A film from words.") },
	{ { "POST", "/generate/image-to-video" }, api_image_to_video, WHO_USER, SPEND_CALL, IN(BODY_IMAGE_FORM, image_to_video_shape), FILE_PART("image"), QUERY(generate_query_shape), .once = generate_is_real, OUT(task_receipt_shape), OR(task_estimate_shape), ABOUT("A film from a picture.") },
	{ { "GET", "/generate/video-task/{id}" }, api_video_task, WHO_USER, SPEND_CALL, OUT(film_status_shape), ABOUT("How far a film is.") },
	{ { "POST", "/generate/video-task/{id}/cancel" }, api_video_task_cancel, WHO_USER, SPEND_CALL, OUT(film_status_shape), ABOUT("Stop a film.") },

	{ { "GET", "/works" }, api_works, WHO_USER, SPEND_CALL, QUERY(work_query_shape), OUT(work_page_shape), ABOUT("Own works, newest first.") },
	{ { "GET", "/works/{id}" }, api_work, WHO_USER, SPEND_CALL, OUT(work_detail_shape), ABOUT("One own work.") },
	{ { "PUT", "/works/{id}" }, api_work_title, WHO_USER, SPEND_CALL, IN(BODY_JSON, work_title_shape), OUT(work_detail_shape), ABOUT("Give a work another title.") },
	{ { "DELETE", "/works/{id}" }, api_work_delete, WHO_USER, SPEND_CALL, ABOUT("Delete a work.") },
	{ { "GET", "/works/{id}/download" }, api_work_download, WHO_USER, SPEND_CALL, QUERY(download_query_shape), .content = "*/*", OUT(download_link_shape), ABOUT("The file of a work.") },
	{ { "POST", "/works/{id}/publish" }, api_work_publish, WHO_USER, SPEND_CALL, IN(BODY_JSON_OPTIONAL, square_new_shape), OUT(work_detail_shape), ABOUT("Put a finished work on the square.") },
	{ { "DELETE", "/works/{id}/publish" }, api_work_unpublish, WHO_USER, SPEND_CALL, OUT(work_detail_shape), ABOUT("Take a work off the square.") },

	{ { "GET", "/square/feeds" }, api_square_feeds, WHO_VIEWER, SPEND_CALL, QUERY(square_query_shape), OUT(square_page_shape), ABOUT("What people show.") },
	{ { "GET", "/square/{id}" }, api_square_work, WHO_VIEWER, SPEND_CALL, OUT(square_item_shape), ABOUT("One published work.") },
	{ { "POST", "/square/{id}/like" }, api_square_like, WHO_USER, SPEND_CALL, IN(BODY_JSON_OPTIONAL, like_shape), OUT(liked_shape), ABOUT("Like it.") },
	{ { "DELETE", "/square/{id}/like" }, api_square_unlike, WHO_USER, SPEND_CALL, OUT(liked_shape), ABOUT("Like it no more.") },
	{ { "POST", "/square/{id}/favorite" }, api_square_favorite, WHO_USER, SPEND_CALL, IN(BODY_JSON_OPTIONAL, favorite_shape), OUT(favorited_shape), ABOUT("Keep it among the favorites.") },
	{ { "DELETE", "/square/{id}/favorite" }, api_square_unfavorite, WHO_USER, SPEND_CALL, OUT(favorited_shape), ABOUT("Remove it from the favorites.") },
	{ { "POST", "/square/{id}/play" }, api_square_play, WHO_USER, SPEND_CALL, OUT(played_shape), ABOUT("Count a play: one a day.") },

	{ { "POST", "/upload/image" }, api_upload_image, WHO_USER, SPEND_CALL, .body = BODY_IMAGE_FORM, FILE_PART("file"), .stays = true, .once = always, OUT(upload_image_shape), ABOUT("Keep a picture: PNG, JPEG, WebP or GIF.") },
	{ { "POST", "/upload/video" }, api_upload_video, WHO_USER, SPEND_CALL, .body = BODY_VIDEO_FORM, FILE_PART("file"), .stays = true, .once = always, OUT(upload_film_shape), ABOUT("Keep a film: MP4, WebM or MOV.") },

	{ { "GET", "/config/providers" }, api_providers, WHO_USER, SPEND_CALL, OUT(providers_shown_shape), ABOUT("The vendors and their models.") },
	{ { "GET", "/config/current" }, api_choice, WHO_USER, SPEND_CALL, OUT(provider_choice_shape), ABOUT("What is used when nothing else is asked for.") },
	{ { "PUT", "/config/providers" }, api_choice_set, WHO_ADMIN, SPEND_CALL, IN(BODY_JSON, provider_choice_shape), OUT(provider_choice_shape), ABOUT("Choose what is used.") },
	{ { "POST", "/config/providers/custom" }, api_provider_add, WHO_ADMIN, SPEND_CALL, IN(BODY_JSON, provider_new_shape), .status = 201, OUT(provider_custom_shape), ABOUT("Add a vendor.") },
	{ { "PUT", "/config/providers/custom/{id}" }, api_provider_change, WHO_ADMIN, SPEND_CALL, IN(BODY_JSON, provider_edit_shape), OUT(provider_custom_shape), ABOUT("Change a vendor that was added.") },
	{ { "DELETE", "/config/providers/custom/{id}" }, api_provider_delete, WHO_ADMIN, SPEND_CALL, ABOUT("Remove a vendor that was added.") },
	{ { "POST", "/config/providers/custom/{id}/test" }, api_provider_test, WHO_ADMIN, SPEND_CALL, OUT(probe_shape), ABOUT("Ask a vendor whether it answers and takes the key.") },

	{ { "POST", "/assistant/chat" }, api_chat, WHO_USER, SPEND_CALL, IN(BODY_JSON, question_shape), .content = "text/event-stream", ABOUT("Ask the assistant; it answers word by word.") },
	{ { "GET", "/assistant/conversations" }, api_conversations, WHO_USER, SPEND_CALL, QUERY(conversation_query_shape), OUT(conversation_page_shape), ABOUT("What was talked about, the last first.") },
	{ { "GET", "/assistant/conversations/{id}" }, api_conversation, WHO_USER, SPEND_CALL, QUERY(message_query_shape), OUT(conversation_detail_shape), ABOUT("What was said.") },
	{ { "PUT", "/assistant/conversations/{id}" }, api_conversation_title, WHO_USER, SPEND_CALL, IN(BODY_JSON, conversation_title_shape), OUT(conversation_detail_shape), ABOUT("Give a conversation another title.") },
	{ { "DELETE", "/assistant/conversations/{id}" }, api_conversation_delete, WHO_USER, SPEND_CALL, ABOUT("Delete a conversation.") },
	{ { "GET", "/assistant/conversations/{id}/messages/{messageId}/stream" }, api_chat_follow, WHO_USER, SPEND_CALL, QUERY(follow_query_shape), .content = "text/event-stream", ABOUT("Pick up an answer whose stream broke.") },

	{ { "POST", "/auth/ws-ticket" }, api_ws_ticket, WHO_USER, SPEND_CALL, OUT(ticket_shape), ABOUT("A ticket that opens one WebSocket: /ws?ticket=.") },
	{ { "GET", "/events" }, api_events, WHO_USER, SPEND_CALL, QUERY(event_query_shape), OUT(event_page_shape), ABOUT("What the WebSocket tells, by plain HTTP.") },

	{ { "GET", "/health" }, api_health, WHO_ANYBODY, SPEND_NONE, OUT(health_shape), ABOUT("Whether all is well.") },
	{ { "GET", "/openapi.json" }, api_openapi, WHO_ANYBODY, SPEND_CALL, .content = "application/json", ABOUT("This description.") },
};

static const struct route file_rows[] = {
	{ { "GET", "/{name}" }, api_media, WHO_OPEN, SPEND_NONE },
};
/* Beside the API and the files: for this machine. */
static const struct route local_rows[] = {
	{ { "GET", "/metrics" }, api_metrics, WHO_OPEN, SPEND_NONE },
};
/* clang-format on */

const struct route_table api_routes = { api_rows, COUNT(api_rows) };
const struct route_table file_routes = { file_rows, COUNT(file_rows) };
const struct route_table local_routes = { local_rows, COUNT(local_rows) };
