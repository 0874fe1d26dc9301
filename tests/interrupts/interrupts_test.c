/* SPDX-License-Identifier: MIT */
/*
 * Interrupts between any two instructions: while an operation runs, a handler uses the heap too, at each place where no lock is
 * held. On boards a timer interrupts, and the QEMU plugin tests/plugin/sweep.c proves that no place is left out; on the host the
 * operation is single-stepped. This finds what two threads would need days for.
 *
 * CH_SWEEP says how much: SWEEP_TURNS one interrupt for each operation, in turn, beginning with number CH_SWEEP_FIRST; SWEEP_ALL
 * each operation with each of them; SWEEP_CONTROL free only, for the negative controls.
 */
#include "machine.h"
#include "scenes.h"

enum { SWEEP_TURNS, SWEEP_ALL, SWEEP_CONTROL };

static void skip_where_impossible(void) {
    if (!machine_can_interrupt()) {
        skip();
    }
}

/* In turn, so that each interrupt meets operations of every kind. */
static void against_interrupts(const scene_t *scene, unsigned turn) {
    unsigned count = 0;
    while (interrupts[count].name) count++;
    for (unsigned i = 0; i < count; i++) {
        if (CH_SWEEP == SWEEP_ALL || i == turn % count) race_run(scene, &interrupts[i]);
    }
}

static void run_all(const scene_t *scenes) {
    static unsigned turn = CH_SWEEP_FIRST;
    skip_where_impossible();
    for (; scenes->name; scenes++) against_interrupts(scenes, turn++);
}

static void malloc_may_be_interrupted_anywhere(void **state) {
    (void)state;
    run_all(malloc_scenes);
}

static void aligned_alloc_may_be_interrupted_anywhere(void **state) {
    (void)state;
    run_all(aligned_scenes);
}

static void free_may_be_interrupted_anywhere(void **state) {
    (void)state;
    run_all(free_scenes);
}

static void realloc_may_be_interrupted_anywhere(void **state) {
    (void)state;
    run_all(realloc_scenes);
}

static void walk_check_and_questions_may_be_interrupted_anywhere(void **state) {
    (void)state;
    run_all(look_scenes);
}

static void regions_may_be_added_anywhere(void **state) {
    (void)state;
    skip_where_impossible();
    forget_masks();
    for (const region_race_t *r = region_races; r->scene.name; r++) race_run(&r->scene, &r->interrupt);
}

static void block_that_becomes_a_heap_while_its_neighbour_is_freed_is_known_for_one(void **state) {
    (void)state;
    skip_where_impossible();
    forget_masks();
    race_run(&host_race.scene, &host_race.interrupt);
}

static int boot(void **state) {
    (void)state;
    race_boot();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malloc_may_be_interrupted_anywhere),
        cmocka_unit_test(aligned_alloc_may_be_interrupted_anywhere),
        cmocka_unit_test(free_may_be_interrupted_anywhere),
        cmocka_unit_test(realloc_may_be_interrupted_anywhere),
        cmocka_unit_test(walk_check_and_questions_may_be_interrupted_anywhere),
        cmocka_unit_test(regions_may_be_added_anywhere),
        cmocka_unit_test(block_that_becomes_a_heap_while_its_neighbour_is_freed_is_known_for_one),
    };
    const struct CMUnitTest control[] = {
        cmocka_unit_test(free_may_be_interrupted_anywhere),
    };
    if (CH_SWEEP == SWEEP_CONTROL) return cmocka_run_group_tests(control, boot, NULL);
    return cmocka_run_group_tests(tests, boot, NULL);
}
