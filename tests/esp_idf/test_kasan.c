/* SPDX-License-Identifier: MIT */
/* CONFIG_COMPILER_KASAN: reports of accesses to blocks, made by hand as compiled code makes them, and what ends the program. */
#include <string.h>

#include "check.h"
#include "esp_heap_caps.h"
#include "esp_kasan.h"
#include "standin.h"

void __asan_load1_noabort(void *address);
void __asan_store4_noabort(void *address);

static void ends(const char *text) {
    kasan_enable_checks();
    CHECK(strcmp(text, "KASAN: invalid memory access") == 0);
}

void app_main(void) {
    char *p = heap_caps_malloc(13, MALLOC_CAP_8BIT | MALLOC_CAP_INTERNAL);
    CHECK(kasan_shadow_offset + ((uintptr_t)p >> 3) - (uintptr_t)kasan_shadow_mem < 0x10000);
    for (int i = 0; i < 13; i++) __asan_load1_noabort(p + i);
    CHECK_ABORT(__asan_load1_noabort(p + 13));
    ends(check_abort_text());
    CHECK_ABORT(__asan_store4_noabort(p - 4));
    ends(check_abort_text());
    heap_caps_free(p);
    CHECK_ABORT(__asan_load1_noabort(p));
    ends(check_abort_text());
    CHECK_ABORT(heap_caps_free(p));
    ends(check_abort_text());
    CHECK(kasan_get_error_count() == 4 && standin_critical_depth() == 0);
    CHECK(heap_caps_check_integrity_all(true));
    check_report();
}
