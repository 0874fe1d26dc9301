/* SPDX-License-Identifier: MIT */
/* Word loops, four at a time: loads first, so that processors with a load delay need not wait. */
#include "base/words.h"

#include "base/compiler.h"

CH_IRAM void ch_words_copy(void *to, const void *from, size_t count) {
    ch_word_t *t = to, *end = t + (count & ~(size_t)3);
    const ch_word_t *f = ch_copy_fours(t, end, from);
    for (t = end, count &= 3; count; count--) {
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
