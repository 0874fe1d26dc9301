/* SPDX-License-Identifier: MIT */
/*
 * What a chip file includes: the types of its tables, the capability flags, and the one flag that does not always exist.
 *
 * A chip file holds constants and nothing else:
 *
 *   soc_memory_types[]     name and three capability columns; the order is that of an enum in the file, as rows name types by it
 *   soc_memory_regions[]   ascending, disjoint; start, size, type, lowest address on the instruction bus or 0, start-up stack
 *   SOC_RESERVE_MEMORY_REGION lines; their bounds are numbers or symbols of the linker script
 *   ch_chip                windows of addresses, alignments, largest request
 *
 * Options of a chip (cache sizes, external RAM, a core that is off) are constants of an enum in its file, see chip_options.h.
 * They stand in the rows as ?: - a row that an option takes away has the size 0, a reserved range the bounds 0 and 0.
 *
 * tests/chips checks the rules for all of them. Addresses at or above 0x80000000 are cast to intptr_t, so that machines of 32
 * and 64 bits take the same rows without a warning.
 */
#pragma once

#include "capheap/chip.h"
#include "capheap/config.h"
#include "chip_options.h"
#include "esp_attr.h"
#include "esp_heap_caps.h"
#include "heap_memory_layout.h"

/* Bit of MALLOC_CAP_EXEC; nothing in builds without executable heaps, where that flag is not defined. */
#define CH_CAP_EXEC (CH_CFG_HAS_EXEC_HEAP ? 1u << 0 : 0u)

/* What types have in common. */
#define CH_CAPS_PLAIN (MALLOC_CAP_DEFAULT | CH_CAPS_INTERNAL)                       /* internal RAM for plain malloc */
#define CH_CAPS_INTERNAL (MALLOC_CAP_8BIT | MALLOC_CAP_32BIT | MALLOC_CAP_INTERNAL) /* internal RAM kept from plain malloc */
#define CH_CAPS_EXTERNAL (MALLOC_CAP_DEFAULT | MALLOC_CAP_8BIT | MALLOC_CAP_32BIT)  /* external RAM for plain malloc */

/* A bound that the linker knows. */
#define CH_SYMBOL(symbol) ((intptr_t)(symbol))
