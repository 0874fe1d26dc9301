/* SPDX-License-Identifier: MIT */
/*
 * Firmware with tasks and pools: a task whose stack and control block it allocates itself, tasks that the kernel allocates, a
 * heap of its own in a static buffer with a spinlock, RAM that it adds to the system's heap.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdint.h>
#include <string.h>

#include "esp_err.h"
#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"
#include "esp_log.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "multi_heap.h"
#include "sdkconfig.h"

#define STACK_BYTES 16384

static const char *TAG = "tasks";

static uint8_t pool_memory[4096] __attribute__((aligned(16)));
static multi_heap_handle_t pool;

typedef struct {
    int rounds;
    unsigned sum;
} job_t;

/* Messages of different sizes come and go in the pool. */
static void worker(void *arg) {
    job_t *job = arg;
    uint8_t *message[4] = {NULL};
    for (int i = 0; i < job->rounds; i++) {
        uint8_t **slot = &message[i % 4];
        multi_heap_free(pool, *slot);
        *slot = multi_heap_malloc(pool, (size_t)(20 + i * 7 % 100));
        assert(*slot != NULL);
        (*slot)[0] = (uint8_t)i;
        job->sum += (*slot)[0];
    }
    for (int i = 0; i < 4; i++) multi_heap_free(pool, message[i]);
    vTaskDelete(NULL);
}

static void run_on_own_stack(job_t *job) {
    StackType_t *stack = heap_caps_malloc(STACK_BYTES, MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT);
    StaticTask_t *tcb = heap_caps_malloc(sizeof(StaticTask_t), MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT);
    assert(stack != NULL && tcb != NULL);
    TaskHandle_t task = xTaskCreateStatic(worker, "own stack", STACK_BYTES, job, 5, stack, tcb);
    assert(task != NULL);
    vTaskDelay(pdMS_TO_TICKS(100));
    heap_caps_free(stack);
    heap_caps_free(tcb);
}

static void pool_open(void) {
    pool = multi_heap_register(pool_memory, sizeof pool_memory);
    assert(pool != NULL);
#if !CONFIG_IDF_TARGET_LINUX
    static portMUX_TYPE pool_lock = portMUX_INITIALIZER_UNLOCKED;
    multi_heap_set_lock(pool, &pool_lock);
#endif
}

/* A buffer that is no longer needed becomes memory for malloc. */
static void give_buffer_to_heap(void) {
#if !CONFIG_IDF_TARGET_LINUX
    static uint8_t *buffer;
    buffer = heap_caps_malloc(8192, MALLOC_CAP_8BIT | MALLOC_CAP_INTERNAL);
    assert(buffer != NULL);
    const uint32_t caps[] = {1u << 25, MALLOC_CAP_8BIT | MALLOC_CAP_INTERNAL, 0};
    ESP_ERROR_CHECK(heap_caps_add_region_with_caps(caps, (intptr_t)buffer, (intptr_t)(buffer + 8192)));
    uint8_t *p = heap_caps_malloc(1000, 1u << 25);
    assert(p >= buffer && p + 1000 <= buffer + 8192);
    heap_caps_free(p);
    assert(heap_caps_add_region_with_caps(caps, (intptr_t)buffer, (intptr_t)(buffer + 8192)) == ESP_FAIL);
#endif
}

void app_main(void) {
    pool_open();
    job_t job = {.rounds = 200};
    run_on_own_stack(&job);
    assert(job.sum > 0);
    size_t kernel_before = xPortGetFreeHeapSize();
    BaseType_t created = xTaskCreate(worker, "kernel's stack", STACK_BYTES, &job, 5, NULL);
    assert(created == pdPASS);
    assert(xPortGetFreeHeapSize() == kernel_before);

    multi_heap_info_t info;
    multi_heap_get_info(pool, &info);
    assert(info.allocated_blocks == 0 && info.total_blocks == 1);
    assert(multi_heap_check(pool, true));
    ESP_LOGI(TAG, "pool: %u free, %u at the least", (unsigned)info.total_free_bytes, (unsigned)info.minimum_free_bytes);
    give_buffer_to_heap();
    assert(heap_caps_check_integrity_all(true));
}
