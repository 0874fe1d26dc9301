/* SPDX-License-Identifier: MIT */
/*
 * A room for a heap that is going to be damaged. On the host, pages that nobody may touch lie on both sides, so that a read
 * outside the span fails the test; everywhere, the rest of the room can be filled and must stay so.
 *
 *      host    | no access | fill | span | fill | no access |       the span at one end of the room or the other
 *      boards                fill | span | fill
 */
#pragma once

#include "ch_test.h"
#include "heap/heap.h"

#if defined __unix__
#include <sys/mman.h>
#endif

enum { ROOM = 32768, FILL = 0x5A };

static unsigned char *room, *span;
static size_t span_size;
static multi_heap_handle_t heap;
static ch_engine_t *e;

/** For tests that know of frames. */
static inline void room_open_framed(void) {
#if defined __unix__
    enum { PAGES = 65536 }; /* a multiple of any page size */
    if (!room) {
        unsigned char *all = mmap(NULL, ROOM + 2 * PAGES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        assert_true(all != MAP_FAILED);
        assert_int_equal(mprotect(all + PAGES, ROOM, PROT_READ | PROT_WRITE), 0);
        room = all + PAGES;
    }
#else
    ch_test_spans_begin();
    room = ch_test_span(ROOM);
#endif
}

static inline void room_open(void) {
    if (CH_GUARDED)
        skip(); /* what is made here lies below the frame, and what is relied on is more; make faults has these levels */
    room_open_framed();
}
