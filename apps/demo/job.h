/* SPDX-License-Identifier: MIT */
/*
 * The main job of the firmware: a program of somebody else, unmodified, with all of its memory from capheap. Which one is the
 * build's choice: lua_job.c where the machine has floating point, zlib_job.c anywhere.
 */
#pragma once

#include <stdbool.h>

/** Gets ready. */
void job_open(void);

/** Goes on to the next stage and prints what there is to say of it; false when all have ended, with the right result. */
bool job_step(void);

/** Ends; all that the job had is given back. */
void job_close(void);
