/* SPDX-License-Identifier: MIT */
/* Of a report: the block, its neighbours, who allocated it, and the line for machines. */
#include "heap/culprit_lines.h"

#include "base/line.h"

static void print_neighbour(const ch_finding_t *f, const ch_block_t *b, const char *label, bool is_edge) {
    if (!b->n) {
        ch_line_print("  %s: %s", label, is_edge ? "none, the heap's end" : "damaged, it can't be told");
        return;
    }
    uintptr_t user = (uintptr_t)ch_culprit_user(&f->scene, b);
    size_t size = ch_culprit_size(&f->scene, b);
    ch_line_print("  %s: %p of %lu bytes, %s, %s %lu bytes %s", label, (void *)user, (unsigned long)size,
                  ch_culprit_state(&f->scene, b), user < f->about ? "ends" : "begins",
                  (unsigned long)(user < f->about ? f->about - (user + size) : user - f->about),
                  user < f->about ? "before that" : "behind that");
}

/** Where in its block the address in question lies. */
static void print_block(const ch_finding_t *f) {
    const ch_scene_t *s = &f->scene;
    uintptr_t user = (uintptr_t)f->user, end = user + f->size;
    const char *where = f->about < user ? "bytes before it" : f->about < end ? "bytes behind its start" : "bytes behind its end";
    uintptr_t distance = f->about < user ? user - f->about : f->about < end ? f->about - user : f->about - end;
    ch_line_print("  block: %p of %lu bytes, %s%s; %s is %lu %s", f->user, (unsigned long)f->size, ch_culprit_state(s, &s->block),
                  s->is_guess ? " (as its bits look: the heap is damaged before it)" : "",
                  f->c->where ? "the damage" : "the pointer", (unsigned long)distance, where);
}

static void print_by(const char *label, const ch_origin_by_t *by, size_t size) {
    ch_line_t line;
    ch_line_begin(&line);
    ch_line_add(&line, "  %s: ", label);
    if (size) ch_line_add(&line, "%lu bytes, ", (unsigned long)size);
    ch_line_add(&line, "task %p", by->task);
    if (by->callers[0]) ch_line_add(&line, ", called from");
    for (unsigned i = 0; i < CH_ORIGIN_CALLERS && by->callers[i]; i++) ch_line_add(&line, " %p", by->callers[i]);
    ch_line_end(&line);
}

static void print_heap(const ch_finding_t *f) {
    const ch_engine_t *e = f->scene.e;
    const char *name = ch_culprit_heap_name ? ch_culprit_heap_name(f->c->heap) : NULL;
    if (!e) {
        ch_line_print("  heap: %p%s%s, its control block is damaged", (void *)f->c->heap, name ? " " : "", name ? name : "");
        return;
    }
    ch_line_print("  heap: %p%s%s, blocks from %p to %p", (void *)f->c->heap, name ? " " : "", name ? name : "",
                  (void *)ch_at(e, ch_first(e)), (void *)ch_at(e, e->end));
}

void ch_culprit_print_blocks(const ch_finding_t *f) {
    const ch_scene_t *s = &f->scene;
    const ch_block_t *b = &s->block;
    if (!f->c->heap) return;
    print_heap(f);
    if (s->e && !b->n && s->before.n) print_neighbour(f, &s->before, "before", false);
    if (!s->e || !b->n) return;
    print_block(f);
    print_neighbour(f, &s->before, "before", s->is_first);
    print_neighbour(f, &s->behind, "behind", s->is_last);
    if (!f->is_recorded) {
        ch_line_print("  allocated: not recorded");
        return;
    }
    print_by("allocated", &f->origin.allocated, f->origin.size);
    if (!b->used || f->reason == CH_REASON_HELD) print_by("freed", &f->origin.freed, 0);
}

/* ---- the line for machines ---- */

static const char *const reason_names[] = {
    [CH_REASON_POINTER] = "pointer", [CH_REASON_OUTSIDE] = "outside",     [CH_REASON_FREED] = "freed",
    [CH_REASON_IN_FREE] = "in_free", [CH_REASON_INTERIOR] = "interior",   [CH_REASON_IN_FRAME] = "in_frame",
    [CH_REASON_HELD] = "held",       [CH_REASON_NO_BLOCK] = "no_block",   [CH_REASON_HOSTS] = "hosts",
    [CH_REASON_HEAD] = "head",       [CH_REASON_TAIL] = "tail",           [CH_REASON_SIZE] = "size",
    [CH_REASON_FILL_WORD] = "fill",  [CH_REASON_FILL_BYTE] = "fill_byte", [CH_REASON_FAULT] = "structure",
};

static void add_block(ch_line_t *line, const ch_scene_t *s, const char *key, const ch_block_t *b) {
    if (b->n)
        ch_line_add(line, " %s=%p,%lu,%s", key, (void *)ch_at(s->e, b->offset), (unsigned long)ch_heap_bytes(b->n),
                    !b->used                   ? "free"
                    : ch_culprit_is_held(s, b) ? "held"
                                               : "used");
}

static void add_by(ch_line_t *line, const char *key, const ch_origin_by_t *by) {
    if (!by->task && !by->callers[0]) return;
    ch_line_add(line, " %s=%p", key, by->task);
    for (unsigned i = 0; i < CH_ORIGIN_CALLERS && by->callers[i]; i++) ch_line_add(line, ",%p", by->callers[i]);
}

static void add_words(ch_line_t *line, const ch_culprit_t *c) {
    if (c->where) ch_line_add(line, " where=%p", c->where);
    if (c->reason == CH_REASON_FAULT) ch_line_add(line, " fault=%u", (unsigned)c->fault);
    if (c->reason >= CH_REASON_HEAD && c->reason != CH_REASON_FAULT)
        ch_line_add(line, " expected=0x%x got=0x%x", (unsigned)c->expected, (unsigned)c->got);
}

void ch_culprit_print_record(const ch_finding_t *f) {
    const ch_culprit_t *c = f->c;
    const ch_scene_t *s = &f->scene;
    ch_line_t line;
    ch_line_begin(&line);
    ch_line_add(&line, "HEAP-REPORT v=1 reason=%s call=%s", reason_names[f->reason], c->call ? c->call : "check");
    if (c->given) ch_line_add(&line, " ptr=%p", c->given);
    add_words(&line, c);
    if (f->damaged) ch_line_add(&line, " damaged=%p,%lu", f->damage, (unsigned long)f->damaged);
    if (c->heap) ch_line_add(&line, " heap=%p", (void *)c->heap);
    if (s->e) ch_line_add(&line, " span=%p,%p", (void *)f->low, (void *)f->high);
    if (f->user && s->block.used) ch_line_add(&line, " user=%p,%lu", f->user, (unsigned long)f->size);
    add_block(&line, s, "block", &s->block);
    add_block(&line, s, "before", &s->before);
    add_block(&line, s, "behind", &s->behind);
    if (s->is_guess) ch_line_add(&line, " guess=1");
    if (c->caller) ch_line_add(&line, " from=%p", c->caller);
    if (f->is_recorded) add_by(&line, "allocated", &f->origin.allocated);
    if (f->is_recorded) add_by(&line, "freed", &f->origin.freed);
    ch_line_add(&line, " core=%u task=%p", ch_port_core_id(), ch_port_task_id());
    ch_line_end(&line);
}
