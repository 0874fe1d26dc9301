/* SPDX-License-Identifier: MIT */
/*
 * Tests that run as firmware does, from app_main(): CHECK counts, check_report() ends the program with the line that
 * tools/test reads.
 * CHECK_ABORT(statement) passes if the statement ends in esp_system_abort(); check_abort_text() is what it said.
 */
#pragma once

#include <setjmp.h>
#include <stdbool.h>

#define CHECK(condition) check_that((condition), #condition, __FILE__, __LINE__)
#define CHECK_ABORT(statement)                                                                                                   \
    do {                                                                                                                         \
        if (setjmp(*check_abort_arm()) == 0) {                                                                                   \
            statement;                                                                                                           \
            check_that(false, "no abort: " #statement, __FILE__, __LINE__);                                                      \
        } else {                                                                                                                 \
            check_that(true, "", __FILE__, __LINE__);                                                                            \
        }                                                                                                                        \
    } while (0)

void check_that(bool condition, const char *text, const char *file, int line);
jmp_buf *check_abort_arm(void);
const char *check_abort_text(void);
void check_report(void) __attribute__((noreturn));
