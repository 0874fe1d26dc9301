/* SPDX-License-Identifier: MIT */
/* Events as frames: the fields of each kind, and who did it: core, task, call stack. */
#include "capheap/trace_stream.h"
#include "debug/callers.h"
#include "debug/stream.h"
#include "debug/stream_state.h"
#include "esp_heap_caps.h"

/** Who: as long as nobody else needs the same slots, a task and a call stack take one byte each. */
typedef struct {
    unsigned core;
    const void *task;
    unsigned depth;
    void *const *callers;
    uint32_t sum; /* over the call stack */
} who_t;

static CH_IRAM who_t who_is(ch_stream_callers_t by) {
    who_t who = {ch_port_core_id(), ch_port_task_id(), 0, by.addresses, 0};
    uint32_t sum = 2166136261u;
    while (who.depth < by.depth && who.depth < CH_TRACE_DEPTH_MAX && by.addresses[who.depth]) {
        uintptr_t address = (uintptr_t)by.addresses[who.depth++];
        sum = (sum ^ (uint32_t)address) * 16777619u;
        if (CH_WIDE) sum = (sum ^ (uint32_t)(address >> 16 >> 16)) * 16777619u;
        sum ^= sum >> 15;
    }
    who.sum = sum ? sum : 1;
    return who;
}

static CH_IRAM void add_stack(ch_message_t *m, const who_t *who, bool anew) {
    ch_frame_t *f = &m->frame;
    uint32_t slot = who->sum % CH_CFG_TRACE_STACKS;
    m->stack = &ch_stream.stacks[slot];
    m->stack_sum = who->sum;
    m->stack_new = anew || CH_LOAD_RELAXED(*m->stack) != who->sum;
    ch_frame_number(f, (uint64_t)slot << 1 | m->stack_new);
    if (!m->stack_new) return;
    uintptr_t before = 0;
    ch_frame_number(f, who->depth);
    for (unsigned i = 0; i < who->depth; i++) {
        uintptr_t address = (uintptr_t)who->callers[i];
        ch_frame_signed(f, (intptr_t)(address - before));
        before = address;
    }
}

/** The name that the program gives tasks in the stream, or else in all tables. */
static CH_IRAM const char *name_of(const void *task) {
    if (ch_trace_task_name) return ch_trace_task_name(task);
    return ch_port_task_name ? ch_port_task_name(task) : NULL;
}

static CH_IRAM void add_task(ch_message_t *m, const who_t *who, bool anew) {
    uintptr_t id = (uintptr_t)who->task;
    uint32_t slot = (uint32_t)(id >> 4 ^ id >> 9) % CH_CFG_TRACE_TASKS;
    m->task = &ch_stream.tasks[slot];
    m->task_id = id;
    m->task_new = anew || CH_LOAD_RELAXED(*m->task) != id;
    ch_frame_number(&m->frame, (uint64_t)slot << 1 | m->task_new);
    if (!m->task_new) return;
    ch_frame_number(&m->frame, id);
    ch_frame_text(&m->frame, name_of(who->task), CH_TRACE_NAME_MAX);
}

/** One event, before it is told. */
typedef struct {
    unsigned type;
    const void *ptr, *old;
    size_t alignment, size;
    uint32_t caps;
    const char *function;
    uint32_t since;
} event_t;

static CH_IRAM void add_what(ch_frame_t *f, const event_t *e) {
    uint64_t place = ch_stream_place(e->ptr);
    if (e->type != CH_TRACE_FAILED) ch_frame_number(f, place);
    if (e->type == CH_TRACE_MOVE) ch_frame_signed(f, (int64_t)(ch_stream_place(e->old) - place));
    if (e->type != CH_TRACE_FREE) ch_frame_number(f, e->size);
    if (e->type == CH_TRACE_MOVE) {
        ch_frame_byte(f, (uint8_t)e->since);
        ch_frame_byte(f, (uint8_t)(e->since >> 8));
    }
    if (e->type == CH_TRACE_FAILED) ch_frame_text(f, e->function, CH_TRACE_NAME_MAX);
}

static CH_IRAM uint8_t log2_of(size_t power) {
    uint8_t bits = 0;
    for (; power > 1; power >>= 1) bits++;
    return bits;
}

/** The whole frame; anew: relying on no slot. */
static CH_IRAM void encode(ch_message_t *m, const event_t *e, const who_t *who, bool anew) {
    bool has_caps = e->type != CH_TRACE_FREE && e->caps != MALLOC_CAP_DEFAULT;
    ch_message_begin(m, e->type | (who->core ? CH_TRACE_HAS_CORE : 0) | (who->task ? CH_TRACE_HAS_TASK : 0) |
                            (who->depth ? CH_TRACE_HAS_STACK : 0) | (has_caps ? CH_TRACE_HAS_CAPS : 0));
    add_what(&m->frame, e);
    if (who->core) ch_frame_number(&m->frame, who->core);
    if (who->task) add_task(m, who, anew);
    if (who->depth) add_stack(m, who, anew);
    if (has_caps) ch_frame_number(&m->frame, e->caps);
    if (e->alignment > 1) ch_frame_byte(&m->frame, log2_of(e->alignment));
}

static CH_IRAM void tell(const event_t *e, ch_stream_callers_t by) {
    if (!ch_stream_runs()) return;
    if (!ch_stream_keep_up()) {
        ch_stream_count_lost();
        return;
    }
    who_t who = who_is(by);
    ch_message_t m;
    encode(&m, e, &who, false);
    if (CH_LIKELY(ch_message_send(&m) != CH_STALE)) return;
    encode(&m, e, &who, true);
    ch_message_send(&m);
}

CH_IRAM void ch_stream_tell_allocated(const void *ptr, size_t alignment, size_t size, uint32_t caps, ch_stream_callers_t by) {
    tell(&(event_t){.type = CH_TRACE_ALLOC, .ptr = ptr, .alignment = alignment, .size = size, .caps = caps}, by);
}

CH_IRAM void ch_stream_tell_freed(const void *ptr, ch_stream_callers_t by) {
    tell(&(event_t){.type = CH_TRACE_FREE, .ptr = ptr}, by);
}

CH_IRAM void ch_stream_tell_moved(uint32_t since, const void *old, const void *ptr, size_t size, uint32_t caps,
                                  ch_stream_callers_t by) {
    tell(&(event_t){.type = CH_TRACE_MOVE, .ptr = ptr, .old = old, .size = size, .caps = caps, .since = since}, by);
}

CH_IRAM void ch_stream_tell_failed(size_t size, uint32_t caps, const char *function, ch_stream_callers_t by) {
    tell(&(event_t){.type = CH_TRACE_FAILED, .size = size, .caps = caps, .function = function}, by);
}

/* ---- as event.h calls them ---- */

/** The call stack, looked for only if somebody will see it. */
CH_INLINE ch_stream_callers_t callers_of(ch_callers_t *callers, ch_caller_t by) {
    ch_callers_note(callers, by);
    return (ch_stream_callers_t){callers->at, CH_CFG_TRACE_DEPTH};
}

CH_IRAM void ch_stream_allocated(const void *ptr, size_t alignment, size_t size, uint32_t caps, ch_caller_t by) {
    ch_callers_t callers;
    if (ch_stream_runs()) ch_stream_tell_allocated(ptr, alignment, size, caps, callers_of(&callers, by));
}

CH_IRAM void ch_stream_freed(const void *ptr, ch_caller_t by) {
    ch_callers_t callers;
    if (ch_stream_runs()) ch_stream_tell_freed(ptr, callers_of(&callers, by));
}

CH_IRAM void ch_stream_moved(uint32_t since, const void *old, const void *ptr, size_t size, uint32_t caps, ch_caller_t by) {
    ch_callers_t callers;
    if (ch_stream_runs()) ch_stream_tell_moved(since, old, ptr, size, caps, callers_of(&callers, by));
}

/* Failures are told from deep in the library, whose own functions come first; heapscope leaves them out. */
enum { FAILED_DEPTH = 12 };
_Static_assert((int)FAILED_DEPTH <= (int)CH_TRACE_DEPTH_MAX, "what a frame takes");

CH_IRAM void ch_stream_failed(size_t size, uint32_t caps, const char *function_name) {
    void *callers[FAILED_DEPTH];
    unsigned found = 0;
    if (!ch_stream_runs()) return;
    if (CH_CFG_TRACE_DEPTH > 1) found = ch_port_callers_from(__builtin_frame_address(0), callers, FAILED_DEPTH);
    ch_stream_tell_failed(size, caps, function_name, (ch_stream_callers_t){callers, found});
}
