/* SPDX-License-Identifier: MIT */
/* Word loops, several at a time: loads first, so that processors with a load delay need not wait. */
#include "base/words.h"

#include "base/compiler.h"

CH_IRAM void ch_words_copy(void *to, const void *from, size_t count) {
    volatile uint32_t *t = to;
    const volatile uint32_t *f = from, *end = f + (CH_FOR_SIZE ? 0 : count & ~(size_t)15);
    for (; f != end; f += 16, t += 16) { /* as much as takes an instruction for each load and store in every instruction set */
        uint32_t a = f[0], b = f[1], c = f[2], d = f[3], g = f[4], h = f[5], i = f[6], j = f[7];
        t[0] = a, t[1] = b, t[2] = c, t[3] = d, t[4] = g, t[5] = h, t[6] = i, t[7] = j;
        a = f[8], b = f[9], c = f[10], d = f[11], g = f[12], h = f[13], i = f[14], j = f[15];
        t[8] = a, t[9] = b, t[10] = c, t[11] = d, t[12] = g, t[13] = h, t[14] = i, t[15] = j;
    }
    end += CH_FOR_SIZE ? count & ~(size_t)3 : count & 12;
    for (; f != end; f += 4, t += 4) {
        uint32_t a = f[0], b = f[1], c = f[2], d = f[3];
        t[0] = a, t[1] = b, t[2] = c, t[3] = d;
    }
    for (count &= 3; count; count--) *t++ = *f++;
}

CH_IRAM void ch_words_fill(void *to, uint32_t value, size_t count) {
    volatile uint32_t *t = to, *end = t + (count & ~(size_t)3);
    while (t != end) {
        t[0] = value, t[1] = value, t[2] = value, t[3] = value;
        t += 4;
    }
    for (count &= 3; count; count--) *t++ = value;
}
