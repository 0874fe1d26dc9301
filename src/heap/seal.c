/* SPDX-License-Identifier: MIT */
/* Keys and seals: seal.h. */
#include "heap/seal.h"

#include "heap/culprit.h"
#include "heap/heap.h"

static uint32_t keys[2];
uint32_t ch_engine_keys[2] = {0x9E3779B1u, 0x85EBCA6Bu}; /* links are encoded even where nobody draws keys */
static bool drawn;

/** Each bit of the number has a say in each of the result; no two numbers have the same. */
CH_INLINE uint32_t mix(uint32_t x) {
    x = (x ^ keys[0]) * 0x9E3779B1u;
    x = (x ^ x >> 15 ^ keys[1]) * 0x85EBCA6Bu;
    return x ^ x >> 13;
}

/** Keys of their own for links: who reads a canary does not learn from it how a link at its place is encoded. */
static void draw(const uint32_t fresh[2]) {
    keys[0] = fresh[0], keys[1] = fresh[1] ^ fresh[0] << 16 ^ fresh[0] >> 16;
    ch_engine_keys[0] = mix(1), ch_engine_keys[1] = mix(2) | 1;
}

void ch_keys_draw(void) {
    static ch_port_lock_t lock = CH_PORT_LOCK_INIT;
    if (!CH_KEYED) return;
    uint32_t fresh[2] = {ch_port_random(), ch_port_random()};
    ch_port_state_t state = ch_port_lock(&lock);
    if (!drawn) draw(fresh);
    drawn = true;
    ch_port_unlock(&lock, state);
}

CH_IRAM uint32_t ch_key_of(uint32_t at) { return mix(at); }

CH_INLINE uint32_t add(uint32_t sum, uint32_t word) { return ((sum ^ word) * 0x9E3779B1u) ^ sum >> 16; }

static CH_IRAM uint32_t fixed_seal(const ch_engine_t *e) {
    return mix(add(add(add((uint32_t)(uintptr_t)e, e->above[0]), e->above[1]), e->above[3]));
}

static CH_IRAM uint32_t seal(const ch_engine_t *e) {
    uint32_t sum = (uint32_t)(uintptr_t)e ^ keys[1];
    sum = add(sum, e->above[2]), sum = add(sum, e->limit), sum = add(sum, e->free), sum = add(sum, e->blocks);
    sum = add(sum, e->free_blocks), sum = add(sum, ch_first(e)), sum = add(sum, e->end), sum = add(sum, e->fine);
    sum = add(sum, e->seal), sum = add(sum, e->reach);
    for (uint32_t k = 0; k < CH_MAP_WORDS; k++) sum = add(sum, e->map[k]);
    return mix(sum);
}

CH_IRAM bool ch_seal_keeps_lock(const ch_engine_t *e) { return !CH_SEALED || e->above[CH_SEAL_FIXED] == fixed_seal(e); }

CH_IRAM bool ch_seal_is_whole(const ch_engine_t *e) {
    return !CH_SEALED || (ch_seal_keeps_lock(e) && e->above[CH_SEAL] == seal(e));
}

CH_NOINLINE void ch_seal_broken(const ch_engine_t *e, uint32_t unused) {
    (void)unused;
    ch_culprit_t c = {
        .reason = CH_REASON_FAULT, .fault = CH_BAD_SPAN, .heap = (multi_heap_handle_t)(void *)(uintptr_t)e, .where = e};
    ch_culprit_stop(&c);
    ch_port_fatal("the heap's control block is damaged", e);
}

CH_IRAM ch_port_state_t ch_seal_lock(const ch_engine_t *e) {
    ch_port_lock_t *lock = ch_heap_lock_sure(e);
    ch_port_state_t state = lock ? ch_port_lock(lock) : (ch_port_state_t){0};
    if (CH_UNLIKELY(e->above[CH_SEAL] != seal(e))) {
        if (lock) ch_port_unlock(lock, state);
        ch_seal_broken(e, 0);
    }
    return state;
}

CH_IRAM void ch_seal_unlock(const ch_engine_t *e, ch_port_state_t state) {
    ((ch_engine_t *)(uintptr_t)e)->above[CH_SEAL] = seal(e);
    ch_port_lock_t *lock = ch_heap_lock_kept(e);
    if (lock) ch_port_unlock(lock, state);
}

void ch_seal_all(ch_engine_t *e) {
    if (!CH_SEALED) return;
    e->above[CH_SEAL_FIXED] = fixed_seal(e);
    e->above[CH_SEAL] = seal(e);
}
