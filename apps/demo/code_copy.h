/* SPDX-License-Identifier: MIT */
/* A function that can be copied to other memory and run there. */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef uint32_t (*checksum_t)(const uint8_t *bytes, size_t size);

/** CRC-32 of some bytes. Position-independent: no data, no calls. */
uint32_t code_checksum(const uint8_t *bytes, size_t size);

/** Bytes that a copy of code_checksum() takes, a multiple of 4. */
size_t code_size(void);

/**
 * Copies code_checksum() and makes the copy runnable.
 *
 * @param target code_size() bytes of memory with MALLOC_CAP_EXEC, written as 32-bit words
 * @return the copy, as a function
 */
checksum_t code_copy(void *target);
