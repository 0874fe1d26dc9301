/* SPDX-License-Identifier: MIT */
/*
 * The lock of ports/freertos and its answers about tasks, on the stand-in kernel: what a FreeRTOS kernel sees of the heap. The
 * kernel may be in any state, so nothing may be called but the interrupt mask, and that comes back as it was.
 */
#include <string.h>

#include "capheap/port.h"
#include "capheap_freertos.h"
#include "ch_test.h"
#include "esp_heap_caps.h"
#include "freertos_options.h"
#include "multi_heap.h"
#include "multi_heap_internal.h"
#include "multi_heap_platform.h"
#include "stub_kernel.h"

/** A mask that is no work of the heap's: of a handler, or of a critical section of the program. */
#define MASK_OF_OTHERS 0x20ul

static int begin(void **state) {
    (void)state;
    memset(&stub_calls, 0, sizeof stub_calls);
    memset(&stub_core, 0, sizeof stub_core);
    stub_scheduler_state = taskSCHEDULER_RUNNING;
    return 0;
}

static void sections_nest_and_the_mask_comes_back_as_it_was(void **state) {
    (void)state;
    static ch_port_lock_t outer = CH_PORT_LOCK_INIT, inner = CH_PORT_LOCK_INIT;
    const unsigned long before[] = {0, MASK_OF_OTHERS};
    for (size_t i = 0; i < 2; i++) {
        stub_core.mask = before[i];
        ch_port_state_t first = ch_port_lock(&outer);
        assert_int_equal(stub_core.mask, STUB_MASKED);
        ch_port_state_t second = ch_port_lock(&inner);
        assert_int_equal(stub_core.mask, STUB_MASKED);
        ch_port_state_t again = ch_port_lock(&outer); /* who has a lock may take it once more */
        assert_int_equal(stub_core.mask, STUB_MASKED);
        ch_port_unlock(&outer, again);
        assert_int_equal(stub_core.mask, STUB_MASKED);
        ch_port_unlock(&inner, second);
        assert_int_equal(stub_core.mask, STUB_MASKED);
        ch_port_unlock(&outer, first);
        assert_int_equal(stub_core.mask, before[i]);
    }
    assert_int_equal(stub_calls.forbidden, 0);
}

static bool go_on(walker_heap_into_t heap, walker_block_info_t block, void *open) {
    (void)heap, (void)block;
    if (stub_core.mask == STUB_MASKED) *(bool *)open = false;
    return true;
}

/* All kinds of calls, the ones that print, copy, walk and call back included. */
static void use_the_heap(void) {
    HeapStats_t stats;
    bool open = true;
    uint8_t *block = pvPortMalloc(100), *zeroed = pvPortCalloc(10, 10);
    assert_non_null(block);
    assert_non_null(zeroed);
    block = heap_caps_realloc(block, 3000, MALLOC_CAP_8BIT);
    block = heap_caps_realloc(block, 50, MALLOC_CAP_8BIT);
    void *aligned = heap_caps_aligned_alloc(256, 300, MALLOC_CAP_DEFAULT);
    assert_null(pvPortMalloc(SIZE_MAX / 2));
    heap_caps_walk_all(go_on, &open);
    assert_true(open);
    vPortGetHeapStats(&stats);
    assert_true(heap_caps_check_integrity_all(true));
    heap_caps_dump_all();
    vPortFree(block);
    vPortFree(aligned);
    heap_caps_free(zeroed);
}

static void no_call_of_the_heap_needs_the_kernel_in_any_state_of_it(void **state) {
    (void)state;
    const long states[] = {taskSCHEDULER_NOT_STARTED, taskSCHEDULER_RUNNING, taskSCHEDULER_SUSPENDED};
    for (size_t i = 0; i < 6; i++) {
        stub_scheduler_state = states[i / 2];
        stub_core.mask = i % 2 ? MASK_OF_OTHERS : 0;
        unsigned long masks = stub_core.masks;
        use_the_heap();
        assert_int_equal(stub_core.mask, i % 2 ? MASK_OF_OTHERS : 0);
        assert_true(stub_core.masks > masks);
    }
    assert_int_equal(stub_calls.forbidden, 0);
}

static void a_lock_that_others_initialize_at_run_time_works_too(void **state) {
    (void)state;
    multi_heap_lock_t lock;
    multi_heap_lock_init(&lock);
    multi_heap_handle_t heap = multi_heap_register(ch_test_span(4096), 4096);
    multi_heap_set_lock(heap, &lock);
    void *block = multi_heap_malloc(heap, 100);
    assert_non_null(block);
    assert_true(stub_core.masks > 0);
    multi_heap_free(heap, block);
    assert_int_equal(stub_core.mask, 0);
}

static void who_locks_a_heap_may_go_on_using_it(void **state) {
    (void)state;
    multi_heap_lock_t lock;
    multi_heap_lock_init(&lock);
    multi_heap_handle_t heap = multi_heap_register(ch_test_span(4096), 4096);
    multi_heap_set_lock(heap, &lock);
    multi_heap_internal_lock(heap);
    void *block = multi_heap_malloc(heap, 100);
    assert_int_equal(stub_core.mask, STUB_MASKED);
    multi_heap_free(heap, block);
    multi_heap_internal_unlock(heap);
    assert_non_null(block);
    assert_int_equal(stub_core.mask, 0);
}

static void a_task_is_its_handle(void **state) {
    (void)state;
    struct stub_task other = {"other"};
    struct stub_task *first = stub_current_task;
    if (!CH_FREERTOS_KNOWS_TASK) {
        assert_null(ch_port_task_id());
        return;
    }
    assert_ptr_equal(ch_port_task_id(), first);
    stub_current_task = &other;
    void *id = ch_port_task_id();
    stub_current_task = first;
    assert_ptr_equal(id, &other);
    assert_string_equal(ch_freertos_task_name(id), "other");
}

static void nothing_is_a_task_before_the_scheduler_starts(void **state) {
    (void)state;
    stub_scheduler_state = taskSCHEDULER_NOT_STARTED;
    if (CH_FREERTOS_KNOWS_START) assert_null(ch_port_task_id()); /* the kernel has a current task by then: the one to be first */
    assert_string_equal(ch_freertos_task_name(NULL), "startup");
}

static void the_rest_of_the_contract_has_answers(void **state) {
    (void)state;
    void *callers[1] = {NULL};
    stub_core.id = CH_FREERTOS_CORES > 1 ? 3 : 0;
    assert_int_equal(ch_port_core_id(), stub_core.id);
    uint32_t before = ch_port_cycles();
    assert_true(ch_port_cycles() > before);
    assert_int_equal(ch_port_callers(callers, 1), 0);
    ch_port_fence();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(sections_nest_and_the_mask_comes_back_as_it_was, begin),
        cmocka_unit_test_setup(no_call_of_the_heap_needs_the_kernel_in_any_state_of_it, begin),
        cmocka_unit_test_setup(a_lock_that_others_initialize_at_run_time_works_too, begin),
        cmocka_unit_test_setup(who_locks_a_heap_may_go_on_using_it, begin),
        cmocka_unit_test_setup(a_task_is_its_handle, begin),
        cmocka_unit_test_setup(nothing_is_a_task_before_the_scheduler_starts, begin),
        cmocka_unit_test_setup(the_rest_of_the_contract_has_answers, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
