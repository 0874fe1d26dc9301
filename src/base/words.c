/* SPDX-License-Identifier: MIT */
/* Word loops, several at a time: loads first, so that processors with a load delay need not wait. */
#include "base/words.h"

#include "base/compiler.h"

CH_IRAM void ch_words_copy(void *to, const void *from, size_t count) {
    ch_word_t *t = to, *end = t + (CH_FOR_SIZE ? 0 : count & ~(size_t)15);
    const ch_word_t *f = from;
    while (t != end) { /* as much as takes an instruction for each load and store in every instruction set */
        ch_copy_four(&t, &f);
        ch_copy_four(&t, &f);
        ch_copy_four(&t, &f);
        ch_copy_four(&t, &f);
    }
    end += CH_FOR_SIZE ? count & ~(size_t)3 : count & 12;
    while (t != end) ch_copy_four(&t, &f);
    for (count &= 3; count; count--) {
        uint32_t word = *f++;
        CH_OPAQUE(word);
        *t++ = word;
    }
}

CH_IRAM void ch_words_fill(void *to, uint32_t value, size_t count) {
    ch_word_t *t = to, *end = t + (count & ~(size_t)3);
    CH_OPAQUE(value);
    ch_fill_fours(t, end, value);
    for (t = end, count &= 3; count; count--) *t++ = value;
}

/** Of a word, its first bytes from another one. */
static void merge(ch_word_t *to, uint32_t word, size_t bytes) {
    uint32_t others = ~0u << (8 * bytes);
    if (bytes) *to = (*to & others) | (word & ~others);
}

CH_IRAM void ch_words_copy_exact(void *to, const void *from, size_t bytes) {
    size_t whole = bytes & ~(size_t)3;
    ch_words_copy(to, from, whole / 4);
    if (bytes != whole) merge((ch_word_t *)((uintptr_t)to + whole), *(const ch_word_t *)((uintptr_t)from + whole), bytes - whole);
}

CH_IRAM void ch_words_fill_exact(void *to, uint32_t value, size_t bytes) {
    size_t whole = bytes & ~(size_t)3;
    ch_words_fill(to, value, whole / 4);
    merge((ch_word_t *)((uintptr_t)to + whole), value, bytes - whole);
}

CH_IRAM const uint32_t *ch_words_find_other(const void *from, uint32_t value, size_t count) {
    const ch_word_t *f = from, *end = f + (count & ~(size_t)7);
    for (; f != end; f += 8) { /* equal to one another, and one of them to the value */
        uint32_t a = f[0], b = f[1], c = f[2], d = f[3], other = (a ^ b) | (b ^ c) | (c ^ d);
        a = f[4], b = f[5], c = f[6];
        if (other | (a ^ b) | (b ^ c) | (c ^ d) | (f[7] ^ value) | (d ^ value)) break;
    }
    for (end = (const ch_word_t *)from + count; f != end; f++) {
        if (*f != value) return (const uint32_t *)f;
    }
    return NULL;
}
