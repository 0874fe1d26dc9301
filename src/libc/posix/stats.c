/* SPDX-License-Identifier: MIT */
/*
 * CAPHEAP_STATS in the environment: at its end the program says in one line what the heap did for it.
 *
 *      CAPHEAP_STATS=1            on stderr
 *      CAPHEAP_STATS=/tmp/stats   at the end of that file, one line a process
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libc/posix/process.h"

/* The first request has done this, as a rule; a program may do without one until it makes threads. */
__attribute__((constructor)) static void start(void) { ch_process_watch_fork(); }

__attribute__((destructor)) static void say_totals(void) {
    const char *where = secure_getenv("CAPHEAP_STATS");
    if (!where || !*where || strcmp(where, "0") == 0) return;
    multi_heap_info_t all;
    heap_caps_get_info(&all, MALLOC_CAP_DEFAULT);
    size_t whole = all.total_free_bytes + all.total_allocated_bytes;
    int file = strchr(where, '/') ? open(where, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666) : STDERR_FILENO;
    if (file < 0) return;
    dprintf(file,
            "capheap: %s[%d]: %llu operations, %zu blocks of %zu bytes at the end, %zu bytes at most, %u regions of %zu bytes\n",
            program_invocation_short_name, (int)getpid(), (unsigned long long)ch_process_sections(), all.allocated_blocks,
            all.total_allocated_bytes, whole - all.minimum_free_bytes, ch_process_region_count(), whole);
    if (file != STDERR_FILENO) close(file);
}
