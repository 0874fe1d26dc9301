/* SPDX-License-Identifier: MIT */
/*
 * Compiles, links and looks at every name of api.def: each must have exactly the type that the contract gives it, and an address.
 * SYMBOLS_LINUX: what the Linux target has.
 */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

#include <stdio.h>

#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"
#include "esp_heap_trace.h"
#include "esp_memory_utils.h"
#include "esp_private/esp_cache_private.h"
#include "esp_private/heap_align_hw.h"
#include "heap_memory_layout.h"
#include "multi_heap.h"
#include "multi_heap_internal.h"
#include "psram.h"
#include "soc/soc_memory_layout.h"

/* What those who bind to names without a header declare themselves. */
struct ch_region;
typedef struct ch_region heap_t;
void *heap_caps_aligned_alloc_base(size_t alignment, size_t size, uint32_t caps);
void *heap_caps_malloc_base(size_t size, uint32_t caps);
void *heap_caps_realloc_base(void *ptr, size_t size, uint32_t caps);
void *heap_caps_calloc_base(size_t n, size_t size, uint32_t caps);
void *heap_caps_malloc_default(size_t size);
void *heap_caps_realloc_default(void *ptr, size_t size);
void *heap_caps_aligned_alloc_default(size_t alignment, size_t size);
bool heap_caps_match(const heap_t *heap, uint32_t caps);
int heap_caps_check_add_region_allowed(intptr_t heap_start, intptr_t heap_end, intptr_t start, intptr_t end);
extern const soc_reserved_region_t soc_reserved_memory_region_start[], soc_reserved_memory_region_end[];

#define HAS_TYPE(name, ...)                                                                                                      \
    _Static_assert(__builtin_types_compatible_p(__typeof__(name), __VA_ARGS__), #name " has another type");

typedef void (*function_t)(void);

/* First pass: types. */
#define X(where, result, name, arguments) TYPE_##where(result, name, arguments)
#define OBJECT(where, type, name) OBJECT_##where(type, name)
#define TYPE_BOTH(result, name, arguments) HAS_TYPE(&name, result(*) arguments)
#define TYPE_KERNEL(result, name, arguments) result name arguments;
#define TYPE_LIBC(result, name, arguments)
#define TYPE_CHIP TYPE_BOTH
#define TYPE_SYSTEM TYPE_BOTH
#define OBJECT_CHIP(type, name) HAS_TYPE(name, __typeof__(type))
#define OBJECT_SYSTEM OBJECT_CHIP
#include "api.def"
#undef X
#undef OBJECT

/* Second pass: addresses. */
#define X(where, result, name, arguments) ADDRESS_##where(name)
#define OBJECT(where, type, name) ADDRESS_OBJECT_##where(name)
#define ADDRESS_BOTH(name) {#name, (function_t)(name), NULL},
#define ADDRESS_KERNEL ADDRESS_BOTH
#define ADDRESS_LIBC(name)
#ifdef SYMBOLS_LINUX
#define ADDRESS_CHIP(name)
#define ADDRESS_SYSTEM(name)
#define ADDRESS_OBJECT_CHIP(name)
#define ADDRESS_OBJECT_SYSTEM(name)
#else
#define ADDRESS_CHIP ADDRESS_BOTH
#define ADDRESS_SYSTEM ADDRESS_BOTH
#define ADDRESS_OBJECT_CHIP(name) {#name, NULL, &(name)},
#define ADDRESS_OBJECT_SYSTEM ADDRESS_OBJECT_CHIP
#endif

static const struct {
    const char *name;
    function_t function;
    const void *object;
} symbols[] = {
#include "api.def"
};

void app_main(void) {
    unsigned there = 0, missing = 0;
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        volatile bool has = symbols[i].function || symbols[i].object; /* volatile: the compiler would know */
        if (!has) printf("no address: %s\n", symbols[i].name);
        *(has ? &there : &missing) += 1;
    }
    printf("ch_test: %u passed, %u failed\n", there, missing);
    exit(missing > 0);
}
