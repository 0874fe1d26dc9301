/* SPDX-License-Identifier: MIT */
/* The table of call sites, for who books and who lists: sites.h. */
#pragma once

#include "capheap/port.h"
#include "sites.h"

enum {
    CH_SITES = CH_CFG_CALL_SITES > 0 ? CH_CFG_CALL_SITES : 8, /* places of callers */
    CH_SITES_BITS = CH_SITES == 8     ? 3
                    : CH_SITES == 16  ? 4
                    : CH_SITES == 32  ? 5
                    : CH_SITES == 64  ? 6
                    : CH_SITES == 128 ? 7
                    : CH_SITES == 256 ? 8
                                      : 9,
    CH_SITE_SHIFT = 32 - (CH_SITES_BITS + 1), /* of the place in a word */
    CH_SITE_OTHERS = CH_SITES,                /* the last place */
};

/** What a malloc counts of a place: four words, so that one shift leads to them. */
typedef struct {
    const void *caller; /* NULL: nobody's yet, or the others' */
    size_t live, peak;  /* bytes */
    uint32_t allocations;
} ch_site_t;

typedef struct {
    ch_site_t sites[CH_SITES + 1];
    uint32_t frees[CH_SITES + 1];  /* live blocks are those allocated, less those freed: so neither call counts twice */
    uint32_t before[CH_SITES + 1]; /* allocations before the count began anew */
    ch_port_lock_t lock;
} ch_sites_table_t;

extern ch_sites_table_t ch_sites;
