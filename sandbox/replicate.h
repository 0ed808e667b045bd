/*
 * replicate - Replicate's predictions.
 */
#ifndef REPLICATE_H
#define REPLICATE_H

#include "vendor.h"

struct call;

extern const struct vendor vendor_replicate;

void replicate_predict(struct call *);       /* POST /predictions */
void replicate_model_predict(struct call *); /* POST /models/.../predictions */
void replicate_get(struct call *);           /* GET /predictions/{id} */
void replicate_cancel(struct call *);        /* POST /predictions/{id}/cancel */
void replicate_account(struct call *);

#endif
