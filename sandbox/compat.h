/*
 * compat - servers that people host themselves and that speak OpenAI's
 * protocol, each with errors of its own form.
 */
#ifndef COMPAT_H
#define COMPAT_H

#include "vendor.h"

extern const struct vendor vendor_ollama;
extern const struct vendor vendor_llamacpp;
extern const struct vendor vendor_vllm;
extern const struct vendor vendor_localai;
extern const struct vendor vendor_sdcpp;

#endif
