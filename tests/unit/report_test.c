/* SPDX-License-Identifier: MIT */
/*
 * Reports of faults: the first lines as the contract has them, what ends the program and with which words, and that a report of
 * anything, in a heap damaged in any way, reads nothing outside the heap, writes nothing, and needs little stack. Whole reports:
 * tests/report.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/line.h"
#include "ch_test.h"
#include "heap/culprit.h"
#include "heap/guard.h"
#include "heap/heap.h"
#include "unit/room.h"

static uint32_t state;

static uint32_t draw(uint32_t below) {
    state ^= state << 13, state ^= state >> 17, state ^= state << 5;
    return (uint32_t)((uint64_t)state * below >> 32);
}

static void begin(size_t size) {
    if (!room) room_open_framed(); /* once: boards have room for few */
    if (!state) state = ch_test_seed();
    memset(room, FILL, ROOM);
    span_size = size;
    span = draw(2) ? room : room + ROOM - size;
    heap = multi_heap_register(span, size);
    assert_non_null(heap);
    e = ch_heap_engine(heap);
}

/** Expects the captured output to begin with a line. */
static void expect_first(const char *line) {
    const char *text = ch_test_output();
    if (strncmp(text, line, strlen(line)) != 0 || text[strlen(line)] != '\n') fail_msg("expected: %s\ngot: %s", line, text);
}

static void expect_words(const char *words) {
    if (!strstr(ch_test_output(), words)) fail_msg("expected '%s' in: %s", words, ch_test_output());
}

/** The last line is the one for machines. */
static void expect_record(const char *reason) {
    char words[64];
    snprintf(words, sizeof words, "\nHEAP-REPORT v=1 reason=%s ", reason);
    const char *record = strstr(ch_test_output(), words);
    if (!record || strchr(record + 1, '\n')[1] != '\0') fail_msg("no last line with reason=%s: %s", reason, ch_test_output());
}

/* ---- lines ---- */

static void lines_are_formatted_as_printf_does(void **unused) {
    (void)unused;
    char expected[128];
    ch_line_print("%s %u %x %c 0x%08x 0x%02x %lu %p|", "text", 0u, 255u, 'c', 0xabcu, 7u, ~0ul, (void *)0x1234);
    snprintf(expected, sizeof expected, "text 0 ff c 0x00000abc 0x07 %lu 0x1234|", ~0ul);
    expect_first(expected);
    ch_test_output_clear();
    ch_line_print("%08lx %p", (unsigned long)UINTPTR_MAX, (void *)0);
    snprintf(expected, sizeof expected, "%08lx 0x0", (unsigned long)UINTPTR_MAX);
    expect_first(expected);
}

static void a_line_may_be_of_any_length(void **unused) {
    (void)unused;
    ch_line_t line;
    for (unsigned n = 150; n < 350; n++) {
        ch_test_output_clear();
        ch_line_begin(&line);
        for (unsigned i = 0; i < n; i++) ch_line_add(&line, "%c", 'a' + (int)(i % 26));
        ch_line_end(&line);
        assert_int_equal(strlen(ch_test_output()), n + 1);
        for (unsigned i = 0; i < n; i++) assert_int_equal(ch_test_output()[i], 'a' + (int)(i % 26));
        assert_int_equal(ch_test_output()[n], '\n');
    }
}

/* ---- first lines, ends ---- */

static void damage_is_told_in_the_contract_s_words(void **unused) {
    (void)unused;
    begin(2048);
    char *p = multi_heap_malloc(heap, 40), line[128];
    static const struct {
        ch_reason_t reason;
        const char *format, *record;
    } cases[] = {
        {CH_REASON_HEAD, "CORRUPT HEAP: Bad head at 0x%lx. Expected 0x%08x got 0x%08x", "head"},
        {CH_REASON_TAIL, "CORRUPT HEAP: Bad tail at 0x%lx. Expected 0x%08x got 0x%08x", "tail"},
        {CH_REASON_SIZE, "CORRUPT HEAP: Size at 0x%lx expected <=0x%08x got 0x%08x", "size"},
        {CH_REASON_FILL_WORD, "CORRUPT HEAP: Invalid data at 0x%lx. Expected 0x%08x got 0x%08x", "fill"},
        {CH_REASON_FILL_BYTE, "CORRUPT HEAP: Invalid data at 0x%lx. Expected 0x%02x got 0x%02x", "fill_byte"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool is_byte = cases[i].reason == CH_REASON_FILL_BYTE;
        ch_culprit_t c = {.reason = cases[i].reason, .heap = heap, .call = "check", .where = p + 8};
        c.expected = is_byte ? 0x0E : 0x0BAD5678, c.got = is_byte ? 0x01 : 0x12;
        ch_test_output_clear();
        ch_culprit_report(&c);
        snprintf(line, sizeof line, cases[i].format, (unsigned long)(uintptr_t)(p + 8), (unsigned)c.expected, (unsigned)c.got);
        expect_first(line);
        expect_record(cases[i].record);
        expect_words("\n  cause: ");
        expect_words("\n  block: ");
        ch_test_output_clear();
        c.is_brief = true;
        ch_culprit_report(&c);
        expect_first(line);
        assert_null(strstr(ch_test_output(), "\n  "));
        if (CH_CFG_NDEBUG) continue;
        CH_EXPECT_FATAL(ch_culprit_stop(&c));
        assert_ptr_equal(ch_test_fatal_address(), p + 8);
    }
}

/** Somebody may have repaired it since it was found. */
static void what_is_no_longer_wrong_is_told_as_it_was_found(void **unused) {
    (void)unused;
    begin(2048);
    char *p = multi_heap_malloc(heap, 40);
    ch_test_output_clear();
    const ch_culprit_t c = {.reason = CH_REASON_TAIL, .heap = heap, .where = p + 40, .expected = 0x1234, .got = 0x1234};
    ch_culprit_report(&c);
    expect_words("Expected 0x00001234 got 0x00001234\n");
    expect_words("\n  cause: written at offset ");
    assert_null(strstr(ch_test_output(), "a single bit differs"));
    expect_record("tail");
}

static void structure_faults_are_told_with_their_number(void **unused) {
    (void)unused;
    begin(2048);
    char line[96];
    for (ch_fault_t fault = CH_BAD_SIZE; fault <= CH_BAD_BITS; fault++) {
        ch_culprit_t c = {.reason = CH_REASON_FAULT, .fault = fault, .heap = heap, .where = e};
        ch_test_output_clear();
        ch_culprit_report(&c);
        snprintf(line, sizeof line, "CORRUPT HEAP: multi_heap.c:%u detected at 0x%08lx (", (unsigned)fault,
                 (unsigned long)(uintptr_t)e);
        if (strncmp(ch_test_output(), line, strlen(line)) != 0) fail_msg("%s", ch_test_output());
        expect_record("structure");
    }
}

static void expect_pointer(const void *p, const char *words, const char *record, const char *stop) {
    ch_test_output_clear();
    CH_EXPECT_FATAL(ch_heap_bad_pointer(heap, p, "free"));
    expect_words(words);
    expect_record(record);
    assert_string_equal(ch_test_fatal_reason(), stop);
    assert_ptr_equal(ch_test_fatal_address(), p);
}

static void a_pointer_is_told_for_what_it_is(void **unused) {
    (void)unused;
    if (CH_CFG_NDEBUG) skip();
    begin(2048);
    char *before = multi_heap_malloc(heap, 40), *p = multi_heap_malloc(heap, 40), *behind = multi_heap_malloc(heap, 40);
    static const char no_start[] = "the pointer is not the start of a block", is_free[] = "block already marked as free";
    expect_pointer(p, "it holds a heap, the block", "hosts", no_start);
    expect_pointer(p + 1, "it lies inside the block", "interior", no_start);
    expect_pointer(p + 39, "it lies inside the block", "interior", no_start);
    if (CH_FRAME_HEAD) expect_pointer(p - 4, "it lies inside the block", "in_frame", no_start);
    if (CH_FRAME_TAIL) expect_pointer(p + 40, "it lies inside the block", "in_frame", no_start);
    multi_heap_free(heap, p);
    if (CH_HOLDS_BACK) return; /* who frees it a second time: tests of the quarantine */
    expect_pointer(p, is_free, "freed", is_free);
    expect_pointer(p + 4, is_free, "in_free", is_free);
    multi_heap_free(heap, before);
    expect_pointer(p, is_free, "in_free", is_free);
    multi_heap_free(heap, behind);
    expect_pointer(e, "outside the heap's blocks", "no_block", no_start);
    expect_pointer((char *)e + e->end, "outside the heap's blocks", "no_block", no_start);
    expect_pointer((char *)e - 4, "outside the heap's blocks", "no_block", no_start);
    e->end += 1000;
    expect_pointer(p, "outside the heap's blocks", "no_block", no_start);
    heap = NULL;
    expect_pointer(p, "outside all heaps", "outside", "the pointer is outside all heaps");
}

/* ---- any heap, any fault ---- */

static void fill_heap(void) {
    void *blocks[24] = {NULL};
    for (unsigned n = 0; n < 200; n++) {
        unsigned i = draw(24);
        if (blocks[i]) {
            multi_heap_free(heap, blocks[i]);
            blocks[i] = NULL;
        } else {
            blocks[i] = multi_heap_malloc(heap, 1 + draw(draw(4) ? 60 : 600));
        }
    }
    ch_test_output_clear();
}

/** An address that a fault may be about: in the span or around it, or anywhere at all. */
static const void *draw_address(void) {
    switch (draw(8)) {
    case 0: return (const void *)(uintptr_t)(draw(~0u) * (uintptr_t)0x100000001ull);
    case 1: return span - draw(64);
    case 2: return span + span_size + draw(64);
    case 3: return span + span_size - draw(8);
    case 4: return NULL;
    default: return span + draw((uint32_t)span_size);
    }
}

static ch_culprit_t draw_fault(void) {
    ch_culprit_t c = {.reason = (ch_reason_t)draw(CH_REASONS), .heap = heap, .expected = draw(~0u), .got = draw(~0u)};
    c.fault = (ch_fault_t)draw(CH_BAD_BITS + 1);
    c.call = draw(2) ? "test" : NULL;
    c.where = c.reason >= CH_REASON_HEAD || draw(4) == 0 ? draw_address() : NULL;
    c.given = draw(2) ? draw_address() : NULL;
    c.block = draw(4) ? NULL : draw_address();
    if (c.reason < CH_REASON_HEAD) c.reason = CH_REASON_POINTER; /* the others the report finds out */
    c.is_brief = draw(8) == 0;
    return c;
}

static CH_TEST_LARGE unsigned char copy[ROOM], damaged[ROOM];

static void no_report_reads_outside_or_writes(void **unused) {
    (void)unused;
    uint32_t rounds = ch_test_on_host() ? 100000 : 1500;
    for (uint32_t round = 0; round < rounds; round++) {
        if (round % 64 == 0) {
            begin(256 + 4 * draw(draw(4) ? 500 : (ROOM - 256) / 4));
            fill_heap();
        }
        uint32_t damage = draw(3) ? draw(4) : 0; /* 0: sound */
        memcpy(copy, room, ROOM);
        while (damage--) {
            uint32_t at = 4 * draw((uint32_t)span_size / 4), *word = (uint32_t *)(void *)(span + at);
            if (word == &e->above[0] || word == &e->above[1]) continue; /* the address of the lock */
            *word = draw(2) ? draw(~0u) : draw(2) ? *word ^ 1u << draw(32) : draw(e->end);
        }
        memcpy(damaged, room, ROOM);
        ch_culprit_t c = draw_fault();
        ch_test_output_clear();
        ch_culprit_report(&c);
        assert_memory_equal(room, damaged, ROOM);
        const char *text = ch_test_output();
        if (strncmp(text, "CORRUPT HEAP: ", 14) != 0 || !strstr(text, "\nHEAP-REPORT v=1 ")) fail_msg("%s", text);
        memcpy(room, copy, ROOM);
    }
}

static void what_is_beside_the_heap_is_not_shown(void **unused) {
    (void)unused;
    if (CH_CFG_NDEBUG) skip();
    begin(2048);
    span = room + 4; /* a row of 16 bytes begins before it, and one ends behind it */
    span_size = 2036;
    memset(room, 0x5A, ROOM);
    memset(span, 0, span_size);
    heap = multi_heap_register(span, span_size);
    e = ch_heap_engine(heap);
    const void *edges[] = {e, (char *)e + e->end - 4, NULL};
    for (size_t i = 0; i < 3; i++) {
        ch_test_output_clear();
        const ch_culprit_t c = {.reason = CH_REASON_FAULT, .fault = CH_BAD_BITS, .heap = heap, .where = edges[i]};
        ch_culprit_report(&c);
        if (i == 2) expect_words(": -- ");
        assert_null(strstr(ch_test_output(), " 5a 5a"));
        const char *lowest = strstr(ch_test_output(), "span=0x");
        assert_non_null(lowest);
        edges[2] = (const void *)(uintptr_t)strtoull(lowest + 5, NULL, 16);
    }
}

static void a_report_changes_nothing(void **unused) {
    (void)unused;
    for (uint32_t round = 0; round < 500; round++) {
        begin(2048);
        fill_heap();
        ch_culprit_t c = draw_fault();
        memcpy(copy, room, ROOM);
        ch_culprit_report(&c);
        assert_memory_equal(room, copy, ROOM);
        assert_true(multi_heap_check(heap, true));
        ch_test_output_clear();
    }
}

/* ---- stack ---- */

enum { PAINTED = 8192 };

/** Paints the stack below, or tells how much of the paint is gone. One function for both, so that its frame lies in one place. */
static CH_NOINLINE size_t paint(bool first) {
    volatile unsigned char area[PAINTED];
    size_t clean = 0;
    __asm__ volatile("" : : "r"(area) : "memory");
    for (size_t i = 0; first && i < PAINTED; i++) area[i] = 0x5C;
    while (!first && clean < 64 && area[clean] != 0x5C) clean++; /* the caller may have arguments on the stack that time */
    while (clean < PAINTED && area[clean] == 0x5C) clean++;
    return PAINTED - clean;
}

static void a_report_needs_little_stack(void **unused) {
    (void)unused;
#if defined __SANITIZE_ADDRESS__
    skip();
#endif
    begin(4096);
    fill_heap();
    size_t most = 0;
    for (uint32_t round = 0; round < 400; round++) {
        ch_culprit_t c = draw_fault();
        paint(true);
        ch_culprit_report(&c);
        size_t used = paint(false);
        if (used > most) most = used;
        ch_test_output_clear();
    }
    print_message("a report takes up to %lu bytes of stack\n", (unsigned long)most);
    assert_in_range(most, 1, CH_CULPRIT_STACK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_formatted_as_printf_does),
        cmocka_unit_test(a_line_may_be_of_any_length),
        cmocka_unit_test(damage_is_told_in_the_contract_s_words),
        cmocka_unit_test(what_is_no_longer_wrong_is_told_as_it_was_found),
        cmocka_unit_test(structure_faults_are_told_with_their_number),
        cmocka_unit_test(a_pointer_is_told_for_what_it_is),
        cmocka_unit_test(no_report_reads_outside_or_writes),
        cmocka_unit_test(what_is_beside_the_heap_is_not_shown),
        cmocka_unit_test(a_report_changes_nothing),
        cmocka_unit_test(a_report_needs_little_stack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
