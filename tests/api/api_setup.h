/* SPDX-License-Identifier: MIT */
/*
 * What every test of the capability API stands on: a heap that was booted once from the chip's table, a picture of the heaps
 * taken through the public walk, the search rules written a second time, and a recorder of failed requests.
 *
 * A test in API_TEST() starts by noting what is allocated and ends by proving that all of it came back and every heap is sound.
 */
#pragma once

#include "ch_test.h"

#include "capheap/chip.h"
#include "capheap/config.h"
#include "capheap/port.h"
#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"
#include "esp_private/heap_align_hw.h"
#include "soc/soc_memory_layout.h"

/* EXEC exists only in builds that allow executable heaps; 0 never matches. */
#if CH_CFG_HAS_EXEC_HEAP
#define API_CAP_EXEC MALLOC_CAP_EXEC
#else
#define API_CAP_EXEC 0u
#endif

/* What plain malloc asks for, and what a heap's descriptor is made of. */
#define API_CAPS_MALLOC (MALLOC_CAP_DEFAULT | MALLOC_CAP_INTERNAL)
#define API_CAPS_DESCRIPTOR (MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT)

/* Flags that the API leaves to users; each test file owns its executable, so it may give them any meaning. */
#define API_CAP_USER_A (1u << 22)
#define API_CAP_USER_B (1u << 25)
#define API_CAP_USER_C (1u << 30)
#define API_CAP_NOBODY (1u << 29)

#define API_MAX_HEAPS 64

/* A heap as the tests know it. */
typedef struct {
    uintptr_t start;
    uintptr_t end;
    uint32_t caps[SOC_MEMORY_TYPE_NO_PRIOS];
    uint32_t all;
    const char *name;
    bool word_only;
    bool added; /* at run time */
} api_heap_t;

/* What the failed-allocation callback saw since api_failures_clear(). */
typedef struct {
    unsigned count;
    size_t size;
    uint32_t caps;
    char name[48];
} api_failure_t;

#define API_TEST(f) cmocka_unit_test_setup_teardown(f, api_mark, api_verify)

/* Boots the heap once: RAM (on the host), heap_caps_init(), the recorder. Later calls do nothing. */
void api_boot(void);
/* Lets the start-up stack heaps take part, once. */
void api_enable_stacks(void);
/* What heap_caps_init() printed. */
const char *api_boot_text(void);

/* Setup and teardown of a test. api_mark() also serves after a change that is meant to stay, such as a new region. */
int api_mark(void **state);
int api_verify(void **state);

/* Writes the active heaps in list order; returns how many. */
size_t api_list_heaps(api_heap_t *list, size_t max);
/* The heap that an address (data or instruction bus) belongs to; NULL: none. The result lives until the next call. */
const api_heap_t *api_heap_of(const void *p);
/* The heap that the search rules name for a small request; NULL: none. The result lives until the next call. */
const api_heap_t *api_expected_heap(uint32_t caps);
/* True where some heap has all of caps. */
bool api_offers(uint32_t caps);

/* A fresh piece of memory that no heap owns, aligned to 64; NULL when there is no more. */
void *api_span(size_t size);
/* Adds a heap and remembers its columns for api_list_heaps(); asserts success and calls api_mark(). */
void api_add_heap(void *start, size_t size, uint32_t caps0, uint32_t caps1, uint32_t caps2);

/* The address on the data bus. */
void *api_data_address(const void *p);
/* Word i of a block in the order that its user sees, wherever the block is. */
uint32_t *api_word(const void *p, ptrdiff_t i);
/* Fills the first size / 4 words of a block with a pattern; tells whether they still hold it. */
void api_fill_words(void *p, size_t size, uint32_t tag);
bool api_words_hold(const void *p, size_t size, uint32_t tag);
/* True where all size / 4 words are 0. */
bool api_words_zero(const void *p, size_t size);

void api_failures_clear(void);
const api_failure_t *api_failures(void);
/* Exactly one failure since the last clear, with these arguments; clears. */
void api_expect_failure(size_t size, uint32_t caps, const char *name);
/* No failure since the last clear. */
void api_expect_no_failure(void);

/* Lines of the captured output that start with prefix. */
unsigned api_count_lines(const char *prefix);
/* Exactly one report line, which names p, and a stop; then clears the output. */
void api_expect_report(const void *p);

/* Captures what is printed to stdout, on the host. Begin returns false where it cannot. End returns the text. */
bool api_stdout_begin(void);
const char *api_stdout_end(void);
