/* SPDX-License-Identifier: MIT */
/* What every part of heapscope needs: messages, memory, and a hash table of 64-bit keys. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Exit codes; docs/heapscope.1 tells them. */
enum { HS_OK = 0, HS_BAD_INPUT = 1, HS_BAD_USE = 2, HS_FOUND = 3 };

/** Prints "heapscope: ..." to stderr and ends with HS_BAD_INPUT. */
_Noreturn void hs_die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Prints "heapscope: warning: ..." to stderr. */
void hs_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Memory; ends the program where there is none. */
void *hs_alloc(size_t count, size_t size);
void *hs_grow(void *array, size_t *room, size_t least, size_t size);
char *hs_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Makes sure that array[n] exists. */
#define HS_ROOM(array, room, n) ((array) = hs_grow((array), &(room), (size_t)(n) + 1, sizeof *(array)))

/**
 * Values of 32 bits by keys of 64. Open addressing; what is taken out leaves no mark behind (later entries move up), so that a
 * table through which millions went is as fast as a new one.
 */
typedef struct {
    uint64_t *keys;
    uint32_t *values;   /* HS_NONE: the place is empty */
    size_t size, count; /* size: a power of two, or 0 */
} hs_map_t;

#define HS_NONE UINT32_MAX

/** The value of a key, HS_NONE: it is not there. */
uint32_t hs_map_get(const hs_map_t *map, uint64_t key);
/** Sets it; value is not HS_NONE. */
void hs_map_set(hs_map_t *map, uint64_t key, uint32_t value);
/** Takes a key out; its value, or HS_NONE. */
uint32_t hs_map_take(hs_map_t *map, uint64_t key);
void hs_map_free(hs_map_t *map);

/** Mixes the bits of a number. */
static inline uint64_t hs_mix(uint64_t x) {
    x = (x ^ x >> 32) * 0x9E3779B97F4A7C15u;
    return x ^ x >> 29;
}
