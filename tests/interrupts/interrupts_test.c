/* SPDX-License-Identifier: MIT */
/*
 * Interrupts between any two instructions: an operation is single-stepped, and at its k-th instruction, or at the first one behind it
 * where no lock is held, an "interrupt handler" uses the heap too; for many k. Then the heaps must be sound and all blocks unharmed.
 * This finds what two threads would need days for. With all strides set to 1 every instruction is tried. Only where the processor can single-step itself (x86 under Linux).
 */
#define _GNU_SOURCE
#include "ch_test.h"

#include <string.h>

#include "capheap/config.h"
#include "caps/registry.h"
#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"

#if defined __linux__ && (defined __x86_64__ || defined __i386__)
#define CAN_STEP 1
#include <pthread.h>
#include <signal.h>
#include <ucontext.h>

#include "posix_ram.h"
#else
#define CAN_STEP 0
#endif

#define CAP_NEAR (1u << 22)
#define CAP_FAR (1u << 24)
#define CAP_LEARNED (1u << 25)
#define HEAP_BYTES 6144u

static int locks_held;

#if CAN_STEP
/* In place of the C library's: one thread needs no waiting, but a count. The functions may be used before main(), by anybody. */
int pthread_mutex_lock(pthread_mutex_t *mutex) {
    (void)mutex;
    locks_held++;
    return 0;
}

int pthread_mutex_unlock(pthread_mutex_t *mutex) {
    (void)mutex;
    locks_held--;
    return 0;
}
#endif

/* ---- stepping ---- */

typedef struct {
    void (*operation)(void);
    void (*interrupt)(void);
} race_t;

static const race_t *race;
static bool stepping;
static unsigned long countdown;
static bool has_struck;

#if CAN_STEP
#define TRAP_FLAG 0x100

static void on_step(int signal_number, siginfo_t *info, void *context) {
    (void)signal_number, (void)info;
    ucontext_t *c = context;
    if (countdown > 0) countdown--;
    if (countdown > 0 || locks_held > 0) return;
    c->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
    has_struck = true;
    stepping = false;
    race->interrupt();
}

static void step_on(void) {
    stepping = true;
#if defined __x86_64__
    __asm__ volatile("lea -128(%%rsp), %%rsp; pushfq; orq $0x100, (%%rsp); popfq; lea 128(%%rsp), %%rsp" : : : "memory", "cc");
#else
    __asm__ volatile("pushfl; orl $0x100, (%%esp); popfl" : : : "memory", "cc");
#endif
}

static void step_off(void) {
#if defined __x86_64__
    __asm__ volatile("lea -128(%%rsp), %%rsp; pushfq; andq $~0x100, (%%rsp); popfq; lea 128(%%rsp), %%rsp" : : : "memory", "cc");
#else
    __asm__ volatile("pushfl; andl $~0x100, (%%esp); popfl" : : : "memory", "cc");
#endif
    stepping = false;
}

static void prepare_stepping(void) {
    struct sigaction action = {.sa_sigaction = on_step, .sa_flags = SA_SIGINFO | SA_NODEFER};
    sigaction(SIGTRAP, &action, NULL);
}
#else
static void step_on(void) { stepping = true; }
static void step_off(void) { stepping = false; }
static void prepare_stepping(void) {}
#endif

/* ---- blocks that must not change ---- */

enum { SLOTS = 40 };
static unsigned char *slot[SLOTS];
static size_t slot_size[SLOTS];

/* The test's own work is not stepped through. */
static bool pause_stepping(void) {
    bool was = stepping;
    if (was) step_off();
    return was;
}

static void go_on_stepping(bool was) {
    if (was && !has_struck) step_on();
}

static void put(int i, void *p, size_t size) {
    bool was = pause_stepping();
    slot[i] = p;
    slot_size[i] = size;
    if (p) memset(p, i + 1, size);
    go_on_stepping(was);
}

static void *take(int i) {
    bool was = pause_stepping();
    for (size_t k = 0; slot[i] && k < slot_size[i]; k++) {
        if (slot[i][k] != i + 1) fail_msg("block %d has changed at %lu", i, (unsigned long)k);
    }
    void *p = slot[i];
    slot[i] = NULL;
    go_on_stepping(was);
    return p;
}

static void release(int i) {
    void *p = take(i);
    if (p) heap_caps_free(p);
}

static void allocate(int i, size_t size, uint32_t caps) { put(i, heap_caps_malloc(size, caps), size); }

/* Slots 0 to 9: a row of blocks; 1, 4 and 7 become holes. The operation plays with slot 2 and 20, the interrupt with 3, 5, 21 to 29. */
static void lay_out(void) {
    static const size_t sizes[10] = {40, 120, 64, 88, 200, 24, 56, 900, 33, 300};
    for (int i = 0; i < 10; i++) allocate(i, sizes[i], CAP_NEAR);
    release(1), release(4), release(7);
}

/* Takes all away; the heaps must then be as at the beginning. */
static void clear_away(const multi_heap_info_t *before) {
    multi_heap_info_t now;
    if (!heap_caps_check_integrity_all(true)) fail_msg("a heap is damaged: %s", ch_test_output());
    for (int i = 0; i < SLOTS; i++) release(i);
    heap_caps_get_info(&now, CAP_NEAR);
    assert_int_equal(now.total_free_bytes, before->total_free_bytes);
    assert_int_equal(now.total_blocks, before->total_blocks);
    assert_true(heap_caps_check_integrity_all(true));
}

/* The race at every step-th instruction from the first one on. */
static void run(void (*operation)(void), void (*interrupt)(void), unsigned long first, unsigned long step) {
    race_t now = {operation, interrupt};
    multi_heap_info_t before;
    race = &now;
    prepare_stepping();
    heap_caps_get_info(&before, CAP_NEAR);
    for (unsigned long k = first; k == first || has_struck; k += step) {
        if (k > 200000) fail_msg("the operation does not end");
        lay_out();
        has_struck = false;
        countdown = k;
        step_on();
        operation();
        step_off();
        clear_away(&before);
    }
}

/* ---- operations ---- */

static void op_malloc_short(void) { allocate(20, 30, CAP_NEAR); }
static void op_malloc_long(void) { allocate(20, 700, CAP_NEAR); }
static void op_malloc_elsewhere(void) { allocate(20, 5000, CAP_NEAR); }
static void op_aligned(void) { put(20, heap_caps_aligned_alloc(64, 100, CAP_NEAR), 100); }
static void op_free(void) { release(2); }

static void op_realloc(size_t size) {
    size_t kept = slot_size[2] < size ? slot_size[2] : size;
    unsigned char *p = take(2), *moved = heap_caps_realloc(p, size, CAP_NEAR);
    slot[2] = moved ? moved : p;
    if (!moved) return;
    slot_size[2] = kept;
    put(2, take(2), size); /* what is kept is right; now all of it is marked */
}

static void op_grow(void) { op_realloc(96); }
static void op_grow_much(void) { op_realloc(1500); }
static void op_shrink(void) { op_realloc(20); }
static void op_change_caps(void) {
    unsigned char *p = take(2), *moved = heap_caps_realloc(p, 64, CAP_FAR);
    slot[2] = moved ? moved : p;
}

static bool look(walker_heap_into_t heap, walker_block_info_t block, void *seen) {
    if ((uintptr_t)block.ptr < (uintptr_t)heap.start || (uintptr_t)block.ptr + block.size > (uintptr_t)heap.end) fail();
    for (int i = 0; i < 10; i++)
        ((unsigned char *)seen)[i] = (unsigned char)(((unsigned char *)seen)[i] + (block.ptr == slot[i]));
    return true;
}

static void op_walk(void) {
    unsigned char seen[10] = {0};
    heap_caps_walk(CAP_NEAR, look, seen);
    static const int unchanged[] = {0, 2, 6, 8, 9};
    for (size_t i = 0; i < 5; i++) assert_int_equal(seen[unchanged[i]], 1);
}

static void op_check(void) {
    if (!heap_caps_check_integrity(CAP_NEAR, true)) fail_msg("a sound heap is called damaged: %s", ch_test_output());
}

static void op_size_of_inside(void) { assert_true(heap_caps_get_containing_block_size(slot[9] + 200) >= 300); }

/* ---- interrupts ---- */

static void isr_allocate(void) { allocate(21, 30, CAP_NEAR), allocate(22, 110, CAP_NEAR), allocate(23, 700, CAP_NEAR); }
static void isr_free(void) { release(3), release(5); }
static void isr_free_and_allocate(void) { release(3), allocate(21, 16, CAP_NEAR), release(5), allocate(22, 250, CAP_NEAR); }
static void isr_fill(void) {
    for (int i = 21; i < 29; i++) {
        size_t largest = heap_caps_get_largest_free_block(CAP_NEAR);
        if (largest) allocate(i, largest, CAP_NEAR);
    }
}
static void isr_other_heap(void) { allocate(21, 100, CAP_FAR), release(21), allocate(22, 10, CAP_NEAR | MALLOC_CAP_8BIT); }

static void (*const interrupts[])(void) = {isr_allocate, isr_free, isr_free_and_allocate, isr_fill, isr_other_heap};

static void against_all(void (*operation)(void), unsigned long step) {
    if (!CAN_STEP) {
        skip();
    }
    for (size_t i = 0; i < sizeof interrupts / sizeof interrupts[0]; i++) run(operation, interrupts[i], 1 + i * step / 5, step);
}

static void malloc_may_be_interrupted_anywhere(void **state) {
    (void)state;
    against_all(op_malloc_short, 3);
    against_all(op_malloc_long, 5);
    against_all(op_malloc_elsewhere, 17);
    against_all(op_aligned, 17);
}

static void free_may_be_interrupted_anywhere(void **state) {
    (void)state;
    against_all(op_free, 3);
}

static void realloc_may_be_interrupted_anywhere(void **state) {
    (void)state;
    against_all(op_grow, 11);
    against_all(op_grow_much, 17);
    against_all(op_shrink, 11);
    against_all(op_change_caps, 17);
}

static void walk_shows_unchanged_blocks_once_whatever_else_changes(void **state) {
    (void)state;
    against_all(op_walk, 97);
    against_all(op_size_of_inside, 97);
}

static void check_calls_a_heap_sound_whatever_changes(void **state) {
    (void)state;
    against_all(op_check, 211);
}

/* ---- another task that adds a region; the registry is put back each time ---- */

static unsigned char *fresh; /* memory that no heap owns */
static ch_registry_t as_booted;

static void add(unsigned char *start, size_t size, uint32_t caps0) {
    const uint32_t caps[SOC_MEMORY_TYPE_NO_PRIOS] = {caps0, 0, 0};
    assert_int_equal(heap_caps_add_region_with_caps(caps, (intptr_t)start, (intptr_t)(start + size)), ESP_OK);
}

static void put_registry_back(void) {
    ch_region_t *newest = ch_registry.first;
    for (ch_region_t *r = as_booted.first; r; r = r->next) r->hosts = false;
    ch_registry = as_booted;
    if (newest != as_booted.first) heap_caps_free(newest);
    ch_registry = as_booted;
}

/* What happens at every instruction of an operation. */
typedef struct {
    void (*before)(void);
    void (*operation)(void);
    void (*task)(void);
    void (*afterwards)(void); /* if the task ran */
    void (*end)(void);        /* the registry is as before */
} task_race_t;

static void nothing(void) {}

static void run_with_task(const task_race_t *t) {
    race_t now = {t->operation, t->task};
    multi_heap_info_t before;
    race = &now;
    prepare_stepping();
    memset(ch_registry.plain, 0, sizeof ch_registry.plain); /* forget all masks */
    memset(ch_registry.other, 0, sizeof ch_registry.other);
    as_booted = ch_registry;
    heap_caps_get_info(&before, CAP_NEAR);
    for (unsigned long k = 1; k == 1 || has_struck; k += 3) {
        t->before();
        has_struck = false;
        countdown = k;
        step_on();
        t->operation();
        step_off();
        if (has_struck) t->afterwards();
        put_registry_back();
        t->end();
        clear_away(&before);
    }
}

static void op_learn(void) { allocate(20, 20, CAP_LEARNED); }
static void op_learn_aligned(void) { put(20, heap_caps_aligned_alloc(64, 20, CAP_LEARNED), 20); }
static void task_adds_a_region(void) { add(fresh, 1024, CAP_LEARNED); }

/* heap_caps_add_region() in two steps: linked before the mask is learned, made a heap while it is. */
static ch_region_t *linked;

static void link_a_region(void) {
    linked = heap_caps_calloc(1, sizeof *linked, MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT);
    linked->start = (uintptr_t)fresh, linked->end = (uintptr_t)fresh + 1024, linked->caps[0] = CAP_LEARNED;
    multi_heap_lock_init(&linked->lock);
    assert_true(ch_registry_add(linked));
}

static void task_opens_the_region(void) {
    assert_true(ch_region_open(linked));
    ch_registry_activate(linked);
}

static void expect_newest_asked_first(void) {
    allocate(21, 20, CAP_LEARNED);
    assert_true((uintptr_t)slot[21] - (uintptr_t)fresh < 1024);
    release(21);
    put(22, heap_caps_aligned_alloc(64, 20, CAP_LEARNED), 20);
    assert_true((uintptr_t)slot[22] - (uintptr_t)fresh < 1024);
    release(22);
    release(20);
}

static void region_added_while_a_mask_is_learned_is_asked_first(void **state) {
    (void)state;
    if (!CAN_STEP) {
        skip();
    }
    run_with_task(&(task_race_t){nothing, op_learn, task_adds_a_region, expect_newest_asked_first, nothing});
    run_with_task(&(task_race_t){nothing, op_learn_aligned, task_adds_a_region, expect_newest_asked_first, nothing});
    run_with_task(&(task_race_t){link_a_region, op_learn, task_opens_the_region, expect_newest_asked_first, nothing});
    run_with_task(&(task_race_t){link_a_region, op_learn_aligned, task_opens_the_region, expect_newest_asked_first, nothing});
}

static unsigned char *host, *neighbour; /* blocks of heap FAR */

/* FAR is not the heap that was found last, so that free has to look for it. */
static void lay_out_host(void) {
    host = heap_caps_malloc(1024, CAP_FAR), neighbour = heap_caps_malloc(100, CAP_FAR);
    allocate(20, 20, CAP_NEAR), release(20);
}

static void op_free_next_to_host(void) { heap_caps_free(neighbour); }
static void task_makes_a_heap_of_the_host(void) { add(host, 1024, CAP_LEARNED); }

static void expect_host_is_known(void) {
    CH_EXPECT_FATAL(heap_caps_free(host)); /* not freed as if it held nothing */
    ch_test_output_clear();
    allocate(21, 20, CAP_LEARNED);
    assert_true((uintptr_t)slot[21] - (uintptr_t)host < 1024);
    release(21);
}

static void clear_host_away(void) { heap_caps_free(host); }

static void block_that_becomes_a_heap_while_its_neighbour_is_freed_is_known_for_one(void **state) {
    (void)state;
    if (!CAN_STEP) {
        skip();
    }
    run_with_task(
        &(task_race_t){lay_out_host, op_free_next_to_host, task_makes_a_heap_of_the_host, expect_host_is_known, clear_host_away});
}

static int boot(void **state) {
    (void)state;
    static unsigned char memory[3][HEAP_BYTES] __attribute__((aligned(64)));
#if CAN_STEP
    if (!posix_ram_map_chip()) return 1;
#endif
    heap_caps_init();
    const uint32_t near[SOC_MEMORY_TYPE_NO_PRIOS] = {CAP_NEAR, 0, 0};
    const uint32_t far[SOC_MEMORY_TYPE_NO_PRIOS] = {CAP_FAR | CAP_LEARNED | MALLOC_CAP_8BIT, 0, 0};
    heap_caps_add_region_with_caps(near, (intptr_t)memory[0], (intptr_t)(memory[0] + HEAP_BYTES));
    heap_caps_add_region_with_caps(far, (intptr_t)memory[1], (intptr_t)(memory[1] + HEAP_BYTES));
    fresh = memory[2];
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malloc_may_be_interrupted_anywhere),
        cmocka_unit_test(free_may_be_interrupted_anywhere),
        cmocka_unit_test(realloc_may_be_interrupted_anywhere),
        cmocka_unit_test(walk_shows_unchanged_blocks_once_whatever_else_changes),
        cmocka_unit_test(check_calls_a_heap_sound_whatever_changes),
        cmocka_unit_test(region_added_while_a_mask_is_learned_is_asked_first),
        cmocka_unit_test(block_that_becomes_a_heap_while_its_neighbour_is_freed_is_known_for_one),
    };
    return cmocka_run_group_tests(tests, boot, NULL);
}
