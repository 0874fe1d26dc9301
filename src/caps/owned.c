/* SPDX-License-Identifier: MIT */
/* Blocks for observers that keep owner words in them: owned.h. */
#include "caps/owned.h"

#include "caps/alias.h"
#include "caps/request.h"
#include "esp_heap_caps.h"

CH_IRAM ch_owned_place_t ch_owned_find(const void *p) {
    ch_claim_t c = ch_alias_claim(p);
    if (!c.r || c.size == 0) return (ch_owned_place_t){NULL, NULL};
    return (ch_owned_place_t){ch_region_heap(c.r), c.block};
}

void *ch_owned_user(const ch_region_t *r, const void *block) {
    const void *user = ch_alias_has(r) ? ch_alias_user(r, block) : NULL;
    return (void *)(uintptr_t)(user ? user : block);
}

void *ch_owned_aside(size_t size) {
    static const uint32_t wishes[] = {MALLOC_CAP_DEFAULT | MALLOC_CAP_INTERNAL, MALLOC_CAP_DEFAULT};
    void *p = NULL;
    for (size_t i = 0; i < sizeof wishes / sizeof wishes[0] && !p; i++) {
        ch_request_t q = {size, 4, wishes[i]};
        if (ch_request_prepare(&q)) p = ch_request_serve(&q);
    }
    return p;
}

void ch_owned_return(void *p) {
    ch_owned_place_t at = ch_owned_find(p);
    if (at.block) multi_heap_free(at.heap, at.block);
}
