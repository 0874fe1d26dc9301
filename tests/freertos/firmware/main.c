/* SPDX-License-Identifier: MIT */
/*
 * ports/freertos on a real kernel. The first group runs in main(), before the scheduler; the second one in a task, whose end is
 * the end of the program. Everything dynamic of the kernel is from capheap.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <FreeRTOS.h>
#include <queue.h>
#include <task.h>
#include <timers.h>

#include "blocks.h"
#include "capheap/port.h"
#include "capheap_freertos.h"
#include "ch_test.h"
#include "esp_heap_caps.h"
#include "esp_memory_utils.h"
#include "machine.h"
#include "traffic.h"

#define CAPS (MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT)

void *pvPortCalloc(size_t number, size_t size); /* kernels before V10.5 do not declare it */

static int failed_before;
static volatile unsigned failed_hooks, raised;
static void *volatile id_in_handler;
static volatile bool handler_allocates;

void vApplicationMallocFailedHook(void) { failed_hooks++; }

/* The software interrupt's handler: all kinds of calls, if it is asked to. */
void interrupt_raised(void) {
    static uint32_t seed = 88;
    raised++;
    id_in_handler = ch_port_task_id();
    if (!handler_allocates) return;
    bool masked = machine_masked();
    block_t *block = block_new(&seed);
    if (block != NULL) block = block_resize(block, &seed);
    block_free(block, &seed);
    if (machine_masked() != masked) block_report("the heap changed the interrupt mask of a handler");
}

/* ---- before the scheduler starts ---- */

static void use_a_bit(void) {
    static uint32_t seed = 99;
    for (int i = 0; i < 20; i++) {
        block_t *block = block_new(&seed);
        block = block_resize(block, &seed);
        block_free(block, &seed);
    }
}

static void the_heap_works_before_the_start_and_leaves_interrupts_as_they_are(void **state) {
    (void)state;
    for (int open = 0; open < 2; open++) {
        machine_open(open);
        assert_int_equal(machine_masked(), !open);
        use_a_bit();
        assert_int_equal(machine_masked(), !open);
    }
    unsigned before = raised;
    machine_raise(); /* handlers can use it too by then */
    assert_int_equal(raised, before + 1);
    machine_open(false);
    assert_int_equal(block_faults, 0);
    assert_true(heap_caps_check_integrity_all(true));
}

static void kernel_objects_are_blocks_of_the_heap(void **state) {
    (void)state;
    QueueHandle_t queue = xQueueCreate(10, 40);
    assert_non_null(queue);
    assert_true(heap_caps_get_allocated_size(queue) > 400);
    size_t free_bytes = xPortGetFreeHeapSize();
    vQueueDelete(queue);
    assert_true(xPortGetFreeHeapSize() >= free_bytes + 400);
}

static void what_runs_before_the_start_is_no_task(void **state) {
    (void)state;
    assert_null(ch_port_task_id());
    assert_string_equal(ch_freertos_task_name(ch_port_task_id()), "startup");
    assert_int_equal(ch_port_core_id(), 0);
}

/* ---- in a task ---- */

static void a_task_has_its_handle_and_name_also_in_handlers(void **state) {
    (void)state;
    assert_ptr_equal(ch_port_task_id(), xTaskGetCurrentTaskHandle());
    assert_string_equal(ch_freertos_task_name(ch_port_task_id()), "tests");
    unsigned before = raised;
    machine_raise();
    assert_int_equal(raised, before + 1);
    assert_ptr_equal(id_in_handler, xTaskGetCurrentTaskHandle());
}

static void stacks_come_from_memory_with_their_own_capability(void **state) {
    (void)state;
    int local = 0;
    assert_true(esp_ptr_dma_capable(&local));
    assert_true(heap_caps_get_containing_block_size(&local) >= 2048 * sizeof(StackType_t));
}

static void the_lock_masks_what_the_kernel_masks(void **state) {
    (void)state;
    static ch_port_lock_t lock = CH_PORT_LOCK_INIT;
    unsigned before = raised;
    ch_port_state_t opened = ch_port_lock(&lock);
    machine_raise();
    unsigned inside = raised;
    bool urgent = machine_urgent_runs();
    ch_port_unlock(&lock, opened);
    machine_raise();
    assert_int_equal(inside, before);
    assert_true(raised > before);
    assert_int_equal(urgent, machine_has_priorities());
    assert_false(machine_masked());
}

static void critical_sections_of_the_kernel_stay_closed(void **state) {
    (void)state;
    handler_allocates = true;
    unsigned before = raised;
    taskENTER_CRITICAL();
    taskENTER_CRITICAL();
    use_a_bit();
    bool masked = machine_masked();
    machine_raise();
    use_a_bit();
    unsigned inside = raised;
    taskEXIT_CRITICAL();
    use_a_bit();
    masked = masked && machine_masked();
    taskEXIT_CRITICAL();
    machine_raise();
    handler_allocates = false;
    assert_true(masked);
    assert_int_equal(inside, before);
    assert_true(raised > before);
    assert_false(machine_masked());
    assert_int_equal(block_faults, 0);
}

static volatile unsigned woken;

static void wake(void *unused) {
    (void)unused;
    for (;;) {
        vTaskSuspend(NULL);
        woken++;
    }
}

static void nothing_yields_while_the_scheduler_is_suspended(void **state) {
    (void)state;
    TaskHandle_t urgent;
    handler_allocates = true;
    assert_int_equal(xTaskCreate(wake, "urgent", 256, NULL, 4, &urgent), pdPASS);
    unsigned before = woken;
    vTaskSuspendAll();
    vTaskResume(urgent); /* ready, and more important than we are */
    for (int i = 0; i < 50; i++) {
        use_a_bit();
        machine_raise();
    }
    assert_true(heap_caps_check_integrity_all(true));
    BaseType_t scheduler = xTaskGetSchedulerState();
    unsigned inside = woken;
    xTaskResumeAll();
    handler_allocates = false;
    assert_int_equal(scheduler, taskSCHEDULER_SUSPENDED);
    assert_int_equal(inside, before);
    assert_int_equal(woken, before + 1);
    vTaskDelete(urgent); /* not itself: freed at once */
    assert_int_equal(block_faults, 0);
}

static void inspect(void) {
    HeapStats_t stats;
    if (!heap_caps_check_integrity_all(true)) block_report("a heap is damaged");
    vPortGetHeapStats(&stats);
    if (stats.xSizeOfSmallestFreeBlockInBytes > stats.xSizeOfLargestFreeBlockInBytes) block_report("statistics without sense");
    use_a_bit();
}

static void two_tasks_and_interrupts_exchange_blocks(void **state) {
    (void)state;
    size_t before = heap_caps_get_free_size(0);
    traffic_t seen = traffic_run(10000, inspect);
    print_message("exchanged %u, from the tick %u, into it %u, ticks %u, other timers %u\n", seen.exchanged, seen.from_tick,
                  seen.into_tick, seen.ticks, seen.timers);
    if (block_faults > 0) fail_msg("%u faults, first: %s", block_faults, block_fault);
    assert_true(seen.exchanged >= 10000);
    assert_true(seen.from_tick > 500);
    assert_true(seen.into_tick > 100);
    assert_true(seen.ticks > 1000);
    assert_true(!machine_has_priorities() || seen.timers > 1000);
    assert_true(heap_caps_check_integrity_all(true));
    assert_int_equal(heap_caps_get_free_size(0), before);
}

static void pass_by(void *block) {
    uint32_t seed = 111;
    block_free(block, &seed);
    use_a_bit();
    vTaskDelete(NULL);
}

static void deleted_tasks_give_everything_back(void **state) {
    (void)state;
    uint32_t seed = 222;
    unsigned count = (unsigned)uxTaskGetNumberOfTasks();
    size_t before = heap_caps_get_free_size(0), stacks = heap_caps_get_free_size(MALLOC_CAP_DMA | MALLOC_CAP_8BIT);
    for (int i = 0; i < 60; i++) {
        TaskHandle_t tasks[3];
        for (int t = 0; t < 3; t++) {
            BaseType_t made = xTaskCreate(pass_by, "passing", (uint16_t)(400 + 50 * t), block_new(&seed),
                                          (UBaseType_t)(i % 2 && t == 0 ? 4 : 1), &tasks[t]);
            assert_int_equal(made, pdPASS);
        }
        if (i == 0)
            assert_true(heap_caps_get_free_size(MALLOC_CAP_DMA | MALLOC_CAP_8BIT) < stacks - 2 * 400 * sizeof(StackType_t));
        traffic_wait_for_tasks(count);
    }
    assert_int_equal(block_faults, 0);
    assert_int_equal(heap_caps_get_free_size(0), before);
}

static void at_the_timer(TimerHandle_t timer) {
    use_a_bit();
    (*(volatile unsigned *)pvTimerGetTimerID(timer))++;
}

static void software_timers_use_the_heap(void **state) {
    (void)state;
    volatile unsigned runs = 0;
    TimerHandle_t timer = xTimerCreate("timer", 20, pdTRUE, (void *)(uintptr_t)&runs, at_the_timer);
    assert_non_null(timer);
    assert_int_equal(xTimerStart(timer, 10), pdPASS);
    vTaskDelay(250);
    assert_int_equal(xTimerDelete(timer, 10), pdPASS);
    vTaskDelay(3);
    assert_true(runs >= 10);
    assert_int_equal(block_faults, 0);
}

static bool add_up(walker_heap_into_t heap, walker_block_info_t block, void *stats) {
    HeapStats_t *s = stats;
    (void)heap;
    if (block.used) return true;
    s->xAvailableHeapSpaceInBytes += block.size;
    s->xNumberOfFreeBlocks++;
    if (block.size < s->xSizeOfSmallestFreeBlockInBytes) s->xSizeOfSmallestFreeBlockInBytes = block.size;
    if (block.size > s->xSizeOfLargestFreeBlockInBytes) s->xSizeOfLargestFreeBlockInBytes = block.size;
    return true;
}

static void heap_statistics_are_what_a_walk_finds(void **state) {
    (void)state;
    void *blocks[10];
    HeapStats_t before, now, walked = {.xSizeOfSmallestFreeBlockInBytes = SIZE_MAX};
    vPortGetHeapStats(&before);
    for (size_t i = 0; i < 10; i++) blocks[i] = pvPortMalloc(100 * (i + 1));
    for (size_t i = 0; i < 10; i += 2) vPortFree(blocks[i]);
    vPortGetHeapStats(&now);
    heap_caps_walk(CAPS, add_up, &walked);
    assert_int_equal(now.xAvailableHeapSpaceInBytes, walked.xAvailableHeapSpaceInBytes);
    assert_int_equal(now.xAvailableHeapSpaceInBytes, xPortGetFreeHeapSize());
    assert_int_equal(now.xNumberOfFreeBlocks, walked.xNumberOfFreeBlocks);
    assert_int_equal(now.xSizeOfSmallestFreeBlockInBytes, walked.xSizeOfSmallestFreeBlockInBytes);
    assert_int_equal(now.xSizeOfLargestFreeBlockInBytes, walked.xSizeOfLargestFreeBlockInBytes);
    assert_int_equal(now.xNumberOfSuccessfulAllocations - before.xNumberOfSuccessfulAllocations, 10);
    assert_int_equal(now.xNumberOfSuccessfulFrees - before.xNumberOfSuccessfulFrees, 5);
    assert_true(now.xMinimumEverFreeBytesRemaining <= now.xAvailableHeapSpaceInBytes);
    for (size_t i = 1; i < 10; i += 2) vPortFree(blocks[i]);
}

static void blocks_are_aligned_for_the_kernel_port(void **state) {
    (void)state;
    for (size_t size = 1; size < 100; size++) {
        void *block = pvPortMalloc(size);
        assert_int_equal((uintptr_t)block % portBYTE_ALIGNMENT, 0);
        vPortFree(block);
    }
}

static void failures_are_null_and_call_the_hook(void **state) {
    (void)state;
    unsigned before = failed_hooks;
    assert_null(pvPortMalloc(SIZE_MAX / 2));
    assert_null(pvPortCalloc(SIZE_MAX / 2, 4));
    assert_int_equal(failed_hooks, before + 2);
    assert_int_equal(xTaskCreate(pass_by, "huge", (configSTACK_DEPTH_TYPE)0x4000000, NULL, 1, NULL),
                     errCOULD_NOT_ALLOCATE_REQUIRED_MEMORY);
}

static void regions_add_memory_to_the_running_system(void **state) {
    (void)state;
    static uint8_t memory[32768] CH_TEST_LARGE;
    const HeapRegion_t regions[] = {{memory, 16384}, {memory + 16384, 16384}, {NULL, 0}};
    size_t before = xPortGetFreeHeapSize();
    vPortDefineHeapRegions(regions);
    assert_in_range(xPortGetFreeHeapSize(), before + 31000, before + 32768);
    uint8_t *block = pvPortMalloc(12000);
    assert_in_range((uintptr_t)block, (uintptr_t)memory, (uintptr_t)memory + 16384);
    vPortFree(block);
    assert_true(heap_caps_check_integrity_all(true));
}

static void run_tests(void *unused) {
    (void)unused;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_task_has_its_handle_and_name_also_in_handlers),
        cmocka_unit_test(stacks_come_from_memory_with_their_own_capability),
        cmocka_unit_test(the_lock_masks_what_the_kernel_masks),
        cmocka_unit_test(critical_sections_of_the_kernel_stay_closed),
        cmocka_unit_test(nothing_yields_while_the_scheduler_is_suspended),
        cmocka_unit_test(two_tasks_and_interrupts_exchange_blocks),
        cmocka_unit_test(deleted_tasks_give_everything_back),
        cmocka_unit_test(software_timers_use_the_heap),
        cmocka_unit_test(heap_statistics_are_what_a_walk_finds),
        cmocka_unit_test(blocks_are_aligned_for_the_kernel_port),
        cmocka_unit_test(failures_are_null_and_call_the_hook),
        cmocka_unit_test(regions_add_memory_to_the_running_system),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    exit(failed || failed_before);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_heap_works_before_the_start_and_leaves_interrupts_as_they_are),
        cmocka_unit_test(kernel_objects_are_blocks_of_the_heap),
        cmocka_unit_test(what_runs_before_the_start_is_no_task),
    };
    machine_prepare();
    if (xTaskCreate(run_tests, "tests", 2048, NULL, 1, NULL) != pdPASS) machine_give_up("no memory for the first task");
    failed_before = cmocka_run_group_tests(tests, NULL, NULL);
    machine_start();
    vTaskStartScheduler();
    machine_give_up("the scheduler ended");
}
