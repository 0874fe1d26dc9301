/* SPDX-License-Identifier: MIT */
/* The Linux target: the host's C library behind the API (contract 3.6). */
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"
#include "esp_heap_trace.h"
#include "multi_heap.h"
#include "multi_heap_internal.h"
#include "multi_heap_platform.h"

void *heap_caps_malloc_default(size_t size);
void *heap_caps_realloc_default(void *ptr, size_t size);

static unsigned passed, failed;

#define CHECK(condition) check((condition), #condition, __LINE__)

static void check(bool condition, const char *text, int line) {
    if (!condition) printf("test_linux.c:%d: failed: %s\n", line, text);
    *(condition ? &passed : &failed) += 1;
}

static struct {
    unsigned calls;
    size_t size;
    uint32_t caps;
    const char *name;
} failure;

static void on_failure(size_t size, uint32_t caps, const char *name) {
    failure.calls++;
    failure.size = size;
    failure.caps = caps;
    failure.name = name;
}

/* Exactly one failure since the last time. */
static bool failed_once(size_t size, uint32_t caps, const char *name) {
    bool as_expected = failure.calls == 1 && failure.size == size && failure.caps == caps && strcmp(failure.name, name) == 0;
    memset(&failure, 0, sizeof failure);
    return as_expected;
}

#define CAPS (MALLOC_CAP_DMA | MALLOC_CAP_SPIRAM)
#define TOO_MUCH (SIZE_MAX - 64)

static void blocks_come_from_the_c_library(void) {
    char *p = heap_caps_malloc(100, CAPS);
    CHECK(p != NULL);
    strcpy(p, "text");
    p = realloc(p, 200);
    p = heap_caps_realloc(p, 5000, CAPS);
    CHECK(p && strcmp(p, "text") == 0);
    CHECK(heap_caps_realloc(p, 0, CAPS) == NULL);
    p = heap_caps_calloc(10, 10, MALLOC_CAP_INVALID); /* masks say nothing */
    CHECK(p && p[0] == 0 && p[99] == 0);
    free(p);
    p = heap_caps_malloc_default(10);
    p = heap_caps_realloc_default(p, 100);
    CHECK(p != NULL);
    heap_caps_free(p);
    heap_caps_free(NULL);
    heap_caps_free(malloc(10));
}

static void alignments_work_for_any_size(void) {
    for (size_t alignment = 1; alignment <= 65536; alignment *= 2) {
        char *p = heap_caps_aligned_alloc(alignment, 101, CAPS);
        char *q = heap_caps_aligned_calloc(alignment, 7, 13, CAPS);
        CHECK(p && q && (uintptr_t)p % alignment == 0 && (uintptr_t)q % alignment == 0);
        CHECK(q[0] == 0 && q[90] == 0);
        memset(p, 1, 101);
        heap_caps_free(p);
        heap_caps_free(q);
    }
    CHECK(heap_caps_aligned_alloc(0, 10, CAPS) == NULL && heap_caps_aligned_alloc(24, 10, CAPS) == NULL);
    CHECK(heap_caps_aligned_alloc(64, 0, CAPS) == NULL && heap_caps_aligned_calloc(64, 0, 10, CAPS) == NULL);
    CHECK(failure.calls == 0);
}

static void failures_name_the_function_that_was_called(void) {
    void *kept = heap_caps_malloc(16, CAPS);
    CHECK(heap_caps_malloc(TOO_MUCH, CAPS) == NULL && failed_once(TOO_MUCH, CAPS, "heap_caps_malloc"));
    CHECK(heap_caps_realloc(kept, TOO_MUCH, CAPS) == NULL && failed_once(TOO_MUCH, CAPS, "heap_caps_realloc"));
    CHECK(heap_caps_calloc(SIZE_MAX, 2, CAPS) == NULL && failed_once(SIZE_MAX, CAPS, "heap_caps_calloc"));
    CHECK(heap_caps_aligned_alloc(64, TOO_MUCH, CAPS) == NULL && failed_once(TOO_MUCH, CAPS, "heap_caps_aligned_alloc"));
    CHECK(heap_caps_aligned_calloc(64, SIZE_MAX / 2, 3, CAPS) == NULL && failed_once(SIZE_MAX, CAPS, "heap_caps_aligned_calloc"));
    CHECK(heap_caps_malloc_prefer(TOO_MUCH, 9) == NULL && failed_once(TOO_MUCH, MALLOC_CAP_DEFAULT, "heap_caps_malloc_prefer"));
    CHECK(heap_caps_realloc_prefer(kept, TOO_MUCH, 9) == NULL &&
          failed_once(TOO_MUCH, MALLOC_CAP_DEFAULT, "heap_caps_realloc_prefer"));
    CHECK(heap_caps_calloc_prefer(SIZE_MAX, 2, 9) == NULL &&
          failed_once(SIZE_MAX, MALLOC_CAP_DEFAULT, "heap_caps_calloc_prefer"));
    CHECK(heap_caps_malloc_default(TOO_MUCH) == NULL && failed_once(TOO_MUCH, MALLOC_CAP_DEFAULT, "heap_caps_malloc_default"));
    heap_caps_free(kept);
    CHECK(heap_caps_register_failed_alloc_callback(NULL) == ESP_ERR_INVALID_ARG);
}

/* num says 9 masks, and none follow: they are not looked at. */
static void masks_of_prefer_are_not_read(void) {
    void *p = heap_caps_malloc_prefer(100, 9), *q = heap_caps_calloc_prefer(3, 40, SIZE_MAX);
    p = heap_caps_realloc_prefer(p, 300, 9);
    CHECK(p && q);
    CHECK(heap_caps_realloc_prefer(p, 0, 0) == NULL);
    heap_caps_free(q);
    p = heap_caps_malloc_prefer(100, 0);
    CHECK(p != NULL);
    heap_caps_free(p);
}

static bool never_called(walker_heap_into_t heap, walker_block_info_t block, void *user_data) {
    (void)heap;
    (void)block;
    (void)user_data;
    failed++;
    return true;
}

static void questions_have_fixed_answers(void) {
    const uint32_t caps[] = {MALLOC_CAP_8BIT, 0, 0};
    multi_heap_info_t info, zero;
    memset(&zero, 0, sizeof zero);
    memset(&info, 0x55, sizeof info);
    heap_caps_get_info(&info, 0);
    CHECK(memcmp(&info, &zero, sizeof info) == 0);
    CHECK(heap_caps_get_total_size(CAPS) == 0xFFFFFFFF && heap_caps_get_free_size(0) == 0xFFFFFFFF);
    CHECK(heap_caps_get_minimum_free_size(CAPS) == 0xFFFFFFFF && heap_caps_get_largest_free_block(0) == 0xFFFFFFFF);
    CHECK(heap_caps_check_integrity(CAPS, true) && heap_caps_check_integrity_all(true));
    CHECK(heap_caps_check_integrity_addr(0, true));
    CHECK(heap_caps_get_allocated_size(NULL) == 0 && heap_caps_get_containing_block_size(&info) == 0);
    heap_caps_walk(CAPS, never_called, NULL);
    heap_caps_walk_all(never_called, NULL);
    heap_caps_dump_all();
    heap_caps_dump(0);
    heap_caps_malloc_extmem_enable(0);
    CHECK(heap_caps_monitor_local_minimum_free_size_stop() == ESP_FAIL);
    CHECK(heap_caps_monitor_local_minimum_free_size_start() == ESP_OK);
    CHECK(heap_caps_monitor_local_minimum_free_size_start() == ESP_OK);
    CHECK(heap_caps_monitor_local_minimum_free_size_stop() == ESP_OK);
    CHECK(heap_caps_monitor_local_minimum_free_size_stop() == ESP_FAIL);
    CHECK(heap_caps_add_region(4096, 8192) == ESP_ERR_NOT_SUPPORTED);
    CHECK(heap_caps_add_region_with_caps(caps, 4096, 8192) == ESP_ERR_NOT_SUPPORTED);
    CHECK(heap_trace_start(HEAP_TRACE_ALL) == ESP_ERR_NOT_SUPPORTED);
}

static void the_summary_says_that_there_is_none(void) {
    char path[] = "/tmp/summary-XXXXXX", text[256];
    int file = mkstemp(path), out = dup(STDOUT_FILENO);
    fflush(stdout);
    dup2(file, STDOUT_FILENO);
    heap_caps_print_heap_info(CAPS);
    fflush(stdout);
    dup2(out, STDOUT_FILENO);
    ssize_t length = pread(file, text, sizeof text - 1, 0);
    text[length < 0 ? 0 : length] = '\0';
    CHECK(strcmp(text, "No heap summary available when building for the linux target") == 0);
    close(file);
    close(out);
    unlink(path);
}

static void a_multi_heap_is_a_heap_of_its_own(void) {
    static uint64_t room[512];
    static multi_heap_lock_t lock = MULTI_HEAP_LOCK_STATIC_INITIALIZER;
    multi_heap_handle_t heap = multi_heap_register(room, sizeof room);
    CHECK(heap != NULL);
    multi_heap_set_lock(heap, &lock);
    size_t before = multi_heap_free_size(heap);
    void *p = multi_heap_malloc(heap, 100);
    CHECK((uint64_t *)p > room && (uint64_t *)p < room + 512);
    p = multi_heap_realloc(heap, p, 1000);
    CHECK(p && multi_heap_get_allocated_size(heap, p) >= 1000);
    sigset_t blocked;
    multi_heap_internal_lock(heap);
    multi_heap_internal_lock(heap);
    CHECK(multi_heap_get_first_block(heap) != NULL && multi_heap_malloc(heap, 10000) == NULL);
    multi_heap_internal_unlock(heap);
    pthread_sigmask(SIG_BLOCK, NULL, &blocked);
    CHECK(sigismember(&blocked, SIGALRM) == 1); /* the scheduler's signals wait */
    multi_heap_internal_unlock(heap);
    pthread_sigmask(SIG_BLOCK, NULL, &blocked);
    CHECK(sigismember(&blocked, SIGALRM) == 0);
    multi_heap_free(heap, p);
    CHECK(multi_heap_free_size(heap) == before && multi_heap_check(heap, true));
}

void app_main(void) {
    CHECK(heap_caps_register_failed_alloc_callback(on_failure) == ESP_OK);
    heap_caps_init();
    heap_caps_enable_nonos_stack_heaps();
    blocks_come_from_the_c_library();
    alignments_work_for_any_size();
    failures_name_the_function_that_was_called();
    masks_of_prefer_are_not_read();
    questions_have_fixed_answers();
    the_summary_says_that_there_is_none();
    a_multi_heap_is_a_heap_of_its_own();
    printf("ch_test: %u passed, %u failed\n", passed, failed);
    exit(failed > 0);
}
