/* SPDX-License-Identifier: MIT */
/* Before and after each test of the standalone trace: no trace runs, nothing is left in the heaps. */
#pragma once

#include "api/api_setup.h"
#include "esp_heap_trace.h"

static int detach(void **state) {
    heap_trace_stop();
    heap_trace_init_standalone(NULL, 0);
    return api_verify(state);
}

static int boot(void **state) {
    (void)state;
    api_boot();
    api_enable_stacks();
    return 0;
}

#define TRACE_TEST(f) cmocka_unit_test_setup_teardown(f, api_mark, detach)
