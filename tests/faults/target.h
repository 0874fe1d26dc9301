/* SPDX-License-Identifier: MIT */
/* What a fault hits, between its two halves (inject.h), and the faults of calls.c. */
#pragma once

#include "world.h"

enum { TARGET_GLOBAL = 256 };

typedef struct {
    unsigned live; /* index of `block` among the live ones */
    block_t block; /* a live or freed block */
    uint32_t at;   /* bytes into it */
    uint8_t heap;  /* of `hole`, or what was smashed */
    ch_block_t hole;
    bool in_hole;     /* `hole` was hit */
    unsigned char *p; /* a wrong pointer; NULL: one to the stack */
} target_t;

extern target_t target;
extern uint32_t target_global[TARGET_GLOBAL / 4];

/** Chooses a live block of the user's of `least` bytes or more. */
bool target_live(uint32_t least);
/** Chooses `least` bytes at `at` in a freed block that is not in use again. */
bool target_freed(uint32_t least);

bool call_twice(void), call_twice_later(void), call_plus_1(void), call_plus_8(void), call_forged(void), call_global(void),
    call_stack(void), call_other_heap(void), call_inside(void), call_foreign(void), call_gone(void);
void act_free(void), act_free_in_heap(void), act_realloc(void);

#define CALL_FAULTS                                                                                                              \
    {"double_free", true, call_twice, act_free}, {"double_free_later", true, call_twice_later, act_free},                        \
        {"free_plus_1", true, call_plus_1, act_free}, {"free_plus_8", true, call_plus_8, act_free},                              \
        {"free_forged", true, call_forged, act_free}, {"free_global", true, call_global, act_free},                              \
        {"free_stack", true, call_stack, act_free}, {"free_other_heap", true, call_other_heap, act_free_in_heap},                \
        {"realloc_freed", true, call_gone, act_realloc}, {"realloc_interior", true, call_inside, act_realloc}, {                 \
        "realloc_foreign", true, call_foreign, act_realloc                                                                       \
    }
