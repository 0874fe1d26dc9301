/* SPDX-License-Identifier: MIT */
/* See fuzz.h. Defines the port's functions too: text is dropped, a fatal error is either expected or the end. */
#include "fuzz.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capheap/port.h"
#include "ch_test.h"

#if defined __has_feature
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif
#if defined __SANITIZE_ADDRESS__ || defined WITH_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(start, size) ((void)(start), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(start, size) ((void)(start), (void)(size))
#endif

#define GUARD 128u
#define GUARD_BYTE 0x5A

/* ---- what does not hold ---- */

void fail_msg(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "fuzz: %s, granule %d: ", fuzz_target_name, CH_CFG_GRANULE);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    abort();
}

/* ---- the port: FUZZ_TALK in the environment shows what the heap prints ---- */

static bool talk;

void ch_port_print(const char *text, size_t len) {
    if (talk) fwrite(text, 1, len, stderr);
}

static jmp_buf fatal_jump;
static bool fatal_armed;
static const void *fatal_address;

void ch_port_fatal(const char *reason, const void *address) {
    if (!fatal_armed) fail_msg("fatal error that nobody expected: %s (%p)", reason, address);
    fatal_armed = false;
    fatal_address = address;
    longjmp(fatal_jump, 1);
}

/* The keys of level `hardened` are always the same: so that an input that fails does so again. */
uint32_t ch_port_random(void) {
    static uint32_t number;
    return number += 0x9E3779B9u;
}

jmp_buf *fuzz_fatal_arm(void) {
    fatal_armed = true;
    return &fatal_jump;
}

void fuzz_fatal_disarm(void) { fatal_armed = false; }

void fuzz_fatal_missing(const char *statement) { fail_msg("no fatal error from: %s", statement); }

void fuzz_fatal_verify(const void *at) {
    if (at && at != fatal_address) fail_msg("the fatal error names %p, not %p", fatal_address, at);
}

/* ---- bytes ---- */

static const uint8_t *next_byte, *last_byte;
static unsigned long operations;

bool fuzz_more(void) {
    ref_operation(operations++);
    return next_byte < last_byte;
}

uint8_t fuzz_byte(void) { return next_byte < last_byte ? *next_byte++ : 0; }

uint16_t fuzz_half(void) {
    unsigned low = fuzz_byte();
    return (uint16_t)(low | (unsigned)fuzz_byte() << 8);
}

uint32_t fuzz_word(void) {
    uint32_t low = fuzz_half();
    return low | (uint32_t)fuzz_half() << 16;
}

size_t fuzz_below(size_t bound) {
    if (bound <= 1) return 0;
    return (bound <= 256 ? fuzz_byte() : fuzz_half()) % bound;
}

size_t fuzz_size(size_t near) {
    unsigned kind = fuzz_byte();
    if (kind < 0xA0) return kind;
    if (kind < 0xC8) return fuzz_half() % 4096u;
    if (kind < 0xD8) return fuzz_half();
    if (kind < 0xE8) return near + 16 - fuzz_byte() % 33u;
    unsigned byte = fuzz_byte();
    if (kind < 0xF8) return ((size_t)1 << byte % (8 * sizeof(size_t))) + (kind - 0xE8u) - 8;
    return SIZE_MAX - byte;
}

size_t fuzz_alignment(void) {
    unsigned kind = fuzz_byte();
    if (kind < 0xC0) return (size_t)1 << kind % 10;
    if (kind < 0xF0) return (size_t)1 << kind % (8 * sizeof(size_t));
    return ((size_t)1 << fuzz_byte() % (8 * sizeof(size_t))) + (kind - 0xF8u);
}

/* ---- memory ---- */

/* Aligned to more than any alignment that a heap of this length has a place for: so inputs do the same in every build. */
static unsigned char room[FUZZ_ROOM + 64 + 2 * GUARD] __attribute__((aligned(65536)));
static unsigned char *span_start;
static size_t span_size;

unsigned char *fuzz_span(size_t size, size_t shift) {
    ASAN_UNPOISON_MEMORY_REGION(room, sizeof room);
    span_start = room + GUARD + shift;
    span_size = size;
    memset(span_start - GUARD, GUARD_BYTE, size + 2 * GUARD);
    ASAN_POISON_MEMORY_REGION(room, (size_t)(span_start - room));
    ASAN_POISON_MEMORY_REGION(span_start + size, (size_t)(room + sizeof room - span_start) - size);
    return span_start;
}

void fuzz_span_verify(void) {
    ASAN_UNPOISON_MEMORY_REGION(room, sizeof room);
    for (size_t i = 1; i <= GUARD && span_start; i++) {
        ref_expect(span_start[-(ptrdiff_t)i] == GUARD_BYTE, "nothing is written before the span");
        ref_expect(span_start[span_size + i - 1] == GUARD_BYTE, "nothing is written behind the span");
    }
}

/* ---- one input ---- */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static bool begun;
    if (!begun) {
        talk = getenv("FUZZ_TALK") != NULL;
        fuzz_target_begin();
        begun = true;
    }
    next_byte = data;
    last_byte = data + size;
    operations = 0;
    span_start = NULL;
    fatal_armed = false;
    ref_begin(3, 0, 0);
    fuzz_target_run();
    return 0;
}
