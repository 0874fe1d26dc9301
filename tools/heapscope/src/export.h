/* SPDX-License-Identifier: MIT */
/*
 * Recordings in the formats of other tools. Each writer reads the recording from its begin, and writes to an open file, or a
 * path.
 */
#pragma once

#include <stdio.h>

#include "context.h"

void hs_export_text(hs_context_t *c, FILE *out);
void hs_export_folded(hs_context_t *c, FILE *out);
void hs_export_heaptrack(hs_context_t *c, FILE *out);
void hs_export_pprof(hs_context_t *c, FILE *out);
void hs_export_chrome(hs_context_t *c, FILE *out);
/** A folder with the files metadata and stream. */
void hs_export_ctf(hs_context_t *c, const char *path);
/** A new data base. */
void hs_export_sqlite(hs_context_t *c, const char *path);
