/* SPDX-License-Identifier: MIT */
/*
 * Damaged heaps under check, walk, dump, search and report: random words, and each bit. Damage by design is in fault_test.c.
 *
 * What must hold: nothing crashes, runs on or writes. Check finds each single bit flipped that a heap relies on, and no other:
 * not the contents of used blocks, padding, and words of free blocks that nobody reads. What check calls sound can be used.
 *
 * What check can't find: `limit` and the low watermark changed within their bounds; several changes that make another sound heap,
 * such as a start bit moved inside used memory; and with a lock, when sums over slices say nothing about totals, totals that are
 * wrong but possible, and a start bit more or less in used memory.
 */
#include <string.h>

#include "ch_test.h"
#include "heap/heap.h"
#include "unit/room.h"

#if defined __unix__
#include <pthread.h>
#endif

enum { SLOTS = 96 };

static CH_TEST_LARGE uint32_t saved[ROOM / 4];  /* the sound heap */
static CH_TEST_LARGE uint32_t relied[ROOM / 4]; /* bits of the span's words that a sound heap relies on */
static void *slots[SLOTS];
static ch_port_lock_t lock = CH_PORT_LOCK_INIT;
static uint32_t state;

static uint32_t draw(uint32_t below) {
    state ^= state << 13, state ^= state >> 17, state ^= state << 5;
    return (uint32_t)((uint64_t)state * below >> 32);
}

static uint32_t rounds(uint32_t on_host, uint32_t on_board) { return ch_test_on_host() ? on_host : on_board; }

static uint32_t *words(void) { return (uint32_t *)(void *)span; }

/** Number of the word of the span at an offset. */
static uint32_t word_at(uint32_t offset) { return (uint32_t)(((uintptr_t)ch_at(e, offset) - (uintptr_t)span) / 4); }

static void begin(void) {
    room_open();
    if (!state) state = ch_test_seed();
}

static void expect_fill(void) {
    for (unsigned char *p = room; p < room + ROOM; p++) {
        if (p == span) p += span_size;
        if (p < room + ROOM && *p != FILL) fail_msg("a byte %ld from the span was written", (long)(p - span));
    }
}

/** A size as programs ask for: mostly small, now and then a good part of the heap. */
static size_t draw_size(void) {
    uint32_t kind = draw(8);
    return 1 + draw(kind < 4 ? 64 : kind < 7 ? 400 : 1 + (uint32_t)span_size / 4);
}

/** Uses the heap; every block that is left is in a slot, and filled with words that look like metadata. */
static void use(uint32_t operations) {
    while (operations--) {
        void **slot = &slots[draw(SLOTS)];
        uint32_t kind = draw(8);
        if (!*slot) {
            *slot = kind ? multi_heap_malloc(heap, draw_size()) : multi_heap_aligned_alloc(heap, draw_size(), 32u << draw(3));
        } else if (kind == 0) {
            void *moved = multi_heap_realloc(heap, *slot, draw_size());
            if (moved) *slot = moved;
        } else {
            multi_heap_free(heap, *slot);
            *slot = NULL;
        }
        if (!*slot) continue;
        uint32_t *word = *slot;
        for (size_t left = multi_heap_get_full_block_size(heap, *slot) / 4; left > 1; left--) *word++ = draw(e->end);
    }
}

/** A heap of any shape in a span of `size` bytes, a multiple of 4, at one end of the room. */
static void make_heap(size_t size) {
    memset(room, FILL, ROOM);
    memset(slots, 0, sizeof slots);
    span_size = size;
    span = draw(2) ? room : room + ROOM - size;
    heap = multi_heap_register(span, size);
    assert_non_null(heap);
    e = ch_heap_engine(heap);
    use(draw(400));
    assert_true(multi_heap_check(heap, true));
    memcpy(saved, span, size);
}

static void restore(void) { memcpy(span, saved, span_size); }

/* ---- everything that looks at a heap ---- */

static uintptr_t seen_to;

static bool see(void *block, size_t size, int used, void *unused) {
    (void)used, (void)unused;
    uintptr_t at = (uintptr_t)block;
    if (at < seen_to || at < (uintptr_t)ch_at(e, ch_first(e)) || size == 0) fail_msg("a walk goes back");
    if (size > (uintptr_t)(span + span_size) - at) fail_msg("a block leads outside");
    seen_to = at + size;
    return true;
}

static void seek_from(uint32_t offset) {
    for (uint32_t steps = 0;; steps++) {
        ch_block_t b = ch_engine_seek(e, offset);
        if (steps > span_size) fail_msg("a search does not end");
        if (b.offset && (b.offset >= e->end || b.n > (e->end - b.offset) >> CH_G_SHIFT)) fail_msg("a search leads outside");
        if (b.n || b.offset <= offset) return;
        offset = b.offset;
    }
}

/** Looks at the heap in every way; returns what check says. */
static bool look(void) {
    bool sound = multi_heap_check(heap, draw(16) == 0);
    seen_to = 0;
    multi_heap_walk(heap, see, NULL);
    for (int i = 0; i < 4; i++) seek_from(draw((uint32_t)span_size) & ~(uint32_t)(CH_G - 1));
    (void)ch_heap_find(heap, span + draw((uint32_t)span_size));
    if (draw(64) == 0) {
        multi_heap_dump(heap);
        if (!CH_CFG_NDEBUG) CH_EXPECT_FATAL(ch_heap_bad_pointer(heap, span + draw((uint32_t)span_size), "test"));
    }
    ch_test_output_clear();
    return sound;
}

/* ---- damage ---- */

/** A word that might lead somewhere. */
static uint32_t draw_word(uint32_t old) {
    uint32_t n = draw(e->end >> CH_G_SHIFT);
    switch (draw(9)) {
    case 0: return draw(~0u);
    case 1:
    case 2: return old ^ 1u << draw(32);
    case 3: return n << CH_G_SHIFT;
    case 4: return n << CH_G_SHIFT | (draw(2) ? 2 : 1);
    case 5: return ch_size_tag(n);
    case 6: return CH_MARK | (draw(2) ? n : draw(~0u));
    case 7: return saved[draw((uint32_t)span_size / 4)];
    default: return old + (draw(33) - 16) * 4;
    }
}

/** Overwrites one word: any but the lock's, which is an address; half of the time one of the metadata before the blocks. */
static void damage_one(void) {
    uint32_t first = word_at(saved[word_at(offsetof(ch_engine_t, map))] & CH_FIRST_MASK), at;
    do at = draw(draw(2) ? first : (uint32_t)span_size / 4);
    while (at == word_at(0) || at == word_at(4));
    words()[at] = draw_word(words()[at]);
}

static void no_damage_leads_astray(void **unused) {
    (void)unused;
    begin();
    uint32_t total = rounds(400000, 2000), missed = 0;
    for (uint32_t round = 0; round < total; round++) {
        if (round % 32 == 0) make_heap(256 + 4 * draw(draw(4) ? 500 : (ROOM - 256) / 4));
        multi_heap_set_lock(heap, draw(2) ? &lock : NULL);
        memcpy(&saved[word_at(0)], e->above, 8);
        for (uint32_t n = draw(3) ? 1 : 1 + draw(12); n; n--) damage_one();
        bool sound = look();
        if (sound && memcmp(span, saved, span_size) != 0) missed++;
        restore();
        if (round % 32 == 31) expect_fill();
    }
    print_message("check calls %lu of %lu damaged heaps sound\n", (unsigned long)missed, (unsigned long)total);
}

/** What check calls sound serves as if nothing had been: it hands out memory, takes it back, and is sound after that. */
static void what_check_calls_sound_can_be_used(void **unused) {
    (void)unused;
    begin();
    uint32_t total = rounds(200000, 2000), used = 0;
    for (uint32_t round = 0; round < total; round++) {
        if (round % 32 == 0) make_heap(256 + 4 * draw(1000));
        for (uint32_t n = 1 + draw(4); n; n--) damage_one();
        memset(slots, 0, sizeof slots); /* the blocks that are there stay */
        if (multi_heap_check(heap, false)) {
            used++;
            use(20);
            if (!multi_heap_check(heap, true)) fail_msg("round %lu: %s", (unsigned long)round, ch_test_output());
            expect_fill();
        }
        restore();
    }
    assert_true(used > total / 10);
}

/* ---- each bit ---- */

static void rely(uint32_t offset, uint32_t bits) { relied[word_at(offset)] |= bits; }

static void rely_on_free(uint32_t offset, uint32_t n) {
    rely(offset + 4 * CH_NEXT, ~0u);
    bool is_head = *ch_at(e, ch_slot_of(e, n)) == offset;
    for (uint32_t bit = 0; bit < 32; bit++) { /* a head's is any place inside, where nobody is strict */
        uint32_t wrong = ch_link(ch_at(e, offset), CH_BACK) ^ 1u << bit;
        if (!is_head || CH_REFILLS || wrong & 3 || wrong >= e->end) rely(offset + 4 * CH_BACK, 1u << bit);
    }
    if (n >= CH_SIZED) {
        rely(offset + 4 * CH_SIZE, ~0u);
        rely(offset + (n << CH_G_SHIFT) - 4, ~0u);
    }
    rely(offset + CH_G - 4, 1); /* even: not a size */
    if (!ch_is_exact(n)) rely(offset + 4 * CH_HOME, ~0u);
}

/** Notes which bits the heap relies on. The words of the lock, the watermark and the limit are not among them. */
static void note_relied(void) {
    uint32_t n = e->end >> CH_G_SHIFT;
    memset(relied, 0, sizeof relied);
    for (uint32_t word = 1; word <= (n >> 5) + 2; word++) relied[word_at(0) - word] = ~0u;
    for (uint32_t at = offsetof(ch_engine_t, limit) + 4; at < ch_first(e); at += 4) rely(at, ~0u);
    for (ch_block_t b = ch_engine_seek(e, 0); b.n; b = ch_engine_seek(e, b.offset + (b.n << CH_G_SHIFT))) {
        if (!b.used) rely_on_free(b.offset, b.n);
    }
}

/** Whether check should find the bit flipped that was flipped in word `at`. */
static bool should_find(uint32_t at, uint32_t bit) {
    if (at == word_at(offsetof(ch_engine_t, limit))) return e->limit > (e->end - ch_first(e)) >> CH_G_SHIFT;
    if (at == word_at(8)) return e->above[2] > e->free;
    return relied[at] >> bit & 1;
}

static void flip(uint32_t at, uint32_t bit) {
    if (at == word_at(0) || at == word_at(4)) return;
    words()[at] ^= 1u << bit;
    bool find = should_find(at, bit);
    if (multi_heap_check(heap, false) == find) {
        fail_msg("bit %u of word %u, offset %d: %s", (unsigned)bit, (unsigned)at, (int)(4 * (int)at - 4 * (int)word_at(0)),
                 find ? "not found" : "false alarm");
    }
    words()[at] = saved[at];
}

static void each_bit_that_is_relied_on_is_found_and_no_other(void **unused) {
    (void)unused;
    begin();
    for (uint32_t round = rounds(30, 1); round; round--) {
        make_heap(ch_test_on_host() ? 256 + 4 * draw(700) : 1024);
        note_relied();
        for (uint32_t at = 0; at < span_size / 4; at++) {
            for (uint32_t bit = 0; bit < 32; bit++) flip(at, bit);
        }
    }
}

static void bits_beside_large_heaps_are_found_too(void **unused) {
    (void)unused;
    begin();
    for (uint32_t round = rounds(400, 20); round; round--) {
        make_heap(ROOM / 2 + 4 * draw(ROOM / 8));
        note_relied();
        for (int i = 0; i < 100; i++) flip(draw(word_at(0)), draw(32));
    }
}

/* ---- check beside others ---- */

#if defined __unix__
static bool checking, locked;

/* In place of the C library's: whenever check opens the lock, somebody else uses the heap. Nothing here has a second thread. */
int pthread_mutex_lock(pthread_mutex_t *mutex) {
    if (mutex == &lock.mutex) locked = true;
    return 0;
}

int pthread_mutex_unlock(pthread_mutex_t *mutex) {
    if (mutex != &lock.mutex) return 0;
    locked = false;
    if (checking) {
        checking = false;
        use(draw(4));
        checking = true;
    }
    return 0;
}

/** In slices, check sees a heap that is never twice the same. It must not take changes for damage. */
static void changes_are_no_damage(void **unused) {
    (void)unused;
    begin();
    for (uint32_t round = rounds(20000, 500); round; round--) {
        if (round % 100 == 0) make_heap(1024 + 4 * draw((ROOM - 1024) / 4));
        multi_heap_set_lock(heap, &lock);
        checking = true;
        bool sound = multi_heap_check(heap, true);
        checking = false;
        assert_false(locked);
        if (!sound) fail_msg("round %lu: %s", (unsigned long)round, ch_test_output());
    }
}
#endif

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_damage_leads_astray),
        cmocka_unit_test(what_check_calls_sound_can_be_used),
        cmocka_unit_test(each_bit_that_is_relied_on_is_found_and_no_other),
        cmocka_unit_test(bits_beside_large_heaps_are_found_too),
#if defined __unix__
        cmocka_unit_test(changes_are_no_damage),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
