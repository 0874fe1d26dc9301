/* SPDX-License-Identifier: MIT */
/* Calls with a pointer that is no live block. */
#include <string.h>

#include "heap/heap.h"
#include "inject.h"
#include "target.h"

uint32_t target_global[TARGET_GLOBAL / 4];

static bool aim(unsigned char *p) {
    target.p = p;
    target.heap = target.block.heap;
    return true;
}

bool call_twice(void) {
    if (!target_live(1)) return false;
    world_free(target.live);
    return aim(target.block.p);
}

/** The memory may be free, or wait to become so; but no user has it. */
bool call_twice_later(void) {
    if (!call_twice()) return false;
    world_operate(1 + rng_below(1u << rng_below(8)));
    return !world_is_used(target.block.p, target.block.size);
}

bool call_gone(void) { return rng_one_in(2) ? call_twice() : call_twice_later(); }

bool call_plus_1(void) { return target_live(1) && aim(target.block.p + 1); }

bool call_plus_8(void) { return target_live(9) && aim(target.block.p + 8); }

bool call_inside(void) {
    if (!target_live(2)) return false;
    uint32_t at = 1 + rng_below(target.block.size - 1);
    if (rng_one_in(2) && at > CH_G) at &= ~(CH_G - 1u);
    return aim(target.block.p + at);
}

/** What a free block of the engine's would hold in front of its end and behind its start. */
static void forge_hole(unsigned char *p) {
    uint32_t words[8] = {ch_size_tag(4), 0, ch_slot_of_exact(4), ch_size_tag(4), ch_slot_of_exact(4)};
    memcpy(p - 4, words, sizeof words);
}

/** Puts all of a smaller block, with what is around it, into a larger one. */
bool call_forged(void) {
    enum { BEFORE = 32, BEHIND = 16 };
    if (!target_live(1)) return false;
    block_t from = target.block;
    if (!target_live(from.size + BEFORE + BEHIND + CH_G)) return false;
    uint32_t room = (target.block.size - from.size - BEFORE - BEHIND) / CH_G, at = BEFORE + CH_G * rng_below(room + 1);
    unsigned char *p = target.block.p + at;
    if (rng_one_in(4) && target.block.size >= at + 32)
        forge_hole(p);
    else if (from.p + from.size + BEHIND <= world.heap[from.heap].end)
        memcpy(p - BEFORE, from.p - BEFORE, BEFORE + from.size + BEHIND);
    else
        return false;
    return aim(p);
}

bool call_global(void) {
    if (!target_live(1)) return false;
    for (unsigned i = 0; i < TARGET_GLOBAL / 4; i++) target_global[i] = rng_one_in(2) ? rng() : 0;
    memcpy((unsigned char *)target_global + 32, target.block.p - 32, 32);
    uint32_t at = rng_one_in(2) ? 64 : rng_below(TARGET_GLOBAL);
    return aim((unsigned char *)target_global + at);
}

bool call_stack(void) { return target_live(1) && aim(NULL); }

bool call_other_heap(void) {
    if (!target_live(1)) return false;
    aim(target.block.p);
    target.heap = (uint8_t)((target.heap + 1 + rng_below(HEAPS - 1)) % HEAPS);
    return true;
}

bool call_foreign(void) { return rng_one_in(2) ? call_global() : call_stack(); }

/* ---- the calls ---- */

/** The wrong pointer; to the stack, it is into `local`. */
static unsigned char *pointer(unsigned char *local) { return target.p ? target.p : local + rng_below(64); }

void act_free(void) {
    _Alignas(16) unsigned char local[128];
    memcpy(local, target.block.p - 32, 32);
    call_free(target.heap, pointer(local + 32));
}

void act_free_in_heap(void) { multi_heap_free(world.heap[target.heap].handle, target.p); }

void act_realloc(void) {
    _Alignas(16) unsigned char local[128];
    memcpy(local, target.block.p - 32, 32);
    uint32_t size = 1 + rng_below(2 * target.block.size);
    unsigned char *p = call_realloc(target.heap, pointer(local + 32), size);
    if (p) world_examine(p, size, HEAPS);
}
