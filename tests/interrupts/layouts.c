/* SPDX-License-Identifier: MIT */
/* The state that operations begin with, and what interrupts do to it. */
#include "scenes.h"

/*
 *      0     1     2     3     4     5     6     7      8     9     rest
 *      used  hole  used  used  hole  used  used  hole   used  used  free
 */
void lay_out_full_row(void) {
    static const size_t sizes[10] = {40, 120, 64, 88, 200, 24, 56, LONG_BYTES, 33, 300};
    for (int i = 0; i < 10; i++) slot_allocate(ROW + i, sizes[i], CAP_NEAR);
    slot_allocate(RESULT, 8, CAP_NEAR), slot_release(RESULT); /* NEAR is the heap that was found last for an address */
}

void lay_out(void) {
    lay_out_full_row();
    slot_release(1), slot_release(4), slot_release(7);
}

static void allocate_three(void) {
    slot_allocate(GUEST, 30, CAP_NEAR), slot_allocate(GUEST + 1, 110, CAP_NEAR), slot_allocate(GUEST + 2, 700, CAP_NEAR);
}

static void free_two(void) { slot_release(3), slot_release(5); }

static void free_and_allocate(void) {
    slot_release(3), slot_allocate(GUEST, 16, CAP_NEAR), slot_release(5), slot_allocate(GUEST + 1, 250, CAP_NEAR);
}

/* Nothing is left for the operation. */
static void fill(void) {
    for (int i = GUEST; i < GUEST + 9; i++) {
        size_t largest = heap_caps_get_largest_free_block(CAP_NEAR);
        if (largest) slot_allocate(i, largest, CAP_NEAR);
    }
}

static void use_other_heap(void) {
    slot_allocate(GUEST, 100, CAP_FAR), slot_release(GUEST), slot_allocate(GUEST + 1, 10, CAP_NEAR | CAP_SHARED);
    slot_allocate(GUEST + 2, 5000, CAP_SHARED);
}

static void resize(int i, size_t size) {
    size_t kept = slot_size(i) < size ? slot_size(i) : size;
    void *p = slot_take(i), *moved = p ? heap_caps_realloc(p, size, CAP_NEAR) : NULL;
    if (!p) return;
    race_require(slot_pattern_is(i, moved ? moved : p, kept), "realloc lost what the block held");
    slot_put(i, moved ? moved : p, moved ? size : kept);
}

static void reallocate(void) { resize(3, 260), resize(5, 400), resize(8, 8); }

const interrupt_t interrupts[] = {
    {"free and allocate", free_and_allocate},
    {"reallocate", reallocate},
    {"fill", fill},
    {"allocate", allocate_three},
    {"free", free_two},
    {"use another heap", use_other_heap},
    {NULL, NULL},
};
