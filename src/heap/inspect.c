/* SPDX-License-Identifier: MIT */
/*
 * Looking at a heap that others go on using: walk, check, dump, search, and the report of a bad pointer.
 *
 * All go in slices: take the lock, look at CH_CFG_SLICE blocks, open it, then print or call back. Between slices only an offset is
 * kept; ch_engine_seek() finds the way on whatever has become of the block there.
 */
#include "base/report.h"
#include "heap/heap.h"

/** Where a walk stands. */
typedef struct {
    const ch_engine_t *e;
    uint32_t at;    /* offset to go on from; e->end: done */
    bool broken;    /* a block whose size can't be followed */
} walk_t;

static walk_t walk_begin(multi_heap_handle_t heap) {
    const ch_engine_t *e = ch_heap_engine(heap);
    return (walk_t){e, e->first, false};
}

/** The next block, with the lock held. b.n == 0: none, or (b.offset != 0) the slice is over. */
static ch_block_t walk_step(walk_t *w) {
    ch_block_t b = ch_engine_seek(w->e, w->at);
    if (b.offset == 0) {
        w->at = w->e->end;
    } else if (b.n == 0) {
        w->broken = b.offset <= w->at; /* a free block that says it has no length; else it is a long block, half searched */
        w->at = w->broken ? w->e->end : b.offset;
    } else if (b.n > (w->e->end - b.offset) >> CH_G_SHIFT) {
        w->broken = true;
        w->at = w->e->end;
    } else {
        w->at = b.offset + (b.n << CH_G_SHIFT);
    }
    return b;
}

/** Up to CH_CFG_SLICE blocks under one lock; returns how many. */
static unsigned walk_slice(walk_t *w, ch_block_t blocks[CH_CFG_SLICE]) {
    unsigned count = 0;
    ch_port_state_t state = ch_heap_lock(w->e);
    while (count < CH_CFG_SLICE && w->at < w->e->end) {
        blocks[count] = walk_step(w);
        if (blocks[count].n) count++;
        else break;
    }
    ch_heap_unlock(w->e, state);
    return count;
}

void multi_heap_walk(multi_heap_handle_t heap, multi_heap_walker_cb_t walker_func, void *user_data) {
    if (!heap || !walker_func) ch_port_fatal("multi_heap_walk: heap or callback is NULL", NULL);
    walk_t w = walk_begin(heap);
    ch_block_t blocks[CH_CFG_SLICE];
    while (w.at < w.e->end) {
        unsigned count = walk_slice(&w, blocks);
        for (unsigned i = 0; i < count; i++) {
            if (!walker_func(ch_at(w.e, blocks[i].offset), ch_heap_bytes(blocks[i].n), blocks[i].used, user_data)) return;
        }
    }
}

static bool dump_block(void *block, size_t size, int used, void *unused) {
    (void)unused;
    ch_report("Block %p data, size: %d bytes, Free: %s ", block, (int)size, used ? "No" : "Yes");
    return true;
}

void multi_heap_dump(multi_heap_handle_t heap) {
    if (!heap) ch_port_fatal("multi_heap_dump: heap is NULL", NULL);
    ch_report("Showing data for heap: %p ", (void *)heap);
    multi_heap_walk(heap, dump_block, NULL);
}

ch_block_t ch_heap_find(multi_heap_handle_t heap, const void *p) {
    walk_t w = walk_begin(heap);
    uintptr_t offset = ch_heap_offset(w.e, p);
    ch_block_t blocks[CH_CFG_SLICE], none = {0, 0, false};
    while (w.at < w.e->end && w.at <= offset) {
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
    return ch_at(ch_heap_engine(heap), b.offset);
}

void ch_heap_bad_pointer(multi_heap_handle_t heap, const void *p, const char *call) {
    if (CH_CFG_NDEBUG) return;
    ch_block_t b = heap ? ch_heap_find(heap, p) : (ch_block_t){0, 0, false};
    if (b.n == 0) {
        ch_report("CORRUPT HEAP: %s of %p: the pointer is outside the heap's blocks", call, p);
    } else {
        const void *start = ch_at(ch_heap_engine(heap), b.offset);
        const char *what = !b.used ? "block already marked as free, it lies in the free block" : "it lies inside the block";
        ch_report("CORRUPT HEAP: %s of %p: %s %p of %u bytes", call, p, what, start, (unsigned)ch_heap_bytes(b.n));
    }
    ch_port_fatal("heap: bad pointer", p);
}

static const char *const fault_text[] = {
    [CH_BAD_SIZE] = "bad block size",          [CH_TOUCHING] = "free blocks touch",    [CH_WRONG_BIN] = "free block in the wrong bin",
    [CH_BAD_MAP] = "bin map does not agree",   [CH_BAD_TOTAL] = "totals do not agree", [CH_BAD_LIMIT] = "free block above the limit",
    [CH_BAD_LINK] = "free list link is wrong",
};

static void print_fault(bool print_errors, ch_fault_t fault, const void *where) {
    if (print_errors) ch_report("CORRUPT HEAP: multi_heap.c:%d detected at 0x%08x (%s)", (int)fault, (unsigned)(uintptr_t)where, fault_text[fault]);
}

/** Checks the blocks; adds up what the totals must agree with. */
static bool check_blocks(const ch_engine_t *e, bool print_errors, ch_block_t *sums) {
    walk_t w = {e, e->first, false};
    bool sound = true;
    while (w.at < e->end) {
        ch_port_state_t state = ch_heap_lock(e);
        ch_block_t b = walk_step(&w);
        ch_fault_t fault = b.n && !w.broken ? ch_engine_check_block(e, b) : CH_SOUND;
        ch_heap_unlock(e, state);
        if (w.broken) fault = CH_BAD_SIZE;
        if (fault) print_fault(print_errors, fault, ch_at(e, b.offset));
        sound &= fault == CH_SOUND;
        if (b.n && !b.used) sums->n += b.n;
        if (b.n) sums->offset++;
    }
    return sound;
}

static bool check_bins(const ch_engine_t *e, bool print_errors) {
    bool sound = true;
    for (uint32_t bin = 0; bin < CH_BINS; bin++) {
        ch_port_state_t state = ch_heap_lock(e);
        ch_fault_t fault = ch_engine_check_bin(e, bin);
        ch_heap_unlock(e, state);
        if (fault) print_fault(print_errors, fault, e);
        sound &= fault == CH_SOUND;
    }
    return sound;
}

bool ch_heap_check(multi_heap_handle_t heap, bool print_errors) {
    const ch_engine_t *e = ch_heap_engine(heap);
    ch_block_t sums = {0, 0, false}; /* n: free granules; offset: number of blocks */
    bool sound = check_blocks(e, print_errors, &sums);
    sound &= check_bins(e, print_errors);
    /* Others may have changed the totals between slices; without a lock there are no others. */
    if (sound && !ch_heap_lock_of(e) && (sums.n != e->free || sums.offset != e->blocks)) {
        print_fault(print_errors, CH_BAD_TOTAL, e);
        sound = false;
    }
    return sound;
}

bool multi_heap_check(multi_heap_handle_t heap, bool print_errors) {
    if (!heap) ch_port_fatal("multi_heap_check: heap is NULL", NULL);
    return ch_heap_check(heap, print_errors);
}
