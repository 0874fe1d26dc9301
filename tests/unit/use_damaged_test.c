/* SPDX-License-Identifier: MIT */
/*
 * Use of a heap whose free blocks or bins are damaged, without any check before: a word of them gets each of a list of wrong
 * values, then blocks come and go until the heap says that it is damaged. What must hold, with and without assertions: nothing
 * outside the span is touched, nothing runs on, and no memory is handed out that is in use or not the heap's. One exception: a
 * link that leads into another block costs that block a word before it is noticed, and without assertions the heap goes on with
 * what stood there.
 */
#include <string.h>

#include "ch_test.h"
#include "engine/reshape.h"
#include "esp_heap_caps.h"
#include "heap/heap.h"
#include "heap/quarantine.h"
#include "unit/only_region.h"
#include "unit/room.h"

enum { LIVE = 40, SPAN = 4096 };

static CH_TEST_LARGE uint32_t saved[SPAN / 4];
static struct {
    unsigned char *p;
    size_t size;
    bool fresh; /* since the damage */
} live[LIVE], live_then[LIVE];
static unsigned reported, used_on;
static const bool may_overlap = CH_CFG_NDEBUG;

/** Sizes of a pattern: short and long ones, alike and not. */
static size_t size_of(unsigned k) { return 8 + (k * 37 % 11) * (k % 5 == 0 ? 30 : 8); }

static void forget(void *p) {
    for (int i = 0; i < LIVE; i++) {
        if (live[i].p == p) live[i].p = NULL;
    }
}

/** A block is handed out: it lies in the heap, and over no other. */
static void keep(unsigned char *p, size_t size) {
    int at = -1;
    if (!p) return;
    assert_true(p >= span && size <= SPAN && p + size <= span + SPAN);
    for (int i = 0; i < LIVE; i++) {
        if (!live[i].p) at = i;
        if (live[i].p && p < live[i].p + live[i].size && live[i].p < p + size && !may_overlap)
            fail_msg("%p of %u bytes was handed out over %p", (void *)p, (unsigned)size, (void *)live[i].p);
    }
    assert_true(at >= 0);
    live[at].p = p;
    live[at].size = size;
    live[at].fresh = true;
}

/* ---- the same through both faces ---- */

static bool by_caps;

static void *take(size_t size) { return by_caps ? heap_caps_malloc(size, CAPS) : multi_heap_malloc(heap, size); }

static void *take_aligned(size_t size) {
    return by_caps ? heap_caps_aligned_alloc(32, size, CAPS) : multi_heap_aligned_alloc(heap, size, 32);
}

static void *resize(void *p, size_t size) {
    return by_caps ? heap_caps_realloc(p, size, CAPS) : multi_heap_realloc(heap, p, size);
}

static void give(void *p) {
    if (by_caps)
        heap_caps_free(p);
    else
        multi_heap_free(heap, p);
}

/** Registers the span, with the lock that has to be open again after each damage; as the only region if it is one. */
static void make_heap(void) { heap = by_caps ? only_region(span, SPAN) : multi_heap_register(span, SPAN); }

/** A heap with free blocks of many sizes, several of some. */
static void build(void) {
    span = room + ROOM / 2;
    span_size = SPAN;
    memset(room, FILL, ROOM);
    memset(live, 0, sizeof live);
    make_heap();
    e = ch_heap_engine(heap);
    for (unsigned k = 0; k < LIVE - 8; k++) keep(take(size_of(k)), size_of(k));
    for (unsigned k = 0; k < LIVE; k++) {
        if (!live[k].p || k % 3 == 1) continue;
        give(live[k].p);
        live[k].p = NULL;
    }
    assert_true(multi_heap_check(heap, true));
    memcpy(saved, span, SPAN);
    for (int i = 0; i < LIVE; i++) live[i].fresh = false;
    memcpy(live_then, live, sizeof live);
}

/** Whether a statement came back, rather than to say that the heap is damaged. */
#define CAME_BACK(statement)                                                                                                     \
    (setjmp(*ch_test_fatal_arm()) == 0 ? ((void)(statement), ch_test_fatal_disarm(), true) : (reported++, false))

/** Makes the heap again what it was when it was built. */
static void repair(void) {
    if (by_caps) multi_heap_lock_init(&region.lock); /* it is left closed where the heap found that it is damaged */
    if (CH_KEYED) ch_quarantine_forget(span, SPAN);
    memcpy(span, saved, SPAN);
    memcpy(live, live_then, sizeof live);
}

/** Plays until the heap complains, in one of a few ways. */
static void use(const volatile unsigned way) {
    for (volatile unsigned step = 0; step < 24; step++) {
        unsigned k = (step * 7 + way) % LIVE;
        size_t size = size_of(step + way);
        unsigned char *volatile p = NULL;
        if ((step + way) % 3 == 0 && live[k].p) {
            unsigned char *given = live[k].p;
            live[k].fresh = true; /* its last word may be the heap's already */
            if (!CAME_BACK(give(given))) return;
            forget(given);
        } else if ((step + way) % 7 == 1) {
            if (!CAME_BACK(p = take_aligned(size))) return;
            keep(p, size);
        } else if ((step + way) % 7 == 2 && live[k].p) {
            unsigned char *given = live[k].p;
            size_t had = live[k].size;
            live[k].p = NULL; /* may it be anywhere */
            if (!CAME_BACK(p = resize(given, size))) return;
            keep(p ? p : given, p ? size : had);
        } else {
            if (!CAME_BACK(p = take(size))) return;
            keep(p, size);
        }
    }
    used_on++;
}

/** Nobody wrote to blocks that are in use all the time. */
static void expect_contents(void) {
    for (int i = 0; i < LIVE; i++) {
        if (live[i].p && !live[i].fresh)
            assert_memory_equal(live[i].p, (unsigned char *)saved + (live[i].p - span), live[i].size);
    }
}

static void expect_clean_room(void) {
    for (unsigned char *p = room; p < room + ROOM; p++) {
        if (p == span) p += SPAN;
        assert_int_equal(*p, FILL);
    }
}

static bool may_write; /* the word may lead a new block's link into another block, before that is noticed */

static void damage(uint32_t offset) {
    uint32_t was = *ch_at(e, offset), other = 0;
    for (ch_block_t b = ch_engine_seek(e, 0); b.n; b = ch_engine_seek(e, b.offset + (b.n << CH_G_SHIFT))) {
        if (!b.used && b.offset != offset) other = b.offset;
    }
    uint32_t in_use = 0;
    for (int i = 0; i < LIVE / 2; i++) {
        if (live[i].p) in_use = (uint32_t)ch_heap_offset(e, live[i].p);
    }
    const uint32_t wrong[] = {
        0,           1,          ~0u,         0x80000000u,    was ^ 1,        was + CH_G,       was - CH_G,    other,
        other + 1u,  other + 4u, in_use,      in_use + CH_G,  e->end,         e->end - CH_G,    e->end + CH_G, 36,
        ch_first(e), offset,     0xFEFEFEFEu, ch_size_tag(2), ch_size_tag(0), ch_size_tag(200), ~was};
    for (size_t w = 0; w < sizeof wrong / sizeof *wrong; w++) {
        for (unsigned way = 0; way < 6; way++) {
            if (wrong[w] == was) continue;
            *ch_at(e, offset) = wrong[w];
            use(way);
            if (!may_write) expect_contents();
            repair();
        }
        ch_test_output_clear();
    }
    expect_clean_room();
}

static void expect_reports(void) {
    if (CH_CFG_NDEBUG) {
        assert_int_equal(reported, 0);
        assert_true(used_on > 0);
    } else {
        assert_true(reported > used_on / 8);
    }
    reported = used_on = 0;
}

static void damaged_words_of_free_blocks_do_no_harm(void **state) {
    by_caps = *state;
    room_open_framed();
    build();
    for (ch_block_t b = ch_engine_seek(e, 0); b.n; b = ch_engine_seek(e, b.offset + (b.n << CH_G_SHIFT))) {
        if (b.used) continue;
        for (uint32_t k = 0; k < 4 && k < b.n * CH_G / 4; k++) {
            may_write = k == CH_NEXT;
            damage(b.offset + 4 * k);
        }
        may_write = false;
        damage(b.offset + (b.n << CH_G_SHIFT) - 4);
    }
    expect_reports();
}

static void damaged_bins_do_no_harm(void **state) {
    by_caps = *state;
    room_open_framed();
    build();
    may_write = true;
    for (uint32_t slot = ch_slot_of_bin(0); slot < ch_first(e); slot += 4) damage(slot);
    expect_reports();
}

static void a_bin_that_the_map_does_not_know_or_knows_in_vain_does_no_harm(void **state) {
    by_caps = *state;
    room_open_framed();
    build();
    for (uint32_t k = 0; k < CH_MAP_WORDS; k++) damage((uint32_t)offsetof(ch_engine_t, map) + 4 * k);
    reported = used_on = 0; /* to leave out a bin is no fault that use would meet */
}

/**
 * The bits beside the blocks, one at a time: where a level has an eye on them. Who fills what is freed has to know its length
 * from the guard.
 */
static void damaged_bits_do_no_harm(void **state) {
    by_caps = *state;
    if (!CH_CAREFUL || (CH_REFILLS && !CH_GUARDED)) skip();
    room_open_framed();
    build();
    for (uint32_t *word = (uint32_t *)(void *)span; word < (uint32_t *)(void *)e; word++) {
        for (unsigned bit = 0; bit < 32; bit++) {
            for (unsigned way = 0; way < 6; way++) {
                *word ^= 1u << bit;
                use(way);
                expect_contents();
                repair();
            }
            ch_test_output_clear();
        }
    }
    expect_clean_room();
    reported = used_on = 0;
}

int main(void) {
    static bool caps = true;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damaged_words_of_free_blocks_do_no_harm),
        cmocka_unit_test(damaged_bins_do_no_harm),
        cmocka_unit_test(a_bin_that_the_map_does_not_know_or_knows_in_vain_does_no_harm),
        cmocka_unit_test(damaged_bits_do_no_harm),
        cmocka_unit_test_prestate_setup_teardown(damaged_words_of_free_blocks_do_no_harm, NULL, NULL, &caps),
        cmocka_unit_test_prestate_setup_teardown(damaged_bins_do_no_harm, NULL, NULL, &caps),
        cmocka_unit_test_prestate_setup_teardown(a_bin_that_the_map_does_not_know_or_knows_in_vain_does_no_harm, NULL, NULL,
                                                 &caps),
        cmocka_unit_test_prestate_setup_teardown(damaged_bits_do_no_harm, NULL, NULL, &caps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
