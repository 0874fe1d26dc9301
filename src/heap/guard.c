/* SPDX-License-Identifier: MIT */
/* Writing and looking at the guard around blocks. Picture and rules: guard.h. */
#include "heap/guard.h"

#include "base/words.h"
#include "heap/quarantine.h"

_Static_assert(!CH_GUARDED || __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "an unaligned canary lies in two words, low end first");

/** Words of the user's that no byte of the tail is in. */
CH_INLINE size_t inner_words(size_t size) { return size / 4; }

/** Words from the first that has a byte of the tail to the block's end. */
CH_INLINE size_t outer_words(uint32_t n, size_t size) { return ((n << CH_G_SHIFT) - CH_GUARD_HEAD) / 4 - inner_words(size); }

/** Whether a block of n granules, as the bits say now, is long enough for what it was taken for. Damaged bits say otherwise. */
CH_INLINE bool has_room(uint32_t n, size_t size) { return ch_heap_bytes(n) >= size + CH_GUARD_HEAD + CH_GUARD_TAIL; }

/** Whether all that is not whole words of the user's is free memory's fill. */
static bool is_frame_free(const ch_engine_t *e, uint32_t offset, uint32_t n, size_t size) {
    const uint32_t *tail = ch_guard_user(e, offset) + inner_words(size);
    return !ch_words_find_other(ch_at(e, offset), CH_FILL_FREE, CH_GUARD_HEAD / 4) &&
           !ch_words_find_other(tail, CH_FILL_FREE, outer_words(n, size));
}

CH_IRAM void ch_guard_dress(ch_engine_t *e, uint32_t offset, size_t size) {
    /* What is damaged stays as it is, and without a guard, until ch_guard_open() sees it with the lock open. */
    if (CH_FILLED) {
        uint32_t n = ch_engine_size(e, offset);
        if (!has_room(n, size) || !is_frame_free(e, offset, n, size)) return;
    }
    ch_guard_write(ch_guard_user(e, offset), (uint32_t)size);
}

CH_IRAM bool ch_guard_is_sound(const ch_engine_t *e, uint32_t offset, uint32_t n) { return ch_guard_is_whole(e, offset, n); }

bool ch_guard_leaves_word(const ch_engine_t *e, uint32_t offset, uint32_t n) {
    return ch_guard_room(n) - ch_guard_size_within(e, offset, n) >= CH_RECORD_BYTES;
}

/* It may have become sound, or the block another's, since somebody saw that it is not. */
ch_culprit_t ch_guard_fault(const ch_engine_t *e, uint32_t offset, uint32_t n) {
    const uint32_t *user = ch_guard_user(e, offset);
    uint32_t size = ch_guard_size(user), room = ch_guard_room(n);
    ch_culprit_t c = {.heap = (multi_heap_handle_t)(void *)(uintptr_t)e};
    if (user[CH_GUARD_CANARY] != ch_guard_head(user)) {
        c.reason = CH_REASON_HEAD, c.where = user + CH_GUARD_CANARY;
        c.expected = ch_guard_head(user), c.got = user[CH_GUARD_CANARY];
    } else if (!ch_guard_fits(e, offset, n, size)) {
        c.reason = CH_REASON_SIZE, c.where = user + CH_GUARD_LENGTH, c.expected = room + CH_OWNER_BYTES,
        c.got = size + CH_OWNER_BYTES;
    } else {
        c.reason = CH_REASON_TAIL, c.where = (const char *)user + size;
        c.expected = ch_guard_tail(user, size), c.got = ch_guard_word_at(user, size);
    }
    return c;
}

/* The byte, if only one of the word is wrong. */
ch_culprit_t ch_guard_fault_of_fill(const ch_engine_t *e, const uint32_t *where) {
    uint32_t wrong = *where ^ CH_FILL_FREE, low = 0;
    ch_culprit_t c = {.reason = CH_REASON_FILL_WORD,
                      .heap = (multi_heap_handle_t)(void *)(uintptr_t)e,
                      .where = where,
                      .expected = CH_FILL_FREE,
                      .got = *where};
    while (low < 24 && !(wrong >> low & 255)) low += 8;
    if (wrong >> low & ~255u) return c;
    c.reason = CH_REASON_FILL_BYTE, c.where = (const char *)where + low / 8;
    c.expected &= 255, c.got = c.got >> low & 255;
    return c;
}

CH_IRAM bool ch_guard_verify(const ch_engine_t *e, uint32_t offset, uint32_t n, const char *call, const void *given) {
    if (ch_guard_is_sound(e, offset, n)) return true;
    ch_culprit_t c = ch_guard_fault(e, offset, n);
    if (CH_KEYED && ch_quarantine_has(e, offset)) c = (ch_culprit_t){.reason = CH_REASON_HELD, .heap = c.heap};
    c.call = call, c.given = given;
    ch_culprit_stop(&c);
    return false;
}

/** Ends the program: the block that is handed out was damaged while it was free. With NDEBUG it gets its guard nevertheless. */
static CH_NOINLINE void refuse(ch_engine_t *e, uint32_t offset, size_t size) {
    ch_port_state_t state = ch_heap_lock(e);
    uint32_t n = ch_engine_size(e, offset);
    ch_heap_unlock(e, state);
    if (!has_room(n, size)) {
        ch_culprit_t c = {.reason = CH_REASON_FAULT,
                          .fault = CH_BAD_SIZE,
                          .heap = (multi_heap_handle_t)(void *)e,
                          .where = ch_at(e, offset),
                          .call = "malloc"};
        ch_culprit_stop(&c);
    }
    const uint32_t *where = ch_words_find_other(ch_at(e, offset), CH_FILL_FREE, (n << CH_G_SHIFT) / 4);
    if (ch_guard_is_sound(e, offset, n)) where = ch_words_find_other(ch_guard_user(e, offset), CH_FILL_FREE, inner_words(size));
    if (where) {
        ch_culprit_t c = ch_guard_fault_of_fill(e, where);
        c.call = "malloc";
        ch_culprit_stop(&c);
    }
    state = ch_heap_lock(e);
    ch_words_fill(ch_at(e, offset), CH_FILL_FREE, (n << CH_G_SHIFT) / 4);
    ch_guard_dress(e, offset, size);
    ch_heap_unlock(e, state);
}

CH_IRAM void ch_guard_open(ch_engine_t *e, uint32_t offset, size_t size) {
    uint32_t *user = ch_guard_user(e, offset);
    if (user[CH_GUARD_CANARY] != ch_guard_head(user) || ch_words_find_other(user, CH_FILL_FREE, inner_words(size)))
        refuse(e, offset, size);
    ch_words_fill(user, CH_FILL_FRESH, inner_words(size));
}

CH_IRAM void ch_guard_erase(const ch_engine_t *e, uint32_t offset) {
    const uint32_t *user = ch_guard_user(e, offset);
    ch_words_fill(ch_guard_user(e, offset), CH_FILL_FREE, inner_words(ch_guard_size(user)));
}

CH_IRAM void ch_guard_undress(ch_engine_t *e, uint32_t offset, uint32_t n, uint32_t size) {
    uint32_t *user = ch_guard_user(e, offset);
    ch_words_fill(ch_at(e, offset), CH_FILL_FREE, CH_GUARD_HEAD / 4);
    ch_words_fill(user + inner_words(size), CH_FILL_FREE, outer_words(n, size));
}
