/* SPDX-License-Identifier: MIT */
/*
 * An interrupt at every instruction of a traced call, whose handler makes traced calls itself. Afterwards the trace has a record
 * of each block that lives, of no other, and has counted every call: also where the handler got the address that a realloc had
 * just given up, and was recorded first.
 */
#include "api/api_setup.h"

#include "esp_heap_trace.h"
#include "machine.h"

enum { RECORDS = 16, STRIDE = 1, CAP = API_CAP_USER_A };
static heap_trace_record_t buffer[RECORDS];

/* What the program and the handler have. Blocks of 36 and of 40 bytes fit into the same holes. */
static void *mine, *wall, *handlers, *handlers_second;
static size_t mine_size, handlers_size;
static size_t allocations, frees, handlers_allocations, handlers_frees;

static void program_allocates(void) {
    mine = heap_caps_malloc(40, CAP);
    allocations++;
}

static void program_frees(void) {
    heap_caps_free(mine);
    mine = NULL;
    frees++;
}

static void program_moves(void) {
    mine = heap_caps_realloc(mine, mine_size = 200, CAP); /* the wall keeps it from growing where it is */
    allocations++, frees++;
}

static void program_shrinks(void) {
    mine = heap_caps_realloc(mine, mine_size = 20, CAP);
    allocations++, frees++;
}

static void handler_allocates(void) {
    handlers = heap_caps_malloc(36, CAP);
    handlers_allocations++;
}

static void handler_allocates_and_frees(void) {
    heap_caps_free(heap_caps_malloc(36, CAP));
    handlers_allocations++, handlers_frees++;
}

static void handler_moves(void) {
    handlers = heap_caps_malloc(36, CAP);
    handlers_second = heap_caps_malloc(16, CAP);
    handlers = heap_caps_realloc(handlers, handlers_size = 100, CAP);
    handlers_allocations += 3, handlers_frees++;
}

static bool has_record(const void *block, size_t size, size_t *live) {
    heap_trace_record_t r;
    if (!block) return true;
    ++*live;
    for (size_t i = 0; heap_trace_get(i, &r) == ESP_OK; i++) {
        if (r.address == block && r.size == size && !r.freed) return true;
    }
    return false;
}

static void expect_truth(heap_trace_mode_t mode) {
    heap_trace_summary_t s;
    size_t live = 0;
    heap_trace_summary(&s);
    allocations += handlers_allocations, frees += handlers_frees;
    assert_int_equal(s.total_allocations, allocations);
    assert_int_equal(s.total_frees, frees);
    assert_true(has_record(mine, mine_size, &live) && has_record(wall, 16, &live));
    assert_true(has_record(handlers, handlers_size, &live) && has_record(handlers_second, 16, &live));
    assert_int_equal(s.count, mode == HEAP_TRACE_LEAKS ? live : allocations);
}

/** One operation with an interrupt after `point` units of time. */
static machine_result_t strike(heap_trace_mode_t mode, void (*operation)(void), void (*interrupt)(void), unsigned long point) {
    allocations = frees = handlers_allocations = handlers_frees = 0;
    handlers = handlers_second = mine = NULL;
    mine_size = 40, handlers_size = 36;
    heap_trace_start(mode);
    if (operation != program_allocates) mine = heap_caps_malloc(40, CAP), allocations++;
    wall = heap_caps_malloc(16, CAP), allocations++;
    machine_result_t result = machine_race(operation, interrupt, point);
    expect_truth(mode);
    void *blocks[] = {mine, wall, handlers, handlers_second};
    for (int i = 0; i < 4; i++) heap_caps_free(blocks[i]);
    return result;
}

static void the_trace_is_right_wherever_an_interrupt_comes(void **state) {
    (void)state;
    static void (*const operations[])(void) = {program_allocates, program_frees, program_moves, program_shrinks};
    static void (*const interrupts[])(void) = {handler_allocates, handler_allocates_and_frees, handler_moves};
    unsigned long struck = 0;
    heap_trace_init_standalone(buffer, RECORDS);
    for (int i = 0; i < 24; i++) {
        machine_result_t result = MACHINE_EARLY;
        for (unsigned long point = 1; result != MACHINE_NEVER; point = machine_next(point, STRIDE)) {
            result = strike(i % 2 ? HEAP_TRACE_ALL : HEAP_TRACE_LEAKS, operations[i / 2 % 4], interrupts[i / 8], point);
            struck += result == MACHINE_STRUCK;
        }
    }
    heap_trace_stop();
    heap_trace_init_standalone(NULL, 0);
    assert_true(struck > 24 * 50); /* each call has more instructions with interrupts on */
}

static int boot(void **state) {
    (void)state;
    api_boot();
    machine_begin();
    api_add_heap(api_span(2048), 2048, CAP, 0, 0);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        API_TEST(the_trace_is_right_wherever_an_interrupt_comes),
    };
    return cmocka_run_group_tests(tests, boot, NULL);
}
