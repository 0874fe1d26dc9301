/* SPDX-License-Identifier: MIT */
/*
 * The address sanitizer's runtime by itself: shadow memory against a map with a flag for each byte, the quarantine's order and
 * bounds, who may turn checks off. Reports do not end the program here (CONFIG_KASAN_NO_HALT). Compiled without checks: the calls
 * of compiled code are made by hand.
 */
#include <string.h>

#include "boot.h"
#include "capheap/config.h"
#include "capheap/kasan.h"
#include "ch_test.h"
#include "esp_heap_caps.h"
#include "esp_kasan.h"
#include "multi_heap.h"

void __asan_load1_noabort(void *address);
void __asan_load4_noabort(void *address);
void __asan_load16_noabort(void *address);
void __asan_store1_noabort(void *address);
void __asan_storeN_noabort(void *address, size_t size);
void __asan_handle_no_return(void);

/** Whether a call of compiled code reports. */
#define REPORTS(call) ((bool)(kasan_reset_error_count(), (call), kasan_get_error_count() != 0))

static uint32_t seed = 1;

static uint32_t draw(uint32_t below) {
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

static void *take(size_t size) {
    void *p = heap_caps_malloc(size, MALLOC_CAP_DEFAULT);
    assert_non_null(p);
    return p;
}

/* ---- shadow memory ---- */

enum { BYTES = 256 };

/** What is forbidden of a piece of memory: for each byte the reason, or 0. */
static uint8_t map[BYTES];

static bool is_allowed(size_t at, size_t size) {
    for (size_t i = at; i < at + size; i++) {
        if (map[i]) return false;
    }
    return true;
}

static void set(size_t from, size_t end, uint8_t reason) { memset(map + from, reason, end - from); }

/* A low nibble of 1, 2 or 3 needs a high one of 0x8 to 0xE beside it (S1 in kasan_shadow.h), else all of its word is allowed. */
static void allow_what_has_no_form(void) {
    for (size_t i = 0; i < BYTES; i += 8) {
        bool part = map[i] == 0 && map[i + 3] != 0, kept = map[i + 4] >= 8 && map[i + 4] <= 0xE;
        if (part && !kept) set(i, i + 4, 0);
    }
}

static void change_something(char *room) {
    size_t from = draw(BYTES / 4 - 10) * 4, end = from + draw(8) * 4, part = draw(4);
    if (draw(2)) {
        uint8_t reason = (uint8_t)(0xB + draw(5));
        kasan_poison_region(room + from, end - from, reason);
        set(from, end, reason);
    } else { /* as it is done for a block: forbidden up to behind its end, then allowed */
        kasan_poison_region(room + from, end + 8 - from, KASAN_POISON_HEAP_RRZ);
        set(from, end + 8, KASAN_POISON_HEAP_RRZ);
        allow_what_has_no_form();
        kasan_unpoison_region(room + from, end + part - from);
        set(from, end + part, 0);
    }
    allow_what_has_no_form();
}

static void test_shadow_memory_agrees_with_a_map_of_bytes(void **state) {
    (void)state;
    char *room = heap_caps_aligned_alloc(8, BYTES, MALLOC_CAP_DEFAULT);
    assert_non_null(room);
    ch_test_output_drop(true);
    for (int step = 0; step < 5000; step++) {
        change_something(room);
        size_t at = draw(BYTES - 40), size = draw(41);
        if (REPORTS(__asan_storeN_noabort(room + at, size)) == is_allowed(at, size))
            fail_msg("step %d: %u bytes at %u", step, (unsigned)size, (unsigned)at);
        if (REPORTS(__asan_load1_noabort(room + at)) == is_allowed(at, 1)) fail_msg("step %d: byte %u", step, (unsigned)at);
        if (REPORTS(__asan_load4_noabort(room + at)) == is_allowed(at, 4)) fail_msg("step %d: word %u", step, (unsigned)at);
        if (REPORTS(__asan_load16_noabort(room + at)) == is_allowed(at, 16)) fail_msg("step %d: 16 at %u", step, (unsigned)at);
    }
    ch_test_output_drop(false);
    kasan_unpoison_region(room, BYTES);
    heap_caps_free(room);
}

static volatile uint8_t *shadow_of(uintptr_t address) {
    for (unsigned i = 0; i < ch_kasan_range_count; i++) {
        const ch_kasan_range_t *r = &ch_kasan_ranges[i];
        if (address >= r->low && address < r->high) return r->shadow + (address - r->low) / 8;
    }
    fail_msg("%08x is not covered", (unsigned)address);
    return NULL;
}

static void test_shadow_memory_is_where_it_is_said_to_be(void **state) {
    (void)state;
    uintptr_t first = ch_kasan_ranges[0].low;
    assert_int_equal(kasan_shadow_offset + (first >> 3), (uintptr_t)ch_kasan_ranges[0].shadow);
}

/* gcc writes these bytes itself for local variables. */
static void test_bytes_of_compilers_mean_what_they_say(void **state) {
    (void)state;
    if (sizeof(void *) > 4) skip(); /* reports read the compiler's words around a variable as 32-bit machines have them */
    static const uint8_t redzones[] = {0xF1, 0xF2, 0xF3, 0xF5, 0xF8};
    char *room = heap_caps_aligned_alloc(8, 64, MALLOC_CAP_DEFAULT);
    assert_non_null(room);
    volatile uint8_t *shadow = shadow_of((uintptr_t)room);
    ch_test_output_drop(true);
    for (uint8_t good = 1; good < 8; good++) {
        *shadow = good;
        for (uint8_t i = 0; i < 8; i++) assert_int_equal(REPORTS(__asan_load1_noabort(room + i)), i >= good);
    }
    for (size_t k = 0; k < sizeof redzones; k++) {
        *shadow = redzones[k];
        for (uint8_t i = 0; i < 8; i++) assert_true(REPORTS(__asan_load1_noabort(room + i)));
    }
    *shadow = 0;
    ch_test_output_drop(false);
    heap_caps_free(room);
}

static void test_nothing_outside_the_ranges_is_reported(void **state) {
    (void)state;
    for (unsigned i = 0; i < ch_kasan_range_count; i++) {
        const ch_kasan_range_t *r = &ch_kasan_ranges[i];
        kasan_poison_region((void *)(r->high - 8), 8, KASAN_POISON_HEAP_FREE);
        ch_test_output_drop(true);
        assert_true(REPORTS(__asan_load1_noabort((void *)(r->high - 1))));
        ch_test_output_drop(false);
        kasan_unpoison_region((void *)(r->high - 8), 8);
    }
    assert_false(REPORTS(__asan_storeN_noabort((void *)0xf0000000u, 4096)));
    assert_false(REPORTS(__asan_load4_noabort((void *)0xfffffffcu)));
}

static void test_checks_are_off_until_all_have_turned_them_on(void **state) {
    (void)state;
    char *p = take(8);
    kasan_disable_checks();
    kasan_disable_checks();
    assert_false(REPORTS(__asan_store1_noabort(p + 8)));
    kasan_enable_checks();
    assert_false(REPORTS(__asan_store1_noabort(p + 8)));
    kasan_enable_checks();
    assert_true(REPORTS(__asan_store1_noabort(p + 8)));
    assert_true(REPORTS(__asan_store1_noabort(p + 8))); /* one report does not turn them off either */
    heap_caps_free(p);
}

static void test_a_wrong_free_changes_nothing(void **state) {
    (void)state;
    char *p = take(40);
    assert_true(REPORTS(heap_caps_free(p + 8)));
    assert_false(REPORTS(__asan_storeN_noabort(p, 40)));
    assert_int_equal(heap_caps_get_allocated_size(p), 40);
    heap_caps_free(p);
    assert_true(REPORTS(heap_caps_free(p)));
    assert_true(heap_caps_check_integrity_all(true));
}

/* A write by code without checks: found when the block is given back. */
static void test_an_overwritten_redzone_is_found_by_free(void **state) {
    (void)state;
    uint32_t *p = take(16);
    uint32_t *record = p - (CH_CFG_KASAN_REDZONE + CH_CFG_GRANULE - 1) / CH_CFG_GRANULE * CH_CFG_GRANULE / 4;
    uint32_t before = *record;
    *record = 0;
    assert_true(REPORTS(heap_caps_free(p)));
    assert_non_null(strstr(ch_test_output(), "left redzone overwritten"));
    *record = before;
    assert_false(REPORTS(heap_caps_free(p)));
}

/* ---- quarantine ---- */

enum { ROOM = 8192 };

/** A heap of its own, always at the same place: what was held back there is forgotten. */
static multi_heap_handle_t own_heap(size_t size) {
    static char *room;
    if (!room) room = take(ROOM);
    multi_heap_handle_t heap = multi_heap_register(room, size);
    assert_non_null(heap);
    return heap;
}

static size_t blocks_of(multi_heap_handle_t heap) {
    multi_heap_info_t info;
    multi_heap_get_info(heap, &info);
    return info.allocated_blocks;
}

static void test_the_oldest_of_64_blocks_leaves(void **state) {
    (void)state;
    multi_heap_handle_t heap = own_heap(ROOM);
    void *blocks[80];
    for (size_t i = 0; i < 80; i++) assert_non_null(blocks[i] = multi_heap_malloc(heap, 16));
    for (size_t i = 0; i < 80; i++) multi_heap_free(heap, blocks[i]);
    assert_int_equal(blocks_of(heap), 63);
    multi_heap_free(heap, NULL);
    for (size_t i = 0; i < 80; i++) assert_true(REPORTS(__asan_load1_noabort(blocks[i]))); /* also what left: it is free */
}

static void test_no_more_bytes_are_held_back_than_the_option_says(void **state) {
    (void)state;
    multi_heap_handle_t heap = own_heap(ROOM);
    for (size_t i = 0; i < 8; i++) multi_heap_free(heap, multi_heap_malloc(heap, CH_CFG_KASAN_QUARANTINE / 4));
    assert_int_equal(blocks_of(heap), 4);
    multi_heap_free(heap, multi_heap_malloc(heap, CH_CFG_KASAN_QUARANTINE + 1)); /* would drive out all others */
    assert_int_equal(blocks_of(heap), 4);
}

static void test_what_is_held_back_is_there_before_a_request_fails(void **state) {
    (void)state;
    multi_heap_handle_t heap = own_heap(2048);
    void *p[4];
    for (size_t i = 0; i < 4; i++) assert_non_null(p[i] = multi_heap_malloc(heap, 350));
    for (size_t i = 0; i < 4; i++) multi_heap_free(heap, p[i]);
    assert_int_equal(blocks_of(heap), 4);
    assert_non_null(multi_heap_malloc(heap, 700));
    assert_null(multi_heap_malloc(heap, 4000));
    assert_int_equal(blocks_of(heap), 1);
}

static void test_a_heap_made_anew_has_nothing_held_back(void **state) {
    (void)state;
    multi_heap_handle_t heap = own_heap(2048);
    multi_heap_free(heap, multi_heap_malloc(heap, 100));
    heap = own_heap(2048);
    void *p = multi_heap_malloc(heap, 100);
    for (int i = 0; i < 70; i++) heap_caps_free(take(8));
    assert_int_equal(blocks_of(heap), 1);
    multi_heap_free(heap, p);
    assert_true(multi_heap_check(heap, true));
}

static void test_queries_tell_what_was_asked_for(void **state) {
    (void)state;
    for (size_t size = 1; size < 70; size++) {
        char *p = take(size);
        assert_int_equal(heap_caps_get_allocated_size(p), size);
        p = heap_caps_realloc(p, size + 5, MALLOC_CAP_DEFAULT);
        assert_int_equal(heap_caps_get_allocated_size(p), size + 5);
        assert_false(REPORTS(__asan_storeN_noabort(p, size + 5)));
        assert_true(REPORTS(__asan_storeN_noabort(p, size + 6)));
        heap_caps_free(p);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shadow_memory_agrees_with_a_map_of_bytes),
        cmocka_unit_test(test_shadow_memory_is_where_it_is_said_to_be),
        cmocka_unit_test(test_bytes_of_compilers_mean_what_they_say),
        cmocka_unit_test(test_nothing_outside_the_ranges_is_reported),
        cmocka_unit_test(test_checks_are_off_until_all_have_turned_them_on),
        cmocka_unit_test(test_a_wrong_free_changes_nothing),
        cmocka_unit_test(test_an_overwritten_redzone_is_found_by_free),
        cmocka_unit_test(test_the_oldest_of_64_blocks_leaves),
        cmocka_unit_test(test_no_more_bytes_are_held_back_than_the_option_says),
        cmocka_unit_test(test_what_is_held_back_is_there_before_a_request_fails),
        cmocka_unit_test(test_a_heap_made_anew_has_nothing_held_back),
        cmocka_unit_test(test_queries_tell_what_was_asked_for),
    };
    boot();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
