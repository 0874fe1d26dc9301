/* SPDX-License-Identifier: MIT */
/* See reference.h. Memory is written and read by aligned words only, so that blocks may lie in word-only memory. */
#include "reference.h"

#include <stdlib.h>
#include <string.h>

static uint32_t random_state;
static unsigned long operation;

unsigned long ref_begin(uint32_t salt, unsigned long ops_on_host, unsigned long ops_on_board) {
    random_state = (ch_test_seed() ^ salt * 0x9E3779B9u) | 1u;
    operation = 0;
    const char *text = ch_test_argument("CH_OPS");
    if (text != NULL) {
        return strtoul(text, NULL, 0);
    }
    return ch_test_on_host() ? ops_on_host : ops_on_board;
}

void ref_operation(unsigned long number) { operation = number; }

uint32_t ref_random(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state * 0x9E3779B1u;
}

size_t ref_below(size_t bound) { return (size_t)(((uint64_t)ref_random() * bound) >> 32); }

bool ref_one_in(size_t n) { return ref_below(n) == 0; }

size_t ref_size(size_t span) {
    size_t kind = ref_below(100);
    if (kind < 60) {
        return 1 + ref_below(96);
    }
    if (kind < 80) {
        return 1 + ref_below(700);
    }
    if (kind < 90) { /* about a power of two */
        return ((size_t)1 << (3 + ref_below(9))) + ref_below(3) - 1;
    }
    return 1 + ref_below(kind < 98 ? span / 16 + 64 : span / 3 + 64);
}

size_t ref_alignment(void) { return (size_t)1 << (ref_one_in(8) ? ref_below(13) : 2 + ref_below(6)); }

size_t ref_rounded(size_t size) {
    size_t rounded = (size + REF_GRANULE - 1) & ~(REF_GRANULE - 1);
    return rounded < 2 * REF_GRANULE ? 2 * REF_GRANULE : rounded;
}

void ref_expect(bool holds, const char *what) {
    if (!holds) {
        fail_msg("seed 0x%08lx, operation %lu: violated: %s", (unsigned long)ch_test_seed(), operation, what);
    }
}

static uint32_t tag_word(uint32_t tag, size_t i) { return tag + (uint32_t)i * 0x85EBCA6Bu; }

static void write_tag(const ref_block_t *block) {
    volatile uint32_t *words = (volatile uint32_t *)block->p;
    for (size_t i = 0; i < block->usable / 4; i++) {
        words[i] = tag_word(block->tag, i);
    }
    if (block->usable % 4 != 0) { /* the first bytes of one more word: the others are not ours */
        uint32_t word = tag_word(block->tag, block->usable / 4), others = ~0u << 8 * (block->usable % 4);
        words[block->usable / 4] = (words[block->usable / 4] & others) | (word & ~others);
    }
}

void ref_expect_tagged(uintptr_t p, size_t bytes, uint32_t tag) {
    const volatile uint32_t *words = (const volatile uint32_t *)p;
    size_t whole = bytes / 4;
    uint32_t differ = 0;
    for (size_t i = 0; i < whole; i++) {
        differ |= words[i] ^ tag_word(tag, i);
    }
    if (bytes % 4 != 0) { /* the first bytes of one more word */
        uint32_t wanted = tag_word(tag, whole);
        uint32_t found = words[whole];
        differ |= memcmp(&wanted, &found, bytes % 4) != 0 ? 1u : 0u;
    }
    ref_expect(differ == 0, "a block keeps its contents");
}

void ref_expect_zero(uintptr_t p, size_t bytes) {
    const volatile uint32_t *words = (const volatile uint32_t *)p;
    uint32_t any = 0;
    for (size_t i = 0; i < bytes / 4; i++) {
        any |= words[i];
    }
    ref_expect(any == 0, "calloc clears the request and what rounding added");
}

void ref_add(ref_t *ref, ref_block_t block, uintptr_t start, uintptr_t end) {
    ref_expect(ref->count < REF_MAX, "the model has room");
    ref_expect(block.usable >= block.size, "usable size covers the request");
    ref_expect(CH_CFG_DETECTION || block.usable % 4 == 0, "usable size is whole words");
    ref_expect(block.p % REF_GRANULE == 0, "a block is aligned to the granule");
    ref_expect(block.p % block.alignment == 0, "a block has the alignment asked for");
    ref_expect(block.p >= start && block.p < end && block.usable <= end - block.p, "a block lies in its region");
    size_t at = ref->count;
    while (at > 0 && ref->blocks[at - 1].p > block.p) {
        at--;
    }
    ref_expect(at == 0 || ref->blocks[at - 1].p + ref->blocks[at - 1].usable <= block.p, "no overlap with the block before");
    ref_expect(at == ref->count || block.p + block.usable <= ref->blocks[at].p, "no overlap with the block behind");
    memmove(&ref->blocks[at + 1], &ref->blocks[at], (ref->count - at) * sizeof(ref->blocks[0]));
    block.tag = ref_random();
    ref->blocks[at] = block;
    ref->count++;
    write_tag(&block);
}

ref_block_t ref_take(ref_t *ref, size_t index) {
    ref_block_t block = ref->blocks[index];
    ref_expect_tagged(block.p, block.usable, block.tag);
    ref->count--;
    memmove(&ref->blocks[index], &ref->blocks[index + 1], (ref->count - index) * sizeof(ref->blocks[0]));
    return block;
}
