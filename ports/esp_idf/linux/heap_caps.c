/* SPDX-License-Identifier: MIT */
/*
 * The allocating half of the capability API on ESP-IDF's Linux target: the host's C library. There are no regions and no heaps,
 * so capabilities are taken note of only by the failed-allocation callback, which gets the name of the function that was called.
 *
 * Sizes of 0 are the C library's business; no callback follows them. Blocks of these functions and of malloc() are the same.
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "capheap/port.h"
#include "esp_heap_caps.h"
#include "heap_caps_linux.h"

static esp_alloc_failed_hook_t failed_callback;

esp_err_t heap_caps_register_failed_alloc_callback(esp_alloc_failed_hook_t callback) {
    if (!callback) return ESP_ERR_INVALID_ARG;
    failed_callback = callback;
    return ESP_OK;
}

/** Ends a request: tells who wants to know. */
static void *result(void *p, size_t size, uint32_t caps, const char *name) {
    if (p) {
        if (CH_CFG_USE_HOOKS && esp_heap_trace_alloc_hook) esp_heap_trace_alloc_hook(p, size, caps);
    } else if (size > 0) {
        if (failed_callback) failed_callback(size, caps, name);
        if (CH_CFG_ABORT_ON_FAIL) ch_port_fatal("Memory allocation failed", NULL);
    }
    return p;
}

/** n * size, or SIZE_MAX, which the C library refuses. */
static size_t product(size_t n, size_t size) {
    size_t bytes;
    return __builtin_mul_overflow(n, size, &bytes) ? SIZE_MAX : bytes;
}

static void *allocate(size_t size) { return size > PTRDIFF_MAX ? NULL : malloc(size); }

static void *clear(size_t n, size_t size) { return product(n, size) > PTRDIFF_MAX ? NULL : calloc(n, size); }

/** realloc() that reports one event: for size 0 a free. */
static void *resize(void *ptr, size_t size, uint32_t caps, const char *name) {
    if (ptr && size == 0) {
        heap_caps_free(ptr);
        return NULL;
    }
    return result(size > PTRDIFF_MAX ? NULL : realloc(ptr, size), size, caps, name);
}

static int is_power_of_two(size_t x) { return x != 0 && (x & (x - 1)) == 0; }

/** The C library wants alignments of at least a pointer, and some of them sizes in whole alignments. */
static void *align(size_t alignment, size_t size) {
    if (alignment < sizeof(void *)) alignment = sizeof(void *);
    if (size > PTRDIFF_MAX || alignment > PTRDIFF_MAX - size) return NULL;
    return aligned_alloc(alignment, (size + alignment - 1) & ~(alignment - 1));
}

static void *aligned(size_t alignment, size_t size, uint32_t caps, const char *name) {
    if (!is_power_of_two(alignment) || size == 0) return NULL;
    return result(align(alignment, size), size, caps, name);
}

void *heap_caps_malloc(size_t size, uint32_t caps) { return result(allocate(size), size, caps, "heap_caps_malloc"); }

void heap_caps_free(void *ptr) {
    if (CH_CFG_USE_HOOKS && ptr && esp_heap_trace_free_hook) esp_heap_trace_free_hook(ptr);
    free(ptr);
}

void *heap_caps_realloc(void *ptr, size_t size, uint32_t caps) { return resize(ptr, size, caps, "heap_caps_realloc"); }

void *heap_caps_calloc(size_t n, size_t size, uint32_t caps) {
    return result(clear(n, size), product(n, size), caps, "heap_caps_calloc");
}

void *heap_caps_aligned_alloc(size_t alignment, size_t size, uint32_t caps) {
    return aligned(alignment, size, caps, "heap_caps_aligned_alloc");
}

void *heap_caps_aligned_calloc(size_t alignment, size_t n, size_t size, uint32_t caps) {
    void *p = aligned(alignment, product(n, size), caps, "heap_caps_aligned_calloc");
    if (p) memset(p, 0, n * size);
    return p;
}

void heap_caps_aligned_free(void *ptr) { heap_caps_free(ptr); }

/* The masks that follow num say nothing here: they are not looked at. */

void *heap_caps_malloc_prefer(size_t size, size_t num, ...) {
    (void)num;
    return result(allocate(size), size, MALLOC_CAP_DEFAULT, "heap_caps_malloc_prefer");
}

void *heap_caps_realloc_prefer(void *ptr, size_t size, size_t num, ...) {
    (void)num;
    return resize(ptr, size, MALLOC_CAP_DEFAULT, "heap_caps_realloc_prefer");
}

void *heap_caps_calloc_prefer(size_t n, size_t size, size_t num, ...) {
    (void)num;
    return result(clear(n, size), product(n, size), MALLOC_CAP_DEFAULT, "heap_caps_calloc_prefer");
}

void *heap_caps_malloc_default(size_t size) {
    return result(allocate(size), size, MALLOC_CAP_DEFAULT, "heap_caps_malloc_default");
}

void *heap_caps_realloc_default(void *ptr, size_t size) {
    return resize(ptr, size, MALLOC_CAP_DEFAULT, "heap_caps_realloc_default");
}

void *heap_caps_aligned_alloc_default(size_t alignment, size_t size) {
    return aligned(alignment, size, MALLOC_CAP_DEFAULT, "heap_caps_aligned_alloc_default");
}
