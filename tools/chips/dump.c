/* SPDX-License-Identifier: MIT */
/*
 * Prints the tables of the chip that it is linked with, as JSON: what the compiler made of the rows, and the heaps that come out
 * at boot. tools/chips/tables.py builds and reads it. Numbers are unsigned; a window is [low, high], a row what its struct says.
 */
#include <inttypes.h>
#include <stdio.h>

#include "capheap/chip.h"
#include "esp_heap_caps.h"
#include "soc/layout.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

extern const soc_reserved_region_t soc_reserved_memory_region_start[];
extern const soc_reserved_region_t soc_reserved_memory_region_end[];

static uint64_t number(intptr_t address) { return (uintptr_t)address; }

static const char *comma(size_t i) { return i ? "," : ""; }

static void print_flags(void) {
    static const struct {
        const char *name;
        uint32_t flag;
    } flags[] = {
        {"EXEC", 1u << 0}, /* MALLOC_CAP_EXEC, which builds without executable heaps do not define */
        {"32BIT", MALLOC_CAP_32BIT},
        {"8BIT", MALLOC_CAP_8BIT},
        {"DMA", MALLOC_CAP_DMA},
        {"SPIRAM", MALLOC_CAP_SPIRAM},
        {"INTERNAL", MALLOC_CAP_INTERNAL},
        {"DEFAULT", MALLOC_CAP_DEFAULT},
        {"IRAM_8BIT", MALLOC_CAP_IRAM_8BIT},
        {"RETENTION", MALLOC_CAP_RETENTION},
        {"RTCRAM", MALLOC_CAP_RTCRAM},
        {"SPM", MALLOC_CAP_SPM},
        {"SIMD", MALLOC_CAP_SIMD},
        {"SPIRAM_NO_ENC", MALLOC_CAP_SPIRAM_NO_ENC},
    };
    printf("\"flags\":{");
    for (size_t i = 0; i < COUNT(flags); i++) printf("%s\"%s\":%" PRIu32, comma(i), flags[i].name, flags[i].flag);
    printf("}");
}

static void print_caps(const uint32_t caps[SOC_MEMORY_TYPE_NO_PRIOS]) {
    printf("\"caps\":[%" PRIu32 ",%" PRIu32 ",%" PRIu32 "]", caps[0], caps[1], caps[2]);
}

static void print_types(void) {
    printf(",\n\"types\":[");
    for (size_t i = 0; i < soc_memory_type_count; i++) {
        printf("%s\n{\"name\":\"%s\",\"word_only\":%s,", comma(i), soc_memory_types[i].name,
               ch_chip.word_only_types >> i & 1u ? "true" : "false");
        print_caps(soc_memory_types[i].caps);
        printf("}");
    }
    printf("]");
}

static void print_regions(const char *name, const soc_memory_region_t *regions, size_t count) {
    printf(",\n\"%s\":[", name);
    for (size_t i = 0; i < count; i++) {
        const soc_memory_region_t *r = &regions[i];
        printf("%s\n{\"start\":%" PRIu64 ",\"size\":%zu,\"type\":\"%s\",\"alias\":%" PRIu64 ",\"stack\":%s}", comma(i),
               number(r->start), r->size, soc_memory_types[r->type].name, number(r->iram_address),
               r->startup_stack ? "true" : "false");
    }
    printf("]");
}

/* In the order of the section, which is that of the chip file; absent ranges are 0 to 0. */
static void print_reserved(void) {
    printf(",\n\"reserved\":[");
    const soc_reserved_region_t *first = soc_reserved_memory_region_start;
    for (const soc_reserved_region_t *r = first; r < soc_reserved_memory_region_end; r++) {
        printf("%s\n[%" PRIu64 ",%" PRIu64 "]", comma((size_t)(r - first)), number(r->start), number(r->end));
    }
    printf("]");
}

static void print_late(void) {
    printf(",\n\"late\":[");
    for (size_t i = 0; i < ch_chip.late_count; i++) {
        printf("%s\n{\"name\":\"%s\",\"size\":%zu,", comma(i), ch_chip.late[i].name, ch_chip.late[i].max_size);
        print_caps(ch_chip.late[i].caps);
        printf("}");
    }
    printf("]");
}

static void print_windows(void) {
    const struct {
        const char *name;
        ch_window_t window;
    } windows[] = {
        {"dram", ch_chip.dram},
        {"iram", ch_chip.iram},
        {"diram_dram", ch_chip.diram_dram},
        {"diram_iram", ch_chip.diram_iram},
        {"rtc_dram", ch_chip.rtc_dram},
        {"rtc_iram", ch_chip.rtc_iram},
        {"rtc_slow", ch_chip.rtc_slow},
        {"spm", ch_chip.spm},
        {"spm2", ch_chip.spm2},
        {"apart", ch_chip.apart},
        {"external", ch_chip.external},
        {"dma", ch_chip.dma},
        {"dma_external", ch_chip.dma_external},
        {"byte_accessible", ch_chip.byte_accessible},
        {"internal", ch_chip.internal},
    };
    printf(",\n\"windows\":{");
    for (size_t i = 0; i < COUNT(windows); i++) {
        printf("%s\"%s\":[%" PRIu64 ",%" PRIu64 "]", comma(i), windows[i].name, (uint64_t)windows[i].window.low,
               (uint64_t)windows[i].window.high);
    }
    printf("}");
}

static void print_facts(void) {
    printf(",\n\"name\":\"%s\",\"cores\":%" PRIu32 ",\"max_request\":%zu,\"diram_inverted\":%s", ch_chip.name, ch_chip.cores,
           ch_chip.max_request, ch_chip.diram_inverted ? "true" : "false");
    printf(",\"cache_line_internal\":%" PRIu32 ",\"cache_line_external\":%" PRIu32 ",\"simd_step\":%" PRIu32,
           ch_chip.cache_line_internal, ch_chip.cache_line_external, ch_chip.simd_step);
    printf(",\"encrypted_dma_step\":%" PRIu32 ",\"has_axi_dma\":%s,\"uncached_offset\":%" PRIdPTR, ch_chip.encrypted_dma_step,
           ch_chip.has_axi_dma ? "true" : "false", ch_chip.uncached_offset);
}

int main(int argc, char **argv) {
    (void)argv;
    printf("{");
    print_flags();
    print_types();
    print_regions("regions", soc_memory_regions, soc_memory_region_count);
    print_reserved();
    print_late();
    print_windows();
    print_facts();
    if (argc == 1) { /* any argument: values of linker symbols are not known, so there are no heaps */
        soc_memory_region_t heaps[soc_get_available_memory_region_max_count()];
        size_t count = ch_layout_coalesce(heaps, soc_get_available_memory_regions(heaps));
        print_regions("heaps", heaps, count);
    }
    printf("\n}\n");
    return 0;
}
