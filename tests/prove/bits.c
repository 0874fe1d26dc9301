/* SPDX-License-Identifier: MIT */
/*
 * No run-time error in the bits of src/base/bits.h, src/engine/block.h, bins.h and alloc.h, whatever the words hold: Frama-C's Eva follows the functions
 * with every value of every argument at once. Machines without an instruction for counting zeros, as on others the compiler does it.
 *
 * eva src/base/bits.c
 */
#include "prove.h"

#include "engine/alloc.h"

#include "__fc_builtin.h"

enum { WORDS = 64 };

/* The words of bits below a control block, and the block behind it. */
static uint32_t memory[WORDS + 16 + WORDS];

static uint32_t any(void) { return Frama_C_unsigned_int_interval(0, 0xFFFFFFFFu); }

static uint32_t below(uint32_t n) { return Frama_C_unsigned_int_interval(0, n - 1); }

static void count_bits(void) {
    uint32_t x = any();
    if (x == 0) return;
    uint32_t low = ch_lowest_bit(x), high = ch_highest_bit(x);
    /*@ check low <= 31; */
    /*@ check high <= 31; */
    (void)low, (void)high;
}

static void look_and_flip(ch_engine_t *e) {
    uint32_t i = below(32 * (WORDS - 4)), window = ch_window(e, i);
    ch_flip(e, i, any());
    ch_flip_one(e, i);
    ch_long_size_set(e, i, any());
    (void)ch_long_size(e, i);
    (void)window;
}

static void look_at_a_block(ch_engine_t *e) {
    uint32_t i = below(32 * (WORDS - 4)), offset = i << CH_G_SHIFT;
    e->end = 32 * (WORDS - 4) << CH_G_SHIFT;
    ch_view_t v = ch_view(e, offset);
    /*@ check v.beyond <= 32; */
    uint32_t far = ch_used_size_far(e, i);
    ch_bits_cut(e, i, below(4), Frama_C_unsigned_int_interval(2, CH_SHORT), below(4));
    (void)far;
}

/* Whatever a size, its bin is one of the heap's, and one that the map can tell. */
static void bins_of_sizes(ch_engine_t *e) {
    uint32_t bins = Frama_C_unsigned_int_interval(CH_EXACT_BINS + 1, CH_BINS), n = Frama_C_unsigned_int_interval(16, 0xFFFFFFFFu);
    e->first = ch_slot_of_bin(bins);
    e->fine = 4 * Frama_C_unsigned_int_interval(CH_ENGINE_WORDS + CH_EXACT_BINS, CH_ENGINE_WORDS + CH_BINS - 1);
    uint32_t bin = ch_bin_for(n), slot = ch_slot_of_long(e, n);
    /*@ check bin <= 4 * 32 - 3; */
    /*@ check slot <= 4 * (CH_ENGINE_WORDS + CH_BINS - 1); */
    ch_map_flip(e, slot);
}

static void sizes_of_free_blocks(ch_engine_t *e) {
    uint32_t n = Frama_C_unsigned_int_interval(2, WORDS * 4 / CH_G);
    uint32_t *block = (uint32_t *)(void *)e + 16;
    ch_free_size_set(block, n);
    ch_around_t a = {0, 0, 0, 0, 0};
    ch_look_right(&a, block, any());
    /*@ check a.edge <= 6; */
}

int main(void) {
    for (int i = 0; i < WORDS + 16 + WORDS; i++) memory[i] = any();
    ch_engine_t *e = (ch_engine_t *)(void *)(memory + WORDS);
    count_bits();
    look_and_flip(e);
    look_at_a_block(e);
    bins_of_sizes(e);
    sizes_of_free_blocks(e);
    return 0;
}
