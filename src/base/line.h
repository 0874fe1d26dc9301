/* SPDX-License-Identifier: MIT */
/*
 * Lines of text put together part by part, for reports of damage: without stdio, in whose buffers and locks the damage may be,
 * and with little stack. A line goes to ch_port_print() in one call, if it is longer than `text` in several.
 */
#pragma once

#include <stddef.h>

#include "base/compiler.h"

typedef struct {
    size_t length;
    char text[160];
} ch_line_t;

CH_INLINE void ch_line_begin(ch_line_t *line) { line->length = 0; }

/** Adds text. Of printf's conversions it knows u, x, p, c and s, with 0, a width, and l. Any context but a lock. */
void ch_line_add(ch_line_t *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Ends the line. */
void ch_line_end(ch_line_t *line);

/** A line at once. */
void ch_line_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
