/* SPDX-License-Identifier: MIT */
/* Reading and writing shadow memory. Its form: kasan_shadow.h. */
#include "debug/kasan/kasan_shadow.h"

#include "base/report.h"
#include "base/words.h"
#include "capheap/port.h"
#include "kasan.h"

CH_NEAR_TABLE ch_kasan_map_t ch_kasan_map;
uintptr_t kasan_shadow_offset;

/** For bytes that two blocks share. */
static ch_port_lock_t shadow_lock = CH_PORT_LOCK_INIT;

uint8_t *ch_kasan_shadow_of(uintptr_t address) {
    if (address - ch_kasan_map.low < ch_kasan_map.span) return ch_kasan_map.shadow + ((address - ch_kasan_map.low) >> 3);
    if (ch_kasan_map.span == 0) return NULL;
    for (unsigned i = 1; i < ch_kasan_range_count; i++) {
        const ch_kasan_range_t *r = &ch_kasan_ranges[i];
        if (address - r->low < r->high - r->low) return r->shadow + ((address - r->low) >> 3);
    }
    return NULL;
}

static bool is_stack(unsigned byte) { return byte == 0xF1 || byte == 0xF2 || byte == 0xF3 || byte == 0xF5 || byte == 0xF8; }

/** The nibble for one half of a shadow byte. */
static unsigned nibble_in(unsigned byte, bool high) {
    if (byte >= 8 && !is_stack(byte)) return high ? byte >> 4 : byte & 15;
    if (byte >= 8) return byte == 0xF5 || byte == 0xF8 ? CH_KASAN_SCOPE : CH_KASAN_STACK;
    if (!high) return byte < 4 ? byte : 0;
    return byte == 0 ? 0 : byte <= 4 ? CH_KASAN_STACK : byte - 4;
}

unsigned ch_kasan_nibble(uintptr_t address) {
    const volatile uint8_t *shadow = ch_kasan_shadow_of(address);
    return shadow ? nibble_in(*shadow, address & 4) : 0;
}

/**
 * Units of 8 bytes from the one of `address` on in which nothing is forbidden; at most `units`. 0 if the last one is not covered.
 */
static uintptr_t count_free(uintptr_t address, uintptr_t units) {
    const volatile uint8_t *shadow = ch_kasan_shadow_of(address), *last = ch_kasan_shadow_of(address + 8 * (units - 1));
    uintptr_t n = 0;
    if (!shadow || last - shadow != (ptrdiff_t)units - 1) return 0;
    while (n < units && shadow[n] == 0) n++;
    return n;
}

uintptr_t ch_kasan_first_bad(uintptr_t address, size_t size) {
    uintptr_t at = address, left = size;
    if (size && address + (size - 1) >= address) {
        uintptr_t units = ((address + size - 1) >> 3) - (address >> 3) + 1, n = count_free(address, units);
        if (n == units) return 0;
        if (n) at = (address & ~(uintptr_t)7) + 8 * n, left -= at - address;
    }
    while (left) {
        const volatile uint8_t *shadow = ch_kasan_shadow_of(at);
        if (!shadow) return 0;
        unsigned byte = *shadow, nibble = byte ? nibble_in(byte, at & 4) : 0;
        uintptr_t unit = byte ? 4 : 8, in = at & (unit - 1), part = unit - in < left ? unit - in : left;
        if (nibble > 3) return at;
        if (nibble && in + part > nibble) return in >= nibble ? at : at - in + nibble;
        at += part, left -= part;
    }
    return 0;
}

/** One nibble, without losing what others write to the other one (S1). */
static void set_nibble(uintptr_t address, unsigned nibble) {
    volatile uint8_t *shadow = ch_kasan_shadow_of(address);
    if (!shadow) return;
    ch_port_state_t state = ch_port_lock(&shadow_lock);
    unsigned low = nibble_in(*shadow, false), high = nibble_in(*shadow, true);
    if (address & 4)
        high = nibble;
    else
        low = nibble;
    if (low >= 1 && low <= 3 && (high < 8 || high == 0xF)) low = 0;
    *shadow = (uint8_t)(high << 4 | low);
    ch_port_unlock(&shadow_lock, state);
}

/** Whole bytes of shadow memory. */
static void fill(volatile uint8_t *from, volatile const uint8_t *end, unsigned nibble) {
    uint32_t value = nibble * 0x11u;
    while (from < end && (uintptr_t)from & 3) *from++ = (uint8_t)value;
    size_t words = (size_t)(end - from) / 4;
    ch_words_fill((void *)(uintptr_t)from, value * 0x01010101u, words);
    for (from += 4 * words; from < end; from++) *from = (uint8_t)value;
}

/** Where the coverage of an address ends, or the end that was asked for. */
static uintptr_t covered_end(uintptr_t from, uintptr_t to) {
    for (unsigned i = 0; i < ch_kasan_range_count; i++) {
        const ch_kasan_range_t *r = &ch_kasan_ranges[i];
        if (from - r->low < r->high - r->low) return to - r->low < r->high - r->low ? to : r->high;
    }
    return from;
}

void ch_kasan_mark(uintptr_t from, uintptr_t to, unsigned nibble) {
    if (from >= to || !ch_kasan_shadow_of(from)) return;
    to = covered_end(from, to);
    if (from & 4) {
        set_nibble(from, nibble);
        from += 4;
    }
    if (from < to && to & 4) {
        to -= 4;
        set_nibble(to, nibble);
    }
    if (from >= to) return;
    uint8_t *shadow = ch_kasan_shadow_of(from);
    fill(shadow, shadow + ((to - from) >> 3), nibble);
}

void ch_kasan_allow(uintptr_t from, size_t size) {
    uintptr_t end = from + size, whole = end & ~(uintptr_t)3;
    ch_kasan_mark(from, whole, 0);
    /* A byte behind that was allowed stays allowed: it may be another one's. */
    if (end != whole && ch_kasan_nibble(whole) != 0) set_nibble(whole, (unsigned)(end - whole));
}

void kasan_poison_region(const void *addr, size_t size, uint8_t tag) {
    uintptr_t from = ((uintptr_t)addr + 3) & ~(uintptr_t)3, end = ((uintptr_t)addr + size) & ~(uintptr_t)3;
    ch_kasan_mark(from, end, tag & 15u);
}

void kasan_unpoison_region(const void *addr, size_t size) { ch_kasan_allow((uintptr_t)addr & ~(uintptr_t)3, size); }

void kasan_init_shadow(void) {
    size_t bytes = 0;
    for (unsigned i = 0; i < ch_kasan_range_count; i++) {
        const ch_kasan_range_t *r = &ch_kasan_ranges[i];
        fill(r->shadow, r->shadow + ((r->high - r->low) >> 3), 0);
        bytes += (r->high - r->low) >> 3;
    }
    const ch_kasan_range_t *first = &ch_kasan_ranges[0];
    kasan_shadow_offset = (uintptr_t)first->shadow - (first->low >> 3);
    ch_kasan_map.low = first->low;
    ch_kasan_map.shadow = first->shadow;
    ch_kasan_map.span = first->high - first->low;
    ch_kasan_mark_globals();
    ch_report("KASAN: kernel-address sanitizer initialized (shadow %u bytes, map base 0x%08x)", (unsigned)bytes,
              (unsigned)kasan_shadow_offset);
}

void ch_kasan_start(void) {
    if (ch_kasan_map.span == 0) kasan_init_shadow();
}
