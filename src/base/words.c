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
