/* SPDX-License-Identifier: MIT */
/*
 * Finds out what a fault is about, prints the report's first line, which is the contract's, and has the others printed:
 * culprit_lines.c the blocks, culprit_cause.c the cause, culprit_bytes.c the memory and the line for machines.
 */
#include "heap/culprit.h"

#include "base/line.h"
#include "heap/culprit_lines.h"
#include "heap/guard.h"
#include "heap/quarantine.h"

/** A reason in the words of the port's fatal function. */
static const char *stop_of(ch_reason_t reason) {
    switch (reason) {
    case CH_REASON_OUTSIDE: return "the pointer is outside all heaps";
    case CH_REASON_FREED:
    case CH_REASON_IN_FREE:
    case CH_REASON_HELD: return "block already marked as free";
    case CH_REASON_HEAD:
    case CH_REASON_TAIL:
    case CH_REASON_SIZE: return "the frame of a block is damaged";
    case CH_REASON_FILL_WORD:
    case CH_REASON_FILL_BYTE: return "memory was written after it was freed";
    case CH_REASON_FAULT: return "the heap is damaged";
    default: return "the pointer is not the start of a block";
    }
}

static const char *const fault_text[] = {
    [CH_SOUND] = "sound",
    [CH_BAD_SIZE] = "bad block size",
    [CH_TOUCHING] = "free blocks touch",
    [CH_WRONG_BIN] = "free block in the wrong bin",
    [CH_BAD_MAP] = "bin map does not agree",
    [CH_BAD_TOTAL] = "totals do not agree",
    [CH_BAD_LIMIT] = "free block above the limit",
    [CH_BAD_LINK] = "free list link is wrong",
    [CH_BAD_SPAN] = "control block is damaged",
    [CH_BAD_BITS] = "stray bits beside the blocks",
};

/** Of a pointer that is no block in use: what it is instead. */
static ch_reason_t reason_of_pointer(const ch_finding_t *f) {
    const ch_block_t *b = &f->scene.block;
    if (!f->user) return CH_REASON_NO_BLOCK;
    uintptr_t inside = f->about - (uintptr_t)f->user;
    if (!b->used) return inside == CH_FRAME_HEAD ? CH_REASON_FREED : CH_REASON_IN_FREE;
    if (ch_culprit_is_held(&f->scene, b)) return CH_REASON_HELD;
    if (inside == 0) return CH_REASON_HOSTS;
    return inside < f->size ? CH_REASON_INTERIOR : CH_REASON_IN_FRAME;
}

/** What may be read of the heap: from its bits on. Of a damaged control block nothing else is known. */
static void find_bounds(ch_finding_t *f) {
    const ch_engine_t *e = f->c->heap ? ch_heap_engine(f->c->heap) : NULL;
    if (!e) return;
    f->low = (uintptr_t)e;
    f->high = f->low + sizeof *e;
    if (!f->scene.e) return;
    f->low -= (((e->end >> CH_G_SHIFT) >> 5) + 2) * 4;
    f->high = (uintptr_t)e + e->end;
}

static bool is_bad(const ch_finding_t *f, uintptr_t at) {
    int expected = ch_culprit_expected(f, at);
    return expected >= 0 && ch_culprit_byte(at) != (unsigned)expected;
}

/** The bytes from `where` on that are not what they should be. */
static void measure_damage(ch_finding_t *f) {
    uintptr_t at = f->about, stop = at + CH_CULPRIT_LONGEST;
    if (f->c->reason < CH_REASON_HEAD || f->c->reason == CH_REASON_FAULT || at < f->low || at >= f->high) return;
    if (stop > f->high) stop = f->high;
    while (at < stop && ch_culprit_expected(f, at) >= 0 && !is_bad(f, at)) at++;
    f->damage = (const void *)at;
    while (at < stop && is_bad(f, at)) at++, f->damaged++;
}

bool ch_culprit_is_held(const ch_scene_t *s, const ch_block_t *b) {
    return CH_KEYED && CH_CFG_QUARANTINE_BLOCKS > 0 && ch_quarantine_has(s->e, b->offset);
}

const char *ch_culprit_state(const ch_scene_t *s, const ch_block_t *b) {
    return !b->used ? "free" : ch_culprit_is_held(s, b) ? "freed, held back" : "in use";
}

const void *ch_culprit_user(const ch_scene_t *s, const ch_block_t *b) {
    return ch_at(s->e, b->offset + (b->used ? CH_FRAME_HEAD : 0));
}

size_t ch_culprit_size(const ch_scene_t *s, const ch_block_t *b) {
    size_t bytes = ch_heap_bytes(b->n);
    if (!b->used) return bytes;
    if (ch_culprit_is_held(s, b)) return bytes - CH_FRAME_HEAD;
    if (CH_GUARDED) return ch_guard_size_within(s->e, b->offset, b->n);
    bytes = ch_frame_inner(bytes);
    return bytes ? ch_kasan_user_size(ch_culprit_user(s, b), bytes) : 0;
}

static void find(ch_finding_t *f, const ch_culprit_t *c) {
    *f = (ch_finding_t){.c = c, .reason = c->reason};
    ch_scene_look(&f->scene, c->heap, c->block ? c->block : c->where ? c->where : c->given);
    f->about = (uintptr_t)(c->where ? c->where : c->given);
    if (f->scene.e && f->scene.block.n) {
        f->user = ch_culprit_user(&f->scene, &f->scene.block);
        f->size = ch_culprit_size(&f->scene, &f->scene.block);
    }
    if (c->reason == CH_REASON_POINTER) f->reason = c->heap ? reason_of_pointer(f) : CH_REASON_OUTSIDE;
    find_bounds(f);
    measure_damage(f);
    const char *block = f->user ? (const char *)ch_at(f->scene.e, f->scene.block.offset) : NULL;
    f->is_recorded =
        block && ch_origin_of && ch_origin_of(block + CH_FRAME_HEAD, &f->origin); /* of a free block: who had it last */
    if (f->is_recorded && f->scene.block.used && f->origin.size && f->origin.size <= f->size) f->size = f->origin.size;
}

static CH_NOINLINE void print_pointer(const ch_finding_t *f) {
    const ch_block_t *b = &f->scene.block;
    ch_line_t line;
    ch_line_begin(&line);
    ch_line_add(&line, "CORRUPT HEAP: %s of %p: ", f->c->call ? f->c->call : "use", f->c->given);
    if (f->reason == CH_REASON_OUTSIDE)
        ch_line_add(&line, "the pointer is outside all heaps");
    else if (f->reason == CH_REASON_NO_BLOCK)
        ch_line_add(&line, "the pointer is outside the heap's blocks");
    else
        ch_line_add(&line, "%s %p of %lu bytes",
                    f->reason == CH_REASON_HOSTS  ? "it holds a heap, the block"
                    : f->reason == CH_REASON_HELD ? "block already marked as free, it is held back:"
                    : b->used                     ? "it lies inside the block"
                                                  : "block already marked as free, it lies in the free block",
                    (void *)ch_at(f->scene.e, b->offset), (unsigned long)ch_heap_bytes(b->n));
    ch_line_end(&line);
}

/** The line that the contract has for the reason. */
static void print_first(const ch_finding_t *f) {
    const ch_culprit_t *c = f->c;
    unsigned expected = (unsigned)c->expected, got = (unsigned)c->got;
    switch (f->reason) {
    case CH_REASON_HEAD:
        ch_line_print("CORRUPT HEAP: Bad head at %p. Expected 0x%08x got 0x%08x", c->where, expected, got);
        return;
    case CH_REASON_TAIL:
        ch_line_print("CORRUPT HEAP: Bad tail at %p. Expected 0x%08x got 0x%08x", c->where, expected, got);
        return;
    case CH_REASON_SIZE: ch_line_print("CORRUPT HEAP: Size at %p expected <=0x%08x got 0x%08x", c->where, expected, got); return;
    case CH_REASON_FILL_WORD:
        ch_line_print("CORRUPT HEAP: Invalid data at %p. Expected 0x%08x got 0x%08x", c->where, expected, got);
        return;
    case CH_REASON_FILL_BYTE:
        ch_line_print("CORRUPT HEAP: Invalid data at %p. Expected 0x%02x got 0x%02x", c->where, expected & 0xFF, got & 0xFF);
        return;
    case CH_REASON_FAULT:
        ch_line_print("CORRUPT HEAP: multi_heap.c:%u detected at 0x%08lx (%s)", (unsigned)c->fault,
                      (unsigned long)(uintptr_t)c->where, fault_text[c->fault]);
        return;
    default: print_pointer(f); return;
    }
}

static CH_NOINLINE void print_call(const ch_finding_t *f) {
    const ch_culprit_t *c = f->c;
    void *callers[CH_ORIGIN_CALLERS] = {NULL};
    unsigned count = ch_port_callers(callers, CH_ORIGIN_CALLERS);
    if (count == 0 && c->caller) callers[0] = (void *)(uintptr_t)c->caller, count = 1;
    ch_line_t line;
    ch_line_begin(&line);
    ch_line_add(&line, "  found by: %s", c->call ? c->call : "check");
    if (c->given) ch_line_add(&line, "(%p)", c->given);
    ch_line_add(&line, ", core %u, task %p", ch_port_core_id(), ch_port_task_id());
    if (count) ch_line_add(&line, ", called from");
    for (unsigned i = 0; i < count; i++) ch_line_add(&line, " %p", callers[i]);
    ch_line_end(&line);
}

static void print(const ch_finding_t *f) {
    print_first(f);
    if (!CH_CFG_REPORT) return;
    if (!f->c->is_brief) {
        ch_culprit_print_cause(f);
        if (f->c->more) f->c->more(f->c);
        print_call(f);
        ch_culprit_print_blocks(f);
        ch_culprit_print_bytes(f);
    }
    ch_culprit_print_record(f);
}

void ch_culprit_report(const ch_culprit_t *c) {
    ch_finding_t f;
    find(&f, c);
    print(&f);
}

void ch_culprit_stop(const ch_culprit_t *c) {
    bool is_pointer = c->reason < CH_REASON_HEAD;
    if (CH_CFG_NDEBUG && is_pointer) return;
    ch_finding_t f;
    find(&f, c);
    print(&f);
    if (!CH_CFG_NDEBUG) ch_port_fatal(c->stop ? c->stop : stop_of(f.reason), c->given ? c->given : c->where);
}

/* In the midst of a change: the lock stays taken, so that nobody else meets what is half done. The program ends. */
void ch_engine_damaged(const ch_engine_t *e, uint32_t where) {
    const ch_culprit_t c = {.reason = CH_REASON_FAULT,
                            .fault = CH_BAD_LINK,
                            .heap = (multi_heap_handle_t)(void *)(uintptr_t)e,
                            .call = "engine",
                            .where = ch_at(e, where)};
    ch_culprit_stop(&c);
    ch_port_fatal("the heap is damaged", c.where); /* with NDEBUG nobody calls this */
}

void ch_heap_report_pointer(multi_heap_handle_t heap, const void *p, const char *call) {
    const ch_culprit_t c = {.heap = heap, .given = p, .call = call, .caller = __builtin_return_address(0)};
    ch_culprit_stop(&c);
}
