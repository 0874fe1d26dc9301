/* SPDX-License-Identifier: MIT */
/* The table of call sites, for who books and who lists. */
#pragma once

#include "capheap/port.h"
#include "sites.h"

typedef struct {
    ch_port_lock_t lock;
    ch_site_t sites[CH_SITES + 1]; /* the last: all places that found no other */
} ch_sites_table_t;

extern ch_sites_table_t ch_sites;
