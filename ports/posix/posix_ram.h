/* SPDX-License-Identifier: MIT */
/*
 * RAM at chosen addresses of this process, so that a chip's table of regions works on a workstation with the chip's addresses.
 * Link the program with -no-pie: a position-independent one may be loaded where the chip has its RAM.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Maps zeroed, readable and writable RAM at exactly [address, address + size), both rounded outwards to whole pages.
 *
 * @return the address as a pointer, or NULL with errno: EEXIST if anything is mapped there already, EINVAL if size is 0 or the
 *         range wraps round, EPERM for the page at 0.
 */
void *posix_ram_map(uintptr_t address, size_t size);

/** Undoes posix_ram_map(). @return false with errno if the range was not mapped as a whole. */
bool posix_ram_unmap(uintptr_t address, size_t size);

/**
 * Maps every region of the linked chip's table (soc_memory_regions), neighbours in one piece, and behind the instruction-bus
 * addresses of regions that have others there RAM of its own: stores through the one view do not show in the other.
 *
 * @return false with errno if one of them cannot be had; those before it stay mapped.
 */
bool posix_ram_map_chip(void);

#ifdef __cplusplus
}
#endif
