/* SPDX-License-Identifier: MIT */
/*
 * The likely cause of a fault, from what was found. Which end of a canary is damaged tells from which side the write came: an
 * overflow runs upwards, so it hits the lowest byte of what it meets first; an underflow the highest.
 */
#include "base/line.h"
#include "heap/culprit_lines.h"
#include "heap/guard.h"

static bool is_text(uintptr_t value) {
    for (unsigned i = 0; i < sizeof value; i++, value >>= 8) {
        if ((value & 0xFF) < 0x20 || (value & 0xFF) > 0x7E) return false;
    }
    return true;
}

/** What a pointer that lies in no heap looks like. */
static void print_value(uintptr_t p) {
    uint32_t low = (uint32_t)p;
    if (p < 4096)
        ch_line_print("  cause: %lu is no address: a number, or a member of a structure at NULL", (unsigned long)p);
    else if (low == 0xFEFEFEFEu)
        ch_line_print("  cause: the pointer was read from freed memory, which is filled with 0xfe");
    else if (low == 0xCECECECEu)
        ch_line_print("  cause: the pointer was read from fresh memory, which is filled with 0xce until it is written");
    else if (low == 0xABBA1234u || low == 0xBAAD5678u)
        ch_line_print("  cause: the pointer is a canary: it was read from before or behind a block");
    else if (is_text(p))
        ch_line_print("  cause: the pointer consists of characters: a string was written over it");
    else
        ch_line_print("  cause: no heap handed it out: a variable or constant, or a pointer that was overwritten");
}

static void print_pointer(const ch_finding_t *f) {
    const ch_scene_t *s = &f->scene;
    uintptr_t p = (uintptr_t)f->c->given;
    switch (f->reason) {
    case CH_REASON_OUTSIDE: print_value(p); return;
    case CH_REASON_FREED:
    case CH_REASON_HELD: ch_line_print("  cause: the block was freed before: freed twice, or used after it was freed"); return;
    case CH_REASON_IN_FREE:
        ch_line_print(
            "  cause: the block was freed before and has merged with free memory since: freed twice, or used after it was freed");
        return;
    case CH_REASON_INTERIOR:
        ch_line_print("  cause: the pointer lies %lu bytes behind the start of its block: it was moved, or is that of a part. "
                      "The block is %p",
                      (unsigned long)(p - (uintptr_t)f->user), f->user);
        return;
    case CH_REASON_IN_FRAME: ch_line_print("  cause: the pointer lies beside what was handed out, which is %p", f->user); return;
    case CH_REASON_HOSTS:
        ch_line_print("  cause: memory of this block was made a heap, which lasts for ever; "
                      "or another task frees the same pointer at once");
        return;
    default: break;
    }
    if (!s->e)
        ch_line_print("  cause: the heap's control block is overwritten: none of its blocks can be told");
    else if (p < (uintptr_t)ch_at(s->e, ch_first(s->e)))
        ch_line_print("  cause: the pointer leads to the heap's own words, or before them");
    else if (p - (uintptr_t)s->e >= s->e->end)
        ch_line_print("  cause: the pointer leads behind the last block");
    else
        ch_line_print("  cause: what is there can't be told from the heap's bits: they are damaged");
}

/** Number of bytes at the low end of the damaged word that are what they should be. */
static unsigned intact_low(const ch_culprit_t *c) {
    uint32_t differs = c->expected ^ c->got;
    unsigned n = 0;
    while (n < 4 && !(differs >> 8 * n & 0xFF)) n++;
    return n;
}

static bool is_one_bit(uint32_t x) { return x && !(x & (x - 1)); }

/** What stands where the block before ends, or would if it were longer, was overwritten. */
static void print_overflow_into(const ch_finding_t *f, const char *or_else) {
    const ch_scene_t *s = &f->scene;
    const ch_block_t *b = &s->before;
    const void *user = b->n ? ch_culprit_user(s, b) : NULL;
    unsigned long size = b->n ? (unsigned long)ch_culprit_size(s, b) : 0;
    if (!b->n || !b->used || ch_culprit_is_held(s, b))
        ch_line_print("  cause: %s", or_else);
    else if (!CH_GUARDED)
        ch_line_print("  cause: the block before, %p of %lu bytes, overflowed; or %s", user, size, or_else);
    else if (ch_guard_is_sound(s->e, b->offset, b->n))
        ch_line_print("  cause: %s, as the block before is intact", or_else);
    else
        ch_line_print("  cause: the block before, %p of %lu bytes, overflowed: its end is damaged, too", user, size);
}

static void print_frame(const ch_finding_t *f) {
    const ch_culprit_t *c = f->c;
    uintptr_t user = (uintptr_t)f->user, where = f->about;
    if (f->reason != CH_REASON_TAIL && (f->reason == CH_REASON_SIZE || intact_low(c) > 0)) {
        ch_line_print("  cause: up to %lu bytes before the block were overwritten: the block at %p underflowed",
                      (unsigned long)(user - where - (f->reason == CH_REASON_HEAD ? intact_low(c) : 0)), f->user);
    } else if (f->reason == CH_REASON_HEAD) {
        print_overflow_into(f, "a write through a stray pointer");
    } else if (intact_low(c) > 0) {
        ch_line_print("  cause: written at offset %lu of the block at %p of %lu bytes; or the block behind it underflowed",
                      (unsigned long)(f->size + intact_low(c)), f->user, (unsigned long)f->size);
    } else {
        ch_line_print("  cause: %lu byte%s behind the block %s overwritten%s: the block at %p of %lu bytes overflowed",
                      (unsigned long)f->damaged, f->damaged == 1 ? "" : "s", f->damaged == 1 ? "was" : "were",
                      f->damaged < 4 ? "" : ", or more", f->user, (unsigned long)f->size);
    }
}

static void print_fill(const ch_finding_t *f) {
    uintptr_t start = (uintptr_t)f->user, at = f->damaged ? (uintptr_t)f->damage : f->about;
    if (at < start) start = (uintptr_t)ch_at(f->scene.e, f->scene.block.offset);
    ch_line_print(
        "  cause: written after free: %lu byte%s from offset %lu of the block at %p on, through a pointer to what was there",
        (unsigned long)f->damaged, f->damaged == 1 ? "" : "s", (unsigned long)(at - start), (void *)start);
}

/** A list that begins in a bin leads astray. */
static void print_bin(const ch_finding_t *f) {
    uint32_t head = *(const volatile uint32_t *)f->about;
    if (head < f->scene.e->end)
        ch_line_print("  cause: the free block at %p, the first of a list, was overwritten: "
                      "written after free, or the block before it overflowed",
                      (void *)ch_at(f->scene.e, head));
    else
        ch_line_print("  cause: the heap's own words, before its first block, were overwritten");
}

static bool is_in_control_block(const ch_finding_t *f) {
    const ch_engine_t *e = f->scene.e;
    return e && f->about >= (uintptr_t)e && f->about < (uintptr_t)ch_at(e, ch_first(e)) && !(f->about & 3);
}

static void print_fault(const ch_finding_t *f) {
    const ch_block_t *b = &f->scene.block;
    bool is_in_blocks = f->scene.e && b->n;
    switch (f->c->fault) {
    case CH_BAD_LINK:
        if (is_in_control_block(f)) {
            print_bin(f);
            return;
        }
        break;
    case CH_BAD_SPAN:
    case CH_BAD_MAP:
    case CH_BAD_TOTAL:
    case CH_BAD_LIMIT: ch_line_print("  cause: the heap's own words, before its first block, were overwritten"); return;
    case CH_BAD_BITS:
    case CH_TOUCHING:
        ch_line_print("  cause: the bits before the heap's control block, which tell blocks apart, were overwritten");
        return;
    default: break;
    }
    if (is_in_blocks && b->used)
        ch_line_print("  cause: the bits that tell blocks apart were overwritten; they lie before the heap's control block");
    else
        print_overflow_into(f, "a free block's own words were overwritten: written after free");
}

void ch_culprit_print_cause(const ch_finding_t *f) {
    bool has_words = f->reason >= CH_REASON_HEAD && f->reason != CH_REASON_FAULT;
    if (f->reason < CH_REASON_HEAD)
        print_pointer(f);
    else if (f->reason == CH_REASON_FAULT)
        print_fault(f);
    else if (!f->user)
        ch_line_print("  cause: the block to which this belongs can't be told: the heap's bits are damaged, too");
    else if (f->reason <= CH_REASON_SIZE)
        print_frame(f);
    else
        print_fill(f);
    if (has_words && f->reason != CH_REASON_SIZE && is_one_bit(f->c->expected ^ f->c->got))
        ch_line_print(
            "  cause: or, as a single bit differs: a flag that was set or cleared through a stray pointer, or bad memory");
}
