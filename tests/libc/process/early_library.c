/* SPDX-License-Identifier: MIT */
/*
 * A library that is initialised before libcapheap.so, which stands before it on the loader's list, and watches fork without
 * having allocated anything: so its handlers run while the heap's locks are held. They allocate.
 */
#include <pthread.h>
#include <stdlib.h>

static int calls;

__attribute__((visibility("default"))) int early_handler_calls(void);

int early_handler_calls(void) { return calls; }

static void allocate(void) {
    void *volatile large = malloc(3000000), *volatile small = malloc(30);
    free(large), free(small);
    calls++;
}

__attribute__((constructor)) static void watch_fork(void) { pthread_atfork(allocate, allocate, allocate); }
