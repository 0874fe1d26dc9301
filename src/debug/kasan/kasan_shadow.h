/* SPDX-License-Identifier: MIT */
/*
 * Shadow memory: a byte for 8 bytes of RAM, a nibble for 4 (esp_kasan.h).
 *
 * Compilers write whole bytes of their own kind into it for local variables: gcc does so with plain stores, without asking us.
 * Both kinds are told apart by their values:
 *
 *      0x01 ... 0x07          the first so many of the 8 bytes may be used
 *      0xF1 F2 F3, F5 F8      around a variable; after its return, out of its scope
 *      all other values       two nibbles, the low one for the first four bytes
 *
 * S1  A low nibble of 1, 2 or 3 stands beside a high one of 0x8 to 0xE only: the first two lines above can't arise from nibbles.
 *     Right redzones have 4 bytes at least, so that a block's last word has 0xD beside or behind it.
 * S2  Before kasan_init_shadow() no range is known, and every access passes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "capheap/kasan.h"
#include "esp_kasan.h"

/* Reasons of our own, beside those of esp_kasan.h. */
enum {
    CH_KASAN_SCOPE = 0x8,  /* a local variable whose scope is over, or its function */
    CH_KASAN_STACK = 0x9,  /* around a local variable */
    CH_KASAN_GLOBAL = 0xB, /* behind a global variable */
};

/** The first range, for the quick look. span 0: not started (S2). */
typedef struct {
    uintptr_t low, span;
    uint8_t *shadow;
} ch_kasan_map_t;

extern ch_kasan_map_t ch_kasan_map;

/** The shadow byte of an address; NULL if it is not covered, or nothing was started. */
uint8_t *ch_kasan_shadow_of(uintptr_t address);

/** The nibble of an address, as told above: 0 to 3, or the reason why no byte may be used. 0 outside the ranges. */
unsigned ch_kasan_nibble(uintptr_t address);

/** The first byte of [address, address + size) that may not be used; 0 if all may. Stops where the ranges do. */
uintptr_t ch_kasan_first_bad(uintptr_t address, size_t size);

/** Marks [from, to), multiples of 4. */
void ch_kasan_mark(uintptr_t from, uintptr_t to, unsigned nibble);

/** Allows [from, from + size); from is a multiple of 4. What follows in the last word of 4 is forbidden if what is behind is. */
void ch_kasan_allow(uintptr_t from, size_t size);

/** Runs through what compiled code told of its globals before there was shadow memory. */
void ch_kasan_mark_globals(void);

/** Whether [address, address + size) of this kind may be reported now; ends a program unless it may go on. */
void ch_kasan_report_access(uintptr_t address, size_t size, bool is_write, uintptr_t bad, const void *pc);

/** A pointer that may not be freed; text is the kind of fault. */
void ch_kasan_report_free(uintptr_t user, const char *text, const void *pc);

/** Checks an access of any size; the callers below pass the address of the code that makes it. */
CH_INLINE void ch_kasan_check(uintptr_t address, size_t size, bool is_write, const void *pc) {
    uintptr_t bad = ch_kasan_first_bad(address, size);
    if (CH_UNLIKELY(bad != 0)) ch_kasan_report_access(address, size, is_write, bad, pc);
}
