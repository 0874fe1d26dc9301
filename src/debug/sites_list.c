/* SPDX-License-Identifier: MIT */
/* Call sites, sorted and printed: capheap/call_sites.h. Nothing is allocated. */
#include <stdbool.h>

#include "capheap/call_sites.h"
#include "debug/sites_table.h"

enum { PIECE = 8 }; /* places that are sorted at once for printing */

/** Copies a place; false: it has never been used. */
static bool read_site(uint32_t place, heap_call_site_t *copy) {
    ch_port_state_t state = ch_port_lock(&ch_sites.lock);
    ch_site_t site = ch_sites.sites[place];
    uint32_t frees = ch_sites.frees[place], before = ch_sites.before[place];
    ch_port_unlock(&ch_sites.lock, state);
    *copy = (heap_call_site_t){site.caller, site.live, site.peak > site.live ? site.peak : site.live, site.allocations - frees,
                               site.allocations - before};
    return copy->allocations || copy->live_blocks;
}

/** Whether a is listed before b. */
static bool is_before(const heap_call_site_t *a, const heap_call_site_t *b) {
    if (a->live_bytes != b->live_bytes) return a->live_bytes > b->live_bytes;
    if (a->allocations != b->allocations) return a->allocations > b->allocations;
    return (uintptr_t)a->caller > (uintptr_t)b->caller;
}

/** The places that come behind `last`, NULL: the first ones, at most `most` of them, sorted. Returns how many. */
static size_t list_behind(const heap_call_site_t *last, heap_call_site_t *sites, size_t most) {
    size_t count = 0;
    heap_call_site_t site;
    for (uint32_t i = 0; i <= CH_SITE_OTHERS; i++) {
        if (!read_site(i, &site) || (last && !is_before(last, &site))) continue;
        if (count == most && (most == 0 || is_before(&sites[count - 1], &site))) continue;
        size_t at = count < most ? count++ : count - 1;
        for (; at > 0 && is_before(&site, &sites[at - 1]); at--) sites[at] = sites[at - 1];
        sites[at] = site;
    }
    return count;
}

esp_err_t heap_call_sites_get(heap_call_site_t *sites, size_t *count) {
    if (!count || (!sites && *count)) return ESP_ERR_INVALID_ARG;
    *count = CH_CFG_CALL_SITES ? list_behind(NULL, sites, *count) : 0;
    return CH_CFG_CALL_SITES ? ESP_OK : ESP_ERR_NOT_SUPPORTED;
}

size_t heap_call_sites_count(void) {
    size_t count = 0;
    heap_call_site_t site;
    for (uint32_t i = 0; CH_CFG_CALL_SITES && i <= CH_SITE_OTHERS; i++) count += read_site(i, &site);
    return count;
}

void heap_call_sites_reset(void) {
    for (uint32_t i = 0; CH_CFG_CALL_SITES && i <= CH_SITE_OTHERS; i++) {
        ch_port_state_t state = ch_port_lock(&ch_sites.lock);
        ch_site_t *site = &ch_sites.sites[i];
        site->peak = site->live;
        ch_sites.before[i] = site->allocations;
        ch_port_unlock(&ch_sites.lock, state);
    }
}

typedef void (*print_t)(FILE *stream, const heap_call_site_t *site);

static void print_row(FILE *stream, const heap_call_site_t *site) {
    char caller[24] = "others";
    if (site->caller) snprintf(caller, sizeof caller, "%p", (void *)(uintptr_t)site->caller);
    fprintf(stream, "%18s %12lu %12lu %12lu %12lu\n", caller, (unsigned long)site->live_bytes, (unsigned long)site->live_blocks,
            (unsigned long)site->peak_bytes, (unsigned long)site->allocations);
}

static void print_line(FILE *stream, const heap_call_site_t *site) {
    fprintf(stream, "call_site,0x%lx,%lu,%lu,%lu,%lu\n", (unsigned long)(uintptr_t)site->caller, (unsigned long)site->live_bytes,
            (unsigned long)site->live_blocks, (unsigned long)site->peak_bytes, (unsigned long)site->allocations);
}

/** Prints piece by piece; what changes meanwhile may be printed twice or not at all. */
static void print_all(FILE *stream, size_t most, print_t print) {
    heap_call_site_t sites[PIECE], last;
    size_t count = PIECE, done = 0;
    if (most == 0) most = CH_SITES + 1;
    while (CH_CFG_CALL_SITES && count == PIECE && done < most) {
        count = list_behind(done ? &last : NULL, sites, most - done < PIECE ? most - done : PIECE);
        for (size_t i = 0; i < count; i++) print(stream, &sites[i]);
        if (count) last = sites[count - 1];
        done += count;
    }
}

void heap_call_sites_print(FILE *stream, size_t most) {
    if (!stream) stream = stdout;
    fprintf(stream, "%18s %12s %12s %12s %12s\n", "caller", "live bytes", "live blocks", "peak bytes", "allocations");
    print_all(stream, most, print_row);
}

void heap_call_sites_print_csv(FILE *stream, size_t most) {
    if (!stream) stream = stdout;
    fputs("call_site,caller,live_bytes,live_blocks,peak_bytes,allocations\n", stream);
    print_all(stream, most, print_line);
}
