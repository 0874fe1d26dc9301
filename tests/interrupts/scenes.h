/* SPDX-License-Identifier: MIT */
/* The operations and the interrupts of the interrupts test, by kind; each list ends with an entry without a name. */
#pragma once

#include "race.h"

extern const scene_t malloc_scenes[], aligned_scenes[], free_scenes[], realloc_scenes[], look_scenes[];
extern const interrupt_t interrupts[];

/** An operation with the one interrupt that matters to it: regions appear. */
typedef struct {
    scene_t scene;
    interrupt_t interrupt;
} region_race_t;

extern const region_race_t region_races[];
extern const region_race_t host_race;

/** Before the races with regions: from now on masks are new each time. */
void forget_masks(void);

/** A row of blocks in NEAR, slots 0 to 9; 1, 4 and 7 become holes. The memory behind the row stays free. */
void lay_out(void);
/** The same without holes. */
void lay_out_full_row(void);
