/* SPDX-License-Identifier: MIT */
/*
 * Firmware for QEMU's riscv32 virt board: calls every public function many times, in heaps of 16 KB and 4 MB with few and many
 * blocks, and marks each call for the plugin (irq_plugin.c), which counts how long interrupts are off in it.
 *
 * What is done in each cell of the table (a heap's size, a number of blocks):
 *
 *   churn   random calls, sizes from one granule to what the heap can bear, until the heap is as full as it should be
 *   combs   free blocks whose sizes agree in ever more of their leading bits, in two size classes at a time, with all ways
 *           to take from them, to merge with them and to give back to them
 *   looks   walks, checks, dumps, queries while all this is there; what observers saw (irq_observers.c)
 *
 * Console: one line "ID CELL FUNCTION" for each mark. Exit status: 0 done, 1 the heap failed a check, 2 fatal report, 4 set-up.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "caps/caps_base.h"
#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"
#include "irq/irq_marks.h"
#include "multi_heap.h"
#include "multi_heap_internal.h"
#include "multi_heap_platform.h"

enum { CAP_UNDER_TEST = 1 << 22, SLOTS = 10000, FUNCTIONS = 128, CELLS = 4, STATUS_DAMAGED = 1, STATUS_SETUP = 4 };

#define POOL 0x84000000u /* one heap after the other, 16 MiB apart */

/* ------------------------------------------------------------------------------------------------ marks */

static const char *names[FUNCTIONS];
static const char *const cells[CELLS] = {"heap16k_10", "heap16k_many", "heap4m_10", "heap4m_10000"};
static unsigned cell;

/* The hint needs its number in the instruction itself: a table of two-instruction functions. */
#define HINT(id) ((uint32_t)(id) << 20 | 0x2013u)
static uint32_t hints[FUNCTIONS * CELLS][2];

static void make_hints(void) {
    for (unsigned i = 0; i < FUNCTIONS * CELLS; i++) hints[i][0] = HINT(i), hints[i][1] = 0x00008067u; /* ret */
    __asm__ volatile(".option push\n .option arch, +zifencei\n fence.i\n .option pop" ::: "memory");
}

void mark(unsigned id) { ((void (*)(void))hints[id])(); }

unsigned id_of(const char *name) {
    unsigned i = 1;
    while (names[i] && names[i] != name && strcmp(names[i], name) != 0) i++;
    if (i == FUNCTIONS) exit(STATUS_SETUP);
    names[i] = name;
    return cell * FUNCTIONS + i;
}

/* ------------------------------------------------------------------------------------------------ random */

static uint32_t seed = 1;

static uint32_t random_word(void) {
    seed ^= seed << 13, seed ^= seed >> 17, seed ^= seed << 5;
    return seed;
}

uint32_t below(uint32_t limit) { return (uint32_t)((uint64_t)random_word() * limit >> 32); }

/** Mostly short, sometimes up to `most` bytes with all powers of two alike. */
static size_t random_size(size_t most) {
    if (below(100) < 70) return 1 + below(120);
    size_t size = 1 + below(1u << (1 + below(22)));
    return size < most ? size : 1 + below((uint32_t)most);
}

/* ------------------------------------------------------------------------------------------------ the heap under test */

static void *slots[SLOTS];
static unsigned live, wanted; /* blocks: now, and as many as there should be */
static size_t heap_bytes, most;
static bool by_caps;               /* heap_caps functions, else multi_heap's */
static multi_heap_handle_t single; /* the heap for multi_heap's */
static multi_heap_lock_t single_lock = MULTI_HEAP_LOCK_STATIC_INITIALIZER;

static void *take_by_caps(size_t size) {
    void *p = NULL;
    switch (below(16)) {
    case 0: MARKED_TO(p, heap_caps_calloc, 1, size, CAP_UNDER_TEST); break;
    case 1: MARKED_TO(p, heap_caps_aligned_alloc, 1u << (3 + below(6)), size, CAP_UNDER_TEST); break;
    case 2: MARKED_TO(p, heap_caps_aligned_calloc, 1u << (3 + below(6)), 1, size, CAP_UNDER_TEST); break;
    case 3: MARKED_TO(p, heap_caps_malloc_prefer, size, 2, (uint32_t)MALLOC_CAP_DMA, (uint32_t)CAP_UNDER_TEST); break;
    case 4: MARKED_TO(p, heap_caps_calloc_prefer, 1, size, 2, (uint32_t)MALLOC_CAP_DMA, (uint32_t)CAP_UNDER_TEST); break;
    case 5: MARKED_TO(p, heap_caps_malloc_default, size); break;
    case 6: MARKED_TO(p, heap_caps_aligned_alloc_default, 64, size); break;
    case 7: MARKED_TO(p, heap_caps_malloc_base, size, CAP_UNDER_TEST); break;
    case 8: MARKED_TO(p, heap_caps_calloc_base, 1, size, CAP_UNDER_TEST); break;
    case 9: MARKED_TO(p, heap_caps_aligned_alloc_base, 32, size, CAP_UNDER_TEST); break;
    default: MARKED_TO(p, heap_caps_malloc, size, CAP_UNDER_TEST); break;
    }
    return p;
}

static void *take_from_single(size_t size) {
    void *p = NULL;
    switch (below(8)) {
    case 0: MARKED_TO(p, multi_heap_aligned_alloc, single, size, 1u << (3 + below(6))); break;
    case 1: MARKED_TO(p, multi_heap_aligned_alloc_offs, single, size, 64, 16); break;
    default: MARKED_TO(p, multi_heap_malloc, single, size); break;
    }
    return p;
}

static void *take(size_t size) { return by_caps ? take_by_caps(size) : take_from_single(size); }

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static void give(void *p) {
    bool old_name = below(16) == 0;
    if (by_caps && old_name)
        MARKED(heap_caps_aligned_free, heap_caps_aligned_free(p));
    else if (by_caps)
        MARKED(heap_caps_free, heap_caps_free(p));
    else if (old_name)
        MARKED(multi_heap_aligned_free, multi_heap_aligned_free(single, p));
    else
        MARKED(multi_heap_free, multi_heap_free(single, p));
}
#pragma GCC diagnostic pop

static void *change(void *p, size_t size) {
    void *to = NULL;
    unsigned way = below(8);
    if (!by_caps)
        MARKED_TO(to, multi_heap_realloc, single, p, size);
    else if (way == 0)
        MARKED_TO(to, heap_caps_realloc_prefer, p, size, 2, (uint32_t)MALLOC_CAP_DMA, (uint32_t)CAP_UNDER_TEST);
    else if (way == 1)
        MARKED_TO(to, heap_caps_realloc_default, p, size);
    else if (way == 2)
        MARKED_TO(to, heap_caps_realloc_base, p, size, CAP_UNDER_TEST);
    else
        MARKED_TO(to, heap_caps_realloc, p, size, CAP_UNDER_TEST);
    return to;
}

/* ------------------------------------------------------------------------------------------------ churn */

static void step(void) {
    unsigned i = below(SLOTS), tries = 0;
    bool should_grow = live < wanted;
    observers_step();
    while ((slots[i] == NULL) != should_grow && tries++ < SLOTS) i = (i + 1) % SLOTS;
    if (slots[i] == NULL) {
        slots[i] = take(random_size(most));
        live += slots[i] != NULL;
    } else if (below(3) == 0) {
        void *p = change(slots[i], random_size(most));
        if (p) slots[i] = p;
    } else {
        give(slots[i]);
        slots[i] = NULL;
        live--;
    }
    if (below(2) == 0 && live < SLOTS) { /* goes up and down around the number wanted */
        unsigned k = below(SLOTS);
        if (slots[k]) {
            give(slots[k]);
            slots[k] = NULL;
            live--;
        }
    }
}

static void clear(void) {
    for (unsigned i = 0; i < SLOTS; i++) {
        if (slots[i]) give(slots[i]);
        slots[i] = NULL;
    }
    live = 0;
}

/* ------------------------------------------------------------------------------------------------ combs */

/*
 * The sizes, in granules, of blocks of the class 2^k: each agrees with the one before for one bit
 * more than the one before. Which bits the path has is chosen at random.
 */
static unsigned comb_sizes(unsigned k, uint32_t sizes[32]) {
    uint32_t path = 1u << k | (random_word() & ((1u << k) - 1));
    if (below(3) == 0) path = 1u << k;             /* all lower */
    if (below(3) == 0) path = (1u << (k + 1)) - 1; /* all upper */
    for (unsigned bit = 0; bit < k; bit++) sizes[bit] = path ^ 1u << (k - 1 - bit);
    sizes[k] = path;
    return k + 1;
}

enum { COMB_BLOCKS = 64 };
static void *teeth[COMB_BLOCKS], *gaps[COMB_BLOCKS];

static void *plain(size_t bytes) { return by_caps ? heap_caps_malloc(bytes, CAP_UNDER_TEST) : multi_heap_malloc(single, bytes); }

static void plain_free(void *p) {
    if (by_caps)
        heap_caps_free(p);
    else
        multi_heap_free(single, p);
}

/** Two classes' combs as free blocks between used ones; then the ways to use them, then all is given back. */
static void comb(unsigned k1, unsigned k2) {
    uint32_t sizes[COMB_BLOCKS];
    unsigned count = comb_sizes(k1, sizes), total;
    total = count + comb_sizes(k2, sizes + count);
    for (unsigned i = 0; i < total; i++) {
        teeth[i] = plain((size_t)sizes[i] * CONFIG_HEAP_GRANULE);
        gaps[i] = plain(1 + below(3) * below(200)); /* what separates them: short, or longer */
    }
    for (unsigned i = 0; i < total; i++) {
        if (teeth[i]) give(teeth[i]);
        teeth[i] = NULL;
    }
    for (unsigned i = 0; i < 2 * total; i++) {
        uint32_t size = sizes[below(total)] - below(3) * below(2);
        unsigned k = below(total);
        if (below(3) == 0) size -= below(size / 2) & ~below(16);
        if (teeth[k]) {
            if (below(2) == 0) {
                void *p = change(teeth[k], (size_t)size * CONFIG_HEAP_GRANULE);
                if (p) teeth[k] = p;
            } else {
                give(teeth[k]);
                teeth[k] = NULL;
            }
        } else {
            teeth[k] = take((size_t)size * CONFIG_HEAP_GRANULE - (below(2) ? 0 : below(2 * CONFIG_HEAP_GRANULE)));
        }
        if (below(4) == 0) { /* merges two teeth, and makes a gap again */
            k = below(total);
            if (gaps[k]) give(gaps[k]);
            gaps[k] = below(2) ? plain(1 + below(100)) : NULL;
        }
    }
    for (unsigned i = 0; i < total; i++) {
        if (gaps[i]) give(gaps[i]);
        gaps[i] = NULL;
        if (below(2) == 0 && teeth[i]) give(teeth[i]), teeth[i] = NULL;
    }
    for (unsigned i = 0; i < total; i++) {
        if (teeth[i]) plain_free(teeth[i]);
        teeth[i] = NULL;
    }
}

static void combs(unsigned rounds) {
    unsigned largest = 4;
    while ((size_t)(largest + 3) * (CONFIG_HEAP_GRANULE * 2u << (largest + 1)) < heap_bytes) largest++;
    for (unsigned round = 0; round < rounds; round++) {
        unsigned k1 = 4 + below(largest - 3), k2 = 4 + below(largest - 3);
        comb(round & 1 ? largest : k1, k2);
    }
}

/* ------------------------------------------------------------------------------------------------ looks */

static bool pass_on(walker_heap_into_t heap, walker_block_info_t block, void *data) {
    (void)heap, (void)block, (void)data;
    return true;
}

static bool pass_on_single(void *block, size_t size, int used, void *data) {
    (void)block, (void)size, (void)used, (void)data;
    return true;
}

static void require(bool sound) {
    if (sound) return;
    printf("the heap failed its check\n");
    exit(STATUS_DAMAGED);
}

static void look_by_caps(void *some) {
    multi_heap_info_t info;
    size_t size = 0;
    bool sound = true;
    MARKED_TO(size, heap_caps_get_total_size, CAP_UNDER_TEST);
    MARKED_TO(size, heap_caps_get_free_size, CAP_UNDER_TEST);
    MARKED_TO(size, heap_caps_get_minimum_free_size, CAP_UNDER_TEST);
    MARKED_TO(size, heap_caps_get_largest_free_block, CAP_UNDER_TEST);
    MARKED_TO(size, heap_caps_get_largest_free_block, CAP_UNDER_TEST | MALLOC_CAP_CACHE_ALIGNED);
    MARKED(heap_caps_get_info, heap_caps_get_info(&info, CAP_UNDER_TEST));
    MARKED(heap_caps_print_heap_info, heap_caps_print_heap_info(CAP_UNDER_TEST));
    MARKED(heap_caps_monitor_local_minimum_free_size_start, heap_caps_monitor_local_minimum_free_size_start());
    MARKED(heap_caps_monitor_local_minimum_free_size_stop, heap_caps_monitor_local_minimum_free_size_stop());
    MARKED_TO(sound, heap_caps_check_integrity, CAP_UNDER_TEST, true);
    require(sound);
    MARKED_TO(sound, heap_caps_check_integrity_all, true);
    MARKED(heap_caps_dump, heap_caps_dump(CAP_UNDER_TEST));
    MARKED(heap_caps_dump_all, heap_caps_dump_all());
    MARKED(heap_caps_walk, heap_caps_walk(CAP_UNDER_TEST, pass_on, NULL));
    MARKED(heap_caps_walk_all, heap_caps_walk_all(pass_on, NULL));
    MARKED(heap_caps_malloc_extmem_enable, heap_caps_malloc_extmem_enable(0));
    if (!some) return;
    MARKED_TO(sound, heap_caps_check_integrity_addr, (intptr_t)some, true);
    require(sound);
    MARKED_TO(size, heap_caps_get_allocated_size, some);
    MARKED_TO(size, heap_caps_get_containing_block_size, some);
    (void)size;
}

static void look_at_single(void *some) {
    multi_heap_info_t info;
    size_t size = 0;
    bool sound = true;
    MARKED_TO(size, multi_heap_free_size, single);
    MARKED_TO(size, multi_heap_minimum_free_size, single);
    MARKED(multi_heap_get_info, multi_heap_get_info(single, &info));
    MARKED_TO(sound, multi_heap_check, single, true);
    require(sound);
    MARKED(multi_heap_dump, multi_heap_dump(single));
    MARKED(multi_heap_walk, multi_heap_walk(single, pass_on_single, NULL));
    MARKED_TO(size, multi_heap_reset_minimum_free_bytes, single);
    MARKED(multi_heap_restore_minimum_free_bytes, multi_heap_restore_minimum_free_bytes(single, size));
    if (!some) return;
    MARKED_TO(size, multi_heap_get_allocated_size, single, some);
    MARKED_TO(size, multi_heap_get_full_block_size, single, some);
    MARKED_TO(some, multi_heap_find_containing_block, single, some);
}

static void look(void) {
    void *some = NULL;
    for (unsigned i = 0, k = below(SLOTS); i < SLOTS && !some; i++) some = slots[(k + i) % SLOTS];
    if (by_caps)
        look_by_caps(some);
    else
        look_at_single(some);
    observers_look();
}

/* ------------------------------------------------------------------------------------------------ cells */

static void run_cell(unsigned steps) {
    most = wanted > 100 ? heap_bytes / 64 : heap_bytes / 12;
    combs(150);
    for (unsigned i = 0; i < wanted; i++) step();
    look();
    for (unsigned i = 0; i < steps; i++) {
        step();
        if (i % (steps / 2) == steps / 4) look();
    }
    combs(50); /* with others' blocks around */
    look();
    clear();
    require(by_caps ? heap_caps_check_integrity(CAP_UNDER_TEST, true) : multi_heap_check(single, true));
}

/** The heap of the next cells: size bytes that only the capability under test names. */
static void add_heap(size_t size, uintptr_t at) {
    static const uint32_t caps[] = {CAP_UNDER_TEST | MALLOC_CAP_DEFAULT, 0, 0};
    esp_err_t result;
    MARKED_TO(result, heap_caps_add_region_with_caps, caps, (intptr_t)at, (intptr_t)(at + size));
    if (result != ESP_OK) exit(STATUS_SETUP);
    heap_bytes = size;
}

static const struct {
    size_t size;
    unsigned blocks, steps;
} plan[CELLS] = {{16 << 10, 10, 4000}, {16 << 10, 300, 4000}, {4 << 20, 10, 4000}, {4 << 20, 10000, 20000}};

/**
 * The cells of one heap size. A region cannot be removed, so a program has one size: SIZE_CELL is the first of the two cells.
 */
int main(void) {
    __asm__ volatile("csrw mie, zero\n csrsi mstatus, 8" ::: "memory"); /* on, though none will come */
    make_hints();
    cell = SIZE_CELL;
    MARKED(heap_caps_init, heap_caps_init());
    MARKED(heap_caps_enable_nonos_stack_heaps, heap_caps_enable_nonos_stack_heaps());
    observers_begin();
    add_heap(plan[cell].size, POOL);
    single = multi_heap_register((void *)(POOL + 0x1000000), plan[cell].size);
    multi_heap_set_lock(single, &single_lock);
    for (unsigned k = 0; k < 2; k++, cell++) {
        wanted = plan[cell].blocks;
        for (unsigned way = 0; way < 2; way++) {
            by_caps = way == 0;
            run_cell(plan[cell].steps);
        }
    }
    for (cell = SIZE_CELL; cell < SIZE_CELL + 2; cell++) {
        for (unsigned i = 1; i < FUNCTIONS && names[i]; i++) printf("%u %s %s\n", cell * FUNCTIONS + i, cells[cell], names[i]);
    }
    return 0;
}
