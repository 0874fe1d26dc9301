/* SPDX-License-Identifier: MIT */
/* CONFIG_HEAP_ABORT_WHEN_ALLOCATION_FAILS, and silent assertions: what esp_system_abort() is told. */
#include <string.h>

#include "check.h"
#include "esp_heap_caps.h"
#include "standin.h"

static unsigned calls;

static void on_failure(size_t size, uint32_t caps, const char *name) {
    (void)size;
    (void)caps;
    (void)name;
    calls++;
}

void app_main(void) {
    heap_caps_register_failed_alloc_callback(on_failure);
    CHECK_ABORT(heap_caps_malloc(0x7abcdef0, MALLOC_CAP_8BIT));
    CHECK(strcmp(check_abort_text(), "Mem alloc fail. size 0x7abcdef0 caps 0x00000004") == 0);
    CHECK(calls == 1); /* the callback comes first */
    CHECK(heap_caps_malloc(0, MALLOC_CAP_8BIT) == NULL);
    void *p = heap_caps_malloc(100, MALLOC_CAP_8BIT);
    CHECK_ABORT(heap_caps_realloc(p, 0x40000000, MALLOC_CAP_8BIT));
    CHECK(calls == 2 && standin_critical_depth() == 0);
    heap_caps_free(p);
    check_report();
}
