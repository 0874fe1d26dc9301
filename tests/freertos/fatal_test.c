/* SPDX-License-Identifier: MIT */
/*
 * What ports/freertos does at the end by itself: print the reason and the address, with interrupts masked, then the application's
 * configASSERT(). Without the test framework, which has a ch_port_fatal() of its own.
 */
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "capheap/port.h"
#include "freertos_options.h"
#include "stub_kernel.h"

static char printed[200];
static jmp_buf left;

void ch_port_print(const char *text, size_t len) {
    size_t used = strlen(printed);
    if (used + len < sizeof printed) memcpy(printed + used, text, len);
}

/* The stand-in's counts; a real one never comes back. */
static void assert_hook(void) { longjmp(left, 1); }

int main(void) {
    stub_assert_hook = assert_hook;
    if (setjmp(left) == 0) ch_port_fatal("CORRUPT HEAP: as an example", (const void *)0x1234abcd);
    int good = strcmp(printed, "CORRUPT HEAP: as an example (at 0x1234abcd)\n") == 0 && stub_core.mask == STUB_MASKED &&
               stub_calls.asserts == 1 && stub_calls.forbidden == 0;
    printf("%s", printed);
    printf("ch_test: %d passed, %d failed\n", good, !good);
    return !good;
}
