/* SPDX-License-Identifier: MIT */
/*
 * Global and local variables, as compiled code tells of them.
 *
 * Globals: start-up code calls __asan_register_globals() for each source file with an array of descriptions. Two of their words
 * are of no use here and are taken to make a list of the arrays, so there is no limit to their number.
 *
 * Locals: gcc marks them itself, with stores to the shadow memory at the address that -fasan-shadow-offset gives it; clang calls
 * __asan_set_shadow_XX. The frame starts with a magic word, a text that names the variables, and the function.
 */
#include "debug/kasan/kasan_variables.h"

#include <string.h>

#include "base/report.h"
#include "debug/kasan/kasan_shadow.h"

/* ---- globals ---- */

/** As the compiler writes it. */
typedef struct ch_kasan_global {
    uintptr_t start, size, size_with_redzone;
    const char *name, *module;
    uintptr_t count;    /* the compiler's: has_dynamic_init. Ours, in the first of an array: how many there are */
    const void *source; /* file, line, column; NULL: not known */
    uintptr_t next;     /* the compiler's: odr_indicator. Ours, in the first of an array: the next array */
} global_t;

static global_t *arrays;

static void mark(const global_t *g) {
    uintptr_t end = g->start + g->size_with_redzone;
    ch_kasan_mark(g->start + (g->size & ~(uintptr_t)3), end, CH_KASAN_GLOBAL);
    ch_kasan_allow(g->start, g->size);
}

void ch_kasan_mark_globals(void) {
    for (const global_t *a = arrays; a; a = (const global_t *)a->next) {
        for (uintptr_t i = 0; i < a->count; i++) mark(&a[i]);
    }
}

void __asan_register_globals(global_t *globals, size_t count);
void __asan_unregister_globals(global_t *globals, size_t count);

void __asan_register_globals(global_t *globals, size_t count) {
    if (count == 0) return;
    globals->count = count;
    globals->next = (uintptr_t)arrays;
    arrays = globals;
    for (size_t i = 0; i < count; i++) mark(&globals[i]);
}

void __asan_unregister_globals(global_t *globals, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const global_t *g = &globals[i];
        ch_kasan_mark(g->start, g->start + (g->size_with_redzone & ~(uintptr_t)3), 0);
    }
    for (global_t **a = &arrays; *a; a = (global_t **)(void *)&(*a)->next) {
        if (*a != globals) continue;
        *a = (global_t *)globals->next;
        return;
    }
}

void ch_kasan_print_global(uintptr_t address) {
    for (const global_t *a = arrays; a; a = (const global_t *)a->next) {
        for (uintptr_t i = 0; i < a->count; i++) {
            const global_t *g = &a[i];
            if (address - g->start >= g->size_with_redzone) continue;
            ch_report("  global '%s' at 0x%08x of %u bytes (%s): the access is at offset %u", g->name, (unsigned)g->start,
                      (unsigned)g->size, g->module, (unsigned)(address - g->start));
            return;
        }
    }
}

/* ---- locals ---- */

enum { FRAME_SEARCH = 65536 }; /* bytes */

#define FRAME_MAGIC 0x41B58AB3u

/** A number of the text, in *text, which goes on behind it and a blank. */
static unsigned number(const char **text) {
    unsigned value = 0;
    while (**text >= '0' && **text <= '9') value = 10 * value + (unsigned)(*(*text)++ - '0');
    if (**text == ' ') (*text)++;
    return value;
}

void ch_kasan_print_local(uintptr_t address) {
    const uintptr_t *frame = (const uintptr_t *)(address & ~(uintptr_t)31);
    for (size_t i = 0; i < FRAME_SEARCH / 32 && ch_kasan_shadow_of((uintptr_t)frame) && (uint32_t)*frame != FRAME_MAGIC; i++)
        frame -= 32 / sizeof *frame;
    if (!ch_kasan_shadow_of((uintptr_t)frame) || (uint32_t)*frame != FRAME_MAGIC) return;
    ch_report("  stack frame 0x%08x of the function at 0x%08x, the access is at offset %u. Its variables:",
              (unsigned)(uintptr_t)frame, (unsigned)frame[2], (unsigned)(address - (uintptr_t)frame));
    const char *text = (const char *)frame[1];
    for (unsigned count = number(&text); count; count--) {
        unsigned offset = number(&text), size = number(&text), length = number(&text);
        const char *line = memchr(text, ':', length); /* gcc: name:line */
        ch_report("    '%.*s' at offset %u, %u bytes", line ? (int)(line - text) : (int)length, text, offset, size);
        text += length;
        if (*text == ' ') text++;
    }
}

/** Writes a shadow byte of the compiler's kind, for clang. */
#define SET_SHADOW(name, value)                                                                                                  \
    void __asan_set_shadow_##name(uintptr_t shadow, size_t size);                                                                \
    void __asan_set_shadow_##name(uintptr_t shadow, size_t size) {                                                               \
        volatile uint8_t *byte = (volatile uint8_t *)shadow;                                                                     \
        while (size--) *byte++ = value;                                                                                          \
    }

SET_SHADOW(00, 0x00)
SET_SHADOW(f1, 0xF1)
SET_SHADOW(f2, 0xF2)
SET_SHADOW(f3, 0xF3)
SET_SHADOW(f5, 0xF5)
SET_SHADOW(f8, 0xF8)

void __asan_poison_stack_memory(uintptr_t address, size_t size);
void __asan_unpoison_stack_memory(uintptr_t address, size_t size);
void __asan_alloca_poison(uintptr_t address, size_t size);
void __asan_allocas_unpoison(uintptr_t top, uintptr_t bottom);
void __asan_handle_no_return(void);

void __asan_poison_stack_memory(uintptr_t address, size_t size) {
    ch_kasan_mark((address + 3) & ~(uintptr_t)3, (address + size + 3) & ~(uintptr_t)3, CH_KASAN_STACK);
}

void __asan_unpoison_stack_memory(uintptr_t address, size_t size) { ch_kasan_allow(address & ~(uintptr_t)3, size); }

/**
 * An array of run-time size: 32 bytes before it and up to 32 behind it, up to the next multiple of 32 and 32 more, are room for
 * marks.
 */
void __asan_alloca_poison(uintptr_t address, size_t size) {
    uintptr_t end = ((address + size + 31) & ~(uintptr_t)31) + 32;
    ch_kasan_mark(address - 32, address, CH_KASAN_STACK);
    ch_kasan_mark(address + (size & ~(size_t)3), end, CH_KASAN_STACK);
    ch_kasan_allow(address, size);
}

void __asan_allocas_unpoison(uintptr_t top, uintptr_t bottom) {
    if (top) ch_kasan_mark(top, bottom & ~(uintptr_t)3, 0);
}

static bool is_of_stack(uintptr_t address) {
    unsigned nibble = ch_kasan_nibble(address);
    return nibble <= 3 || nibble == CH_KASAN_STACK || nibble == CH_KASAN_SCOPE;
}

/**
 * Frames up to some older one are left without a return: by longjmp, or the end of a task. Their marks go, up to the end of the
 * stack as far as it shows: the redzone of the block or variable that it is, the end of the range, or 64 KiB.
 */
void ch_kasan_leave_frames(void) {
    uintptr_t from = (uintptr_t)__builtin_frame_address(0) & ~(uintptr_t)7, to = from;
    while (to - from < FRAME_SEARCH && ch_kasan_shadow_of(to) && is_of_stack(to)) to += 8;
    ch_kasan_mark(from, to, 0);
}

void __asan_handle_no_return(void) { ch_kasan_leave_frames(); }
