/* SPDX-License-Identifier: MIT */
/* Lines of text for the low-level console, and assertions. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "capheap/port.h"

/**
 * Prints one line, newline added: in one call of ch_port_print() up to 159 characters, in parts beyond that. Any context but a lock; needs
 * no stdio and little stack. Of printf's conversions it knows d, i, u, x, X, p, c, s, % with the flag 0, a width, l, z, and a precision of s.
 */
void ch_report(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** A line that is put together part by part. */
typedef struct {
    size_t length;
    char text[160];
} ch_line_t;

CH_INLINE void ch_line_begin(ch_line_t *line) { line->length = 0; }

/** Adds text, formatted as ch_report() does. */
void ch_line_add(ch_line_t *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Prints the line. */
void ch_line_end(ch_line_t *line);

/** Ends the program unless something holds that the caller answers for. As with assert(), nobody looks if NDEBUG is defined. */
CH_INLINE void ch_require(bool holds, const char *reason, const void *address) {
    if (!CH_CFG_NDEBUG && CH_UNLIKELY(!holds)) ch_port_fatal(reason, address);
}
