/* SPDX-License-Identifier: MIT */
/*
 * The report of a fault. Two lines as ESP-IDF prints them, then what else is known:
 *
 *      KASAN error: WRITE of size 1 at 0x8010003d
 *        Bug type: heap-buffer-overflow (partial granule) (shadow nibble=0x1)
 *        pc 0x80000a1c, core 0, task 0x00000000
 *        block 0x80100030 of 13 bytes, in use: the access is at offset 13
 *          allocated at 0x80000a0e by task 0x00000000
 *        shadow (a digit for 4 bytes):
 *          0x80100020: E E E E 0 0 0[1] D D D D F F F F
 *
 * Nothing is reported while a report is made, or while checks are disabled.
 */
#include <string.h>

#include "base/report.h"
#include "capheap/port.h"
#include "debug/kasan/kasan_blocks.h"
#include "debug/kasan/kasan_variables.h"

static struct {
    ch_port_lock_t lock;
    uint32_t disabled, errors;
} state = {.lock = CH_PORT_LOCK_INIT};

/** Adds to the number of reasons not to report; returns what it was before. */
static uint32_t disable(uint32_t change) {
    ch_port_state_t before = ch_port_lock(&state.lock);
    uint32_t was = state.disabled;
    state.disabled += change;
    ch_port_unlock(&state.lock, before);
    return was;
}

void kasan_disable_checks(void) { disable(1); }

void kasan_enable_checks(void) { disable((uint32_t)-1); }

uint32_t kasan_get_error_count(void) { return CH_LOAD_RELAXED(state.errors); }

void kasan_reset_error_count(void) { CH_STORE_RELAXED(state.errors, 0); }

/** What the memory at an address belongs to: of a part of a word, what forbids the rest. */
static unsigned reason_at(uintptr_t bad) {
    unsigned nibble = ch_kasan_nibble(bad);
    if (nibble < 1 || nibble > 3) return nibble;
    unsigned next = ch_kasan_nibble((bad & ~(uintptr_t)3) + 4);
    return next >= CH_KASAN_SCOPE && next <= CH_KASAN_GLOBAL ? next : nibble;
}

static const char *text_of(unsigned reason) {
    switch (reason) {
    case 1:
    case 2:
    case 3: return "heap-buffer-overflow (partial granule)";
    case CH_KASAN_SCOPE: return "stack-use-after-scope";
    case CH_KASAN_STACK: return "stack-buffer-overflow";
    case CH_KASAN_GLOBAL: return "global-buffer-overflow";
    case KASAN_POISON_UNINIT: return "uninitialised memory";
    case KASAN_POISON_HEAP_RRZ: return "heap-buffer-overflow (right redzone)";
    case KASAN_POISON_HEAP_LRZ: return "heap-buffer-underflow (left redzone)";
    case KASAN_POISON_HEAP_FREE: return "use-after-free";
    default: return "unknown poison";
    }
}

/** " called from A B C", or nothing. */
static void print_callers(const volatile uint32_t *callers) {
    char line[16 * CH_KASAN_CALLERS + 32] = "      called from";
    static const char digits[] = "0123456789abcdef";
    size_t length = strlen(line);
    for (int i = 0; i < CH_KASAN_CALLERS && callers[i]; i++) {
        line[length++] = ' ', line[length++] = '0', line[length++] = 'x';
        for (int shift = 28; shift >= 0; shift -= 4) line[length++] = digits[callers[i] >> shift & 15];
    }
    line[length] = '\0';
    if (CH_KASAN_CALLERS && callers[0]) ch_report("%s", line);
}

static void print_block(const ch_kasan_block_t *b, uintptr_t address) {
    bool before = address < b->user;
    unsigned distance = (unsigned)(before ? b->user - address : address - b->user);
    ch_report("  block 0x%08x of %u bytes, %s: the access is at offset %s%u", (unsigned)b->user, (unsigned)b->size,
              b->gone ? "freed" : "in use", before ? "-" : "", distance);
    const volatile uint32_t *r = b->record;
    if (CH_KASAN_HAS_PCS)
        ch_report("    allocated at 0x%08x by task 0x%08x", (unsigned)r[2], CH_KASAN_HAS_TASKS ? (unsigned)r[4] : 0u);
    print_callers(r + 6);
    if (!CH_KASAN_HAS_PCS || !b->gone) return;
    ch_report("    freed at 0x%08x by task 0x%08x", (unsigned)r[3], CH_KASAN_HAS_TASKS ? (unsigned)r[5] : 0u);
    print_callers(r + 6 + CH_KASAN_CALLERS);
}

/** Tells about the block that an address belongs to; in front of one, also about the block that ends there. */
static void print_blocks(uintptr_t address, unsigned nibble) {
    ch_kasan_block_t b = ch_kasan_block_below(address);
    bool inside = b.record && address - b.user < b.size, in_front = b.record && address < b.user;
    if (nibble == KASAN_POISON_HEAP_FREE && b.record && !inside && !(b.gone && address - (uintptr_t)b.record < b.size + 128))
        b.record = NULL;
    if (!b.record)
        ch_report("  no record is left of a block there");
    else
        print_block(&b, address);
    if (!in_front) return;
    ch_kasan_block_t last = ch_kasan_block_below((uintptr_t)b.record - 4);
    if (last.record && address - (last.user + last.size) < 256) print_block(&last, address);
}

enum { ROW = 64, ROWS = 5 }; /* bytes of memory in a row */

static void print_shadow(uintptr_t bad) {
    static const char digits[] = "0123456789ABCDEF";
    ch_report("  shadow (a digit for 4 bytes):");
    for (int row = 0; row < ROWS; row++) {
        uintptr_t from = (bad & ~(uintptr_t)(ROW - 1)) + (uintptr_t)((row - ROWS / 2) * ROW);
        char text[2 * ROW / 4 + 2];
        size_t n = 0;
        for (uintptr_t at = from; at - from < ROW; at += 4) {
            bool here = at == (bad & ~(uintptr_t)3), after = at == (bad & ~(uintptr_t)3) + 4 && at != from;
            text[n++] = (char)(here ? '[' : after ? ']' : ' ');
            text[n++] = (char)(ch_kasan_shadow_of(at) ? digits[ch_kasan_nibble(at)] : '-');
        }
        text[n] = from + ROW - 4 == (bad & ~(uintptr_t)3) ? ']' : '\0';
        text[n + 1] = '\0';
        ch_report("    0x%08x:%s", (unsigned)from, text);
    }
}

/** Whether a report may begin; if so no other one does until end(). */
static bool begin(void) {
    if (disable(1) == 0) return true;
    disable((uint32_t)-1);
    return false;
}

static void print_where(uintptr_t bad, const void *pc) {
    ch_report("  Bug type: %s (shadow nibble=0x%x)", text_of(reason_at(bad)), ch_kasan_nibble(bad));
    ch_report("  pc 0x%08x, core %u, task 0x%08x", (unsigned)(uintptr_t)pc, ch_port_core_id(),
              (unsigned)(uintptr_t)ch_port_task_id());
}

static void end(uintptr_t bad, bool of_block) {
    unsigned reason = reason_at(bad);
    if (reason == CH_KASAN_GLOBAL)
        ch_kasan_print_global(bad);
    else if (reason == CH_KASAN_STACK || reason == CH_KASAN_SCOPE)
        ch_kasan_print_local(bad);
    else if (of_block)
        print_blocks(bad, reason);
    print_shadow(bad);
    CH_STORE_RELAXED(state.errors, CH_LOAD_RELAXED(state.errors) + 1);
    if (!CH_CFG_KASAN_NO_HALT) {
        ch_kasan_leave_frames(); /* in case that what the port does ends elsewhere */
        ch_port_fatal("KASAN: invalid memory access", (const void *)bad);
    }
    disable((uint32_t)-1);
}

void ch_kasan_report_access(uintptr_t address, size_t size, bool is_write, uintptr_t bad, const void *pc) {
    if (!begin()) return;
    ch_report("KASAN error: %s of size %u at 0x%08x", is_write ? "WRITE" : "READ", (unsigned)size, (unsigned)address);
    print_where(bad, pc);
    if (bad != address) ch_report("  first bad byte: 0x%08x", (unsigned)bad);
    end(bad, ch_kasan_nibble(bad) != KASAN_POISON_UNINIT);
}

void ch_kasan_report_free(uintptr_t user, const char *text, const void *pc) {
    if (!begin()) return;
    unsigned nibble = ch_kasan_nibble(user);
    ch_report("KASAN error: FREE of 0x%08x", (unsigned)user);
    ch_report("  Bug type: %s (shadow nibble=0x%x)", text, nibble);
    ch_report("  pc 0x%08x, core %u, task 0x%08x", (unsigned)(uintptr_t)pc, ch_port_core_id(),
              (unsigned)(uintptr_t)ch_port_task_id());
    end(user, true);
}
