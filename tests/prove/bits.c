/* SPDX-License-Identifier: MIT */
/*
 * No run-time error in the bits and the lists of src/engine, whatever the words of a heap hold but for its span and its lock:
 * Frama-C's Eva follows each function with every value of every word and of every argument at once. Where a function finds damage
 * it says so and does not come back (ch_engine_damaged); on all other ways nothing outside the span is read or written. Machines
 * without an instruction for counting zeros, as on others the compiler does it.
 *
 * eva src/base/bits.c
 */
#include "prove.h"

#include "engine/alloc.h"
#include "engine/reshape.h"

#include "__fc_builtin.h"

enum {
    GRANULES = 256,
    WORDS = GRANULES / 32 + 3, /* of bits: what ch_engine_create() lays out */
    BINS = 24,
    BEHIND = CH_G < 16 ? (12 - CH_G) / 4 : 0, /* words behind the last block that may be read where bits are damaged (block.h) */
    FIRST = ((CH_ENGINE_WORDS + BINS) * 4 + CH_G - 1) / CH_G,
};

/* The words of bits below a control block, the block, and all that is behind. Nobody writes to what is behind the end. */
static uint32_t memory[WORDS + GRANULES * CH_G / 4 + BEHIND];
static uint32_t *const behind = memory + WORDS + GRANULES * CH_G / 4;
enum { UNTOUCHED = 0x5A5A5A5A };

static uint32_t any(void) { return Frama_C_unsigned_int_interval(0, 0xFFFFFFFFu); }

static uint32_t from_to(uint32_t least, uint32_t most) { return Frama_C_unsigned_int_interval(least, most); }

static uint32_t granule(void) { return from_to(FIRST, GRANULES - 2); }

static uint32_t offset_of_any(void) { return granule() << CH_G_SHIFT; }

static uint32_t slot_of_any(void) { return 4 * from_to(CH_ENGINE_WORDS, CH_ENGINE_WORDS + BINS - 1); }

/* The first block's offset; the bits of bins beside it are any. As a sum, which Eva can tell apart again. */
static void start_at(ch_engine_t *e, uint32_t first) {
    e->map[0] = (CH_FIRST_MASK + 1) * from_to(0, ~0u / (CH_FIRST_MASK + 1)) + first;
}

/* Each function finds a heap of which nothing is known but where it ends. */
static ch_engine_t *fresh(void) {
    ch_engine_t *e = (ch_engine_t *)(void *)(memory + WORDS);
    for (int i = 0; i < WORDS + GRANULES * CH_G / 4; i++) memory[i] = any();
    start_at(e, FIRST << CH_G_SHIFT);
    e->end = GRANULES << CH_G_SHIFT;
    e->reach = e->end - CH_G - CH_NO_BLOCK;
    e->fine = slot_of_any();
    return e;
}

static void count_bits(void) {
    uint32_t x = any();
    if (x == 0) return;
    uint32_t low = ch_lowest_bit(x), high = ch_highest_bit(x);
    /*@ check low <= 31; */
    /*@ check high <= 31; */
    (void)low, (void)high;
}

static void follow(void) {
    ch_engine_t *e = fresh();
    uint32_t offset = ch_follow(e, any());
    /*@ check offset < e->end && offset % CH_G == 0; */
    (void)offset;
}

static void look(void) {
    ch_engine_t *e = fresh();
    uint32_t i = granule(), offset = offset_of_any();
    ch_view_t v = ch_view(e, offset);
    /*@ check v.beyond <= 32; */
    (void)ch_window(e, i);
    (void)ch_used_size_far(e, i);
    (void)ch_long_size(e, i);
    (void)ch_size_at(e, offset, v);
    (void)ch_is_free_start(e, offset);
    (void)ch_is_sized(e, offset);
    (void)ch_free_at(e, offset);
}

static void flip(void) {
    ch_engine_t *e = fresh();
    uint32_t i = granule();
    ch_flip(e, i, any());
    ch_set(e, i, any());
    ch_flip_one(e, i);
    ch_long_size_set(e, i, any());
}

static void cut(void) {
    ch_engine_t *e = fresh();
    uint32_t i = granule();
    (void)ch_bits_cut(e, i, from_to(2, CH_SHORT), from_to(0, 3));
}

/* Whatever a size, its bin is one of the heap's, and one that the map can tell. */
static void bin_of_any_size(uint32_t bins) {
    ch_engine_t *e = fresh();
    uint32_t n = from_to(16, 0xFFFFFFFFu);
    start_at(e, ch_slot_of_bin(bins));
    e->fine = 4 * from_to(CH_ENGINE_WORDS + CH_EXACT_BINS, CH_ENGINE_WORDS + CH_BINS - 1);
    uint32_t most = ch_slot_for(n), slot = ch_slot_of_long(e, n);
    /*@ check most <= 4 * (CH_ENGINE_WORDS + 4 * 32 - 3); */
    /*@ check slot <= 4 * (CH_ENGINE_WORDS + CH_BINS - 1); */
    ch_map_flip(e, slot);
    (void)most;
}

static void bins_of_sizes(void) {
    for (uint32_t bins = CH_EXACT_BINS + 1; bins <= CH_BINS; bins++) bin_of_any_size(bins);
}

static void sizes_of_free_blocks(void) {
    ch_engine_t *e = fresh();
    ch_free_size_set(ch_at(e, FIRST << CH_G_SHIFT), from_to(2, GRANULES - FIRST));
}

/* What lists name is read before it is believed. */
static void search(void) {
    ch_engine_t *e = fresh();
    uint32_t slot = slot_of_any(), head = *ch_at(e, slot);
    uint32_t offset = ch_bin_look(e, slot, any());
    /*@ check offset < e->end && offset % CH_G == 0; */
    if (head) {
        ch_found_t found = ch_bin_head(e, slot);
        /*@ check found.offset < e->end && found.offset % CH_G == 0; */
        (void)found;
    }
    (void)offset;
}

static void push(void) { ch_bin_push(fresh(), slot_of_any(), offset_of_any()); }

static void link_back(void) { ch_link_back(fresh(), any(), any(), offset_of_any()); }

static void home(void) {
    ch_engine_t *e = fresh();
    uint32_t slot = ch_home_of(e, offset_of_any());
    /*@ check slot < FIRST << CH_G_SHIFT && slot % 4 == 0; */
    (void)slot;
}

/* Searches, for any request. */
static void find(void) {
    ch_engine_t *e = fresh();
    uint32_t n = from_to(2, GRANULES);
    (void)ch_bin_best(e, n);
    (void)ch_bin_search(e, n);
    (void)ch_bin_longest(e);
}

static void around(void) {
    ch_engine_t *e = fresh();
    ch_around_t a = {0, 0, 0, CH_FRONT_ALONE, CH_EDGE_ALONE};
    /*@ loop unroll 3; */
    for (uint32_t i = FIRST; i < GRANULES; i += 100) { /* each size by itself, as the place of its other end depends on it */
        /*@ loop unroll GRANULES; */
        for (uint32_t n = 0; n < i; n++) {
            ch_at(e, i << CH_G_SHIFT)[-1] = from_to(n << CH_G_SHIFT, (n << CH_G_SHIFT) + CH_G - 1);
            (void)ch_free_before(e, i << CH_G_SHIFT);
            (void)ch_look_left(&a, e, i << CH_G_SHIFT, any());
        }
        ch_at(e, i << CH_G_SHIFT)[-1] = from_to(i << CH_G_SHIFT, 0xFFFFFFFFu);
        (void)ch_free_before(e, i << CH_G_SHIFT);
        (void)ch_look_left(&a, e, i << CH_G_SHIFT, any());
    }
    ch_look_behind(&a, e, from_to(FIRST + 2, GRANULES));
    /*@ check a.edge <= 6; */
}

static void head_remove(void) {
    ch_found_t found = {slot_of_any(), offset_of_any(), from_to(2, GRANULES)};
    ch_head_remove(fresh(), found);
}

static void insert(void) { ch_bin_insert(fresh(), FIRST << CH_G_SHIFT, from_to(2, GRANULES - FIRST)); }

static void cut_long(void) {
    ch_engine_t *e = fresh();
    (void)ch_bits_cut_long(e, from_to(FIRST, GRANULES - 104), from_to(2, 100), from_to(0, 3));
}

static void begin(void) {
    for (int i = 0; i < BEHIND; i++) behind[i] = UNTOUCHED;
}

static void end(void) {
    for (int i = 0; i < BEHIND; i++) {
        /*@ check behind[i] == UNTOUCHED; */
    }
}

int main(void) {
    begin();
    count_bits();
    follow();
    look();
    flip();
    cut();
    bins_of_sizes();
    sizes_of_free_blocks();
    search();
    push();
    link_back();
    home();
    find();
    around();
    head_remove();
    insert();
    cut_long();
    end();
    return 0;
}
