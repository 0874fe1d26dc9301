/* SPDX-License-Identifier: MIT */
/*
 * All variables of the library, put back to what they were: so that an input finds the same library whatever ran before it, and a
 * failure can be run again by itself. Found in the program's own symbol table, whatever they are called; the program must not be
 * position-independent.
 */
#pragma once

/** Keeps their values. Called once. */
void state_keep(void);
/** Puts them back. */
void state_restore(void);
