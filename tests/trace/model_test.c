/* SPDX-License-Identifier: MIT */
/*
 * The standalone trace against a naive model of its contract (API 8.2 and 8.3): an array of records, searched and moved by loops.
 * Random operations on the heap and on the trace; after each one the totals must agree, and every so often each record, its place
 * in the buffer, and what lies behind the buffer.
 *
 * CH_SEED repeats a run, CH_OPS sets the number of operations.
 */
#include "api/api_setup.h"

#include <stdlib.h>
#include <string.h>

#include "esp_heap_trace.h"

enum { RECORDS = 200, BLOCKS = 300, OPERATIONS_HOST = 200000, OPERATIONS_BOARD = 20000 };

/* ---- the model ---- */

typedef struct {
    void *address;
    size_t size;
    bool freed;
    size_t slot; /* place in the buffer */
} entry_t;

static struct {
    enum { UNTOUCHED, STOPPED, RUNNING, PAUSED } phase;
    bool all;
    size_t capacity, count, allocations, frees, high_water;
    bool overflowed;
    entry_t order[RECORDS];
    size_t released[RECORDS], spare, fresh; /* released slots, the last one on top; slots never used begin at fresh */
} model;

static void model_remove(size_t i) {
    model.released[model.spare++] = model.order[i].slot;
    memmove(&model.order[i], &model.order[i + 1], (--model.count - i) * sizeof(entry_t));
}

static void model_allocated(void *p, size_t size) {
    if (model.phase != RUNNING) return;
    if (model.count == model.capacity) {
        model_remove(0);
        model.overflowed = true;
    }
    size_t slot = model.spare ? model.released[--model.spare] : model.fresh++;
    model.order[model.count++] = (entry_t){p, size, false, slot};
    model.allocations++;
    if (model.count > model.high_water) model.high_water = model.count;
}

static void model_freed(void *p) {
    if ((model.phase != RUNNING && model.phase != PAUSED) || model.count == 0) return;
    model.frees++;
    for (size_t i = model.count; i-- > 0;) {
        if (model.order[i].address != p || model.order[i].freed) continue;
        if (model.all)
            model.order[i].freed = true;
        else
            model_remove(i);
        return;
    }
}

static void model_started(bool all) {
    model.all = all;
    model.phase = RUNNING;
    model.count = model.allocations = model.frees = model.spare = model.fresh = 0;
    model.overflowed = false;
}

/* ---- beside the trace ---- */

static heap_trace_record_t buffer[RECORDS + 1]; /* the last one is behind what the trace is given */
static unsigned char behind[sizeof(heap_trace_record_t)];
static void *block[BLOCKS];
static uint32_t seed;
static unsigned operation;

static uint32_t draw(uint32_t below) {
    seed ^= seed << 13, seed ^= seed >> 17, seed ^= seed << 5;
    return seed % below;
}

static size_t draw_size(void) { return 1 + (draw(8) ? draw(60) : draw(700)); }

static void expect_totals(void) {
    heap_trace_summary_t s;
    assert_int_equal(heap_trace_summary(&s), ESP_OK);
    assert_int_equal(s.mode, model.all ? HEAP_TRACE_ALL : HEAP_TRACE_LEAKS);
    assert_int_equal(s.count, model.count);
    assert_int_equal(s.capacity, model.capacity);
    assert_int_equal(s.total_allocations, model.allocations);
    assert_int_equal(s.total_frees, model.frees);
    assert_int_equal(s.high_water_mark, model.high_water);
    assert_int_equal(s.has_overflowed, model.overflowed);
    assert_int_equal(heap_trace_get_count(), model.count);
}

static void expect_record(size_t i) {
    heap_trace_record_t r;
    assert_int_equal(heap_trace_get(i, &r), ESP_OK);
    assert_ptr_equal(r.address, model.order[i].address);
    assert_int_equal(r.size, model.order[i].size);
    assert_int_equal(r.freed, model.order[i].freed);
    assert_ptr_equal(buffer[model.order[i].slot].address, r.address);
}

static void expect_all(void) {
    heap_trace_record_t r;
    for (size_t i = 0; i < model.count; i++) expect_record(i);
    assert_int_equal(heap_trace_get(model.count, &r), ESP_ERR_INVALID_ARG);
    for (size_t i = 0; i < model.spare; i++) {
        const heap_trace_record_t *released = &buffer[model.released[i]];
        assert_null(released->address);
        assert_int_equal(released->size, 0);
        assert_false(released->freed);
    }
    assert_memory_equal(&buffer[model.capacity], behind, sizeof behind);
}

/* ---- operations ---- */

static void allocate(unsigned i) {
    size_t size = draw_size();
    if (block[i]) return;
    switch (draw(4)) {
    case 0: block[i] = heap_caps_calloc(3, size, MALLOC_CAP_DEFAULT), size *= 3; break;
    case 1: block[i] = heap_caps_aligned_alloc(64, size, MALLOC_CAP_DEFAULT); break;
    default: block[i] = heap_caps_malloc(size, MALLOC_CAP_DEFAULT);
    }
    assert_non_null(block[i]);
    model_allocated(block[i], size);
}

static void release(unsigned i) {
    if (block[i]) model_freed(block[i]);
    heap_caps_free(block[i]);
    block[i] = NULL;
}

static void resize(unsigned i) {
    size_t size = draw(10) ? draw_size() : 0;
    void *old = block[i];
    block[i] = heap_caps_realloc(old, size, MALLOC_CAP_DEFAULT);
    if (old) model_freed(old);
    if (block[i]) model_allocated(block[i], size);
}

static void ask_in_vain(unsigned i) {
    api_failures_clear();
    assert_null(heap_caps_malloc(0, MALLOC_CAP_DEFAULT));
    assert_null(heap_caps_malloc(20, API_CAP_NOBODY));
    if (block[i]) assert_null(heap_caps_realloc(block[i], 0x70000000, MALLOC_CAP_DEFAULT));
    heap_caps_free(NULL);
    api_failures_clear();
}

static void control(void) {
    bool may_resume = model.phase != RUNNING, may_pause = model.phase != PAUSED, may_stop = model.phase != STOPPED;
    switch (draw(6)) {
    case 0:
        model_started(draw(2));
        assert_int_equal(heap_trace_start(model.all ? HEAP_TRACE_ALL : HEAP_TRACE_LEAKS), ESP_OK);
        break;
    case 1:
        assert_int_equal(heap_trace_stop(), may_stop ? ESP_OK : ESP_ERR_INVALID_STATE);
        if (may_stop) model.phase = STOPPED;
        break;
    case 2:
        assert_int_equal(heap_trace_alloc_pause(), may_pause ? ESP_OK : ESP_ERR_INVALID_STATE);
        if (may_pause) model.phase = PAUSED;
        break;
    default:
        assert_int_equal(heap_trace_resume(), may_resume ? ESP_OK : ESP_ERR_INVALID_STATE);
        if (may_resume) model.phase = RUNNING;
    }
}

static void set_buffer(void) {
    static const size_t capacities[] = {1, 2, 3, 7, 16, 50, RECORDS};
    if (model.phase != STOPPED) heap_trace_stop();
    size_t capacity = capacities[draw(sizeof capacities / sizeof capacities[0])];
    memset(behind, 0xA5, sizeof behind);
    memset(buffer, 0xA5, sizeof buffer);
    model.phase = STOPPED;
    assert_int_equal(heap_trace_init_standalone(buffer, capacity), ESP_OK);
    model_started(draw(2));
    model.capacity = capacity;
    model.high_water = 0;
    assert_int_equal(heap_trace_start(model.all ? HEAP_TRACE_ALL : HEAP_TRACE_LEAKS), ESP_OK);
}

static void one_operation(void) {
    unsigned i = draw(BLOCKS), kind = draw(100);
    if (kind < 40)
        allocate(i);
    else if (kind < 75)
        release(i);
    else if (kind < 92)
        resize(i);
    else if (kind < 95)
        ask_in_vain(i);
    else if (kind < 97 && model.count)
        expect_record(draw((uint32_t)model.count));
    else if (kind == 97)
        control();
    else if (kind == 98)
        expect_all();
    else if (kind == 99 && draw(20) == 0)
        set_buffer();
}

static void the_trace_is_as_the_model_says(void **state) {
    (void)state;
    const char *text = ch_test_argument("CH_OPS");
    unsigned operations = text ? (unsigned)atoi(text) : ch_test_on_host() ? OPERATIONS_HOST : OPERATIONS_BOARD;
    seed = ch_test_seed() | 1;
    set_buffer();
    for (operation = 0; operation < operations; operation++) {
        one_operation();
        expect_totals();
    }
    expect_all();
    for (unsigned i = 0; i < BLOCKS; i++) release(i);
    expect_all();
    heap_trace_stop();
    assert_int_equal(heap_trace_init_standalone(NULL, 0), ESP_OK);
}

static int boot(void **state) {
    (void)state;
    api_boot();
    api_enable_stacks();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        API_TEST(the_trace_is_as_the_model_says),
    };
    return cmocka_run_group_tests(tests, boot, NULL);
}
