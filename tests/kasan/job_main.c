/* SPDX-License-Identifier: MIT */
/*
 * The main job of apps/demo, a program of somebody else, compiled with checks and run to its end: no report may come. Stands in
 * for the rest of the demo: what the job has is counted, and nothing may be left. Last line: "ch_test: 1 passed, 0 failed".
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "account.h"
#include "capheap/chip.h"
#include "capheap/port.h"
#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"
#include "job.h"
#include "report.h"

static size_t blocks, bytes, taken, most;

void account_taken(const void *block, size_t size) {
    (void)block;
    blocks++, taken++;
    bytes += size;
    if (bytes > most) most = bytes;
}

void account_given_back(const void *block, size_t size) {
    (void)block;
    blocks--;
    bytes -= size;
}

void account_print(void) { printf("the job has %u bytes in %u blocks\n", (unsigned)bytes, (unsigned)blocks); }

void account_close(const char *job) {
    report_require(blocks == 0 && bytes == 0, "blocks of the job are left");
    printf("%s: %u allocations, at most %u bytes at a time\n", job, (unsigned)taken, (unsigned)most);
}

void report_sample(void) {}

void report_fail(const char *why, ...) {
    va_list args;
    va_start(args, why);
    vprintf(why, args);
    va_end(args);
    printf("\nch_test: 0 passed, 1 failed\n");
    exit(1);
}

int main(void) {
    printf("checked job on %s\n", ch_chip.name);
    heap_caps_init();
    heap_caps_enable_nonos_stack_heaps();
    uint32_t start = ch_port_cycles();
    job_open();
    while (job_step()) continue;
    job_close();
    report_require(heap_caps_check_integrity_all(true), "the heaps are damaged");
    printf("cycles: %u\n", (unsigned)(ch_port_cycles() - start)); /* for tests/kasan/cost */
    printf("ch_test: 1 passed, 0 failed\n");
    return 0;
}
