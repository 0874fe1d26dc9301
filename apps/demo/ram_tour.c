/* SPDX-License-Identifier: MIT */
/*
 * The tour through the kinds of RAM. A step takes memory by what it must be able to do, uses it, checks where it is and what is
 * in it, prints a line, and either gives it back or holds it until the end. What is held carries a checksum, taken by words
 * because some of it is in memory that takes nothing else, and is looked at again while the main job works around it.
 */
#include "ram_tour.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "code_copy.h"
#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"
#include "esp_memory_utils.h"
#include "libc_tour.h"
#include "picture.h"
#include "report.h"

#define HELD 16
#define STEPS_AT_ONCE 2
#define DMA_BYTES 4096
#define TABLE_WORDS 2048u
#define MAIL_BYTES 16384

/** A capability of this firmware's own: the mailbox that it adds as a region. Bits 22 to 30 are free for that. */
#define CAP_MAILBOX (1u << 22)

typedef struct {
    const char *name;
    void *block;
    size_t size;
    uint32_t sum;
} held_t;

static held_t held[HELD];
static size_t held_count;

static struct {
    unsigned expected; /* failures that the running step is about to provoke */
    unsigned calls;    /* of the callback */
    size_t size;
    uint32_t caps;
    const char *function;
} failure;

static void on_failed_request(size_t size, uint32_t caps, const char *function) {
    failure.calls++;
    failure.size = size;
    failure.caps = caps;
    failure.function = function;
    if (failure.calls > failure.expected) report_fail("%s: no %zu bytes with caps 0x%08" PRIx32, function, size, caps);
}

void ram_tour_expect_failure(void) { failure.expected++; }

bool ram_tour_failures_came(void) { return failure.calls == failure.expected; }

/* Contents --------------------------------------------------------------------------------------------------------------------*/

static uint32_t sum_words(const void *block, size_t size) {
    const volatile uint32_t *word = block;
    uint32_t sum = 0;
    for (size_t i = 0; i < size / sizeof *word; i++) sum = (sum << 5 | sum >> 27) + word[i];
    return sum;
}

static void fill_words(void *block, size_t size, uint32_t seed) {
    volatile uint32_t *word = block;
    for (size_t i = 0; i < size / sizeof *word; i++) word[i] = seed = seed * 1664525u + 1013904223u;
}

/** Keeps a block, size a multiple of 4, until the end. */
static void hold(const char *name, void *block, size_t size) {
    if (held_count == HELD) report_fail("more than %d buffers", HELD);
    held[held_count++] = (held_t){name, block, size, sum_words(block, size)};
}

void ram_tour_verify(void) {
    for (const held_t *it = held; it < held + held_count; it++) {
        if (sum_words(it->block, it->size) != it->sum) report_fail("the contents of the %s changed", it->name);
    }
}

/* Steps -----------------------------------------------------------------------------------------------------------------------*/

/** What a simple DMA engine reads from memory. */
typedef struct descriptor {
    const uint32_t *from;
    uint32_t *to;
    size_t words;
    struct descriptor *next;
} descriptor_t;

/** Plays the engine: knows nothing but the address of the first descriptor. */
static void run_dma(const descriptor_t *job) {
    for (; job; job = job->next) {
        for (size_t i = 0; i < job->words; i++) job->to[i] = job->from[i];
    }
}

static void dma_buffers(void) {
    uint32_t *from = heap_caps_malloc(DMA_BYTES, MALLOC_CAP_DMA);
    uint32_t *to = heap_caps_calloc(1, DMA_BYTES, MALLOC_CAP_DMA);
    descriptor_t *jobs = heap_caps_calloc(2, sizeof *jobs, MALLOC_CAP_DMA_DESC_AHB);
    const size_t half = DMA_BYTES / 2 / sizeof *from;
    report_require(from && to && jobs, "no DMA buffers");
    report_require(esp_ptr_dma_capable(from) && esp_ptr_dma_capable(to) && esp_ptr_dma_capable(jobs),
                   "DMA cannot reach its buffers");
    fill_words(from, DMA_BYTES, 1);
    jobs[0] = (descriptor_t){from, to, half, &jobs[1]};
    jobs[1] = (descriptor_t){from + half, to + half, half, NULL};
    run_dma(jobs);
    report_require(memcmp(from, to, DMA_BYTES) == 0, "the DMA buffers differ");
    report_step("DMA source", from, DMA_BYTES, "filled");
    report_step("DMA descriptors", jobs, 2 * sizeof *jobs, "two, linked");
    report_step("DMA target", to, DMA_BYTES, "received the source, checksum %08" PRIx32, sum_words(to, DMA_BYTES));
    heap_caps_free(jobs);
    hold("DMA source", from, DMA_BYTES);
    hold("DMA target", to, DMA_BYTES);
}

static void frame_buffer(void) {
    const size_t bytes = PICTURE_SIDE * PICTURE_SIDE;
    uint8_t *frame = heap_caps_calloc(PICTURE_SIDE, PICTURE_SIDE, MALLOC_CAP_SPIRAM | MALLOC_CAP_8BIT);
    report_require(frame && esp_ptr_external_ram(frame), "no frame buffer in external RAM");
    report_require(sum_words(frame, bytes) == 0, "the frame buffer is not clear");
    picture_draw(frame);
    report_step("frame buffer", frame, bytes, "%d x %d pixels, checksum %08" PRIx32, PICTURE_SIDE, PICTURE_SIDE,
                sum_words(frame, bytes));
    picture_print(frame);
    hold("frame buffer", frame, bytes);
}

/* Memory that code runs from is the one that may take whole words only; any other memory with 32BIT does as well. */
static void word_table(void) {
    const uint32_t word_only = MALLOC_CAP_EXEC | MALLOC_CAP_32BIT;
    volatile uint32_t *squares = heap_caps_calloc(TABLE_WORDS, sizeof *squares, word_only);
    report_require(squares != NULL, "no table of words");
    report_require(report_plays_word_only((void *)(uintptr_t)squares), "the table of words is not in word-only RAM");
    report_require(sum_words((void *)(uintptr_t)squares, TABLE_WORDS * sizeof *squares) == 0, "the table is not clear");
    for (uint32_t i = 0; i < TABLE_WORDS; i++) squares[i] = i * i;
    squares = heap_caps_realloc((void *)(uintptr_t)squares, 2 * TABLE_WORDS * sizeof *squares, word_only);
    report_require(squares != NULL, "the table does not grow");
    for (uint32_t i = TABLE_WORDS; i < 2 * TABLE_WORDS; i++) squares[i] = i * i;
    for (uint32_t i = 0; i < 2 * TABLE_WORDS; i++) report_require(squares[i] == i * i, "the table has a wrong square");
    report_step("table of words", (void *)(uintptr_t)squares, 2 * TABLE_WORDS * sizeof *squares, "%u squares", 2 * TABLE_WORDS);
    hold("table of words", (void *)(uintptr_t)squares, 2 * TABLE_WORDS * sizeof *squares);
}

static void moved_code(void) {
    static const uint8_t digits[] = "123456789";
    void *code = heap_caps_malloc(code_size(), MALLOC_CAP_EXEC);
    report_require(code && esp_ptr_executable(code), "no memory for code");
    uint32_t answer = code_copy(code)(digits, 9);
    report_require(answer == 0xcbf43926u && answer == code_checksum(digits, 9), "the copied function gives a wrong answer");
    report_step("function in RAM", code, code_size(), "copied from 0x%08lx, run: CRC-32 %08" PRIx32,
                (unsigned long)(uintptr_t)code_checksum, answer);
    hold("function in RAM", code, code_size());
}

static void aligned_buffers(void) {
    uint8_t *block = heap_caps_aligned_alloc(1024, 3000, MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT);
    report_require(block && (uintptr_t)block % 1024 == 0, "no block at a multiple of 1024");
    fill_words(block, 3000, 2);
    uint32_t sum = sum_words(block, 3000);
    report_step("aligned buffer", block, 3000, "at a multiple of 1024");
    block = heap_caps_realloc(block, 20000, MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT);
    report_require(block && (uintptr_t)block % 1024 == 0, "the alignment is lost when the block grows");
    report_require(sum_words(block, 3000) == sum, "the contents are lost when the block grows");
    report_step("the same, grown", block, 20000, "still at a multiple of 1024");
    hold("aligned buffer", block, 20000);
}

static void realloc_across(void) {
    uint8_t *block = heap_caps_malloc(6000, MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT);
    report_require(block != NULL, "no internal memory");
    fill_words(block, 6000, 3);
    uint32_t sum = sum_words(block, 6000);
    report_step("internal block", block, 6000, "checksum %08" PRIx32, sum);
    block = heap_caps_realloc(block, 150000, MALLOC_CAP_SPIRAM | MALLOC_CAP_8BIT);
    report_require(block && esp_ptr_external_ram(block), "the block does not move to external RAM");
    report_require(sum_words(block, 6000) == sum, "the contents are lost on the way out");
    report_step("grown across regions", block, 150000, "checksum %08" PRIx32 " of the first 6000", sum_words(block, 6000));
    block = heap_caps_realloc(block, 6000, MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT);
    report_require(block && esp_ptr_internal(block) && sum_words(block, 6000) == sum, "the block does not come back as it was");
    report_step("shrunk, back inside", block, 6000, "checksum %08" PRIx32, sum_words(block, 6000));
    hold("block that crossed regions", block, 6000);
}

/* RAM that nobody but the boot loader needed is not in the table; the firmware knows of it and gives it to the heap. */
static void added_region(void) {
    static uint32_t boot_loader_ram[MAIL_BYTES / sizeof(uint32_t)];
    static const uint32_t caps[SOC_MEMORY_TYPE_NO_PRIOS] = {CAP_MAILBOX, 0, MALLOC_CAP_8BIT | MALLOC_CAP_32BIT};
    const intptr_t start = (intptr_t)boot_loader_ram, end = start + MAIL_BYTES;
    report_before_added_region();
    report_require(heap_caps_add_region_with_caps(caps, start, end) == ESP_OK, "the region is not added");
    report_require(heap_caps_add_region_with_caps(caps, start, end) == ESP_FAIL, "the region can be added twice");
    report_after_added_region("MAILBOX", caps[0] | caps[2], (uintptr_t)start, MAIL_BYTES);
    report_step("added region", boot_loader_ram, MAIL_BYTES, "a heap with capability 0x%08x, %zu bytes free",
                (unsigned)CAP_MAILBOX, heap_caps_get_free_size(CAP_MAILBOX));
    void *mail = heap_caps_malloc(8000, CAP_MAILBOX | MALLOC_CAP_8BIT);
    report_require(mail && (uintptr_t)mail - (uintptr_t)start < MAIL_BYTES, "the added region does not serve");
    fill_words(mail, 8000, 4);
    report_step("mail in it", mail, 8000, "filled");
    hold("mail", mail, 8000);
}

static void failed_request(void) {
    const size_t too_much = (size_t)64 << 20;
    size_t before = heap_caps_get_free_size(0);
    ram_tour_expect_failure();
    void *block = heap_caps_malloc(too_much, MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT);
    bool told = failure.size == too_much && failure.caps == (MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT) &&
                strcmp(failure.function, "heap_caps_malloc") == 0;
    report_require(!block && ram_tour_failures_came() && told, "the callback is not told of a failed request");
    report_require(heap_caps_get_free_size(0) == before, "a failed request changes what is free");
    report_step("request too large", NULL, too_much, "NULL; the callback saw %s, caps 0x%08" PRIx32, failure.function,
                failure.caps);
    ram_tour_expect_failure();
    block = heap_caps_malloc(64, MALLOC_CAP_EXEC | MALLOC_CAP_DMA);
    report_require(!block && ram_tour_failures_came(), "executable DMA memory exists");
    report_step("impossible wish", NULL, 64, "NULL; the callback saw %s, caps 0x%08" PRIx32, failure.function, failure.caps);
}

/** Half of what is left of a small RAM beside the processor, where the chip has such. */
static void take_small_ram(const char *name, uint32_t caps) {
    size_t size = heap_caps_get_largest_free_block(caps) / 2 & ~(size_t)7;
    if (size == 0) return;
    void *block = heap_caps_malloc(size, caps);
    report_require(block != NULL, "the largest free block is not to be had");
    fill_words(block, size, 5);
    report_step(name, block, size, "filled, checksum %08" PRIx32, sum_words(block, size));
    hold(name, block, size);
}

static void small_rams(void) {
    take_small_ram("scratchpad", MALLOC_CAP_SPM | MALLOC_CAP_DEFAULT);
    take_small_ram("low-power RAM", MALLOC_CAP_RTCRAM);
}

static void (*const steps[])(void) = {dma_buffers, frame_buffer,   word_table,   moved_code,     small_rams,
                                      libc_tour,   realloc_across, added_region, failed_request, aligned_buffers};
static size_t next_step;

static void advance(size_t count) {
    for (; count > 0 && next_step < sizeof steps / sizeof steps[0]; count--) steps[next_step++]();
}

void ram_tour_start(void) {
    report_require(heap_caps_register_failed_alloc_callback(NULL) == ESP_ERR_INVALID_ARG, "NULL is taken as a callback");
    report_require(heap_caps_register_failed_alloc_callback(on_failed_request) == ESP_OK, "the callback is not taken");
}

void ram_tour_advance(void) { advance(STEPS_AT_ONCE); }

void ram_tour_finish(void) {
    advance(sizeof steps / sizeof steps[0]);
    ram_tour_verify();
}

void ram_tour_release(void) {
    ram_tour_verify();
    while (held_count > 0) heap_caps_free(held[--held_count].block);
    report_require(ram_tour_failures_came(), "the callback was called too rarely");
}
