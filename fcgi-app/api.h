/*
 * api - the handlers, by file.  Each translates: a typed input to one call of
 * the domain, its result to a reply.  What a route takes and gives stands in
 * routes.c.
 */
#ifndef FCGI_APP_API_H
#define FCGI_APP_API_H

#include "req.h"

struct task_new;

/* api_account.c */
extern const struct shape login_shape;
extern const struct shape signed_in_shape;
enum err api_register(struct req *);
extern const struct shape token_shape;
/* A new token as the reply. */
enum err token_reply(struct req *, const struct account *) MUST_CHECK;
enum err api_login(struct req *);
enum err api_refresh(struct req *);
enum err api_logout(struct req *);
enum err api_logout_all(struct req *);

/* api_user.c */
extern const struct shape profile_shape;
extern const struct shape profile_change_shape;
extern const struct shape password_change_shape;
extern const struct shape limits_shape;
enum err api_profile(struct req *);
enum err api_profile_change(struct req *);
enum err api_password_change(struct req *);
enum err api_limits(struct req *);
enum err api_power(struct req *);

/* api_generate.c */
extern const struct shape generate_query_shape;
bool generate_is_real(const struct req *);
/*
 * Submits, or only tells the cost of, what a reader made of the input.  The
 * reply is made.
 */
enum err generate_submit(struct req *, const struct task_new *) MUST_CHECK;
enum err api_text_to_image(struct req *);
enum err api_text_to_video(struct req *);
enum err api_image_to_image(struct req *);
enum err api_image_to_video(struct req *);
enum err api_task(struct req *);
enum err api_task_cancel(struct req *);
enum err api_video_task(struct req *);
enum err api_video_task_cancel(struct req *);

/* api_upload.c */
enum err api_upload_image(struct req *);
enum err api_upload_video(struct req *);

/* api_works.c */
extern const struct shape download_query_shape, download_link_shape;
enum err api_works(struct req *);
enum err api_work(struct req *);
enum err api_work_title(struct req *);
enum err api_work_delete(struct req *);
enum err api_work_publish(struct req *);
enum err api_work_unpublish(struct req *);
enum err api_work_download(struct req *);

/* api_power.c */
enum err api_recharge(struct req *);
enum err api_power_list(struct req *);

/* api_provider.c */
extern const struct shape probe_shape;
enum err api_providers(struct req *);
enum err api_choice(struct req *);
enum err api_choice_set(struct req *);
enum err api_provider_add(struct req *);
enum err api_provider_change(struct req *);
enum err api_provider_delete(struct req *);
enum err api_provider_test(struct req *);

/* api_square.c */
extern const struct shape liked_shape, favorited_shape, played_shape;
extern const struct shape like_shape, favorite_shape;
enum err api_square_feeds(struct req *);
enum err api_square_work(struct req *);
enum err api_square_like(struct req *);
enum err api_square_unlike(struct req *);
enum err api_square_favorite(struct req *);
enum err api_square_unfavorite(struct req *);
enum err api_square_play(struct req *);

/* api_assistant.c */
enum err api_conversations(struct req *);
enum err api_conversation(struct req *);
enum err api_conversation_title(struct req *);
enum err api_conversation_delete(struct req *);

/* api_chat.c */
/*
 * ERR_UNAVAILABLE in a program that streams nothing: the web server should have
 * asked the other one.
 */
enum err chat_check(struct req *) MUST_CHECK;
enum err api_chat(struct req *);

/* api_chat_follow.c */
extern const struct shape follow_query_shape;
enum err api_chat_follow(struct req *);

/* api_events.c */
enum err api_events(struct req *);
enum err api_ws_ticket(struct req *);

/* api_media.c */
enum err api_media(struct req *);

/* api_openapi.c */
enum err api_openapi(struct req *);

/* api_health.c */
enum err api_health(struct req *);

/* api_metrics.c */
enum err api_metrics(struct req *);

#endif
