/* SPDX-License-Identifier: MIT */
/*
 * From the chip's regions to the ranges that become heaps, on arrays that the caller gives.
 *
 *   regions     |-------- A --------|---- A ----|-- B --|
 *   reserved          |###|                  |##|
 *   subtract    |--A--|   |----A----|----A---|  |---B---|        ch_layout_subtract()
 *   coalesce    |--A--|   |---------A--------|  |---B---|        ch_layout_coalesce()
 *
 * All comparisons are unsigned. A region may end with the address space; its last word is left out, as the end of a heap must be
 * an address.
 */
#pragma once

#include <stddef.h>

#include "heap_memory_layout.h"

/**
 * Writes what is left of regions without the reserved ranges, in the order of regions.
 *
 * A region whose size is 0 and a reserved range from 0 to 0 do not exist: options of a chip take rows away like this. A reserved
 * range counts as the words that it touches: its start is rounded down to 4 and its end up. An empty one takes nothing. Pieces of
 * 16 bytes or less are dropped; type, iram_address and startup_stack of a piece are its region's. A range that ends before it
 * starts, two that start at the same word, and two that overlap are reported (ch_report) and end in ch_port_fatal(); with
 * CH_CFG_NDEBUG nobody looks: what several ranges take is taken, and a range that ends before it starts takes its first word at
 * most.
 *
 * @param regions  any order, disjoint
 * @param reserved any order; only read, so it may lie in flash
 * @param out      room for region_count + reserved_count entries; may not overlap regions
 * @return entries written. No allocation; time grows with region_count * reserved_count^2 (a handful of ranges, once).
 */
size_t ch_layout_subtract(const soc_memory_region_t *regions, size_t region_count, const soc_reserved_region_t *reserved,
                          size_t reserved_count, soc_memory_region_t *out);

/**
 * Joins entries that ch_layout_subtract() wrote with their successors, in place, where one ends at the start of the next and type
 * and startup_stack are equal. The joined entry keeps the iram_address of its first part.
 *
 * @return entries left
 */
size_t ch_layout_coalesce(soc_memory_region_t *regions, size_t count);
