/* SPDX-License-Identifier: MIT */
/*
 * Return addresses into functions and lines, from the program's ELF file: DWARF where there is some, inlined calls included, else
 * the symbol table. Any architecture; RISC-V, Arm (bit 0 of Thumb addresses), Xtensa (the windowed ABI's top bits) and x86 are
 * tested.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A function on the way. Of one address the innermost inlined one comes first; only the last of them is really called. */
typedef struct {
    const char *function; /* NULL: not known */
    const char *file;     /* NULL: not known */
    int line;             /* 0: not known */
    bool inlined;
} hs_place_t;

typedef struct hs_symbols hs_symbols_t;

/** Opens an ELF file; `loaded_at` is subtracted from addresses (position-independent programs). Ends the program if it can't. */
hs_symbols_t *hs_symbols_open(const char *path, uint64_t loaded_at);

/** Where the call before a return address is; the number of places, 0: nothing is known. They stay as long as the symbols. */
size_t hs_symbols_of(hs_symbols_t *s, uint64_t return_address, const hs_place_t **places);

void hs_symbols_close(hs_symbols_t *s);
