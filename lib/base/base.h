/*
 * base - the few macros that every file may use.
 */
#ifndef BASE_BASE_H
#define BASE_BASE_H

#include <stddef.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define NORETURN __attribute__((noreturn))

#define KIB ((size_t)1024)
#define MIB (1024 * KIB)

#endif
