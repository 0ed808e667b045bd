/*
 * conf_value - the text of one setting and its value in struct conf.
 */
#ifndef CORE_CONF_VALUE_H
#define CORE_CONF_VALUE_H

#include "base/arena.h"
#include "core/conf.h"

/*
 * Checks a text and puts its value into the conf.  NULL when all is well, else
 * what the value must be, in the arena ("a time from 1m to 365d, ...").
 */
const char *conf_value_set(
    struct arena *, struct conf *, const struct option *, const char *text);

#endif
