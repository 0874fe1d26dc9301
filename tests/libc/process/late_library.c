/* SPDX-License-Identifier: MIT */
/*
 * A library with thread-local storage, too much for the room that the loader keeps ready: threads_test.c loads it while it runs.
 */
static __thread int counter = 42;
static __thread char filler[20000];

__attribute__((visibility("default"))) int *late_counter(void);

int *late_counter(void) {
    filler[counter % 20000]++;
    return &counter;
}
