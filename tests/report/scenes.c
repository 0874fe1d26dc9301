/* SPDX-License-Identifier: MIT */
/*
 * Makes the faults that reports are about, one after the other, each in a fresh heap, and prints the reports: tests/report/check
 * compares them with tests/report/golden, and puts them into docs/REPORTS.md. Which faults there are is a matter of the level of
 * detection.
 *
 *      heap     | a: 100 bytes | b: 13 bytes | c: 60 bytes | d: 200 bytes | 40 bytes | free
 */
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "capheap/origin.h"
#include "capheap/port.h"
#include "esp_heap_caps.h"
#include "heap/culprit.h"
#include "heap/heap.h"
#include "heap/seal.h"

#if defined __unix__
#include "posix_ram.h"
#endif

enum { SPAN = 2048 };
#define PLACE 0x82000000u /* the same everywhere, so that reports are */

static jmp_buf back;
static multi_heap_handle_t heap;
static char *a, *b, *c, *d;
static bool is_recorded, may_lock;

#define LOCK ((ch_port_lock_t *)(PLACE + SPAN)) /* its address stands in the heap */

static bool is_locked(void) {
#if defined __unix__
    return LOCK->depth != 0;
#else
    return false;
#endif
}

void ch_port_print(const char *text, size_t len) {
    if (is_locked() && !may_lock) printf("(THE LOCK IS HELD) ");
    fwrite(text, 1, len, stdout);
}

void ch_port_fatal(const char *reason, const void *address) {
    printf("(ch_port_fatal: %s, 0x%lx)\n", reason, (unsigned long)(uintptr_t)address);
    longjmp(back, 1);
}

uint32_t ch_port_random(void) { return 0x12345678; } /* keys that are the same each time */

unsigned ch_port_core_id(void) { return 0; }

void *ch_port_task_id(void) { return (void *)0x80012340; }

bool ch_origin_of(const void *user, ch_origin_t *origin) {
    (void)user;
    if (!is_recorded) return false;
    *origin = (ch_origin_t){.size = 13,
                            .allocated = {(void *)0x80012340, {(void *)0x80001e4a, (void *)0x80001f02}},
                            .freed = {(void *)0x80014480, {(void *)0x80002a1c}}};
    return true;
}

static char *block(size_t size, char fill) {
    char *p = multi_heap_malloc(heap, size);
    memset(p, fill, size);
    return p;
}

static void scene(const char *title, void (*act)(void)) {
    printf("== %s\n", title);
    memset((void *)PLACE, 0, SPAN);
    is_recorded = may_lock = false;
    *LOCK = (ch_port_lock_t)CH_PORT_LOCK_INIT;
    if (setjmp(back)) return;
    heap = multi_heap_register((void *)PLACE, SPAN);
    multi_heap_set_lock(heap, LOCK);
    a = block(100, 'A'), b = block(13, 'B'), c = block(60, 'C'), d = block(200, 'D');
    block(40, 'E');
    act();
}

/* ---- wrong pointers ---- */

static void interior(void) { multi_heap_free(heap, b + 4); }

static void twice(void) {
    multi_heap_free(heap, b);
    multi_heap_free(heap, b);
}

static void twice_recorded(void) {
    is_recorded = true;
    twice();
}

static void twice_merged(void) {
    multi_heap_free(heap, b);
    multi_heap_free(heap, c);
    multi_heap_free(heap, c);
}

static void twice_held(void) {
    ch_heap_engine(heap)->above[3] = 1; /* as a heap of the system: only those hold back */
    if (CH_KEYED) ch_seal_all(ch_heap_engine(heap));
    twice();
}

static void realloc_freed(void) {
    multi_heap_free(heap, d);
    d = multi_heap_realloc(heap, d, 300);
}

static void own_words(void) { multi_heap_free(heap, (char *)heap + 16); }

static void number(void) { heap_caps_free((void *)12); }

static void characters(void) {
    void *p;
    memcpy(&p, "strings!", sizeof p);
    p = heap_caps_realloc(p, 10, MALLOC_CAP_8BIT);
}

/* ---- overflow, underflow ---- */

static void overflow(void) {
    memset(b, 'X', 13 + 4);
    multi_heap_free(heap, b);
}

static void off_by_one(void) {
    b[13] = '\0';
    multi_heap_check(heap, true);
}

static void off_by_two(void) {
    b[14] = 'X';
    multi_heap_check(heap, true);
}

static void underflow(void) {
    memset(c - 4, 'X', 4);
    multi_heap_free(heap, c);
}

static void long_overflow(void) {
    memset(b, 'X', (size_t)(c - b));
    multi_heap_free(heap, c);
}

static void one_bit(void) {
    ((uint32_t *)(void *)c)[-2] ^= 0x100;
    multi_heap_free(heap, c);
}

static void into_free(void) {
    multi_heap_free(heap, c);
    memset(b, 'X', 13 + 27);
    multi_heap_check(heap, true);
}

/* ---- written after free ---- */

static void stale_link(void) {
    multi_heap_free(heap, c);
    memcpy((void *)((uintptr_t)c - CH_FRAME_HEAD), "a message!", 10);
    multi_heap_check(heap, true);
}

static void stale_link_met(void) {
    multi_heap_free(heap, c);
    memcpy((void *)((uintptr_t)c - CH_FRAME_HEAD), "a message!", 10);
    may_lock = true; /* in the midst of a change: the program ends */
    c = multi_heap_malloc(heap, 60);
}

static void stale_byte(void) {
    multi_heap_free(heap, c);
    c[30]++;
    multi_heap_check(heap, true);
}

static void stale_string(void) {
    multi_heap_free(heap, c);
    memcpy(c + 20, "a message!", 10);
    c = multi_heap_malloc(heap, 60);
}

/* ---- the heap's own words ---- */

static void control(void) {
    ch_heap_engine(heap)->end = 0x10000;
    multi_heap_check(heap, true);
    multi_heap_free(heap, b);
}

static void totals(void) {
    ch_heap_engine(heap)->free += 3;
    multi_heap_check(heap, true);
}

static void bits(void) {
    ((uint32_t *)(void *)heap)[-1] ^= 1u << 31;
    multi_heap_check(heap, true);
}

static void damaged_before(void) {
    multi_heap_free(heap, b);
    ((uint32_t *)((uintptr_t)b - CH_FRAME_HEAD))[2] = 0xFFFFFFF1u; /* its size */
    multi_heap_free(heap, d + 8);
}

int main(void) {
#if defined __unix__
    if (!posix_ram_map(PLACE, 2 * SPAN)) return 2;
    setvbuf(stdout, NULL, _IONBF, 0);
#endif
    scene("a pointer into a block", interior);
    scene("freed twice", twice);
    scene("freed twice, with a record of who", twice_recorded);
    scene("freed twice, merged since", twice_merged);
    if (CH_KEYED) scene("freed twice, held back", twice_held);
    scene("realloc of a freed block", realloc_freed);
    scene("a pointer to the heap's own words", own_words);
    scene("a number for a pointer", number);
    scene("characters for a pointer", characters);
    scene("overflow into a free block", into_free);
    if (CH_GUARDED) {
        scene("overflow by four bytes", overflow);
        scene("off by one", off_by_one);
        scene("beyond the end", off_by_two);
        scene("overflow into the next block", long_overflow);
        scene("underflow", underflow);
        scene("one bit", one_bit);
    }
    scene("written after free, into links", stale_link);
    scene("written after free, met by malloc", stale_link_met);
    if (CH_FILLED) {
        scene("written after free, one byte", stale_byte);
        scene("written after free, seen by malloc", stale_string);
    }
    scene("control block overwritten", control);
    scene("totals overwritten", totals);
    scene("bits overwritten", bits);
    scene("a wrong pointer behind other damage", damaged_before);
    printf("== end\n");
    return 0;
}
