/* SPDX-License-Identifier: MIT */
/* Threads, fork, thread-local storage and the dynamic loader on libcapheap.so: src/libc/posix/regions.c. Runs with LD_PRELOAD. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cases.h"

int early_handler_calls(void); /* early_library.c */

enum { THREADS = 4, SLOTS = 256, FORKS = 40 };

extern char **environ;
static _Atomic bool stop;

typedef struct {
    size_t size;
    unsigned seed;
    char bytes[];
} box_t;

static box_t *_Atomic shared[SLOTS]; /* whoever takes a box out owns it: blocks are freed by other threads than their makers */

static unsigned next_random(unsigned *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static box_t *new_box(box_t *old, unsigned *state) {
    size_t size = next_random(state) % 200 == 0 ? next_random(state) % 1500000 : next_random(state) % 2000;
    size_t kept = old && old->size < size ? old->size : size;
    unsigned seed = old ? old->seed : next_random(state);
    box_t *box = realloc(old, sizeof *box + size);
    CHECK(box && (!old || tag_holds(box->bytes, kept, seed)));
    box->size = size;
    box->seed = seed;
    tag(box->bytes, size, seed);
    return box;
}

/** One random step: puts a box into a slot, and frees or resizes the one that was there. */
static void step(unsigned *state) {
    box_t *_Atomic *slot = &shared[next_random(state) % SLOTS];
    box_t *box = atomic_exchange(slot, new_box(NULL, state));
    if (!box) return;
    CHECK(tag_holds(box->bytes, box->size, box->seed));
    if (next_random(state) % 2) box = new_box(box, state);
    free(box);
}

static void *worker(void *argument) {
    unsigned state = (unsigned)(uintptr_t)argument;
    while (!stop) step(&state);
    return NULL;
}

static void start_workers(pthread_t threads[THREADS], void *(*function)(void *)) {
    stop = false;
    for (uintptr_t i = 0; i < THREADS; i++) CHECK(pthread_create(&threads[i], NULL, function, (void *)(i + 1)) == 0);
}

static void end_workers(pthread_t threads[THREADS]) {
    stop = true;
    for (int i = 0; i < THREADS; i++) CHECK(pthread_join(threads[i], NULL) == 0);
}

static void empty_slots(void) {
    for (int i = 0; i < SLOTS; i++) {
        box_t *box = atomic_exchange(&shared[i], NULL);
        CHECK(!box || tag_holds(box->bytes, box->size, box->seed));
        free(box);
    }
}

static void threads_free_each_others_blocks(void) {
    pthread_t threads[THREADS];
    start_workers(threads, worker);
    usleep(1000000);
    end_workers(threads);
    size_t before = mallinfo2().uordblks;
    empty_slots();
    CHECK(mallinfo2().uordblks < before && mallinfo2().uordblks < 100000);
}

/* Threads that live for one allocation: their stacks and thread-local storage come and go. */
static _Thread_local char *mine;

static void *live_shortly(void *argument) {
    mine = strdup("mine");
    CHECK(mine && strcmp(mine, "mine") == 0);
    free(mine);
    return argument;
}

static void *make_short_threads(void *argument) {
    pthread_t child;
    for (int i = 0; i < 150; i++) {
        CHECK(pthread_create(&child, NULL, live_shortly, argument) == 0);
        CHECK(pthread_join(child, NULL) == 0);
    }
    return NULL;
}

static void threads_come_and_go(void) {
    pthread_t threads[THREADS];
    start_workers(threads, make_short_threads);
    end_workers(threads);
}

/* ---- fork ---- */

/** What the child of a fork does: uses the heap, and threads, and checks what it has inherited. */
static void live_as_child(unsigned seed) {
    unsigned state = seed;
    pthread_t thread;
    for (int i = 0; i < 50; i++) step(&state);
    CHECK(pthread_create(&thread, NULL, live_shortly, NULL) == 0 && pthread_join(thread, NULL) == 0);
    for (int i = 0; i < 50; i++) step(&state);
    empty_slots();
    _exit(0);
}

static void fork_once(unsigned seed) {
    int status = -1;
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        alarm(20); /* a lock that nobody opens is a failure, not a hang */
        live_as_child(seed);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static void a_child_finds_every_lock_open(void) {
    pthread_t threads[THREADS];
    start_workers(threads, worker);
    for (unsigned i = 0; i < FORKS; i++) fork_once(i);
    end_workers(threads);
    empty_slots();
}

static void *fork_often(void *argument) {
    for (unsigned i = 0; i < 20; i++) fork_once((unsigned)(uintptr_t)argument + i);
    return NULL;
}

static void threads_fork_at_once(void) {
    pthread_t threads[THREADS];
    start_workers(threads, fork_often);
    end_workers(threads);
    empty_slots();
}

/* Streams have a lock of their own, under which they allocate; fork takes it too. */
static void *use_streams(void *argument) {
    while (!stop) {
        FILE *file = fopen("/dev/null", "w");
        CHECK(file);
        fputs("text", file);
        fflush(NULL);
        fclose(file);
    }
    return argument;
}

static void streams_and_fork_do_not_wait_for_each_other(void) {
    pthread_t threads[THREADS];
    start_workers(threads, use_streams);
    for (unsigned i = 0; i < FORKS; i++) fork_once(i);
    end_workers(threads);
}

/* Other people's fork handlers may allocate. Those of early_library.c run between ours. */
static void allocate_in_handler(void) { free(malloc(3000000)), free(malloc(30)); }

static void fork_handlers_may_allocate(void) {
    pthread_t threads[THREADS];
    CHECK(pthread_atfork(allocate_in_handler, allocate_in_handler, allocate_in_handler) == 0);
    start_workers(threads, worker);
    for (unsigned i = 0; i < FORKS; i++) fork_once(i);
    end_workers(threads);
    CHECK(early_handler_calls() > FORKS);
}

static void programs_start_beside_threads(void) {
    pthread_t threads[THREADS];
    start_workers(threads, worker);
    for (int i = 0; i < 40; i++) {
        char *arguments[] = {(char *)(uintptr_t) "true", NULL};
        pid_t child = -1;
        int status = -1;
        CHECK(posix_spawnp(&child, "true", NULL, NULL, arguments, environ) == 0);
        CHECK(waitpid(child, &status, 0) == child && status == 0);
        FILE *pipe = popen("echo hello", "r");
        char line[20] = "";
        CHECK(pipe && fgets(line, sizeof line, pipe) && strcmp(line, "hello\n") == 0 && pclose(pipe) == 0);
    }
    end_workers(threads);
}

/* ---- thread-local storage of libraries that are loaded late: the loader allocates it on first use, by malloc ---- */

static int *(*counter_of_thread)(void);

static void *count_in_library(void *argument) {
    for (int i = 0; i < 1000; i++) ++*counter_of_thread();
    CHECK(*counter_of_thread() == 1042);
    return argument;
}

static void libraries_with_thread_local_storage_load_late(void) {
    pthread_t threads[THREADS], early[THREADS];
    start_workers(early, worker); /* their vectors of storage have no room yet */
    for (int round = 0; round < 20; round++) {
        void *library = dlopen(LATE_LIBRARY, RTLD_NOW);
        CHECK(library);
        *(void **)&counter_of_thread = dlsym(library, "late_counter");
        CHECK(counter_of_thread && *counter_of_thread() == 42);
        start_workers(threads, count_in_library);
        for (int i = 0; i < THREADS; i++) CHECK(pthread_join(threads[i], NULL) == 0);
        CHECK(dlclose(library) == 0);
    }
    end_workers(early);
}

int main(int argc, char **argv) {
    static const case_t cases[] = {
        CASE(threads_free_each_others_blocks),
        CASE(threads_come_and_go),
        CASE(a_child_finds_every_lock_open),
        CASE(threads_fork_at_once),
        CASE(streams_and_fork_do_not_wait_for_each_other),
        CASE(fork_handlers_may_allocate),
        CASE(programs_start_beside_threads),
        CASE(libraries_with_thread_local_storage_load_late),
    };
    return run_cases(cases, sizeof cases / sizeof cases[0], argc, argv);
}
