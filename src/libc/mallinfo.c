/* SPDX-License-Identifier: MIT */
/* mallinfo(), apart because its type stands in a header that not every C library has; and newlib's reentrant form. */
#include <malloc.h>

#include "esp_heap_caps.h"

struct _reent;
struct mallinfo _mallinfo_r(struct _reent *state);

/* The fields are int in one library and size_t in another. */
#define SET(info, field, value) (info).field = (__typeof__((info).field))(value)

/**
 * Totals of the heaps that malloc() is served from, external memory included: all bytes, free blocks, used, free, largest free
 * block.
 */
static struct mallinfo totals(void) {
    multi_heap_info_t all;
    struct mallinfo info = {0};
    heap_caps_get_info(&all, MALLOC_CAP_DEFAULT);
    SET(info, arena, all.total_free_bytes + all.total_allocated_bytes);
    SET(info, ordblks, all.free_blocks);
    SET(info, uordblks, all.total_allocated_bytes);
    SET(info, fordblks, all.total_free_bytes);
    SET(info, keepcost, all.largest_free_block);
    return info;
}

struct mallinfo mallinfo(void) {
    return totals();
}

struct mallinfo _mallinfo_r(struct _reent *state) {
    (void)state;
    return totals();
}
