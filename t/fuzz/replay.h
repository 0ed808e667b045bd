/*
 * replay - what is fuzzed by libFuzzer, replayed by the suite.
 */
#ifndef FUZZ_REPLAY_H
#define FUZZ_REPLAY_H

#include <stddef.h>
#include <stdint.h>

/* libFuzzer's own entry: one input; nothing to return but 0. */
int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#endif
