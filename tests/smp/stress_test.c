/* SPDX-License-Identifier: MIT */
/*
 * All cores use all heaps at once: each allocates, resizes and frees blocks, mostly such as another core left in a shared place;
 * it walks, checks and asks; it adds regions, the same ones as the others, of which one may succeed. A timer interrupt on each
 * core does the same. On the host cores are threads, and there are no interrupts.
 *
 * Every block carries its size, a tag that no other block ever has, and words made of the tag from its first to its last byte.
 * They are read whenever a block is taken out of its place, before and after a resize: a block that was handed out twice, lost or
 * torn shows.
 *
 * CH_SEED repeats the draws, not the order of events.
 */
#include "ch_test.h"

#include <stdlib.h>
#include <string.h>

#include "capheap/config.h"
#include "capheap/port.h"
#include "cores.h"
#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"

#if defined __unix__
#include "posix_ram.h"
#endif

#define CAP_SMALL (1u << 22)
#define CAP_LATE (1u << 24)
enum { PLACES = 48, REGIONS = 12, REGION_SIZE = 4096, SMALL_SIZE = 16384, PERIOD = 300, LOOK_EVERY = 512 };
enum { OPERATIONS = 20000, OPERATIONS_ON_HOST = 100000 };

static const uint32_t masks[] = {
    MALLOC_CAP_DEFAULT, MALLOC_CAP_8BIT | MALLOC_CAP_INTERNAL, CAP_SMALL, CAP_LATE, MALLOC_CAP_DMA, CAP_SMALL | MALLOC_CAP_8BIT};
enum { MASKS = sizeof masks / sizeof masks[0] };

/* ---- actors: the program and the interrupt handler of each core ---- */

/** What may go wrong. */
typedef enum { CONTENT, ALIGNMENT, NOT_ZERO, BLOCK_OUTSIDE, HEAP_UNSOUND, TOTALS, REGION, WRONGS } wrong_t;
static const char *const wrong_names[WRONGS] = {
    "content of a block", "alignment", "calloc's zeros", "walk left its heap", "check", "totals do not agree", "add_region"};

typedef struct {
    uint32_t random;
    uint32_t tag; /* of the next block; each actor counts in a range of its own */
    uint32_t operations, blocks, moved, failed, walked, added;
    uint32_t wrong[WRONGS];
} actor_t;

static actor_t program[CORES], handler[CORES];
static void *place[PLACES]; /* where one actor leaves a block and any other takes it */
static uint32_t operations;

static uint32_t draw(actor_t *a) {
    a->random ^= a->random << 13, a->random ^= a->random >> 17, a->random ^= a->random << 5;
    return a->random;
}

/* ---- contents ---- */

static uint32_t word_of(uint32_t tag, uint32_t i) { return tag + i * 0x9E3779B1u; }

static void fill(uint32_t *p, uint32_t size, uint32_t tag) {
    uint32_t i = 2;
    p[0] = size;
    p[1] = tag;
    for (; i < size / 4; i++) p[i] = word_of(tag, i);
    for (i *= 4; i < size; i++) ((unsigned char *)p)[i] = (unsigned char)(tag >> 3);
}

/* The first up_to bytes of a block. Its size cannot be relied on where it is somebody else's. */
static bool is_filled(const uint32_t *p, uint32_t up_to) {
    uint32_t size = p[0], tag = p[1], i = 2;
    if (size < 8 || size > 8192) return false;
    if (size < up_to) up_to = size;
    for (; i < up_to / 4; i++) {
        if (p[i] != word_of(tag, i)) return false;
    }
    for (i *= 4; size == up_to && i < size; i++) {
        if (((const unsigned char *)p)[i] != (unsigned char)(tag >> 3)) return false;
    }
    return true;
}

/* ---- what an actor does ---- */

static uint32_t draw_size(actor_t *a) {
    uint32_t kind = draw(a) % 16, d = draw(a);
    return kind < 10 ? 8 + d % 60 : kind < 15 ? 8 + d % 700 : 8 + d % 5000;
}

static uint32_t *fresh_block(actor_t *a) {
    uint32_t size = draw_size(a), caps = masks[draw(a) % MASKS];
    size_t alignment = (size_t)16 << draw(a) % 4;
    uint32_t *p;
    switch (draw(a) % 4) {
    case 0:
        p = heap_caps_aligned_alloc(alignment, size, caps);
        a->wrong[ALIGNMENT] += ((uintptr_t)p & (alignment - 1)) != 0;
        break;
    case 1:
        p = heap_caps_calloc(1, size, caps);
        for (uint32_t i = 0; p && i < size; i++) a->wrong[NOT_ZERO] += ((unsigned char *)p)[i] != 0;
        break;
    default: p = heap_caps_malloc(size, caps);
    }
    if (p) fill(p, size, a->tag++);
    a->blocks += p != NULL;
    a->failed += p == NULL;
    return p;
}

static uint32_t *resized(actor_t *a, uint32_t *p) {
    uint32_t had = p[0], size = draw_size(a), tag = p[1];
    uint32_t *q = heap_caps_realloc(p, size, masks[draw(a) % MASKS]);
    a->failed += q == NULL;
    if (!q) return p;
    a->moved += q != p;
    a->wrong[CONTENT] += q[0] != had || q[1] != tag || !is_filled(q, had < size ? had : size);
    fill(q, size, a->tag++);
    return q;
}

static void operate(actor_t *a) {
    void **where = &place[draw(a) % PLACES];
    uint32_t *p = cores_exchange(where, NULL); /* often another actor's */
    a->operations++;
    if (p && !is_filled(p, UINT32_MAX)) a->wrong[CONTENT]++;
    if (!p) {
        p = fresh_block(a);
    } else if (draw(a) % 3 == 0) {
        p = resized(a, p);
    } else {
        heap_caps_free(p);
        return;
    }
    p = cores_exchange(where, p);
    if (p && !is_filled(p, UINT32_MAX)) a->wrong[CONTENT]++;
    heap_caps_free(p);
}

/* ---- looking ---- */

static bool is_inside(walker_heap_into_t heap, walker_block_info_t block, void *actor) {
    actor_t *a = actor;
    uintptr_t at = (uintptr_t)block.ptr;
    a->walked++;
    if (at < (uintptr_t)heap.start || block.size > (uintptr_t)heap.end - at) a->wrong[BLOCK_OUTSIDE]++;
    return true;
}

static void look(actor_t *a) {
    multi_heap_info_t info;
    heap_caps_walk_all(is_inside, a);
    if (!heap_caps_check_integrity_all(true)) a->wrong[HEAP_UNSOUND]++;
    heap_caps_get_info(&info, 0);
    if (info.allocated_blocks + info.free_blocks != info.total_blocks) a->wrong[TOTALS]++;
    if (heap_caps_get_largest_free_block(MALLOC_CAP_DEFAULT) > heap_caps_get_total_size(MALLOC_CAP_DEFAULT)) a->wrong[TOTALS]++;
}

/* ---- regions: memory of their own, and blocks of a heap ---- */

static CH_TEST_LARGE unsigned char own[REGIONS / 2][REGION_SIZE] __attribute__((aligned(64)));
static unsigned char *region[REGIONS];
static uint32_t tried[CORES]; /* regions that a core has tried to add */

static void add_region(actor_t *a, unsigned i) {
    const uint32_t caps[SOC_MEMORY_TYPE_NO_PRIOS] = {i % 4 ? CAP_LATE : 0, CAP_SMALL, CAP_LATE | MALLOC_CAP_8BIT};
    esp_err_t result = heap_caps_add_region_with_caps(caps, (intptr_t)region[i], (intptr_t)(region[i] + REGION_SIZE));
    if (result != ESP_OK && result != ESP_FAIL) a->wrong[REGION]++;
    a->added += result == ESP_OK;
    if (heap_caps_add_region_with_caps(caps, (intptr_t)region[i], (intptr_t)(region[i] + REGION_SIZE)) != ESP_FAIL)
        a->wrong[REGION]++;
}

/* Cores try each region as nearly at once as they can: who is early waits a moment for the others. */
static void add_next_region(actor_t *a, unsigned core) {
    uint32_t mine = tried[core];
    cores_store(&tried[core], mine + 1);
    for (unsigned other = 0; other < CORES; other++) {
        for (int patience = 2000; patience > 0 && cores_load(&tried[other]) <= mine; patience--) cores_relax();
    }
    add_region(a, mine);
}

/* ---- the run ---- */

static void on_tick(unsigned core) {
    for (int i = 0; i < 3; i++) operate(&handler[core]);
}

static void work(unsigned core) {
    actor_t *a = &program[core];
    uint32_t next_region = operations / (REGIONS + 1);
    cores_timer_start(on_tick, PERIOD);
    for (uint32_t i = 1; i <= operations; i++) {
        operate(a);
        if (i % LOOK_EVERY == 0) look(a);
        if (i % next_region == 0 && tried[core] < REGIONS) add_next_region(a, core);
    }
    cores_timer_stop();
}

static void set_up(void) {
    static unsigned char small[SMALL_SIZE] __attribute__((aligned(64)));
    const uint32_t caps[SOC_MEMORY_TYPE_NO_PRIOS] = {CAP_SMALL, MALLOC_CAP_8BIT, 0};
#if defined __unix__
    assert_true(posix_ram_map_chip());
#endif
    heap_caps_init();
    heap_caps_enable_nonos_stack_heaps();
    assert_int_equal(heap_caps_add_region_with_caps(caps, (intptr_t)small, (intptr_t)(small + SMALL_SIZE)), ESP_OK);
    for (int i = 0; i < REGIONS; i++) {
        region[i] = i % 2 ? heap_caps_malloc(REGION_SIZE, MALLOC_CAP_DEFAULT) : own[i / 2];
        assert_non_null(region[i]);
    }
    for (uint32_t core = 0; core < CORES; core++) {
        program[core].random = (ch_test_seed() ^ (core * 0x9E3779B9u)) | 1;
        handler[core].random = (ch_test_seed() ^ (core * 0x85EBCA6Bu + 0x1234567u)) | 1;
        program[core].tag = core << 28;
        handler[core].tag = (CORES + core) << 28;
    }
}

static uint32_t report(const char *kind, unsigned core, const actor_t *a) {
    uint32_t wrong = 0;
    for (int w = 0; w < WRONGS; w++) {
        wrong += a->wrong[w];
        if (a->wrong[w]) print_message("core %u, %s: %s, %lu times\n", core, kind, wrong_names[w], (unsigned long)a->wrong[w]);
    }
    print_message(
        "core %u, %s: %lu operations, %lu blocks made, %lu moved, %lu requests failed, %lu blocks walked, %lu regions\n", core,
        kind, (unsigned long)a->operations, (unsigned long)a->blocks, (unsigned long)a->moved, (unsigned long)a->failed,
        (unsigned long)a->walked, (unsigned long)a->added);
    return wrong;
}

static void cores_share_all_heaps(void **state) {
    (void)state;
    multi_heap_info_t before, after;
    uint32_t wrong = 0, added = 0;
    set_up();
    operations = cores_rounds(ch_test_on_host() ? OPERATIONS_ON_HOST : OPERATIONS, UINT32_MAX);
    heap_caps_get_info(&before, 0);
    print_message("stress: %d cores, %lu operations each\n", (int)CORES, (unsigned long)operations);
    ch_test_fatal_ends_program(); /* it may come on any core */
    cores_run(work);
    for (unsigned core = 0; core < CORES; core++) {
        wrong += report("program", core, &program[core]) + report("interrupts", core, &handler[core]);
        added += program[core].added;
        assert_true(ch_test_on_host() || handler[core].operations > 0);
        assert_true(program[core].failed < operations / 3);
    }
    for (int k = 0; k < PLACES; k++) {
        if (place[k] && !is_filled(place[k], UINT32_MAX)) wrong++;
        heap_caps_free(place[k]);
    }
    if (wrong) fail_msg("%u things were wrong: %s", (unsigned)wrong, ch_test_output());
    assert_int_equal(added, REGIONS); /* each by one core alone */
    assert_true(heap_caps_check_integrity_all(true));
    heap_caps_get_info(&after, 0);
    assert_int_equal(after.allocated_blocks, before.allocated_blocks + REGIONS); /* the descriptors */
    heap_caps_get_info(&after, CAP_LATE);
    assert_int_equal(after.allocated_blocks, 0);
    assert_int_equal(after.free_blocks, REGIONS);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(cores_share_all_heaps)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
