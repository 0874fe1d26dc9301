/* SPDX-License-Identifier: MIT */
/* The C library's own allocation functions, served by capheap: a step of the tour through the kinds of RAM. */
#pragma once

/** Calls each of them and the library functions that use them; gives everything back. */
void libc_tour(void);
