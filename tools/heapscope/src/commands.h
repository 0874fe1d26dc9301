/* SPDX-License-Identifier: MIT */
/* The commands: each asks (a document) and shows (text). docs/heapscope.1 says what they answer. */
#pragma once

#include "context.h"

json_t *hs_ask_leaks(hs_context_t *c);
void hs_show_leaks(const json_t *document);
json_t *hs_ask_peak(hs_context_t *c);
void hs_show_peak(const json_t *document);
json_t *hs_ask_info(hs_context_t *c);
void hs_show_info(const json_t *document);
json_t *hs_ask_top(hs_context_t *c);
void hs_show_top(const json_t *document);
json_t *hs_ask_timeline(hs_context_t *c);
void hs_show_timeline(const json_t *document);
json_t *hs_ask_lifetimes(hs_context_t *c);
void hs_show_lifetimes(const json_t *document);
json_t *hs_ask_blame(hs_context_t *c);
void hs_show_blame(const json_t *document);
json_t *hs_ask_diff(hs_context_t *c);
void hs_show_diff(const json_t *document);

/** Writes the recording in the format of another tool; NULL: there is nothing to show. */
json_t *hs_ask_export(hs_context_t *c);
/** Stores the recording as it is, compressed. */
json_t *hs_ask_record(hs_context_t *c);

/** Runs the recording on another chip, by a program that is built for it. */
json_t *hs_ask_replay(hs_context_t *c);
void hs_show_replay(const json_t *document);
