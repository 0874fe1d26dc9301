/* SPDX-License-Identifier: MIT */
/* The job's own account of its memory, by region, kept by the functions that allocate for it; to compare with the heap's. */
#pragma once

#include <stddef.h>

/** A block was given to the job, or comes back from it. */
void account_taken(const void *block, size_t size);
void account_given_back(const void *block, size_t size);

/** Prints how many blocks and bytes the job has, and in which regions. */
void account_print(void);

/** Nothing may be left; prints how much there was. */
void account_close(const char *job);
