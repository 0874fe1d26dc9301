/* SPDX-License-Identifier: MIT */
/*
 * What the tests on word-only memory share: where it is, and contents written and compared by volatile words, so that neither the
 * tests nor the compiler touch it in any other way. The QEMU plugin tests/plugin/words.c watches all of it, whoever touches it.
 */
#pragma once

#include "ch_test.h"

#include "capheap/chip.h"
#include "capheap/config.h"
#include "heap_memory_layout.h"

/* The largest region whose memory type takes words only. */
static inline const soc_memory_region_t *word_region(void) {
    const soc_memory_region_t *largest = NULL;
    for (size_t i = 0; i < soc_memory_region_count; i++) {
        const soc_memory_region_t *r = &soc_memory_regions[i];
        if (ch_chip.word_only_types >> r->type & 1u && (!largest || r->size > largest->size)) largest = r;
    }
    assert_non_null(largest);
    return largest;
}

static inline bool is_word_only(const void *p) {
    for (size_t i = 0; i < soc_memory_region_count; i++) {
        const soc_memory_region_t *r = &soc_memory_regions[i];
        if (ch_chip.word_only_types >> r->type & 1u && (uintptr_t)p - (uintptr_t)r->start < r->size) return true;
    }
    return false;
}

static inline uint32_t word_pattern(uint32_t tag, size_t i) { return tag * 0x9E3779B1u + (uint32_t)i * 0x85EBCA6Bu + 1u; }

/* The first bytes / 4 words of a block. */
static inline void words_mark(void *p, size_t bytes, uint32_t tag) {
    for (size_t i = 0; i < bytes / 4; i++) ((volatile uint32_t *)p)[i] = word_pattern(tag, i);
}

static inline bool words_are_marked(const void *p, size_t bytes, uint32_t tag) {
    for (size_t i = 0; i < bytes / 4; i++) {
        if (((const volatile uint32_t *)p)[i] != word_pattern(tag, i)) return false;
    }
    return true;
}

static inline bool words_are(const void *p, size_t bytes, uint32_t value) {
    for (size_t i = 0; i < bytes / 4; i++) {
        if (((const volatile uint32_t *)p)[i] != value) return false;
    }
    return true;
}
