/* SPDX-License-Identifier: MIT */
/* See world.h. */
#include "world.h"

#include <string.h>

#include "capheap/chip.h"
#include "caps/registry.h"
#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"
#include "esp_memory_utils.h"
#include "state.h"

#define CODE_SIZE 4096u
#define LOW_SIZE 1024u
#define CODE_ALIAS 0xE0000000u
#define LOW_ALIAS 0xF0000000u
#define BYTES (MALLOC_CAP_8BIT | MALLOC_CAP_32BIT)
#define EXEC (CH_CFG_HAS_EXEC_HEAP ? 1u << 0 : 0u)

#define RAM static unsigned char __attribute__((aligned(4096)))
RAM main_ram[12288];
RAM dma_ram[4096];
RAM code_ram[CODE_SIZE];
RAM low_ram[LOW_SIZE];
RAM words_ram[2048];
RAM outer_ram[8192];
RAM stack_ram[1536];
RAM spares[WORLD_SPARES][WORLD_SPARE + 64];

enum { MAIN, DMA, CODE, LOW, WORDS, OUTER };

const soc_memory_type_desc_t soc_memory_types[] = {
    [MAIN] = {"main", {MALLOC_CAP_8BIT | MALLOC_CAP_DEFAULT, MALLOC_CAP_INTERNAL | MALLOC_CAP_32BIT, MALLOC_CAP_RETENTION}},
    [DMA] = {"dma", {MALLOC_CAP_DMA, BYTES | MALLOC_CAP_INTERNAL, MALLOC_CAP_DEFAULT}},
    [CODE] = {"code", {0, MALLOC_CAP_DMA | BYTES, EXEC | MALLOC_CAP_INTERNAL | MALLOC_CAP_SIMD}},
    [LOW] = {"low", {MALLOC_CAP_RTCRAM, EXEC | BYTES, MALLOC_CAP_INTERNAL}},
    [WORDS] = {"words", {EXEC | MALLOC_CAP_32BIT, MALLOC_CAP_INTERNAL, 0}},
    [OUTER] = {"outer", {MALLOC_CAP_SPIRAM, BYTES | MALLOC_CAP_DEFAULT, MALLOC_CAP_SIMD}},
};
const size_t soc_memory_type_count = sizeof soc_memory_types / sizeof soc_memory_types[0];

static soc_memory_region_t rows[] = {
    {(intptr_t)main_ram, sizeof main_ram, MAIN, 0, false},    {(intptr_t)dma_ram, sizeof dma_ram, DMA, 0, false},
    {(intptr_t)code_ram, sizeof code_ram, CODE, 0, false},    {(intptr_t)low_ram, sizeof low_ram, LOW, 0, false},
    {(intptr_t)words_ram, sizeof words_ram, WORDS, 0, false}, {(intptr_t)outer_ram, sizeof outer_ram, OUTER, 0, false},
    {(intptr_t)stack_ram, sizeof stack_ram, MAIN, 0, true},
};
#define ROWS (sizeof rows / sizeof rows[0])
extern const soc_memory_region_t soc_memory_regions[ROWS] __attribute__((alias("rows")));
const size_t soc_memory_region_count = ROWS;

/* The library reads it as a constant; it changes between inputs only. */
static ch_chip_t chip_now = {.name = "fuzz", .cores = 1, .max_request = 32768, .word_only_types = 1u << WORDS};
extern const ch_chip_t ch_chip __attribute__((alias("chip_now")));

/* ---- state ---- */

static unsigned char first_ram[32768 + 4096];

static size_t each_row(bool save) {
    size_t at = 0;
    for (size_t i = 0; i < ROWS; at += rows[i].size, i++) {
        if (save)
            memcpy(first_ram + at, (void *)rows[i].start, rows[i].size);
        else
            memcpy((void *)rows[i].start, first_ram + at, rows[i].size);
    }
    return at;
}

/* A table ascends by address, and the linker chooses the addresses. */
static void sort_rows(void) {
    for (size_t i = 1; i < ROWS; i++) {
        for (size_t k = i; k > 0 && rows[k].start < rows[k - 1].start; k--) {
            soc_memory_region_t other = rows[k];
            rows[k] = rows[k - 1];
            rows[k - 1] = other;
        }
    }
}

void world_begin(void) {
    sort_rows();
    chip_now.diram_dram = (ch_window_t){(uintptr_t)code_ram, (uintptr_t)code_ram + CODE_SIZE};
    chip_now.diram_iram = (ch_window_t){CODE_ALIAS, CODE_ALIAS + CODE_SIZE};
    chip_now.iram = chip_now.diram_iram;
    chip_now.rtc_dram = (ch_window_t){(uintptr_t)low_ram, (uintptr_t)low_ram + LOW_SIZE};
    chip_now.rtc_iram = (ch_window_t){LOW_ALIAS, LOW_ALIAS + LOW_SIZE};
    chip_now.external = (ch_window_t){(uintptr_t)outer_ram, (uintptr_t)outer_ram + sizeof outer_ram};
    heap_caps_init();
    state_keep();
    each_row(true);
}

void world_reset(unsigned options) {
    state_restore();
    each_row(false);
    memset(spares, 0xA5, sizeof spares);
    chip_now.diram_inverted = options & 1;
    chip_now.cache_line_internal = options & 2 ? 32 : 0;
    chip_now.cache_line_external = options & 4 ? 64 : 0;
    chip_now.simd_step = options & 8 ? 16 : 0;
    chip_now.max_request = options & 16 ? 9000 : 32768; /* no chip allows less than 512 granules */
    chip_now.has_axi_dma = options & 32;
}

unsigned char *world_spare(size_t i) { return spares[i]; }

uint32_t world_caps_at(uintptr_t p) {
    for (size_t i = 0; i < ROWS; i++) {
        const uint32_t *caps = soc_memory_types[rows[i].type].caps;
        if (p - (uintptr_t)rows[i].start < rows[i].size) return caps[0] | caps[1] | caps[2];
    }
    return 0;
}

/* ---- addresses ---- */

bool world_is_alias(const void *p) { return (uintptr_t)p - CODE_ALIAS < CODE_SIZE || (uintptr_t)p - LOW_ALIAS < LOW_SIZE; }

/* Written a second time here, not with esp_memory_utils.h, which is under test. */
static uintptr_t data_of_word(uintptr_t p) {
    if (p - LOW_ALIAS < LOW_SIZE) return p - LOW_ALIAS + (uintptr_t)low_ram;
    if (p - CODE_ALIAS >= CODE_SIZE) return p;
    uintptr_t at = p - CODE_ALIAS;
    return (uintptr_t)code_ram + (chip_now.diram_inverted ? CODE_SIZE - 4 - at : at);
}

uint32_t *world_word(const void *p, size_t i) { return (uint32_t *)data_of_word((uintptr_t)p + 4 * i); }

uintptr_t world_data(const void *p, size_t bytes) {
    uintptr_t first = data_of_word((uintptr_t)p), last = data_of_word((uintptr_t)p + (bytes - 1) / 4 * 4);
    return first < last ? first : last;
}

bool world_locks_are_open(void) {
    bool open = ch_registry.lock.depth == 0;
    for (const ch_region_t *r = ch_registry.first; r; r = r->next) open &= r->lock.lock.depth == 0;
    return open;
}
