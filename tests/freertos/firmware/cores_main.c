/* SPDX-License-Identifier: MIT */
/*
 * ports/freertos on a real kernel that schedules two cores (V11): four tasks, one of them on each core and two on whichever is
 * free, allocate, resize and free each other's blocks; so do the tick's handler on the first core and a handler on the second one
 * that it raises.
 */
#include <stdio.h>
#include <stdlib.h>

#include <FreeRTOS.h>
#include <task.h>

#include "blocks.h"
#include "capheap/port.h"
#include "ch_test.h"
#include "esp_heap_caps.h"
#include "machine.h"

#define TASKS 4u
#define ROUNDS 4000u
#define SLOTS 32u
#define KEPT 6u
#define CORES configNUMBER_OF_CORES

static block_t *slots[SLOTS]; /* blocks on their way from one to another */
static volatile bool handlers_on;
static volatile unsigned running, rounds_of[CORES], handlers_of[CORES], failed_hooks;

void vApplicationMallocFailedHook(void) { failed_hooks++; }

void interrupt_timer(unsigned number) { (void)number; }

static unsigned count_up(volatile unsigned *counter) { return __atomic_add_fetch(counter, 1u, __ATOMIC_RELAXED); }

/* What handlers do: some blocks of their own, and one exchanged with everybody. */
static void handle(unsigned core) {
    static uint32_t seeds[CORES] = {11, 22};
    static block_t *kept[CORES][KEPT];
    uint32_t *seed = &seeds[core];
    block_t **mine = &kept[core][block_random(seed) % KEPT];
    block_free(*mine, seed);
    *mine = handlers_on ? block_new(seed) : NULL;
    if (handlers_on) block_free(__atomic_exchange_n(&slots[block_random(seed) % SLOTS], block_new(seed), __ATOMIC_ACQ_REL), seed);
    for (unsigned i = 0; i < KEPT && !handlers_on; i++) {
        block_free(kept[core][i], seed);
        kept[core][i] = NULL;
    }
    count_up(&handlers_of[core]);
}

void interrupt_raised(void) {
    if (ch_port_core_id() != 1) block_report("a handler runs on the wrong core");
    handle(1);
}

void vApplicationTickHook(void);
void vApplicationTickHook(void) {
    static bool begun;
    if (!handlers_on && !begun) return;
    begun = true;
    handle(0);
    machine_raise_on(1);
}

static void exchange(void *number) {
    uint32_t seed = 100u + (uint32_t)(uintptr_t)number;
    for (unsigned i = 0; i < ROUNDS; i++) {
        block_t *block = block_new(&seed);
        block = __atomic_exchange_n(&slots[block_random(&seed) % SLOTS], block, __ATOMIC_ACQ_REL);
        if (block != NULL && block_random(&seed) % 2) block = block_resize(block, &seed);
        block_free(block, &seed);
        count_up(&rounds_of[ch_port_core_id()]);
        if (i % 512 == 0) vTaskDelay(1);
        if (i % 700 == 0) {
            vTaskSuspendAll();
            block_free(block_new(&seed), &seed);
            xTaskResumeAll();
        }
    }
    __atomic_sub_fetch(&running, 1u, __ATOMIC_RELAXED);
    vTaskDelete(NULL);
}

static void tasks_and_handlers_of_two_cores_exchange_blocks(void **state) {
    (void)state;
    uint32_t seed = 7;
    HeapStats_t stats;
    UBaseType_t tasks = uxTaskGetNumberOfTasks();
    size_t before = heap_caps_get_free_size(0);
    running = TASKS;
    handlers_on = true;
    for (uintptr_t i = 0; i < TASKS; i++) {
        TaskHandle_t task;
        assert_int_equal(xTaskCreate(exchange, "exchange", 512, (void *)i, 2, &task), pdPASS);
        if (i < CORES) vTaskCoreAffinitySet(task, 1u << i);
    }
    while (running > 0) {
        vTaskDelay(20); /* a check may take longer than a tick, and no task is more important than this one */
        if (!heap_caps_check_integrity_all(true)) block_report("a heap is damaged");
        vPortGetHeapStats(&stats);
    }
    handlers_on = false;
    for (unsigned i = 0; i < CORES; i++) {
        unsigned run = handlers_of[i];
        while (handlers_of[i] < run + 2) vTaskDelay(1); /* the second one has surely seen it, and kept nothing */
    }
    while (uxTaskGetNumberOfTasks() > tasks) vTaskDelay(1);
    vTaskDelay(5);
    for (unsigned i = 0; i < SLOTS; i++) block_free(slots[i], &seed);
    print_message("rounds on the cores: %u %u, handlers: %u %u\n", rounds_of[0], rounds_of[1], handlers_of[0], handlers_of[1]);
    if (block_faults > 0) fail_msg("%u faults, first: %s", block_faults, block_fault);
    assert_int_equal(rounds_of[0] + rounds_of[1], TASKS * ROUNDS);
    for (unsigned i = 0; i < CORES; i++) {
        assert_true(rounds_of[i] > ROUNDS / 2);
        assert_true(handlers_of[i] > 20);
    }
    assert_true(heap_caps_check_integrity_all(true));
    assert_int_equal(heap_caps_get_free_size(0), before);
}

static void a_task_has_its_handle_on_every_core(void **state) {
    (void)state;
    for (UBaseType_t core = 0; core < CORES; core++) {
        vTaskCoreAffinitySet(NULL, 1u << core);
        vTaskDelay(2);
        assert_int_equal(ch_port_core_id(), core);
        assert_ptr_equal(ch_port_task_id(), xTaskGetCurrentTaskHandle());
    }
    vTaskCoreAffinitySet(NULL, tskNO_AFFINITY);
}

static void the_lock_masks_and_nests(void **state) {
    (void)state;
    static ch_port_lock_t lock = CH_PORT_LOCK_INIT;
    for (int i = 0; i < 1000; i++) {
        ch_port_state_t outer = ch_port_lock(&lock), inner = ch_port_lock(&lock);
        bool masked = machine_masked();
        ch_port_unlock(&lock, inner);
        masked = masked && machine_masked();
        ch_port_unlock(&lock, outer);
        assert_true(masked);
        assert_false(machine_masked());
    }
}

static void run_tests(void *unused) {
    (void)unused;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_task_has_its_handle_on_every_core),
        cmocka_unit_test(the_lock_masks_and_nests),
        cmocka_unit_test(tasks_and_handlers_of_two_cores_exchange_blocks),
    };
    exit(cmocka_run_group_tests(tests, NULL, NULL));
}

int main(void) {
    machine_prepare();
    if (xTaskCreate(run_tests, "tests", 2048, NULL, 3, NULL) != pdPASS) machine_give_up("no memory for the first task");
    machine_start();
    vTaskStartScheduler();
    machine_give_up("the scheduler ended");
}
