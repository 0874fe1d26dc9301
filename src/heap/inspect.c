/* SPDX-License-Identifier: MIT */
/*
 * Looking at a heap that others go on using: walk, check, dump, search.
 *
 * All go in slices: take the lock, look at up to CH_CFG_SLICE blocks, open it, then print or call back. Between slices only
 * offsets are kept; ch_engine_seek() finds the way on whatever has become of the block there.
 */
#include "base/report.h"
#include "base/words.h"
#include "heap/culprit.h"
#include "heap/guard.h"
#include "heap/heap.h"
#include "heap/quarantine.h"

/** Where a walk stands. */
typedef struct {
    const ch_engine_t *e;
    uint32_t at; /* offset to go on from; 0: done */
} walk_t;

static walk_t walk_begin(multi_heap_handle_t heap) {
    const ch_engine_t *e = ch_heap_engine(heap);
    return (walk_t){e, e->seal == ch_engine_seal(e) ? ch_first(e) : 0};
}

/** The next block, with the lock held. n = 0: none was found yet, or, if the walk is done, none is left that can be followed. */
static ch_block_t walk_step(walk_t *w) {
    ch_block_t b = ch_engine_seek(w->e, w->at);
    uint32_t next = b.offset + (b.n << CH_G_SHIFT);
    w->at = next > w->at && next < w->e->end ? next : 0;
    return b;
}

/** Up to CH_CFG_SLICE blocks under one lock; returns how many. */
static unsigned walk_slice(walk_t *w, ch_block_t blocks[CH_CFG_SLICE]) {
    unsigned count = 0;
    ch_port_state_t state = ch_heap_look(w->e);
    while (count < CH_CFG_SLICE && w->at) {
        blocks[count] = walk_step(w);
        if (blocks[count].n == 0) break;
        count++;
    }
    ch_heap_looked(w->e, state);
    return count;
}

void multi_heap_walk(multi_heap_handle_t heap, multi_heap_walker_cb_t walker_func, void *user_data) {
    ch_require(heap && walker_func, "multi_heap_walk: heap or callback is NULL", NULL);
    walk_t w = walk_begin(heap);
    ch_block_t blocks[CH_CFG_SLICE];
    while (w.at) {
        unsigned count = walk_slice(&w, blocks);
        for (unsigned i = 0; i < count; i++) {
            size_t bytes = ch_heap_bytes(blocks[i].n);
            char *start = (char *)ch_at(w.e, blocks[i].offset) + (CH_CFG_KASAN && blocks[i].used ? CH_FRAME_HEAD : 0);
            if (!walker_func(start, CH_CFG_KASAN && blocks[i].used ? ch_frame_inner(bytes) : bytes, blocks[i].used, user_data))
                return;
        }
    }
}

static bool dump_block(void *block, size_t size, int used, void *unused) {
    (void)unused;
    ch_report("Block %p data, size: %u bytes, Free: %s ", block, (unsigned)size, used ? "No" : "Yes");
    return true;
}

void multi_heap_dump(multi_heap_handle_t heap) {
    ch_require(heap, "multi_heap_dump: heap is NULL", NULL);
    ch_report("Showing data for heap: %p ", (void *)heap);
    multi_heap_walk(heap, dump_block, NULL);
}

ch_block_t ch_heap_find(multi_heap_handle_t heap, const void *p) {
    walk_t w = walk_begin(heap);
    uintptr_t offset = ch_heap_offset(w.e, p);
    ch_block_t blocks[CH_CFG_SLICE], none = {0, 0, false};
    while (w.at && w.at <= offset) {
        unsigned count = walk_slice(&w, blocks);
        for (unsigned i = 0; i < count; i++) {
            if (offset >= blocks[i].offset && offset - blocks[i].offset < ch_heap_bytes(blocks[i].n)) return blocks[i];
        }
    }
    return none;
}

void *multi_heap_find_containing_block(multi_heap_handle_t heap, void *ptr) {
    ch_block_t b = heap ? ch_heap_find(heap, ptr) : (ch_block_t){0, 0, false};
    if (!b.used) {
        ch_heap_bad_pointer(heap, ptr, "find_containing_block");
        return NULL;
    }
    char *user = (char *)ch_at(ch_heap_engine(heap), b.offset) + CH_FRAME_HEAD;
    return ch_heap_verify(heap, user, "find_containing_block") ? user : NULL;
}

/** To whom a check tells what it finds. */
typedef struct {
    multi_heap_handle_t heap;
    bool prints;
    unsigned told; /* faults so far */
} listener_t;

enum { IN_FULL = 4 }; /* faults that a check reports in full: the others are most likely of the same cause */

static void print_fault(listener_t *to, ch_fault_t fault, const void *where) {
    if (!to->prints) return;
    ch_culprit_t c = {.reason = CH_REASON_FAULT, .fault = fault, .heap = to->heap, .where = where};
    c.is_brief = to->told++ >= IN_FULL;
    ch_culprit_report(&c);
}

/** A check's way through the blocks. A block takes several critical sections, one for each stage. */
typedef struct {
    walk_t walk;
    ch_block_t last; /* the block before walk.at; n = 0: not known */
    uint32_t bits;   /* granules of it whose bits are checked */
    enum { LOCATE, DOUBT, ANYWAY, SIZE, NEXT, BACK, PLACE, BITS, GUARD, FILL } stage; /* what is next */
    uint32_t free, used, count;                                                       /* what the totals should be */
    uint32_t filled;                            /* words of the last block whose fill is checked */
    enum { INTACT, BAD_GUARD, BAD_FILL } bytes; /* what is wrong with the last block but for its structure */
    const uint32_t *where;                      /* BAD_FILL: the word */
} check_t;

enum { FILL_SLICE = 32 }; /* words of a free block that one critical section looks at */

/** Looks at some of the words of a free block. With the lock held. */
static ch_fault_t check_fill(check_t *c) {
    uint32_t *block = ch_at(c->walk.e, c->last.offset), words = (c->last.n << CH_G_SHIFT) / 4, most = words - c->filled, k = 0;
    if (c->filled == 0 && !c->last.used && !ch_is_as_left(c->walk.e, c->last.offset, c->last.n)) {
        c->stage = BITS;
        return CH_BAD_LINK;
    }
    if (most > FILL_SLICE) most = FILL_SLICE;
    for (; k < most; k++, c->filled++) {
        if (block[c->filled] == CH_FILL_FREE || (!c->last.used && ch_is_own_word(c->last.n, c->filled))) continue;
        c->bytes = BAD_FILL;
        c->where = &block[c->filled];
        c->filled = words; /* one report a block */
        break;
    }
    if (c->filled >= words) c->stage = BITS;
    return CH_SOUND;
}

/** Looks at the guard of a used block. With the lock held. */
static ch_fault_t check_guard(check_t *c) {
    c->stage = BITS;
    if (ch_guard_is_sound(c->walk.e, c->last.offset, c->last.n)) return CH_SOUND;
    uint32_t held = CH_KEYED ? ch_quarantine_has(c->walk.e, c->last.offset) : 0;
    if (held)
        c->stage = FILL; /* it is free memory, as far as its bytes go */
    else
        c->bytes = BAD_GUARD;
    return held && held != c->last.n ? CH_BAD_SIZE : CH_SOUND; /* of two in a row the bits may say that they are one */
}

/** Prints what the last step found of the bytes of a block; true: nothing. */
static bool tell_bytes(check_t *c, listener_t *to) {
    if (c->bytes == INTACT) return true;
    ch_culprit_t culprit;
    if (c->bytes == BAD_GUARD)
        culprit = ch_guard_fault(c->walk.e, c->last.offset, c->last.n);
    else
        culprit = ch_guard_fault_of_fill(c->walk.e, c->where);
    c->bytes = INTACT;
    if (!to->prints) return false;
    culprit.is_brief = to->told++ >= IN_FULL;
    ch_culprit_report(&culprit);
    return false;
}

/** Goes on to the next block. If that does not start right behind the last one, others have been at work, or bits are damaged. */
static ch_fault_t locate(check_t *c) {
    uint32_t expected = c->walk.at;
    ch_block_t b = walk_step(&c->walk);
    bool stuck = b.n == 0 && b.offset && !c->walk.at; /* at the place where it was: from any other it would go on */
    if (b.offset != expected && c->stage == LOCATE) {
        c->walk.at = expected;
        c->stage = DOUBT;
        return CH_SOUND;
    }
    c->last = b;
    c->stage = LOCATE;
    c->bits = 0;
    if (CH_FILLED) c->filled = 0;
    if (b.n == 0) return stuck ? CH_BAD_SIZE : CH_SOUND; /* sound: none left, or on the way to the next one */
    c->count++;
    c->used += b.used;
    c->free += b.used ? 0 : b.n;
    c->stage = SIZE;
    return CH_SOUND;
}

/** If the last block is what it was, a block has to start behind it. */
static ch_fault_t doubt(check_t *c) {
    const ch_engine_t *e = c->walk.e;
    bool sure = c->last.n ? ch_engine_is_there(e, &c->last) : c->walk.at == ch_first(e);
    c->stage = ANYWAY;
    c->last.n = 0;
    if (!sure || ch_engine_starts(e, c->walk.at)) return CH_SOUND;
    c->last.offset = c->walk.at;
    return CH_BAD_SIZE;
}

/** Checks one thing of the last block, or goes on to the next. With the lock held. */
CH_INLINE ch_fault_t check_step(check_t *c) {
    const ch_engine_t *e = c->walk.e;
    if (c->stage == DOUBT) return doubt(c);
    if (c->stage < SIZE) return locate(c);
    if (!ch_engine_is_there(e, &c->last)) { /* others have been at work */
        c->stage = LOCATE;
        return CH_SOUND;
    }
    if (CH_GUARDED && c->stage == GUARD) return check_guard(c);
    if (CH_FILLED && c->stage == FILL) return check_fill(c);
    switch (c->stage) {
    case SIZE: c->stage = !c->last.used ? NEXT : CH_GUARDED ? GUARD : BITS; return ch_engine_check_size(e, &c->last);
    case NEXT: c->stage = BACK; return ch_engine_check_next(e, &c->last);
    case BACK: c->stage = PLACE; return ch_engine_check_back(e, &c->last);
    case PLACE: c->stage = CH_FILLED ? FILL : BITS; return ch_engine_check_place(e, &c->last);
    default: break;
    }
    ch_fault_t fault = ch_engine_check_bits(e, &c->last, &c->bits);
    if (c->bits >= c->last.n) c->stage = LOCATE;
    return fault;
}

/** Checks the blocks; adds up what the totals must agree with. */
static bool check_blocks(check_t *c, listener_t *to) {
    bool sound = true;
    while (c->walk.at || c->stage != LOCATE) {
        ch_port_state_t state = ch_heap_look(c->walk.e);
        ch_fault_t fault = check_step(c);
        ch_heap_looked(c->walk.e, state);
        if (CH_GUARDED) sound &= tell_bytes(c, to);
        if (fault == CH_SOUND) continue;
        print_fault(to, fault, ch_at(c->walk.e, c->last.offset));
        if (c->stage != ANYWAY) c->stage = LOCATE;
        sound = false;
    }
    return sound;
}

static bool check_bins(const ch_engine_t *e, listener_t *to) {
    bool sound = true;
    for (uint32_t bin = 0; bin < CH_BINS; bin++) {
        ch_port_state_t state = ch_heap_look(e);
        ch_fault_t fault = ch_engine_check_bin(e, bin);
        ch_heap_looked(e, state);
        if (fault) print_fault(to, fault, &e->bins[bin]);
        sound &= fault == CH_SOUND;
    }
    return sound;
}

/**
 * Whether the totals are what the blocks add up to, and the low watermark (heap.h) is not above them. With a lock others may
 * change the totals between slices, and resize in two steps: then nothing can be said. Without one there are no others.
 */
static bool are_totals_right(const check_t *c) {
    const ch_engine_t *e = c->walk.e;
    if (ch_heap_lock_of(e)) return true;
    return c->free == e->free && c->used == e->blocks - e->free_blocks && c->count == e->blocks && e->above[2] <= e->free;
}

static bool check_seal(const ch_engine_t *e, listener_t *to) {
    ch_port_state_t state = ch_heap_look(e);
    bool whole = ch_seal_is_whole(e);
    ch_heap_looked(e, state);
    if (!whole) print_fault(to, CH_BAD_SPAN, e);
    return whole;
}

bool ch_heap_check(multi_heap_handle_t heap, bool print_errors) {
    const ch_engine_t *e = ch_heap_engine(heap);
    check_t c = {.walk = walk_begin(heap)};
    listener_t to = {heap, print_errors, 0};
    if (e->seal != ch_engine_seal(e)) { /* nothing can be followed, not even to the lock */
        print_fault(&to, CH_BAD_SPAN, e);
        return false;
    }
    ch_port_state_t state = ch_heap_look(e);
    ch_fault_t fault = ch_engine_check_control(e);
    ch_heap_looked(e, state);
    if (fault) print_fault(&to, fault, e);
    bool sound = fault == CH_SOUND;
    if (CH_SEALED) sound &= check_seal(e, &to);
    sound &= check_blocks(&c, &to);
    sound &= check_bins(e, &to);
    if (sound && !are_totals_right(&c)) {
        print_fault(&to, CH_BAD_TOTAL, e);
        sound = false;
    }
    return sound;
}

bool multi_heap_check(multi_heap_handle_t heap, bool print_errors) {
    ch_require(heap, "multi_heap_check: heap is NULL", NULL);
    return ch_heap_check(heap, print_errors);
}
