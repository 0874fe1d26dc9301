/* SPDX-License-Identifier: MIT */
/* A chip that the test changes as it goes; the library reads it as the constant ch_chip. For one file of an executable. */
#pragma once

#include "capheap/chip.h"

static ch_chip_t chip_now;
extern const ch_chip_t ch_chip __attribute__((alias("chip_now")));
