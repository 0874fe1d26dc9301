/* SPDX-License-Identifier: MIT */
/*
 * QEMU's Xtensa machine sim. Sizes are those with a core lx106; option CPU has others.
 *
 *   0x3ff80000 DRAM    256 KiB  data RAM 1
 *   0x3ffc0000 DRAM    256 KiB  data RAM 0
 *   0x40000000 IRAM    1 MiB    instruction RAM 0; exception vectors at its start. Aligned words only
 *   0x40100000 IRAM    1 MiB    instruction RAM 1. Aligned words only
 *   0x60000000 SYSRAM  128 MiB  plays the external RAM (option RAM_SIZE); with dc232b at 0 and the only RAM
 *
 * The program starts at 0x50000000, a ROM that the emulator lets be written; its data may lie in one of the RAMs. On hardware
 * other accesses than whole words to instruction RAM trap; the emulator allows them, so tests must make sure. No RAM has two
 * addresses.
 *
 * Source of the addresses: the emulator's own memory map (QEMU 7.2) and a program that wrote and read both ends of each RAM.
 * The capabilities are our choice.
 */
#include "chip_rows.h"

/* What can be chosen; chip_options.h tells how. */
enum {
    CPU = CH_OPTION(CPU, 106), /* core: 106 lx106, 1 sample_controller, 212 de212, 232 dc232b (the same map: dc233c, de233_fpu) */
    SYSRAM_SIZE = CH_OPTION(RAM_SIZE, 0x8000000), /* bytes of system RAM: QEMU's -m */
};
_Static_assert(CPU == 106 || CPU == 1 || CPU == 212 || CPU == 232, "CONFIG_CHIP_CPU of Xtensa sim is 106, 1, 212 or 232");

/* dc232b has an MMU and system RAM only. */
enum { IS_LX106 = CPU == 106, IS_CONTROLLER = CPU == 1, IS_DE212 = CPU == 212, HAS_OWN_RAM = CPU != 232 };

/* Sizes of the RAM of a core. */
enum {
    DATA_RAM_1 = IS_LX106 ? 0x40000 : 0,
    DATA_RAM_0 = IS_LX106        ? 0x40000
                 : IS_CONTROLLER ? 0x20000
                                 : 0,
    DATA_RAM_TOP = IS_CONTROLLER || IS_DE212 ? 0x20000 : 0,
    CODE_RAM_0 = IS_LX106      ? 0x100000
                 : HAS_OWN_RAM ? 0x20000
                               : 0,
    CODE_RAM_1 = IS_LX106 ? 0x100000 : 0,
};

enum { DRAM, IRAM, SYSRAM };

const soc_memory_type_desc_t soc_memory_types[] = {
    [DRAM] = {"DRAM", {MALLOC_CAP_8BIT | MALLOC_CAP_DEFAULT, MALLOC_CAP_INTERNAL | MALLOC_CAP_DMA | MALLOC_CAP_32BIT, 0}},
    [IRAM] = {"IRAM", {MALLOC_CAP_INTERNAL | CH_CAP_EXEC | MALLOC_CAP_32BIT, 0, 0}},
    [SYSRAM] = {"SYSRAM", {MALLOC_CAP_SPIRAM | MALLOC_CAP_DEFAULT, 0, MALLOC_CAP_8BIT | MALLOC_CAP_32BIT}},
};
const size_t soc_memory_type_count = sizeof(soc_memory_types) / sizeof(soc_memory_types[0]);

/* start, size, type, lowest address on the instruction bus, start-up stack */
const soc_memory_region_t soc_memory_regions[] = {
    {0x00000000, HAS_OWN_RAM ? 0 : SYSRAM_SIZE, SYSRAM, 0, false},
    {0x3ff80000, DATA_RAM_1, DRAM, 0, false},
    {0x3ffc0000, DATA_RAM_0, DRAM, 0, false},
    {0x3ffe0000, DATA_RAM_TOP, DRAM, 0, false},
    {0x40000000, CODE_RAM_0, IRAM, 0, false}, /* vectors at its start */
    {0x40100000, CODE_RAM_1, IRAM, 0, false},
    {0x60000000, HAS_OWN_RAM ? SYSRAM_SIZE : 0, SYSRAM, 0, false},
};
const size_t soc_memory_region_count = sizeof(soc_memory_regions) / sizeof(soc_memory_regions[0]);

/* Bounds of what the program keeps in these RAMs: data and main stack. */
extern const char app_static_start[], app_static_end[];
extern const char stack_bottom[], stack_top[];

SOC_RESERVE_MEMORY_REGION(HAS_OWN_RAM ? 0x40000000 : 0, HAS_OWN_RAM ? 0x40000400 : 0, vectors) /* exception vectors */
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(app_static_start), CH_SYMBOL(app_static_end), app_static)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(stack_bottom), CH_SYMBOL(stack_top), stack)

DRAM_ATTR const ch_chip_t ch_chip = {
    .name = "sim_xtensa",
    .cores = 1,
    .max_request = SYSRAM_SIZE,
    .word_only_types = 1u << IRAM,
    .dram = {0x3ff80000, 0x40000000},
    .iram = {0x40000000, 0x40200000},
    .external = {HAS_OWN_RAM ? 0x60000000 : 0, HAS_OWN_RAM ? 0x60000000 + SYSRAM_SIZE : SYSRAM_SIZE},
    .dma = {0x3ff80000, 0x40000000},
    .byte_accessible = {0x3ff80000, 0x40000000},
    .internal = {0x3ff80000, 0x40200000},
};
