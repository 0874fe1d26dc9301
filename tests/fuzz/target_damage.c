/* SPDX-License-Identifier: MIT */
/*
 * Target damage: words of a heap's control block, of its bits, of its free blocks and of frames are overwritten, with values that
 * look like others of the heap; then everything that only looks at the heap has to come back, without a crash, without a step
 * outside, without running on for ever. What it finds is its own business, but for one thing: a heap that multi_heap_check()
 * calls sound must work.
 *
 * At the levels of detection above none the damaged heap is also used, though nobody has checked it. A call may find damage and
 * end in the port's fatal function, and that is the end of this heap; until then no memory may be handed out that is in use, or
 * is no block's.
 *
 *      span  | bits (downwards) | control block, bins | blocks ...                  |
 *                               ^ the handle          ^ the first block
 *
 * At none the two words of the lock's address are left alone: not every build looks at them (docs/RELIABILITY.md).
 */
#include <string.h>

#include "frame_bytes.h"
#include "fuzz.h"
#include "multi_heap.h"
#include "multi_heap_internal.h"
#include "multi_heap_platform.h"

const char fuzz_target_name[] = "damage";

#define MOST 8192u
#define BLOCKS 32u

static multi_heap_handle_t heap;
static multi_heap_lock_t lock;
static unsigned char *span;
static size_t span_size;
static unsigned char sound[MOST];

/* Blocks as their users have them. */
typedef struct {
    struct {
        unsigned char *p;
        size_t size;
    } at[BLOCKS];
    size_t count;
} users_t;

static users_t used, first_used; /* the latter of the sound heap */
static unsigned char *first_block;
static uint32_t *free_words[BLOCKS];
static size_t free_count, first_word, lock_word;

void fuzz_target_begin(void) {}

/* ---- a heap with a history ---- */

/* What was handed out lies among the blocks, and nobody else has any of it. */
static void hold(unsigned char *p, size_t size) {
    if (!p) return;
    ref_expect(p >= first_block + FRAME_HEAD && (size_t)(p - span) < span_size && size <= span_size - (size_t)(p - span),
               "what is handed out lies in the heap's blocks");
    for (size_t i = 0; i < used.count; i++)
        ref_expect(p + size <= used.at[i].p || used.at[i].p + used.at[i].size <= p, "what is handed out is in use by nobody");
    used.at[used.count].p = p;
    used.at[used.count++].size = size;
}

static bool note_block(void *block, size_t size, int is_used, void *unused) {
    (void)size, (void)unused;
    if (!is_used && free_count < BLOCKS) free_words[free_count++] = block;
    return true;
}

static void build(void) {
    span_size = 256 + fuzz_half() % (MOST - 256);
    span = fuzz_span(span_size, 4u * (fuzz_byte() % 16u));
    heap = multi_heap_register(span, span_size);
    ref_expect(heap != NULL, "a span of 256 bytes or more is a heap");
    used.count = free_count = 0;
    first_block = span;
    for (unsigned steps = fuzz_byte() % 64u; steps > 0; steps--) {
        unsigned kind = fuzz_byte();
        if (kind < 0x60 && used.count > 0) {
            size_t i = kind % used.count;
            multi_heap_free(heap, used.at[i].p);
            used.at[i] = used.at[--used.count];
        } else if (used.count < BLOCKS) {
            size_t size = fuzz_size(64), alignment = kind & 1 ? fuzz_alignment() : 0;
            void *p = kind & 1 ? multi_heap_aligned_alloc(heap, size, alignment) : multi_heap_malloc(heap, size);
            hold(p, size);
        }
    }
    first_used = used;
    multi_heap_walk(heap, note_block, NULL);
    multi_heap_block_handle_t first = multi_heap_get_first_block(heap);
    first_block = (unsigned char *)multi_heap_get_block_address(first) - (multi_heap_is_free(first) ? 0 : FRAME_HEAD);
    first_word = (size_t)(first_block - span) / 4;
    lock_word = (size_t)((unsigned char *)heap - span) / 4;
    lock = (multi_heap_lock_t)MULTI_HEAP_LOCK_STATIC_INITIALIZER;
    multi_heap_set_lock(heap, fuzz_byte() & 1 ? &lock : NULL);
    memcpy(sound, span, span_size);
}

/* ---- damage ---- */

static uint32_t *words(void) { return (uint32_t *)(void *)span; }

static uint32_t *any_word(void) {
    unsigned kind = fuzz_byte();
    size_t count = span_size / 4, at = fuzz_half() % count;
    if (kind < 0x50) at = fuzz_below(first_word); /* bits, control block, bins */
    if (kind >= 0x50 && kind < 0xD0 && free_count > 0) {
        uint32_t *block = free_words[kind % free_count];
        at = (size_t)(block - words()) + fuzz_byte() % 8u - (kind & 1 ? 8u : 0u);
    }
    if (FRAME_IS_THERE && kind >= 0xD0 && used.count > 0) { /* of a frame, or of the word before or behind it */
        const unsigned char *p = used.at[kind % used.count].p, *end = p + used.at[kind % used.count].size;
        unsigned more = fuzz_byte() % 6u;
        at = (size_t)((more < 3 ? p - 12 : end - 12) - span) / 4 + more;
    }
    at %= count;
    bool is_spared = !FRAME_IS_THERE && (at == lock_word || at == lock_word + 1);
    return words() + (is_spared ? lock_word + 3 : at);
}

/* What the word is to become. */
static uint32_t any_value(uint32_t was) {
    unsigned kind = fuzz_byte();
    uint32_t block = free_count ? (uint32_t)((unsigned char *)free_words[kind % free_count] - (unsigned char *)heap) : 0;
    switch (kind % 10) {
    case 0: return was ^ 1u << kind / 10;
    case 1: return was + kind - 128;
    case 2: return *any_word(); /* what stands elsewhere */
    case 3: return block;
    case 4: return block + 4 * (kind / 10u);
    case 5: return ~was;
    case 6: return 0;
    case 7: return (uint32_t)span_size - kind;
    case 8: return UINT32_MAX - kind / 10u * 4;
    default: return fuzz_word();
    }
}

static void damage(void) {
    for (unsigned count = 1 + fuzz_byte() % 4u; count > 0; count--) {
        uint32_t *word = any_word();
        *word = any_value(*word);
    }
}

/* ---- what looks at it ---- */

static unsigned steps;

static bool walk_step(void *block, size_t size, int is_used, void *user_data) {
    (void)is_used, (void)user_data;
    uintptr_t at = (uintptr_t)block - (uintptr_t)span;
    ref_expect(at < span_size && size <= span_size - at, "a walk shows nothing outside the heap");
    ref_expect(++steps <= span_size / 8 + 2, "a walk ends");
    return true;
}

/* May find that no block is there, which is fatal. */
static void look_at(void *p) {
    if (setjmp(*fuzz_fatal_arm()) == 0) multi_heap_find_containing_block(heap, p);
    fuzz_fatal_disarm();
}

static void look_at_all(void) {
    steps = 0;
    multi_heap_walk(heap, walk_step, NULL);
    multi_heap_dump(heap);
    steps = 0;
    for (multi_heap_block_handle_t b = multi_heap_get_first_block(heap); b; b = multi_heap_get_next_block(heap, b)) {
        multi_heap_is_free(b);
        ref_expect(++steps <= span_size / 8 + 2, "block handles end");
    }
    for (size_t i = 0; i < used.count; i++) look_at(used.at[i].p);
    look_at(span + fuzz_half() % span_size);
    ref_expect(lock.lock.depth == 0, "the lock is open");
}

/* A heap that is called sound: blocks come, do not overlap, and go. Without a lock all totals are compared. */
static void use(void) {
    unsigned char *blocks[8];
    size_t sizes[8], count = 0;
    multi_heap_set_lock(heap, NULL);
    for (; count < 8; count++) {
        sizes[count] = 1 + fuzz_byte();
        blocks[count] = multi_heap_malloc(heap, sizes[count]);
        if (!blocks[count]) break;
        memset(blocks[count], 0x30 + (int)count, sizes[count]);
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < sizes[i]; k++) ref_expect(blocks[i][k] == 0x30 + i, "blocks of a sound heap do not overlap");
        multi_heap_free(heap, blocks[i]);
    }
    ref_expect(multi_heap_check(heap, true), "a sound heap stays sound");
}

/* ---- what uses it unchecked ---- */

static void use_once(void) {
    unsigned kind = fuzz_byte();
    size_t i = used.count ? kind / 4 % used.count : 0, size = fuzz_size(64);
    unsigned char *p = used.at[i].p;
    if (kind % 4 < 2 || used.count == 0) {
        if (used.count == BLOCKS) return;
        p = kind & 1 ? multi_heap_aligned_alloc(heap, size, fuzz_alignment()) : multi_heap_malloc(heap, size);
        hold(p, size);
        if (p) memset(p, 0x77, size);
        return;
    }
    size_t had = used.at[i].size;
    used.at[i] = used.at[--used.count];
    if (kind % 4 == 2 || size == 0) {
        multi_heap_free(heap, p);
        return;
    }
    unsigned char *moved = multi_heap_realloc(heap, p, size);
    hold(moved ? moved : p, moved ? size : had);
}

/* Uses the heap until that is found out. */
static void use_unchecked(void) {
    if (setjmp(*fuzz_fatal_arm()) == 0) {
        for (unsigned count = 1 + fuzz_byte() % 12u; count > 0; count--) use_once();
        ref_expect(lock.lock.depth == 0, "the lock is open");
    }
    fuzz_fatal_disarm();
    used = first_used;
    multi_heap_lock_init(&lock);
}

/* Uses it if it is called sound. */
static void use_checked(bool was_sound) {
    bool was_set = memcmp(heap, sound + 4 * lock_word, 8) == 0; /* else the damage may be no more when it is set */
    multi_heap_set_lock(heap, NULL);
    bool is_sound = multi_heap_check(heap, false);
    ref_expect(was_sound || !was_set || !is_sound, "another lock makes no damaged heap sound");
    if (is_sound) use();
}

void fuzz_target_run(void) {
    build();
    while (fuzz_more()) {
        damage();
        bool quiet = multi_heap_check(heap, false);
        ref_expect(multi_heap_check(heap, true) == quiet, "a check finds the same twice");
        look_at_all();
        if (FRAME_IS_THERE && fuzz_byte() & 3)
            use_unchecked();
        else
            use_checked(quiet);
        memcpy(span, sound, span_size);
    }
    ref_expect(multi_heap_check(heap, true), "and what was sound before is sound again");
    fuzz_span_verify();
}
