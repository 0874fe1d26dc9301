/* SPDX-License-Identifier: MIT */
/* What tests/model/reference.c asks of a test's frame, for a fuzz target: there is no frame, and what fails ends the program. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

__attribute__((noreturn, format(printf, 1, 2))) void fail_msg(const char *format, ...);

static inline uint32_t ch_test_seed(void) { return 1; }
static inline const char *ch_test_argument(const char *name) {
    (void)name;
    return NULL;
}
static inline bool ch_test_on_host(void) { return true; }
