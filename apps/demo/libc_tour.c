/* SPDX-License-Identifier: MIT */
/*
 * malloc() and its family are capheap's (src/libc/malloc.c), so blocks of strdup() and asprintf() are capheap's too, and either
 * side may free what the other allocated. Plain malloc() stays in internal memory until the firmware allows it external memory
 * for large blocks.
 */
#include "libc_tour.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "esp_heap_caps.h"
#include "esp_memory_utils.h"
#include "ram_tour.h"
#include "report.h"

#define NUMBERS 1000u
#define LARGE 40000u

static void strings(void) {
    char *copy = strdup("a string of the C library");
    char *line = NULL;
    int length = asprintf(&line, "%s, %d and %#x", copy, 42, 0xc0de);
    report_require(copy && line && strcmp(line, "a string of the C library, 42 and 0xc0de") == 0, "asprintf");
    report_step("strdup", copy, strlen(copy) + 1, "%zu usable", malloc_usable_size(copy));
    report_step("asprintf", line, (size_t)length + 1, "\"%s\"", line);
    heap_caps_free(copy); /* what malloc gave, heap_caps_free takes */
    free(line);
}

static void numbers(void) {
    unsigned sum = 0;
    unsigned *list = calloc(NUMBERS / 10, sizeof *list);
    report_require(list != NULL, "calloc");
    for (unsigned i = 0; i < NUMBERS / 10; i++) sum += list[i];
    report_require(sum == 0, "calloc gives dirty memory");
    list[0] = 7;
    unsigned *grown = reallocarray(list, NUMBERS, sizeof *list);
    report_require(grown && grown[0] == 7, "reallocarray loses the contents");
    volatile size_t far_too_many = SIZE_MAX / 2; /* volatile: the compiler would warn */
    ram_tour_expect_failure();
    void *wrapped = reallocarray(grown, far_too_many, sizeof *grown);
    report_require(!wrapped && ram_tour_failures_came(), "reallocarray wraps round");
    ram_tour_expect_failure();
    wrapped = calloc(far_too_many, sizeof *grown);
    report_require(!wrapped && ram_tour_failures_came(), "calloc wraps round");
    report_require(grown[0] == 7 && malloc_usable_size(grown) >= NUMBERS * sizeof *grown,
                   "a failed reallocarray spoils the block");
    report_step("calloc, reallocarray", grown, NUMBERS * sizeof *grown, "grown from %u to %u numbers; overflow refused twice",
                NUMBERS / 10, NUMBERS);
    free(grown);
}

static void alignments(void) {
    void *block = NULL;
    report_require(posix_memalign(&block, 48, 100) == EINVAL && block == NULL, "posix_memalign takes 48");
    report_require(posix_memalign(&block, 512, 100) == 0 && (uintptr_t)block % 512 == 0, "posix_memalign");
    report_step("posix_memalign", block, 100, "at a multiple of 512");
    free(block);
    block = aligned_alloc(256, 1000);
    report_require(block && (uintptr_t)block % 256 == 0, "aligned_alloc");
    free(block);
    block = memalign(128, 1000);
    report_require(block && (uintptr_t)block % 128 == 0, "memalign");
    free(block);
}

static void large_blocks(void) {
    void *inside = malloc(LARGE);
    report_require(inside && !esp_ptr_external_ram(inside), "malloc does not start with internal memory");
    report_step("malloc", inside, LARGE, "internal memory at first");
    heap_caps_malloc_extmem_enable(16384);
    void *small = malloc(1000), *outside = malloc(LARGE);
    report_require(small && !esp_ptr_external_ram(small), "malloc takes external memory for a small block");
    report_require(outside && esp_ptr_external_ram(outside), "malloc takes no external memory for a large block");
    report_step("malloc", outside, LARGE, "external memory, allowed above 16384 bytes");
    heap_caps_free(inside);
    free(outside);
    heap_caps_free(small);
}

void libc_tour(void) {
    strings();
    numbers();
    alignments();
    large_blocks();
}
