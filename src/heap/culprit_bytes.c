/* SPDX-License-Identifier: MIT */
/*
 * Of a report: the memory around the damage.
 *
 *      0x80100040: 41 41 41 41 41 41 41 41 41 41 41 41[42 42]ad ba  AAAAAAAAAAAABB..
 *        expected:                                     78 56
 *
 * Memory is read by aligned words, and only within the heap's span.
 */
#include "base/line.h"
#include "heap/culprit_lines.h"
#include "heap/guard.h"

enum { ROW = 16, ROWS_BEFORE = 2, ROWS = 6 };

unsigned ch_culprit_byte(uintptr_t at) { return *(const volatile uint32_t *)(at & ~(uintptr_t)3) >> 8 * (at & 3) & 0xFF; }

int ch_culprit_expected(const ch_finding_t *f, uintptr_t at) {
    const ch_culprit_t *c = f->c;
    uintptr_t distance = at - (uintptr_t)c->where;
    bool is_fill = f->reason == CH_REASON_FILL_WORD || f->reason == CH_REASON_FILL_BYTE;
    if (f->reason != CH_REASON_HEAD && f->reason != CH_REASON_TAIL && !is_fill) return -1;
    if (f->reason == CH_REASON_FILL_BYTE && distance == 0) return (int)(c->expected & 0xFF);
    if (f->reason != CH_REASON_FILL_BYTE && distance < 4) return (int)(c->expected >> 8 * distance & 0xFF);
    if (!is_fill || distance >= CH_CULPRIT_LONGEST || !f->user) return -1;
    /* The fill goes on, up to what is not the user's; in a free block with words of the heap's between. */
    const ch_block_t *b = &f->scene.block;
    uintptr_t start = (uintptr_t)ch_at(f->scene.e, b->offset);
    if (!b->used && ch_is_own_word(b->n, (uint32_t)(at - start) / 4)) return -1;
    return at - (uintptr_t)f->user < f->size ? (int)(c->expected & 0xFF) : -1;
}

/** Whether a byte is one that the report is about. */
static bool is_marked(const ch_finding_t *f, uintptr_t at) {
    if (at < f->low || at >= f->high) return false;
    if (f->reason < CH_REASON_HEAD) return at == f->about;
    if (f->reason == CH_REASON_FAULT) return at == f->about;
    if (f->reason == CH_REASON_SIZE) return at - (uintptr_t)f->c->where < 4;
    int expected = ch_culprit_expected(f, at);
    return expected >= 0 && ch_culprit_byte(at) != (unsigned)expected;
}

static void add_bytes(ch_line_t *line, const ch_finding_t *f, uintptr_t row) {
    bool was = false;
    for (uintptr_t at = row; at != row + ROW; at++) {
        bool is = is_marked(f, at), in = at >= f->low && at < f->high;
        ch_line_add(line, "%s", is && !was ? "[" : was && !is ? "]" : " ");
        if (in)
            ch_line_add(line, "%02x", ch_culprit_byte(at));
        else
            ch_line_add(line, "--");
        was = is;
    }
    ch_line_add(line, "%s ", was ? "]" : " ");
    for (uintptr_t at = row; at != row + ROW; at++) {
        unsigned byte = at >= f->low && at < f->high ? ch_culprit_byte(at) : 0;
        ch_line_add(line, "%c", byte >= 0x20 && byte <= 0x7E ? (int)byte : '.');
    }
}

/** Below the bytes of a row: what those that are wrong should be. */
static CH_NOINLINE void print_expected(const ch_finding_t *f, uintptr_t row) {
    ch_line_t line;
    uintptr_t last = 0;
    for (uintptr_t at = row; at != row + ROW; at++) {
        if (is_marked(f, at) && ch_culprit_expected(f, at) >= 0) last = at;
    }
    if (!last) return;
    ch_line_begin(&line);
    ch_line_add(&line, CH_WIDE ? "          expected:" : "      expected:");
    for (uintptr_t at = row; at <= last; at++) {
        if (is_marked(f, at))
            ch_line_add(&line, " %02x", (unsigned)ch_culprit_expected(f, at));
        else
            ch_line_add(&line, "   ");
    }
    ch_line_end(&line);
}

/** Apart, as all that prints has a line on the stack: only one at a time is wanted. */
static CH_NOINLINE void print_row(const ch_finding_t *f, uintptr_t row) {
    ch_line_t line;
    ch_line_begin(&line);
    ch_line_add(&line, CH_WIDE ? "    0x%012lx:" : "    0x%08lx:", (unsigned long)row);
    add_bytes(&line, f, row);
    ch_line_end(&line);
}

void ch_culprit_print_bytes(const ch_finding_t *f) {
    uintptr_t about = f->damage ? (uintptr_t)f->damage : f->about;
    uintptr_t row = (about & ~(uintptr_t)(ROW - 1)) - ROWS_BEFORE * ROW;
    if (about < f->low || about >= f->high) return;
    ch_line_print("  memory:");
    for (unsigned n = 0; n < ROWS; n++, row += ROW) {
        if (row + ROW <= f->low || row >= f->high) continue;
        print_row(f, row);
        print_expected(f, row);
    }
}
