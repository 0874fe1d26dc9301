/* SPDX-License-Identifier: MIT */
/*
 * Firmware for QEMU's riscv32 virt board: instructions for a block of 4 KB. Writes counts.bin:
 *
 *   0, 1   looking at it byte by byte, and filling it so: what a fill would cost without words
 *   2, 3   the same by words, as the heap does it
 *   4, 5   multi_heap_malloc() and multi_heap_free() of it
 */
#include <stdio.h>

#include "base/words.h"
#include "multi_heap.h"
#include "rv32_machine.h"

enum { BLOCK = 4096 };

static uint32_t now(void) {
    uint32_t count;
    __asm__ volatile("csrr %0, minstret" : "=r"(count) : : "memory");
    return count;
}

static __attribute__((noinline)) const volatile unsigned char *find_byte(const volatile unsigned char *p, unsigned char value,
                                                                         size_t size) {
    for (const volatile unsigned char *end = p + size; p != end; p++) {
        if (*p != value) return p;
    }
    return NULL;
}

static __attribute__((noinline)) void fill_bytes(volatile unsigned char *p, unsigned char value, size_t size) {
    for (volatile unsigned char *end = p + size; p != end; p++) *p = value;
}

int main(void) {
    machine_start();
    if (!machine_counts_exactly()) return machine_fail("instructions are not counted exactly");
    unsigned char *memory = (unsigned char *)POOL_ADDRESS;
    uint32_t counts[6], start;
    ch_words_fill(memory, 0xFEFEFEFEu, BLOCK / 4);
    start = now();
    if (find_byte(memory, 0xFE, BLOCK)) return machine_fail("a byte is wrong");
    counts[0] = now() - start, start = now();
    fill_bytes(memory, 0xFE, BLOCK);
    counts[1] = now() - start, start = now();
    if (ch_words_find_other(memory, 0xFEFEFEFEu, BLOCK / 4)) return machine_fail("a word is wrong");
    counts[2] = now() - start, start = now();
    ch_words_fill(memory, 0xFEFEFEFEu, BLOCK / 4);
    counts[3] = now() - start;
    multi_heap_handle_t heap = multi_heap_register(memory, 65536);
    multi_heap_malloc(heap, 100);
    start = now();
    void *p = multi_heap_malloc(heap, BLOCK);
    counts[4] = now() - start, start = now();
    multi_heap_free(heap, p);
    counts[5] = now() - start;
    if (!p || !machine_write_file("counts.bin", counts, sizeof counts)) return machine_fail("counts.bin can't be written");
    return STATUS_DONE;
}
