/* SPDX-License-Identifier: MIT */
/* Text for people: colours, bars, sizes, times. Colours only where stdout is a terminal, or where asked for. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum { HS_PLAIN, HS_BOLD, HS_DIM, HS_RED, HS_GREEN, HS_YELLOW, HS_BLUE } hs_color_t;

void hs_paint_begin(int color);
const char *hs_paint(hs_color_t color);

/** A bar of `width` columns of which a fraction is full. */
void hs_bar(double fraction, int width, hs_color_t color);

/** "1234 B", "12.3 KB". The text is overwritten by the eighth call after. */
const char *hs_bytes(double bytes);
/** "12.3 ms", or "123 ticks" if the trace's rate is not known. */
const char *hs_seconds(const json_t *trace, double time);
/** "1 block", "2 blocks". */
const char *hs_count(double n, const char *one);

/** Fields of documents; 0 and "" where there are none. */
double hs_number(const json_t *object, const char *key);
const char *hs_string(const json_t *object, const char *key);

/** The line about the recording, and warnings about what is missing. */
void hs_show_trace(const json_t *document);
/** A call stack, one function a line. */
void hs_show_stack(const json_t *stack, int indent);
