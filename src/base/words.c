/* SPDX-License-Identifier: MIT */
/* Word loops, several at a time: loads first, so that processors with a load delay need not wait. */
#include "base/words.h"

#include "base/compiler.h"

enum { GROUP = CH_FOR_SIZE ? 4 : 8 }; /* words that a loop copies in one go */

CH_INLINE void copy_four(volatile uint32_t *t, const volatile uint32_t *f) {
    uint32_t a = f[0], b = f[1], c = f[2], d = f[3];
    t[0] = a, t[1] = b, t[2] = c, t[3] = d;
}

CH_IRAM void ch_words_copy(void *to, const void *from, size_t count) {
    volatile uint32_t *t = to;
    const volatile uint32_t *f = from, *end = f + (count & ~(size_t)(GROUP - 1));
    for (; f != end; f += GROUP, t += GROUP) {
        copy_four(t, f);
        if (GROUP == 8) copy_four(t + 4, f + 4);
    }
    if (GROUP == 8 && count & 4) {
        copy_four(t, f);
        f += 4, t += 4;
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
