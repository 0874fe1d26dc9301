/* SPDX-License-Identifier: MIT */
/* See api_setup.h. Everything here uses the public interface only, so that it cannot share a mistake with what it tests. */
#define _POSIX_C_SOURCE 200809L /* fileno, dup2 */
#include "api_setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined __unix__
#include <unistd.h>

#include "posix_ram.h"
#endif

#define BOOT_TEXT_SIZE 8192
#define STDOUT_TEXT_SIZE 16384

static bool booted;
static bool stacks_enabled;
static char boot_text[BOOT_TEXT_SIZE];

static api_heap_t added[API_MAX_HEAPS];
static size_t added_count;

static multi_heap_info_t marked;
static api_failure_t failures;

static void record_failure(size_t size, uint32_t caps, const char *name) {
    failures.count++;
    failures.size = size;
    failures.caps = caps;
    snprintf(failures.name, sizeof(failures.name), "%s", name != NULL ? name : "(null)");
}

void api_boot(void) {
    if (booted) {
        return;
    }
#if defined __unix__
    assert_true(posix_ram_map_chip());
#endif
    ch_test_output_clear();
    heap_caps_init();
    snprintf(boot_text, sizeof(boot_text), "%s", ch_test_output());
    ch_test_output_clear();
    heap_caps_register_failed_alloc_callback(record_failure);
    booted = true;
}

void api_enable_stacks(void) {
    if (!stacks_enabled) {
        heap_caps_enable_nonos_stack_heaps();
    }
    stacks_enabled = true;
}

const char *api_boot_text(void) { return boot_text; }

int api_mark(void **state) {
    (void)state;
    heap_caps_get_info(&marked, 0);
    api_failures_clear();
    ch_test_output_clear();
    return 0;
}

int api_verify(void **state) {
    (void)state;
    multi_heap_info_t now;
    heap_caps_get_info(&now, 0);
    assert_int_equal(now.total_free_bytes, marked.total_free_bytes);
    assert_int_equal(now.total_allocated_bytes, marked.total_allocated_bytes);
    assert_int_equal(now.allocated_blocks, marked.allocated_blocks);
    assert_int_equal(now.free_blocks, marked.free_blocks);
    assert_true(heap_caps_check_integrity_all(true));
    return 0;
}

/* ---- the heaps ---- */

static const soc_memory_region_t *chip_region_of(uintptr_t address) {
    for (size_t i = 0; i < soc_memory_region_count; i++) {
        const soc_memory_region_t *region = &soc_memory_regions[i];
        if (address >= (uintptr_t)region->start && address - (uintptr_t)region->start < region->size) {
            return region;
        }
    }
    return NULL;
}

static void describe(api_heap_t *heap, uintptr_t start, uintptr_t end) {
    for (size_t i = 0; i < added_count; i++) {
        if (added[i].start == start && added[i].end == end) {
            *heap = added[i];
            return;
        }
    }
    memset(heap, 0, sizeof(*heap));
    heap->start = start;
    heap->end = end;
    const soc_memory_region_t *region = chip_region_of(start);
    if (region == NULL) {
        return;
    }
    const soc_memory_type_desc_t *type = &soc_memory_types[region->type];
    heap->name = type->name;
    heap->word_only = ((ch_chip.word_only_types >> region->type) & 1u) != 0;
    for (int prio = 0; prio < SOC_MEMORY_TYPE_NO_PRIOS; prio++) {
        heap->caps[prio] = type->caps[prio];
        heap->all |= type->caps[prio];
    }
}

typedef struct {
    api_heap_t *list;
    size_t max;
    size_t count;
} heap_list_t;

/* Returns false, so that it sees each heap once. */
static bool note_heap(walker_heap_into_t heap_info, walker_block_info_t block_info, void *user_data) {
    (void)block_info;
    heap_list_t *out = user_data;
    if (out->count < out->max) {
        describe(&out->list[out->count], (uintptr_t)heap_info.start, (uintptr_t)heap_info.end);
        out->count++;
    }
    return false;
}

size_t api_list_heaps(api_heap_t *list, size_t max) {
    heap_list_t out = {list, max, 0};
    heap_caps_walk_all(note_heap, &out);
    return out.count;
}

const api_heap_t *api_heap_of(const void *p) {
    static api_heap_t list[API_MAX_HEAPS];
    uintptr_t address = (uintptr_t)api_data_address(p);
    size_t count = api_list_heaps(list, API_MAX_HEAPS);
    for (size_t i = 0; i < count; i++) {
        if (address >= list[i].start && address < list[i].end) {
            return &list[i];
        }
    }
    return NULL;
}

const api_heap_t *api_expected_heap(uint32_t caps) {
    static api_heap_t list[API_MAX_HEAPS];
    size_t alignment = 4;
    size_t size = 16;
    esp_heap_adjust_alignment_to_hw(&alignment, &size, &caps);
    if ((caps & API_CAP_EXEC) != 0 && (caps & (MALLOC_CAP_8BIT | MALLOC_CAP_DMA)) != 0) {
        return NULL;
    }
    if ((caps & API_CAP_EXEC) != 0) {
        caps |= MALLOC_CAP_32BIT;
    }
    size_t count = api_list_heaps(list, API_MAX_HEAPS);
    for (int prio = 0; prio < SOC_MEMORY_TYPE_NO_PRIOS; prio++) {
        for (size_t i = 0; i < count; i++) {
            if ((list[i].caps[prio] & caps) != 0 && (list[i].all & caps) == caps) {
                return &list[i];
            }
        }
    }
    return NULL;
}

bool api_offers(uint32_t caps) {
    api_heap_t list[API_MAX_HEAPS];
    size_t count = api_list_heaps(list, API_MAX_HEAPS);
    for (size_t i = 0; i < count; i++) {
        if ((list[i].all & caps) == caps) {
            return true;
        }
    }
    return false;
}

void *api_span(size_t size) {
    static uintptr_t next;
    static uintptr_t left;
    const size_t reserve = 48u * 1024u;
    if (next == 0) {
        next = (uintptr_t)ch_test_span(reserve);
        assert_int_not_equal(next, 0);
        left = reserve;
        uintptr_t pad = (64u - (next & 63u)) & 63u;
        next += pad;
        left -= pad;
    }
    size_t step = (size + 63u) & ~(size_t)63u;
    if (step > left) {
        return NULL;
    }
    void *span = (void *)next;
    next += step;
    left -= step;
    return span;
}

void api_add_heap(void *start, size_t size, uint32_t caps0, uint32_t caps1, uint32_t caps2) {
    assert_non_null(start);
    const uint32_t caps[SOC_MEMORY_TYPE_NO_PRIOS] = {caps0, caps1, caps2};
    uintptr_t end = (uintptr_t)start + size;
    assert_int_equal(heap_caps_add_region_with_caps(caps, (intptr_t)start, (intptr_t)end), ESP_OK);
    assert_true(added_count < API_MAX_HEAPS);
    api_heap_t *heap = &added[added_count++];
    *heap = (api_heap_t){(uintptr_t)start, end, {caps0, caps1, caps2}, caps0 | caps1 | caps2, "added", false, true};
    api_mark(NULL);
}

/* ---- contents, through the addresses that the host can reach too ---- */

void *api_data_address(const void *p) {
    if (!esp_dram_match_iram() && esp_ptr_in_diram_iram(p)) {
        return esp_ptr_diram_iram_to_dram(p);
    }
    if (!esp_rtc_dram_match_rtc_iram() && esp_ptr_in_rtc_iram_fast(p)) {
        return esp_ptr_rtc_iram_to_dram(p);
    }
    return (void *)(uintptr_t)p;
}

uint32_t *api_word(const void *p, ptrdiff_t i) {
    uintptr_t address = (uintptr_t)p + (uintptr_t)(i * 4);
    return api_data_address((const void *)address);
}

void api_fill_words(void *p, size_t size, uint32_t tag) {
    for (size_t i = 0; i < size / 4; i++) {
        *(volatile uint32_t *)api_word(p, (ptrdiff_t)i) = tag + (uint32_t)i * 2654435761u;
    }
}

bool api_words_hold(const void *p, size_t size, uint32_t tag) {
    for (size_t i = 0; i < size / 4; i++) {
        if (*(volatile uint32_t *)api_word(p, (ptrdiff_t)i) != tag + (uint32_t)i * 2654435761u) {
            return false;
        }
    }
    return true;
}

bool api_words_zero(const void *p, size_t size) {
    for (size_t i = 0; i < size / 4; i++) {
        if (*(volatile uint32_t *)api_word(p, (ptrdiff_t)i) != 0) {
            return false;
        }
    }
    return true;
}

/* ---- failures and reports ---- */

void api_failures_clear(void) { memset(&failures, 0, sizeof(failures)); }

const api_failure_t *api_failures(void) { return &failures; }

void api_expect_failure(size_t size, uint32_t caps, const char *name) {
    if (failures.count != 1 || failures.size != size || failures.caps != caps || strcmp(failures.name, name) != 0) {
        fail_msg("callback: %u times, size %lu caps 0x%08lx name %s; expected once, size %lu caps 0x%08lx name %s",
                 failures.count, (unsigned long)failures.size, (unsigned long)failures.caps, failures.name, (unsigned long)size,
                 (unsigned long)caps, name);
    }
    api_failures_clear();
}

void api_expect_no_failure(void) {
    if (failures.count != 0) {
        fail_msg("callback: %u times, size %lu caps 0x%08lx name %s; expected none", failures.count, (unsigned long)failures.size,
                 (unsigned long)failures.caps, failures.name);
    }
}

unsigned api_count_lines(const char *prefix) {
    unsigned count = 0;
    for (const char *line = ch_test_output(); line != NULL && *line != '\0';) {
        if (strncmp(line, prefix, strlen(prefix)) == 0) {
            count++;
        }
        line = strchr(line, '\n');
        line = line != NULL ? line + 1 : NULL;
    }
    return count;
}

void api_expect_report(const void *p) {
    char digits[24];
    snprintf(digits, sizeof(digits), "%lx", (unsigned long)(uintptr_t)p);
    if (api_count_lines("CORRUPT HEAP: ") != 1 || strstr(ch_test_output(), digits) == NULL) {
        fail_msg("expected one line 'CORRUPT HEAP: ' that names %s, got: %s", digits, ch_test_output());
    }
    assert_non_null(ch_test_fatal_reason());
    ch_test_output_clear();
}

/* ---- stdout ---- */

static char stdout_text[STDOUT_TEXT_SIZE];

#if defined __unix__
static int stdout_saved = -1;
static FILE *stdout_file;

bool api_stdout_begin(void) {
    fflush(stdout);
    ch_test_output_clear();
    stdout_file = tmpfile();
    if (stdout_file == NULL) {
        return false;
    }
    stdout_saved = dup(STDOUT_FILENO);
    return dup2(fileno(stdout_file), STDOUT_FILENO) >= 0;
}

const char *api_stdout_end(void) {
    fflush(stdout);
    dup2(stdout_saved, STDOUT_FILENO);
    close(stdout_saved);
    rewind(stdout_file);
    size_t length = fread(stdout_text, 1, sizeof(stdout_text) - 1, stdout_file);
    stdout_text[length] = '\0';
    fclose(stdout_file);
    return stdout_text;
}
#else
bool api_stdout_begin(void) { return false; }

const char *api_stdout_end(void) {
    stdout_text[0] = '\0';
    return stdout_text;
}
#endif
