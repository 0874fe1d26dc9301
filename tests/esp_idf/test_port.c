/* SPDX-License-Identifier: MIT */
/* The port on a chip: start-up, console, spinlocks, reports, reserved ranges, hardware alignment, kernel functions, tracing. */
#include <string.h>

#include "capheap/port.h"
#include "check.h"
#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"
#include "esp_heap_trace.h"
#include "esp_memory_utils.h"
#include "esp_private/esp_cache_private.h"
#include "esp_system.h"
#include "freertos/FreeRTOS.h"
#include "multi_heap.h"
#include "multi_heap_internal.h"
#include "multi_heap_platform.h"
#include "soc/soc_memory_layout.h"
#include "standin.h"

void *heap_caps_malloc_default(size_t size);
void multi_heap_in_rom_init(void);

/* 4 KiB in the middle of the largest heap of each chip that this runs on. */
#define RESERVED 0x3fcb0000
#define RESERVED_ESP32 0x3ffd0000
SOC_RESERVE_MEMORY_REGION(CONFIG_IDF_TARGET[5] ? RESERVED : RESERVED_ESP32,
                          (CONFIG_IDF_TARGET[5] ? RESERVED : RESERVED_ESP32) + 0x1000, by_the_test)

static void start_up(void) {
    const char *order = standin_startup_order();
    CHECK(strstr(order, "ch_init_heap;ch_add_psram;") == order); /* CORE 100 and 103; before all of SECONDARY */
    CHECK(strstr(standin_console(), "heap_init: Initializing. RAM available for dynamic allocation:\n") != NULL);
    const char *line = strstr(standin_console(), "heap_init: At ");
    CHECK(line && line > standin_console() + 4 && memcmp(line - 2, ") ", 2) == 0); /* behind "I (time) " of the logger */
    size_t total = heap_caps_get_total_size(0), boot_text = strlen(standin_console());
    heap_caps_init(); /* the system's own call, where it has one */
    multi_heap_in_rom_init();
    CHECK(heap_caps_get_total_size(0) == total);
    CHECK(strlen(standin_console()) == boot_text);
}

static bool meets_reserved(walker_heap_into_t heap, walker_block_info_t block, void *found) {
    uintptr_t start = CONFIG_IDF_TARGET[5] ? RESERVED : RESERVED_ESP32;
    (void)block;
    if ((uintptr_t)heap.start < start + 0x1000 && (uintptr_t)heap.end > start) *(bool *)found = true;
    return false;
}

static void reserved_ranges_are_no_heap(void) {
    bool found = false;
    heap_caps_walk_all(meets_reserved, &found);
    CHECK(!found);
}

static void locks_are_spinlocks(void) {
    unsigned long before = standin_critical_count();
    void *p = heap_caps_malloc(100, MALLOC_CAP_8BIT);
    CHECK(standin_critical_count() > before);
    CHECK(standin_critical_depth() == 0);
    heap_caps_free(p);
    CHECK(standin_critical_depth() == 0);
    CHECK(standin_critical_deepest() >= 1 && standin_critical_deepest() <= 2);
    standin_isr_begin();
    p = heap_caps_malloc(100, MALLOC_CAP_8BIT);
    CHECK(p != NULL && heap_caps_get_free_size(MALLOC_CAP_8BIT) > 0);
    heap_caps_free(p);
    standin_isr_end();
}

static uint32_t pool_memory[256];

_Static_assert(__builtin_types_compatible_p(multi_heap_lock_t, portMUX_TYPE),
               "firmware hands a portMUX_TYPE to multi_heap_set_lock()");

static void multi_heap_takes_a_portmux(void) {
    struct {
        uint32_t before;
        portMUX_TYPE mux;
        uint32_t behind;
    } lock = {0x11111111, portMUX_INITIALIZER_UNLOCKED, 0x22222222};
    multi_heap_handle_t pool = multi_heap_register(pool_memory, sizeof pool_memory);
    multi_heap_set_lock(pool, &lock.mux);
    unsigned long before = standin_critical_count();
    void *p = multi_heap_malloc(pool, 40);
    CHECK(p && standin_critical_count() == before + 1);
    multi_heap_internal_lock(pool);
    CHECK(standin_critical_depth() == 1 && lock.mux.owner != SPINLOCK_FREE);
    void *q = multi_heap_malloc(pool, 40); /* who holds the heap may use it */
    CHECK(q && standin_critical_depth() == 1);
    multi_heap_free(pool, q);
    CHECK(lock.before == 0x11111111 && lock.behind == 0x22222222);
    multi_heap_internal_unlock(pool);
    CHECK(standin_critical_depth() == 0 && lock.mux.owner == SPINLOCK_FREE);
    multi_heap_free(pool, p);
    CHECK(multi_heap_check(pool, true));
    CHECK(lock.before == 0x11111111 && lock.behind == 0x22222222);
}

static void faults_end_in_the_systems_abort(void) {
    void *p = heap_caps_malloc(100, MALLOC_CAP_8BIT);
    heap_caps_free(p);
    standin_console_clear();
    CHECK_ABORT(heap_caps_free(p));
    CHECK(strncmp(standin_console(), "CORRUPT HEAP: ", 14) == 0);
    CHECK(strstr(standin_console(), "\nHEAP-REPORT v=1 reason=") != NULL);
    CHECK(standin_console()[strlen(standin_console()) - 1] == '\n');
    CHECK(check_abort_text()[0] != '\0');
    standin_console_clear();
    CHECK_ABORT(heap_caps_free(pool_memory));
    CHECK(strcmp(check_abort_text(), "free() target pointer is outside heap areas") == 0);
    CHECK_ABORT(heap_caps_realloc(pool_memory, 8, MALLOC_CAP_8BIT));
    CHECK(strcmp(check_abort_text(), "realloc() pointer is outside heap areas") == 0);
    CHECK(standin_critical_depth() == 0);
    CHECK(heap_caps_check_integrity_all(true));
}

static void dump_goes_to_the_console(void) {
    standin_console_clear();
    uint32_t caps = heap_caps_get_total_size(MALLOC_CAP_RTCRAM) ? MALLOC_CAP_RTCRAM : MALLOC_CAP_8BIT; /* the shortest dump */
    void *p = heap_caps_malloc(100, caps);
    CHECK(p != NULL);
    heap_caps_dump(caps);
    CHECK(strncmp(standin_console(), "Showing data for heap: ", 23) == 0);
    CHECK(strstr(standin_console(), " data, size: ") != NULL);
    CHECK(strstr(standin_console(), "bytes, Free: No \n") != NULL && strstr(standin_console(), "bytes, Free: Yes \n") != NULL);
    heap_caps_free(p);
    standin_console_clear();
}

static void the_system_counts_the_heap(void) {
    CHECK(esp_get_free_heap_size() == heap_caps_get_free_size(MALLOC_CAP_DEFAULT));
    CHECK(esp_get_minimum_free_heap_size() == heap_caps_get_minimum_free_size(MALLOC_CAP_DEFAULT));
    CHECK(esp_get_free_internal_heap_size() == heap_caps_get_free_size(MALLOC_CAP_8BIT | MALLOC_CAP_DMA | MALLOC_CAP_INTERNAL));
    size_t before = xPortGetFreeHeapSize();
    void *p = pvPortMalloc(512);
    CHECK(p && esp_ptr_internal(p) && esp_ptr_byte_accessible(p));
    CHECK(xPortGetFreeHeapSize() <= before - 512);
    CHECK(xPortGetMinimumEverFreeHeapSize() <= xPortGetFreeHeapSize());
    vPortFree(p);
    CHECK(xPortGetFreeHeapSize() == before);
}

static size_t line = 0;

/* A cache driver of the system's: it comes before ours. */
esp_err_t esp_cache_get_alignment(uint32_t heap_caps, size_t *out_alignment) {
    (void)heap_caps;
    *out_alignment = line;
    return line == 1 ? ESP_FAIL : ESP_OK;
}

static void requests_follow_the_cache_driver(void) {
    line = 128;
    void *p = heap_caps_malloc(10, MALLOC_CAP_DMA | MALLOC_CAP_CACHE_ALIGNED);
    CHECK(p && (uintptr_t)p % 128 == 0 && heap_caps_get_allocated_size(p) >= 128);
    heap_caps_free(p);
    line = 1; /* the query fails */
    CHECK(heap_caps_malloc(10, MALLOC_CAP_DMA) == NULL);
    line = 0;
    p = heap_caps_malloc(10, MALLOC_CAP_DMA);
    CHECK(p && esp_ptr_dma_capable(p) && heap_caps_get_allocated_size(p) >= 12);
    heap_caps_free(p);
}

static void the_trace_api_says_that_it_is_off(void) {
    static heap_trace_record_t records[4];
    heap_trace_summary_t summary;
    standin_console_clear();
    CHECK(heap_trace_init_standalone(records, 4) == ESP_ERR_NOT_SUPPORTED);
    CHECK(heap_trace_init_tohost() == ESP_ERR_NOT_SUPPORTED);
    CHECK(heap_trace_start(HEAP_TRACE_ALL) == ESP_ERR_NOT_SUPPORTED);
    CHECK(heap_trace_stop() == ESP_ERR_NOT_SUPPORTED);
    CHECK(heap_trace_alloc_pause() == ESP_ERR_NOT_SUPPORTED);
    CHECK(heap_trace_resume() == ESP_ERR_NOT_SUPPORTED);
    CHECK(heap_trace_get(0, records) == ESP_ERR_NOT_SUPPORTED);
    CHECK(heap_trace_summary(&summary) == ESP_ERR_NOT_SUPPORTED);
    CHECK(heap_trace_get_count() == 0);
    heap_trace_dump();
    heap_trace_dump_caps(MALLOC_CAP_INTERNAL);
    CHECK(standin_console()[0] == '\0');
}

/* The system's walk over register windows: four frames, of which the first two are below the one that is asked for. */
typedef struct {
    uint32_t pc, sp, next_pc;
    const void *exc_frame;
} frame_t;
void esp_backtrace_get_start(uint32_t *pc, uint32_t *sp, uint32_t *next_pc);
bool esp_backtrace_get_next_frame(frame_t *frame);

void esp_backtrace_get_start(uint32_t *pc, uint32_t *sp, uint32_t *next_pc) {
    *pc = 0x400d0000, *sp = 0x1000, *next_pc = 0x800d0010;
}

bool esp_backtrace_get_next_frame(frame_t *frame) {
    frame->pc = frame->next_pc, frame->sp += 0x100;
    frame->next_pc = frame->sp == 0x1400 ? 0 : 0x800d0010 + frame->sp;
    return frame->sp <= 0x1400;
}

static void call_stacks_come_from_the_system(void) {
    void *callers[8];
    CHECK(ch_port_callers_from((const void *)0x1100, callers, 8) == 2);
    CHECK(callers[0] == (void *)0x400d1210 && callers[1] == (void *)0x400d1310); /* of the frames 0x1200 and 0x1300 */
    CHECK(ch_port_callers_from((const void *)0x1100, callers, 1) == 1);
    CHECK(ch_port_callers_from((const void *)0x2000, callers, 8) == 0);
}

void app_main(void) {
    start_up();
    reserved_ranges_are_no_heap();
    locks_are_spinlocks();
    multi_heap_takes_a_portmux();
    faults_end_in_the_systems_abort();
    dump_goes_to_the_console();
    the_system_counts_the_heap();
    requests_follow_the_cache_driver();
    the_trace_api_says_that_it_is_off();
    call_stacks_come_from_the_system();
    check_report();
}
