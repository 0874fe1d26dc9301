/* SPDX-License-Identifier: MIT */
/*
 * The record at the start of a left redzone, in words. How many there are is a matter of the redzone's size.
 *
 *      0 magic   1 user bytes   2 allocated at   3 freed at   4 task that allocated   5 task that freed
 *      6 ...     callers of the allocation, then as many of the free
 *
 * K1  A block in use begins with CH_KASAN_LIVE, one in quarantine with CH_KASAN_GONE. What was given back to the heap may have
 *     either, until its words are used otherwise: nobody believes a record without a look at the shadow memory.
 */
#pragma once

#include "debug/kasan/kasan_shadow.h"
#include "kasan.h"

#define CH_KASAN_LIVE 0xA5B6C7D8u
#define CH_KASAN_GONE 0x5A493827u

enum {
    CH_KASAN_HAS_SIZE = CH_CFG_KASAN_REDZONE >= 8,
    CH_KASAN_HAS_PCS = CH_CFG_KASAN_REDZONE >= 16,
    CH_KASAN_HAS_TASKS = CH_CFG_KASAN_REDZONE >= 24,
    CH_KASAN_CALLERS = CH_CFG_KASAN_REDZONE >= 32 ? (CH_CFG_KASAN_REDZONE - 24) / 8 : 0,
};

/** A block as its record tells. */
typedef struct {
    const volatile uint32_t *record; /* NULL: none was found */
    uintptr_t user;
    size_t size;
    bool gone;
} ch_kasan_block_t;

/** The block with the highest record at or below an address in covered memory; not necessarily one that it lies in. */
ch_kasan_block_t ch_kasan_block_below(uintptr_t address);
