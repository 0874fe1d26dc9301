/* SPDX-License-Identifier: MIT */
/*
 * Bytes of a recording, wherever they come from: a file, a pipe or device, "-" (standard input), "tcp:HOST:PORT". What begins
 * like zstd is decompressed. Bytes of what cannot be read twice are kept in a temporary file, so that every source can be.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct hs_source hs_source_t;

/** Opens; ends the program with a message if it can't. */
hs_source_t *hs_source_open(const char *name);

/** The same over memory, for tests. */
hs_source_t *hs_source_of(const uint8_t *bytes, size_t size);

/**
 * Reads up to `size` bytes; 0 at the end, or when the user pressed Ctrl-C. A damaged zstd file ends where the damage is, with a
 * warning.
 */
size_t hs_source_read(hs_source_t *s, uint8_t *bytes, size_t size);

/** Back to the first byte. */
void hs_source_rewind(hs_source_t *s);

/**
 * From now on bytes are waited for: also at the end of a file, which may grow. `look` is called meanwhile, some ten times a
 * second; if it says false, that is the end.
 */
void hs_source_follow(hs_source_t *s, bool (*look)(void *context), void *context);

/** What is read from now on is not kept, so that a recording may go on for weeks. No rewinding any more. */
void hs_source_forget(hs_source_t *s);

const char *hs_source_name(const hs_source_t *s);

void hs_source_close(hs_source_t *s);
