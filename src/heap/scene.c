/* SPDX-License-Identifier: MIT */
/*
 * See scene.h. All that is believed of the control block is what its seal is of; lengths come from the engine, which compares
 * them.
 */
#include "heap/scene.h"

enum { SCENE_BACK = 4096 };

/** The first block at an offset or behind it, n = 0: none is found. */
static ch_block_t block_from(const ch_engine_t *e, uint32_t offset) {
    for (;;) {
        ch_port_state_t state = ch_heap_look(e);
        ch_block_t b = ch_engine_seek(e, offset);
        ch_heap_looked(e, state);
        if (b.n || b.offset <= offset) return b;
        offset = b.offset;
    }
}

/** The block that begins right at an offset. */
static ch_block_t block_at(const ch_engine_t *e, uint32_t offset) {
    ch_block_t none = {0, 0, false}, b = offset < e->end ? block_from(e, offset) : none;
    if (b.n && b.offset == offset) return b;
    return none;
}

static bool covers(const ch_block_t *b, uint32_t offset) { return b->n && offset - b->offset < b->n << CH_G_SHIFT; }

/** Whether both ends of a block look as they should. */
static bool is_sound(const ch_engine_t *e, const ch_block_t *b) {
    ch_port_state_t state = ch_heap_look(e);
    bool sound = ch_engine_is_there(e, b) && ch_engine_check_size(e, b) == CH_SOUND;
    ch_heap_looked(e, state);
    return sound;
}

/** Goes to the block from the start of the heap. */
static bool walk_to_it(ch_scene_t *s) {
    ch_block_t last = {0, 0, false}, b = {0, 0, false};
    for (uint32_t at = ch_first(s->e); at <= s->offset; at = ch_scene_end(&b)) {
        last = b;
        b = block_from(s->e, at);
        if (b.n == 0 || b.offset < at) return false; /* it can't be followed */
    }
    if (!covers(&b, s->offset) || !is_sound(s->e, &b)) return false;
    s->block = b;
    if (last.n && ch_scene_end(&last) == b.offset) s->before = last;
    return true;
}

/** Looks back from an offset for the nearest block that begins there or before it. */
static ch_block_t nearest_before(const ch_engine_t *e, uint32_t offset) {
    ch_block_t b = {0, 0, false};
    for (uint32_t steps = 0; steps < SCENE_BACK && offset >= ch_first(e) && !b.n; steps++, offset -= CH_G) {
        ch_port_state_t state = ch_heap_look(e);
        bool starts = ch_engine_starts(e, offset);
        ch_heap_looked(e, state);
        if (starts) b = block_at(e, offset);
    }
    return b;
}

static void look_back(ch_scene_t *s) {
    ch_block_t b = nearest_before(s->e, s->offset & ~(uint32_t)(CH_G - 1));
    s->is_guess = true;
    if (!covers(&b, s->offset)) { /* what is there is damaged */
        s->before = b;
        return;
    }
    s->block = b;
    if (b.offset <= ch_first(s->e)) return;
    b = nearest_before(s->e, b.offset - CH_G);
    if (b.n && ch_scene_end(&b) == s->block.offset) s->before = b;
}

void ch_scene_look(ch_scene_t *s, multi_heap_handle_t heap, const void *p) {
    const ch_engine_t *e = ch_heap_engine(heap);
    *s = (ch_scene_t){0};
    if (!heap || e->seal != ch_engine_seal(e)) return;
    s->e = e;
    uintptr_t offset = ch_heap_offset(e, p);
    if (offset < ch_first(e) || offset >= e->end) return;
    s->offset = (uint32_t)offset;
    if (!walk_to_it(s)) look_back(s);
    if (!s->block.n) return;
    s->behind = block_at(e, ch_scene_end(&s->block));
    s->is_first = s->block.offset == ch_first(e);
    s->is_last = ch_scene_end(&s->block) >= e->end;
}
