/* SPDX-License-Identifier: MIT */
/* What the heap tells (kasan.h): marks around blocks, their records, and the quarantine. */
#include "debug/kasan/kasan_blocks.h"

#include "capheap/origin.h"
#include "capheap/port.h"

/* ---- records ---- */

static volatile uint32_t *record_of(const void *user) { return (volatile uint32_t *)((uintptr_t)user - CH_KASAN_HEAD); }

/** Writes who calls into the words from `at` on. */
static void note_callers(volatile uint32_t *at) {
    void *callers[CH_KASAN_CALLERS + 1] = {NULL};
    unsigned count = CH_KASAN_CALLERS ? ch_port_callers(callers, CH_KASAN_CALLERS) : 0;
    for (int i = 0; i < CH_KASAN_CALLERS; i++) at[i] = i < (int)count ? (uint32_t)(uintptr_t)callers[i] : 0;
}

void *ch_kasan_hand_out(void *block, size_t block_bytes, size_t size) {
    uintptr_t start = (uintptr_t)block, user = start + CH_KASAN_HEAD, end = start + block_bytes;
    volatile uint32_t *record = (volatile uint32_t *)start;
    if (CH_KASAN_HAS_SIZE) record[0] = CH_KASAN_LIVE, record[1] = (uint32_t)size;
    if (CH_KASAN_HAS_PCS) record[2] = record[3] = 0;
    if (CH_KASAN_HAS_TASKS) record[4] = (uint32_t)(uintptr_t)ch_port_task_id(), record[5] = 0;
    if (CH_KASAN_CALLERS) note_callers(record + 6);
    /* Without a redzone behind it a part of a word is not told from the next block's (S1): the word is allowed. */
    if (!CH_KASAN_HAS_SIZE) size = (size + 3) & ~(size_t)3;
    ch_kasan_mark(user + (size & ~(size_t)3), end, KASAN_POISON_HEAP_RRZ); /* a part of a word stays forbidden this way */
    ch_kasan_allow(user, size);
    ch_kasan_mark(start, user, KASAN_POISON_HEAP_LRZ);
    return (void *)user;
}

size_t ch_kasan_size(const void *user, size_t otherwise) {
    const volatile uint32_t *record = record_of(user);
    return CH_KASAN_HAS_SIZE && record[0] == CH_KASAN_LIVE && record[1] <= otherwise ? record[1] : otherwise;
}

void ch_kasan_note_allocated(void *user, const void *pc) {
    if (CH_KASAN_HAS_PCS && record_of(user)[0] == CH_KASAN_LIVE) record_of(user)[2] = (uint32_t)(uintptr_t)pc;
}

void ch_kasan_note_kept(void *user) {
    if (CH_KASAN_HAS_PCS && record_of(user)[0] == CH_KASAN_LIVE) record_of(user)[3] = 0;
}

bool ch_kasan_may_free(const void *user, const void *pc) {
    uintptr_t at = (uintptr_t)user;
    if (!user || !ch_kasan_shadow_of(at)) return true; /* the heap's own bits tell */
    if (ch_kasan_nibble(at) == KASAN_POISON_HEAP_FREE) {
        ch_kasan_report_free(at, "double-free", pc);
        return false;
    }
    if (!CH_KASAN_HAS_SIZE) return true;
    if (at & (CH_KASAN_STEP - 1) || !ch_kasan_shadow_of(at - 4) || ch_kasan_nibble(at - 4) != KASAN_POISON_HEAP_LRZ) {
        ch_kasan_report_free(at, "invalid-free", pc);
        return false;
    }
    volatile uint32_t *record = record_of(user);
    if (record[0] != CH_KASAN_LIVE) {
        ch_kasan_report_free(at, "left redzone overwritten", pc);
        return false;
    }
    if (CH_KASAN_HAS_PCS && record[3] == 0) record[3] = (uint32_t)(uintptr_t)pc;
    return true;
}

static bool is_record(uintptr_t at) {
    const volatile uint32_t *record = (const volatile uint32_t *)at;
    unsigned nibble = ch_kasan_nibble(at);
    if (nibble != KASAN_POISON_HEAP_LRZ && nibble != KASAN_POISON_HEAP_FREE) return false;
    if (record[0] != CH_KASAN_LIVE && record[0] != CH_KASAN_GONE) return false;
    return ch_kasan_shadow_of(at + CH_KASAN_HEAD + record[1]) != NULL;
}

enum { SEARCH = 1 << 18 }; /* bytes: longer blocks are not named when they are accessed further in */

ch_kasan_block_t ch_kasan_block_below(uintptr_t address) {
    ch_kasan_block_t none = {NULL, 0, 0, false};
    uintptr_t at = address & ~(uintptr_t)3;
    for (size_t n = 0; CH_KASAN_HAS_SIZE && n < SEARCH && ch_kasan_shadow_of(at) && ch_kasan_shadow_of(at + 4); n += 4, at -= 4) {
        const volatile uint32_t *record = (const volatile uint32_t *)at;
        if (is_record(at))
            return (ch_kasan_block_t){record, at + CH_KASAN_HEAD, record[1], ch_kasan_nibble(at) == KASAN_POISON_HEAP_FREE};
    }
    return none;
}

/** Who it was by the words of a record: a task, and callers. */
static ch_origin_by_t who(const volatile uint32_t *record, int task, int pc, int callers) {
    ch_origin_by_t by = {CH_KASAN_HAS_TASKS ? (void *)(uintptr_t)record[task] : NULL, {(void *)(uintptr_t)record[pc]}};
    for (int i = 0; i < CH_KASAN_CALLERS && i + 1 < CH_ORIGIN_CALLERS; i++)
        by.callers[i + 1] = (void *)(uintptr_t)record[callers + i];
    return by;
}

/* For the heap's own reports (capheap/origin.h). */
bool ch_origin_of(const void *user, ch_origin_t *origin) {
    uintptr_t at = (uintptr_t)user - CH_KASAN_HEAD;
    if (!CH_KASAN_HAS_PCS || !ch_kasan_shadow_of(at) || !ch_kasan_shadow_of((uintptr_t)user) || !is_record(at)) return false;
    const volatile uint32_t *record = (const volatile uint32_t *)at;
    *origin = (ch_origin_t){.size = record[1], .allocated = who(record, 4, 2, 6)};
    if (ch_kasan_nibble(at) == KASAN_POISON_HEAP_FREE) origin->freed = who(record, 5, 3, 6 + CH_KASAN_CALLERS);
    return true;
}

/* ---- quarantine ---- */

enum { SLOTS = 64 }; /* 63 stay */

static struct {
    ch_port_lock_t lock;
    unsigned oldest, count;
    size_t bytes;
    ch_kasan_held_t held[SLOTS];
} quarantine = {.lock = CH_PORT_LOCK_INIT};

/** Takes the oldest block out; the lock is held. */
static ch_kasan_held_t take(void) {
    ch_kasan_held_t h = quarantine.held[quarantine.oldest];
    quarantine.oldest = (quarantine.oldest + 1) % SLOTS;
    quarantine.count--;
    quarantine.bytes -= h.size;
    return h;
}

/** Puts one in; the lock is held, and there is room. */
static void put(ch_kasan_held_t h) {
    quarantine.held[(quarantine.oldest + quarantine.count) % SLOTS] = h;
    quarantine.count++;
    quarantine.bytes += h.size;
}

/** Whether a block is what it was when it was put in. Its heap may be gone: nobody tells of the end of a heap. */
static bool is_sound(const ch_kasan_held_t *h) {
    const volatile uint32_t *record = h->block;
    return ch_kasan_nibble((uintptr_t)h->block) == KASAN_POISON_HEAP_FREE && (!CH_KASAN_HAS_SIZE || record[0] == CH_KASAN_GONE);
}

static bool is_inside(const ch_kasan_held_t *h, uintptr_t start, size_t size) {
    return (uintptr_t)h->block - start < size || (uintptr_t)h->heap - start < size;
}

enum { LEAST_HEAP = 128 }; /* bytes; no heap is that small */

/** Memory is used otherwise from now on: forgets what is held back in it, of a heap that was there. */
static void forget(uintptr_t start, size_t size) {
    if (size < LEAST_HEAP) return;
    ch_port_state_t state = ch_port_lock(&quarantine.lock);
    unsigned left = quarantine.count;
    while (left && !is_inside(&quarantine.held[(quarantine.oldest + left - 1) % SLOTS], start, size)) left--;
    for (unsigned n = left ? quarantine.count : 0; n; n--) { /* there is one: all go round once */
        ch_kasan_held_t h = take();
        if (!is_inside(&h, start, size)) put(h);
    }
    ch_port_unlock(&quarantine.lock, state);
}

void ch_kasan_note_heap(const void *start, size_t size) {
    uintptr_t from = ((uintptr_t)start + 3) & ~(uintptr_t)3, end = ((uintptr_t)start + size) & ~(uintptr_t)3;
    forget((uintptr_t)start, size);
    ch_kasan_mark(from, end, KASAN_POISON_UNINIT);
}

bool ch_kasan_hold(void *heap, void *block, size_t block_bytes) {
    uintptr_t start = (uintptr_t)block;
    volatile uint32_t *record = (volatile uint32_t *)start;
    size_t size = CH_KASAN_HAS_SIZE && record[1] <= block_bytes ? record[1] : 8;
    if (CH_KASAN_HAS_SIZE) record[0] = CH_KASAN_GONE;
    if (CH_KASAN_HAS_TASKS) record[5] = (uint32_t)(uintptr_t)ch_port_task_id();
    if (CH_KASAN_CALLERS) note_callers(record + 6 + CH_KASAN_CALLERS);
    forget(start, block_bytes);
    ch_kasan_mark(start, start + block_bytes, KASAN_POISON_HEAP_FREE);
    /* Where nothing is checked, a second free must meet the heap's own bits; and one block may not drive out all others. */
    if (!ch_kasan_shadow_of(start) || size > CH_CFG_KASAN_QUARANTINE) return false;
    ch_port_state_t state = ch_port_lock(&quarantine.lock);
    bool room = quarantine.count < SLOTS;
    if (room) put((ch_kasan_held_t){heap, block, size});
    ch_port_unlock(&quarantine.lock, state);
    return room;
}

bool ch_kasan_next_out(ch_kasan_held_t *held, bool all) {
    bool out;
    do {
        ch_port_state_t state = ch_port_lock(&quarantine.lock);
        out = quarantine.count && (all || quarantine.count >= SLOTS || quarantine.bytes > CH_CFG_KASAN_QUARANTINE);
        if (out) *held = take();
        ch_port_unlock(&quarantine.lock, state);
    } while (out && !is_sound(held));
    return out;
}
