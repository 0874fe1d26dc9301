/* SPDX-License-Identifier: MIT */
/* Bytes that a program's bug changes: see inject.h. calls.c has the wrong pointers. */
#include "inject.h"

#include <string.h>

#include "heap/heap.h"
#include "target.h"
#include "world.h"

target_t target;

/* ---- targets ---- */

bool target_live(uint32_t least) {
    for (unsigned tries = 0; tries < 16; tries++) {
        if (world.live_count == 0) return false;
        target.live = rng_below(world.live_count);
        target.block = world.live[target.live];
        if (target.block.heap < HEAPS && target.block.size >= least) return true;
    }
    return false;
}

/** Whether an address lies in a block of the engine's that holds a live one. */
static bool is_taken(uint8_t heap, const unsigned char *p) {
    ch_block_t b = ch_heap_find(world.heap[heap].handle, p);
    return b.n == 0 || (b.used && world_is_used((unsigned char *)ch_at(world_engine(heap), b.offset), ch_heap_bytes(b.n)));
}

bool target_freed(uint32_t least) {
    for (unsigned tries = 0; tries < 16; tries++) {
        if (world.freed_count == 0) return false;
        target.block = world.freed[rng_below(world.freed_count)];
        const unsigned char *p = target.block.p;
        uint32_t size = target.block.size;
        if (size < least || world_is_used(p, size)) continue;
        target.at = rng_below(size - least + 1);
        if (!is_taken(target.block.heap, p + target.at) && !is_taken(target.block.heap, p + target.at + least - 1)) return true;
    }
    return false;
}

/** A random free block of the engine's, of `least` granules or more, in target.hole. */
static bool target_hole(uint32_t least) {
    uint8_t heap = (uint8_t)rng_below(HEAPS);
    const ch_engine_t *e = world_engine(heap);
    uint32_t found = 0, at = ch_first(e);
    while (at < e->end) {
        ch_block_t b = ch_engine_seek(e, at);
        if (b.n == 0 && b.offset <= at) break;
        at = b.n ? b.offset + (b.n << CH_G_SHIFT) : b.offset;
        if (b.n >= least && !b.used && rng_one_in(++found)) target.hole = b;
    }
    target.heap = heap;
    return found > 0;
}

/* ---- damage ---- */

/** Writes n bytes; false if they are there already, or it is not this heap's memory. */
static bool put(uint8_t heap, unsigned char *p, const void *bytes, size_t n) {
    if (p < world.heap[heap].start || n > (size_t)(world.heap[heap].end - p) || p > world.heap[heap].end) return false;
    if (memcmp(p, bytes, n) == 0) return false;
    memcpy(p, bytes, n);
    return true;
}

/** Random bytes, or what programs like to write. */
static bool scribble(uint8_t heap, unsigned char *p, size_t n) {
    unsigned char bytes[16];
    static const unsigned char liked[] = {0, 0xFF, ' ', 'A', 1};
    uint32_t style = rng_below(8);
    for (size_t i = 0; i < n; i++) bytes[i] = style < sizeof liked ? liked[style] : (unsigned char)rng();
    return put(heap, p, bytes, n);
}

static bool overflow(uint32_t n) { return target_live(1) && scribble(target.block.heap, target.block.p + target.block.size, n); }
static bool overflow_1(void) { return overflow(1); }
static bool overflow_4(void) { return overflow(4); }
static bool overflow_16(void) { return overflow(16); }

static bool underflow(uint32_t n) { return target_live(1) && scribble(target.block.heap, target.block.p - n, n); }
static bool underflow_1(void) { return underflow(1); }
static bool underflow_4(void) { return underflow(4); }
static bool underflow_16(void) { return underflow(16); }

static bool bit_before(void) {
    if (!target_live(1)) return false;
    target.block.p[-1 - (int)rng_below(8)] ^= (unsigned char)(1u << rng_below(8));
    return true;
}

static bool late_write(uint32_t n) { return target_freed(n) && scribble(target.block.heap, target.block.p + target.at, n); }
static bool late_write_1(void) { return late_write(1); }
static bool late_write_16(void) { return late_write(16); }

/* ---- links ---- */

static bool put_link(uint32_t value) {
    unsigned char *block = (unsigned char *)ch_at(world_engine(target.heap), target.hole.offset);
    return put(target.heap, block + 4 * rng_below(2), &value, 4);
}

static bool link_random(void) {
    if (!target_hole(2)) return false;
    ch_block_t hole = target.hole;
    uint8_t heap = target.heap;
    const ch_engine_t *e = world_engine(heap);
    uint32_t value = rng();
    switch (rng_below(6)) {
    case 0: value = 0; break;
    case 1: value = rng_below(e->end) & ~(CH_G - 1u); break;
    case 2: value = rng_below(ch_first(e)) & ~3u; break;
    case 3:
        if (!target_hole(2)) return false;
        value = target.hole.offset; /* of this heap or another one */
        break;
    case 4:
        if (!target_hole(2)) return false;
        value = ch_at(world_engine(target.heap), target.hole.offset)[rng_below(2)]; /* as it stands there, encoded or not */
        break;
    default: break;
    }
    target.hole = hole, target.heap = heap;
    return put_link(value);
}

/** Makes memory look like a free block that is listed behind the one hit. */
static void forge_hole(uint32_t *words, size_t bytes) {
    uint32_t n = (uint32_t)bytes >> CH_G_SHIFT, slot = ch_slot_of_bin(rng_below(CH_EXACT_BINS));
    if (bytes < 16 || (uintptr_t)words & 3) return;
    words[CH_NEXT] = 0;
    words[CH_BACK] = rng_one_in(2) ? target.hole.offset : slot;
    words[CH_SIZE] = ch_size_tag(n);
    words[CH_HOME] = slot;
    if (n >= CH_SIZED) words[((n << CH_G_SHIFT) >> 2) - 1] = ch_size_tag(n);
}

/** A link that an attacker chose: to a live block, forged to be a free one, to the stack, to a variable, out of the heap. */
static bool link_aimed(void) {
    uint32_t local[16] = {0};
    if (!target_hole(2) || !target_live(1)) return false;
    const ch_engine_t *e = world_engine(target.heap);
    unsigned char *to = target.block.p;
    switch (rng_below(6)) {
    case 0: to = (unsigned char *)local, forge_hole(local, sizeof local); break;
    case 1: to = (unsigned char *)target_global, forge_hole(target_global, TARGET_GLOBAL); break;
    case 2: to = world.heap[target.heap].end + 4 * rng_below(64); break;
    case 3: to = world.heap[target.heap].start - 4 * rng_below(64); break;
    default:
        if (target.block.heap == target.heap && rng_one_in(2)) forge_hole((uint32_t *)(void *)to, target.block.size);
        break;
    }
    return put_link(rng_one_in(8) ? (uint32_t)(uintptr_t)to : (uint32_t)((uintptr_t)to - (uintptr_t)e));
}

/* ---- words of another block ---- */

static bool replay_size(void) {
    if (!target_hole(CH_SIZED)) return false;
    ch_block_t from = target.hole;
    const ch_engine_t *other = world_engine(target.heap), *e;
    uint32_t tag = ch_at(other, from.offset)[CH_SIZE];
    if (!target_hole(CH_SIZED)) return false;
    e = world_engine(target.heap);
    uint32_t *words = ch_at(e, target.hole.offset), last = (target.hole.n << CH_G_SHIFT >> 2) - 1;
    return put(target.heap, (unsigned char *)&words[rng_one_in(2) ? (uint32_t)CH_SIZE : last], &tag, 4);
}

/** Head, recorded size, both, or tail of one live block over those of another. */
static bool replayed(void) {
    if (CH_CFG_DETECTION == CH_DETECT_NONE || rng_one_in(4)) {
        target.in_hole = true;
        return replay_size();
    }
    if (!target_live(1)) return false;
    block_t from = target.block;
    if (!target_live(1)) return false;
    switch (rng_below(4)) {
    case 0: return put(target.block.heap, target.block.p - 8, from.p - 8, 4);
    case 1: return put(target.block.heap, target.block.p - 4, from.p - 4, 4);
    case 2: return put(target.block.heap, target.block.p - 8, from.p - 8, 8);
    default: return put(target.block.heap, target.block.p + target.block.size, from.p + from.size, 4);
    }
}

/* ---- what belongs to the heap alone ---- */

/** One bit, or one to four whole words, of `count` words at `words`. */
static bool smash(uint32_t *words, uint32_t count, bool bit) {
    uint32_t first = rng_below(count), many = 1 + (rng_one_in(4) ? rng_below(4) : 0), style = rng_below(6);
    bool changed = false;
    if (bit) {
        words[first] ^= 1u << rng_below(32);
        return true;
    }
    for (uint32_t i = first; i < count && i < first + many; i++) {
        uint32_t value = rng();
        if (style == 0) value = 0;
        if (style == 1) value = ~0u;
        if (style == 2) value = rng_below(256);
        if (style == 3) value = words[rng_below(count)];
        changed |= value != words[i];
        words[i] = value;
    }
    return changed;
}

static bool smash_control(bool bit) {
    target.heap = (uint8_t)rng_below(HEAPS);
    return smash((uint32_t *)world_engine(target.heap), CH_ENGINE_WORDS, bit);
}
static bool control_bit(void) { return smash_control(true); }
static bool control_words(void) { return smash_control(false); }

static bool smash_bins(bool bit) {
    target.heap = (uint8_t)rng_below(HEAPS);
    ch_engine_t *e = world_engine(target.heap);
    return smash(e->bins, ch_first(e) / 4 - CH_ENGINE_WORDS, bit);
}
static bool bins_bit(void) { return smash_bins(true); }
static bool bins_words(void) { return smash_bins(false); }

static bool smash_bits(bool bit) {
    target.heap = (uint8_t)rng_below(HEAPS);
    ch_engine_t *e = world_engine(target.heap);
    uint32_t count = ((e->end >> CH_G_SHIFT) >> 5) + 2,
             room = (uint32_t)((uint32_t *)(void *)e - (uint32_t *)(void *)world.heap[target.heap].start);
    if (count > room) count = room;
    return smash((uint32_t *)e - count, count, bit);
}
static bool bits_bit(void) { return smash_bits(true); }
static bool bits_words(void) { return smash_bits(false); }

/* ---- what comes next ---- */

/** The block that was hit is given back, or changed. */
static void use_live(void) {
    if (rng_one_in(2))
        world_free(target.live);
    else
        world_realloc(target.live, 1 + rng_below(2 * target.block.size));
}

/** Memory that was hit is asked for. */
static void use_freed(void) {
    for (unsigned i = 0; i < 4; i++) world_malloc(target.block.size, target.block.heap);
}

/** The free block that was hit is asked for, or those beside it are freed. */
static void use_hole(void) {
    const unsigned char *start = (unsigned char *)ch_at(world_engine(target.heap), target.hole.offset);
    size_t bytes = ch_heap_bytes(target.hole.n), size = ch_frame_inner(bytes);
    for (unsigned i = world.live_count; i-- > 0 && rng_one_in(2);) {
        const block_t *b = &world.live[i];
        bool beside = b->p >= start + bytes && b->p < start + bytes + 64;
        if (b->heap == target.heap && (beside || (b->p < start && b->p + b->size + 64 >= start))) world_free(i);
    }
    for (unsigned i = 0; i < 4; i++) world_malloc((uint32_t)(size ? size : 1), target.heap);
}

static void use_replayed(void) {
    if (target.in_hole)
        use_hole();
    else
        use_live();
}

/** Whatever a program does with a heap. */
static void use_heap(void) {
    if (target_live(1)) world_free(target.live);
    world_malloc(1 + rng_below(200), target.heap);
    if (target_live(1)) world_realloc(target.live, 1 + rng_below(400));
}

const fault_t faults[] = {
    {"overflow_1", false, overflow_1, use_live},
    {"overflow_4", false, overflow_4, use_live},
    {"overflow_16", false, overflow_16, use_live},
    {"underflow_1", false, underflow_1, use_live},
    {"underflow_4", false, underflow_4, use_live},
    {"underflow_16", false, underflow_16, use_live},
    {"bit_before", false, bit_before, use_live},
    CALL_FAULTS,
    {"write_after_free_1", false, late_write_1, use_freed},
    {"write_after_free_16", false, late_write_16, use_freed},
    {"link_random", false, link_random, use_hole},
    {"link_aimed", false, link_aimed, use_hole},
    {"replayed_word", false, replayed, use_replayed},
    {"control_bit", false, control_bit, use_heap},
    {"control_words", false, control_words, use_heap},
    {"bins_bit", false, bins_bit, use_heap},
    {"bins_words", false, bins_words, use_heap},
    {"bits_bit", false, bits_bit, use_heap},
    {"bits_words", false, bits_words, use_heap},
};
const size_t fault_count = sizeof faults / sizeof faults[0];
