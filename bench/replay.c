/* SPDX-License-Identifier: MIT */
/* The replayer. Portable C without a library: it runs on the host and in firmware alike. */
#include "replay.h"

/* A tag is the slot's id, spread over all bits so that the tags of neighbouring slots differ in every byte. */
enum { TAG_BYTES = 4 };

static unsigned char tag_byte(uint32_t slot, uint32_t position) {
    return (unsigned char)(((slot + 1) * 0x9e3779b1u) >> (8 * (position % TAG_BYTES)));
}

/* Bytes at each end of a block that carry the tag: the two ends of a small block overlap harmlessly, as both are functions of
 * the position alone. */
static uint32_t tag_length(uint32_t size) { return size < TAG_BYTES ? size : TAG_BYTES; }

static void tag_write(const slot_t *slot, uint32_t id) {
    uint32_t length = tag_length(slot->size);

    for (uint32_t i = 0; i < length; i++) {
        slot->data[i] = tag_byte(id, i);
        slot->data[slot->size - length + i] = tag_byte(id, slot->size - length + i);
    }
}

static bool tag_holds(const unsigned char *data, uint32_t from, uint32_t to, uint32_t id) {
    for (uint32_t i = from; i < to; i++) {
        if (data[i] != tag_byte(id, i)) {
            return false;
        }
    }
    return true;
}

static bool tags_hold(const slot_t *slot, uint32_t id) {
    uint32_t length = tag_length(slot->size);

    return tag_holds(slot->data, 0, length, id) && tag_holds(slot->data, slot->size - length, slot->size, id);
}

/* After a realloc: what lies in both the old and the new block must have been kept. */
static bool tags_kept(const unsigned char *data, uint32_t old_size, uint32_t new_size, uint32_t id) {
    uint32_t kept = old_size < new_size ? old_size : new_size;

    if (!tag_holds(data, 0, tag_length(old_size) < kept ? tag_length(old_size) : kept, id)) {
        return false;
    }
    return new_size < old_size || tag_holds(data, old_size - tag_length(old_size), old_size, id);
}

static bool is_clear(const unsigned char *data, uint32_t size) {
    for (uint32_t i = 0; i < size; i++) {
        if (data[i] != 0) {
            return false;
        }
    }
    return true;
}

/* Performs an operation that yields a block. NULL or what went wrong; out of memory leaves slot->data NULL. */
static const char *step_alloc(const subject_t *subject, slot_t *slot, uint32_t word, uint32_t size, uint32_t *cost) {
    uint32_t op = word & 15;
    uint32_t alignment = op == OP_ALIGNED ? 1u << ((word >> 4) & 31) : 1;

    if (slot->data != NULL) {
        return "the trace fills a slot that is in use";
    }
    if (op == OP_MALLOC) {
        slot->data = subject->malloc(size, cost);
    } else if (op == OP_CALLOC) {
        slot->data = subject->calloc(size, cost);
    } else {
        slot->data = subject->aligned_alloc(alignment, size, cost);
    }
    slot->size = size;
    if (slot->data == NULL) {
        return "out of memory";
    }
    if (((uintptr_t)slot->data & (alignment - 1)) != 0) {
        return "the block is misaligned";
    }
    if (op == OP_CALLOC && !is_clear(slot->data, size)) {
        return "the block is not cleared";
    }
    tag_write(slot, word >> 9);
    return NULL;
}

static const char *step_realloc(const subject_t *subject, slot_t *slot, uint32_t id, uint32_t size, uint32_t *cost) {
    unsigned char *moved = subject->realloc(slot->data, size, cost);
    uint32_t old_size = slot->size;

    if (moved == NULL) {
        return "out of memory";
    }
    slot->data = moved;
    slot->size = size;
    if (!tags_kept(moved, old_size, size, id)) {
        return "realloc lost the contents";
    }
    tag_write(slot, id);
    return NULL;
}

static const char *step(const trace_t *trace, const subject_t *subject, slot_t *slots, uint32_t n, uint32_t *cost) {
    uint32_t word = trace->ops[n].word;
    uint32_t size = trace->ops[n].size;
    uint32_t op = word & 15;
    uint32_t id = word >> 9;
    slot_t *slot = &slots[id];

    if (id >= trace->slot_count || op < OP_MALLOC || op > OP_ALIGNED) {
        return "the trace is damaged";
    }
    if (op != OP_REALLOC && op != OP_FREE) {
        return step_alloc(subject, slot, word, size, cost);
    }
    if (slot->data == NULL) {
        return "the trace uses an empty slot";
    }
    if (!tags_hold(slot, id)) {
        return "a block's contents changed";
    }
    if (op == OP_REALLOC) {
        return step_realloc(subject, slot, id, size, cost);
    }
    subject->free(slot->data, cost);
    slot->data = NULL;
    return NULL;
}

static bool all_hold(const slot_t *slots, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (slots[i].data != NULL && !tags_hold(&slots[i], i)) {
            return false;
        }
    }
    return true;
}

bool trace_is_valid(const trace_t *trace, size_t length) {
    if (length < sizeof *trace || trace->magic[0] != 'H' || trace->magic[1] != 'T' || trace->magic[2] != 'R' ||
        trace->magic[3] != '1') {
        return false;
    }
    return (length - sizeof *trace) / sizeof trace->ops[0] >= trace->op_count;
}

size_t trace_count_pool(const trace_t *trace) {
    size_t need = (size_t)trace->peak_bytes + 24 * (size_t)trace->peak_blocks;

    return (need + need / 4 + 16384 + 15) & ~(size_t)15;
}

replay_result_t replay(const trace_t *trace, const subject_t *subject, slot_t *slots, uint32_t *costs) {
    replay_result_t result = {0};
    uint32_t unused;

    for (uint32_t i = 0; i < trace->slot_count; i++) {
        slots[i] = (slot_t){0};
    }
    for (uint32_t n = 0; n < trace->op_count; n++) {
        result.op = n;
        result.failure = step(trace, subject, slots, n, costs != NULL ? &costs[n] : &unused);
        if (result.failure != NULL) {
            result.out_of_memory = result.failure[0] == 'o';
            return result;
        }
    }
    result.op = trace->op_count;
    if (!all_hold(slots, trace->slot_count)) {
        result.failure = "a block's contents changed";
    }
    return result;
}
