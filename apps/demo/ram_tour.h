/* SPDX-License-Identifier: MIT */
/* What firmware needs memory for beside plain data: a step for each kind of RAM, each with a line in the report. */
#pragma once

#include <stdbool.h>

/** Gets ready; from now on a failed request that no step expects ends the demo. */
void ram_tour_start(void);

/** Takes the next two steps, if any are left. */
void ram_tour_advance(void);

/** Takes all the steps that are left. */
void ram_tour_finish(void);

/** Checks that every buffer that is still held has the contents it was given. */
void ram_tour_verify(void);

/** Gives everything back. */
void ram_tour_release(void);

/** The caller is about to ask for what it cannot get: the failed-allocation callback is to be called once. */
void ram_tour_expect_failure(void);

/** True if the callback was called for each failure expected so far. */
bool ram_tour_failures_came(void);
