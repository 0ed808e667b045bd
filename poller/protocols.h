/*
 * protocols - the protocols, one in a file of its name each.
 */
#ifndef POLLER_PROTOCOLS_H
#define POLLER_PROTOCOLS_H

#include "protocol.h"

extern const struct protocol protocol_automatic1111;
extern const struct protocol protocol_comfyui;
extern const struct protocol protocol_omni;
extern const struct protocol protocol_openai;
extern const struct protocol protocol_openai_video;
extern const struct protocol protocol_replicate;
extern const struct protocol protocol_runway;
extern const struct protocol protocol_stability_v1;
extern const struct protocol protocol_stability_v2;
extern const struct protocol protocol_veo;

#endif
