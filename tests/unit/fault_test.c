/* SPDX-License-Identifier: MIT */
/* Damage by design: each fault that random damage (damage_test.c) hardly ever makes, as several words must fit together. */
#include <string.h>

#include "ch_test.h"
#include "heap/heap.h"
#include "unit/room.h"

/** A heap without slack behind its blocks, if the granule lets it, with free blocks of these lengths between used ones. */
static void make_holes(const uint32_t n[2], uint32_t hole[2]) {
    size_t size = 8192;
    memset(room, FILL, ROOM);
    do {
        span = room + ROOM - size, span_size = size;
        heap = multi_heap_register(span, size);
        e = ch_heap_engine(heap);
        size += 4;
    } while ((unsigned char *)ch_at(e, e->end) < room + ROOM - CH_G / 2 && size < 8192 + 8 * CH_G);
    e->above[2] = 0;
    for (int i = 0; i < 2; i++) {
        hole[i] = ch_engine_alloc(e, n[i]);
        assert_true(ch_engine_alloc(e, 2) != 0);
    }
    assert_true(ch_engine_free(e, hole[0]) && ch_engine_free(e, hole[1]));
    assert_true(multi_heap_check(heap, true));
}

static void free_blocks_that_touch_are_found(void **unused) {
    (void)unused;
    uint32_t hole[2], i;
    room_open();
    make_holes((uint32_t[]){12, 5}, hole);
    i = hole[0] >> CH_G_SHIFT;
    ch_bin_remove(e, hole[0], 12);
    for (uint32_t k = 5; k < 8; k++) ch_flip_one(e, i + k); /* 6 and 6 */
    ch_bin_insert(e, hole[0], 6);
    ch_bin_insert(e, hole[0] + 6 * CH_G, 6);
    e->blocks++, e->free_blocks++;
    assert_false(multi_heap_check(heap, true));
    assert_non_null(strstr(ch_test_output(), "touch"));
}

/* As many used blocks and free granules as there are, but one hole too many. */
static void a_hole_that_does_not_exist_is_found_in_the_totals(void **unused) {
    (void)unused;
    uint32_t hole[2];
    room_open();
    make_holes((uint32_t[]){12, 5}, hole);
    assert_true(ch_engine_alloc(e, 2) && ch_engine_alloc(e, 2));
    e->blocks++, e->free_blocks++;
    assert_int_equal(ch_engine_check_control(e), CH_SOUND);
    assert_false(multi_heap_check(heap, true));
    e->blocks--, e->free_blocks--;
    assert_true(multi_heap_check(heap, true));
}

static void a_block_behind_one_of_another_size_is_found(void **unused) {
    (void)unused;
    uint32_t hole[2];
    room_open();
    for (uint32_t n = 5; n <= 33; n += 28) { /* exact, and not: the second of another bin */
        make_holes((uint32_t[]){n, n + 15}, hole);
        ch_bin_remove(e, hole[1], n + 15);
        ch_link_set(ch_at(e, hole[0]), CH_NEXT, hole[1]);
        ch_link_set(ch_at(e, hole[1]), CH_NEXT, 0);
        ch_link_set(ch_at(e, hole[1]), CH_BACK, hole[0]);
        assert_false(multi_heap_check(heap, true));
        assert_non_null(strstr(ch_test_output(), "wrong bin"));
        ch_test_output_clear();
    }
}

static void a_back_link_to_a_copy_of_the_link_is_found(void **unused) {
    (void)unused;
    uint32_t hole[2], used;
    room_open();
    for (uint32_t n = 5; n <= 65; n += 60) { /* the first is behind the second in their list */
        make_holes((uint32_t[]){n, n}, hole);
        used = hole[0] + (n << CH_G_SHIFT);
        *ch_at(e, used) = hole[0];
        ch_link_set(ch_at(e, hole[0]), CH_BACK, used);
        assert_false(multi_heap_check(heap, true));
    }
}

/** A bin of long blocks that leads to one of two granules at the end of the span, which has no room for a size. */
static void a_short_block_in_a_long_one_s_bin_is_not_read_beyond(void **unused) {
    (void)unused;
    uint32_t hole[2];
    room_open();
    make_holes((uint32_t[]){65, 100}, hole);
    assert_true(ch_engine_alloc(e, ch_engine_largest(e) - 2) != 0);
    *ch_at(e, ch_slot_of(e, 65)) = e->end - 2 * CH_G;
    assert_false(multi_heap_check(heap, true));
}

static void a_block_that_names_another_bin_is_found(void **unused) {
    (void)unused;
    uint32_t hole[2];
    room_open();
    make_holes((uint32_t[]){33, 100}, hole);
    ch_at(e, hole[0])[CH_HOME] = ch_slot_of(e, 100);
    assert_false(multi_heap_check(heap, true));
    assert_non_null(strstr(ch_test_output(), "wrong bin"));
}

static void a_block_so_near_to_the_end_has_no_sizes(void **unused) {
    (void)unused;
    uint32_t hole[2];
    room_open();
    make_holes((uint32_t[]){5, 65}, hole);
    assert_true(ch_has_room(e, e->end - CH_SIZED * CH_G));
    for (uint32_t n = 1; n < CH_SIZED; n++) assert_int_equal(ch_has_room(e, e->end - n * CH_G), !CH_CAREFUL);
}

/** Bits at the end of the heap, whatever they say: no free block reaches beyond. */
static void no_free_block_ends_behind_the_heap(void **unused) {
    (void)unused;
    uint32_t hole[2];
    room_open();
    if (!CH_CAREFUL) skip(); /* nobody asks for that there */
    make_holes((uint32_t[]){5, 65}, hole);
    assert_true(ch_engine_alloc(e, ch_engine_largest(e) - 2) != 0);
    for (volatile uint32_t n = 1; n <= CH_SIZED; n++) {
        uint32_t offset = e->end - n * CH_G;
        for (volatile uint32_t damage = 0; damage < 64; damage++) {
            volatile uint32_t length = 0;
            ch_flip(e, offset >> CH_G_SHIFT, damage << 2);
            if (!setjmp(*ch_test_fatal_arm())) length = ch_free_at(e, offset), ch_test_fatal_disarm();
            if (length > n || length == 1) fail_msg("%u granules where there are %u, bits flipped: %x", length, n, damage);
            ch_flip(e, offset >> CH_G_SHIFT, damage << 2);
        }
    }
    assert_true(multi_heap_check(heap, true));
}

/** Sizes behind a hole, wherever they lead to their like: only where a free block starts they are believed. */
static void a_size_behind_a_hole_leads_to_free_blocks_alone(void **unused) {
    (void)unused;
    uint32_t hole[2];
    room_open();
    if (!CH_CAREFUL) skip(); /* nobody asks for that there */
    make_holes((uint32_t[]){12, 20}, hole);
    uint32_t behind = hole[1] + 20 * CH_G;
    for (uint32_t n = CH_SIZED; n << CH_G_SHIFT < behind; n++) {
        uint32_t start = behind - n * CH_G, *word = ch_at(e, start) + CH_SIZE, old = *word, tag = ch_size_tag(n);
        if (start >= ch_first(e)) *word = tag; /* elsewhere it would be in the control block */
        assert_int_equal(ch_is_sized_before(e, behind, tag), start == hole[0] || start == hole[1]);
        *word = old;
    }
}

static void impossible_totals_are_found_under_a_lock(void **unused) {
    (void)unused;
    uint32_t hole[2];
    room_open();
    make_holes((uint32_t[]){5, 65}, hole);
    ch_port_lock_t lock = CH_PORT_LOCK_INIT;
    multi_heap_set_lock(heap, &lock);
    uint32_t all = (e->end - ch_first(e)) >> CH_G_SHIFT;
    const ch_engine_t sound = *e;
    uint32_t used = sound.blocks - sound.free_blocks;
    const struct {
        uint32_t free, used, blocks;
    } wrong[] = {{all + 1, used, sound.blocks},
                 {all, used, sound.blocks},
                 {0, used, sound.blocks},
                 {sound.free, sound.blocks + 1, sound.blocks},
                 {sound.free, 0, sound.blocks},
                 {sound.free, used, 2 * used + 2},
                 {sound.free, all, all + sound.blocks},
                 {5, used, sound.blocks},
                 {sound.free, 0, 1},
                 {sound.free, used, used}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        e->free = wrong[i].free, e->blocks = wrong[i].blocks, e->free_blocks = wrong[i].blocks - wrong[i].used;
        if (multi_heap_check(heap, true)) fail_msg("totals %u are called sound", (unsigned)i);
        assert_non_null(strstr(ch_test_output(), "totals"));
        ch_test_output_clear();
    }
    e->free = sound.free, e->blocks = sound.blocks, e->free_blocks = sound.free_blocks;
    assert_true(multi_heap_check(heap, true));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(free_blocks_that_touch_are_found),
        cmocka_unit_test(a_hole_that_does_not_exist_is_found_in_the_totals),
        cmocka_unit_test(a_block_behind_one_of_another_size_is_found),
        cmocka_unit_test(a_back_link_to_a_copy_of_the_link_is_found),
        cmocka_unit_test(a_short_block_in_a_long_one_s_bin_is_not_read_beyond),
        cmocka_unit_test(a_block_that_names_another_bin_is_found),
        cmocka_unit_test(a_block_so_near_to_the_end_has_no_sizes),
        cmocka_unit_test(no_free_block_ends_behind_the_heap),
        cmocka_unit_test(a_size_behind_a_hole_leads_to_free_blocks_alone),
        cmocka_unit_test(impossible_totals_are_found_under_a_lock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
