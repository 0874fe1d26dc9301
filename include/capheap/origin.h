/* SPDX-License-Identifier: MIT */
/*
 * Who allocated a block, and who freed it: what reports of a damaged heap say of it. The library asks ch_origin_of(), if there is
 * one: the address sanitizer has it, firmware with records of its own defines it. Else reports say "not recorded".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { CH_ORIGIN_CALLERS = 4 };

/** Who it was. NULL where that is not known. */
typedef struct {
    const void *task;                       /**< as ch_port_task_id() names it */
    const void *callers[CH_ORIGIN_CALLERS]; /**< return addresses, the innermost first, up to a NULL */
} ch_origin_by_t;

/** What is known of a block. */
typedef struct {
    size_t size;              /**< bytes that were asked; 0: not known */
    ch_origin_by_t allocated; /**< by whom */
    ch_origin_by_t freed;     /**< the last time, if the block is not in use */
} ch_origin_t;

/**
 * Tells what is recorded of the block that was handed out as `user`; false: nothing is. The block, and all around it, may be
 * damaged: believe nothing that stands there. Any context; may not use the heap.
 */
__attribute__((weak)) bool ch_origin_of(const void *user, ch_origin_t *origin);

#ifdef __cplusplus
}
#endif
