/* SPDX-License-Identifier: MIT */
/* Wrong use of local variables, by code that is compiled with checks of the stack. */
#include <stdlib.h>
#include <string.h>

#include "bugs.h"

#define BUG static __attribute__((noinline, noclone)) void

static inline __attribute__((always_inline)) char *bad(void *p, int offset) {
    bug_sink = p;
    char *at = (char *)bug_sink + bug_zero + offset;
    bug_address = (uintptr_t)at;
    return at;
}

BUG local_write(void) {
    char name[13];
    *(volatile char *)bad(name, 13) = 1;
}

BUG local_read(void) {
    uint32_t first[4] = {0}, second[6] = {0};
    bug_sink = first;
    (void)*(volatile uint32_t *)(void *)bad(second, 24);
}

BUG local_before(void) {
    uint32_t words[4] = {0};
    (void)*(volatile uint32_t *)(void *)bad(words, -4);
}

BUG local_text(void) {
    char name[5];
    bug_sink = name;
    strcpy(bad(name, 0), bug_zero ? "" : "hello");
}

BUG local_gone(void) {
    volatile char *out;
    {
        char inner[24];
        memset(inner, bug_zero, sizeof inner);
        out = (volatile char *)bad(inner, 3);
    }
    (void)*out;
}

BUG local_freed(void) {
    char name[16];
    free(bad(name, 0));
}

#define STACK "stack-buffer-overflow"

const bug_t stack_bugs[] = {
    {"local_write", local_write, "WRITE of size 1", STACK, "'name' at offset", false},
    {"local_read", local_read, "READ of size 4", STACK, "'second' at offset", false},
    {"local_before", local_before, "READ of size 4", STACK, "'words' at offset", false},
    {"local_text", local_text, "WRITE of size 6", STACK, "'name' at offset", false},
    {"local_gone", local_gone, "READ of size 1", "stack-use-after-scope", "'inner' at offset", false},
    {"local_freed", local_freed, "FREE of", "invalid-free", NULL, false},
};
const size_t stack_bug_count = sizeof stack_bugs / sizeof stack_bugs[0];
