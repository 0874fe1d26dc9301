/* SPDX-License-Identifier: MIT */
/*
 * Negative control of tests/plugin/words.c, run by tests/wordonly/control.sh: one access of a kind that word-only memory does not
 * take, each time another one: CONTROL is 0 for a byte, 1 for a halfword, 2 for a misaligned word, at the very first and last
 * addresses. The program itself ends well; QEMU must not.
 */
#include <stdint.h>

#include "word_memory.h"

struct misaligned {
    uint32_t word;
} __attribute__((packed));

int main(void) {
    const soc_memory_region_t *r = word_region();
    uintptr_t first = (uintptr_t)r->start, last = first + r->size;
    volatile uint32_t *word = (volatile uint32_t *)(last - 16);
    *word = *word + 1;
    if (CONTROL == 0) *(volatile uint8_t *)(last - 1) = 1;
    if (CONTROL == 1) (void)*(volatile uint16_t *)(last - 2);
    if (CONTROL == 2) (void)*(volatile uint32_t *)(last - 14);
    return 0;
}
