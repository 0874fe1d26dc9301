/* SPDX-License-Identifier: MIT */
/*
 * No run-time error in the bits of src/base/bits.h and src/engine/block.h, whatever the words hold: Frama-C's Eva follows the functions
 * with every value of every argument at once. Machines without an instruction for counting zeros, as on others the compiler does it.
 *
 * eva src/base/bits.c
 */
#include "prove.h"

#include "engine/block.h"

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

static void sizes_of_free_blocks(ch_engine_t *e) {
    uint32_t n = Frama_C_unsigned_int_interval(2, WORDS * 4 / CH_G);
    uint32_t *block = (uint32_t *)(void *)e + 16;
    ch_free_size_set(block, n);
    uint32_t size = ch_free_size(block, any());
    (void)size;
}

int main(void) {
    for (int i = 0; i < WORDS + 16 + WORDS; i++) memory[i] = any();
    ch_engine_t *e = (ch_engine_t *)(void *)(memory + WORDS);
    count_bits();
    look_and_flip(e);
    sizes_of_free_blocks(e);
    return 0;
}
