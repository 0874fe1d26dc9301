/* SPDX-License-Identifier: MIT */
/*
 * What checks cost: built with and without, run with one instruction a cycle (tests/kasan/cost). Prints "name N": instructions of
 * a round of each thing, less those of an empty round.
 */
#include <stdio.h>
#include <string.h>

#include "capheap/chip.h"
#include "capheap/port.h"
#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"

enum { ROUNDS = 1000 };

static union {
    uint64_t doubles[64];
    uint32_t words[128];
    uint8_t bytes[512];
} memory;
static void *volatile where = &memory; /* what a compiler can see to be right it does not check */
static void *volatile block;
static volatile size_t size = 64;

#define ACTION static __attribute__((noinline)) void

ACTION nothing(void) { __asm__ volatile("" : : : "memory"); }
ACTION load_word(void) { (void)*(volatile uint32_t *)where; }
ACTION store_byte(void) { *((volatile uint8_t *)where + 5) = 1; }
ACTION store_double(void) { *(volatile uint64_t *)where = 1; }
ACTION copy_64(void) { memcpy(where, memory.bytes + 128, size); }

ACTION local_array(void) {
    char text[20];
    __asm__ volatile("" : : "r"(text) : "memory");
}

ACTION take_24(void) {
    block = heap_caps_malloc(24, MALLOC_CAP_DEFAULT);
    heap_caps_free(block);
}

ACTION take_1000(void) {
    block = heap_caps_malloc(1000, MALLOC_CAP_DEFAULT);
    heap_caps_free(block);
}

static uint32_t count(void (*action)(void)) {
    uint32_t start = ch_port_cycles();
    for (int i = 0; i < ROUNDS; i++) action();
    return ch_port_cycles() - start;
}

static const struct {
    const char *name;
    void (*action)(void);
} actions[] = {
    {"load_word", load_word}, {"store_byte", store_byte},   {"store_double", store_double}, {"copy_64", copy_64},
    {"take_24", take_24},     {"local_array", local_array}, {"take_1000", take_1000},
};

int main(void) {
    printf("chip %s\n", ch_chip.name);
    heap_caps_init();
    for (int i = 0; i < 100; i++) take_24(), take_1000(); /* fills the quarantine */
    uint32_t base = count(nothing);
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        uint32_t all = count(actions[i].action);
        printf("%s %u\n", actions[i].name, (unsigned)((all - base + ROUNDS / 2) / ROUNDS));
    }
    return 0;
}
