/* SPDX-License-Identifier: MIT */
/*
 * Contracts of the list operations of src/engine/bins.h. A list is sound where each link leads to a block that leads back: `linked`.
 * Proved by WP for every state of memory in which the places that an operation touches are apart from each other.
 *
 * ch_at() is replaced by a place in an array, as WP's memory model has no addresses that are numbers; tests/prove/bits.c has the original.
 * The bits that say which bins are not empty are not followed here, only that nothing else changes.
 *
 * wp ch_bin_push ch_bin_remove ch_head_remove ch_bin_replace push_and_remove
 */
#include "prove.h"

#include "engine/block.h"

enum { WORDS = 1 << 16, SLOTS = 512 };

static uint32_t memory[WORDS];

static uint32_t *place(uint32_t offset);

/*@ requires offset % 4 == 0 && offset < 4 * WORDS;
  @ assigns \nothing;
  @ ensures \result == memory + offset / 4; */
static uint32_t *place(uint32_t offset) { return memory + offset / 4; }

#undef ch_at
#define ch_at(e, offset) place(offset)

/*@ predicate word(integer offset) = 0 <= offset < 4 * WORDS && offset % 4 == 0;
  @ predicate block(integer offset) = 0 < offset <= 4 * (WORDS - 4) && offset % 16 == 0;
  @ predicate bin(integer slot) = 0 < slot < SLOTS && slot % 4 == 0;
  @ predicate apart(integer at, integer offset) = at < offset || at >= offset + 16;
  @ predicate control(ch_engine_t *e) = \valid(&e->map[0 .. CH_MAP_WORDS - 1]) && \valid_read(&e->first) &&
  @     \separated(&e->map[0 .. CH_MAP_WORDS - 1], memory + (0 .. WORDS - 1));
  @ predicate linked{L}(integer from, integer to) = to == 0 || (block(to) && memory[to / 4 + 1] == from); */

/*@ requires bin(slot) && control(e);
  @ assigns e->map[0 .. CH_MAP_WORDS - 1]; */
static void ch_map_flip(ch_engine_t *e, uint32_t slot);

/*@ requires bin(slot) && block(offset) && offset >= SLOTS && control(e);
  @ requires linked(slot, memory[slot / 4]) && memory[slot / 4] != offset;
  @ requires memory[slot / 4] == 0 || memory[slot / 4] >= SLOTS;
  @ assigns memory[slot / 4], memory[offset / 4 .. offset / 4 + 1], memory[memory[slot / 4] / 4 + 1], e->map[0 .. CH_MAP_WORDS - 1];
  @ ensures memory[slot / 4] == offset && linked(slot, offset);
  @ ensures memory[offset / 4] == \old(memory[slot / 4]) && linked(offset, memory[offset / 4]); */
static void ch_bin_push(ch_engine_t *e, uint32_t slot, uint32_t offset);

/* `before` is the word that leads here: a bin, or the next word of another block. */
/*@ requires block(offset) && word(memory[offset / 4 + 1]) && control(e);
  @ requires 0 < memory[offset / 4 + 1] && apart(memory[offset / 4 + 1], offset);
  @ requires memory[offset / 4 + 1] < e->first ==> bin(memory[offset / 4 + 1]);
  @ requires memory[memory[offset / 4 + 1] / 4] == offset;
  @ requires linked(offset, memory[offset / 4]) && memory[offset / 4] != offset;
  @ requires memory[offset / 4] != 0 ==> memory[offset / 4] / 4 + 1 != memory[offset / 4 + 1] / 4;
  @ ensures memory[\old(memory[offset / 4 + 1]) / 4] == \old(memory[offset / 4]);
  @ ensures linked(\old(memory[offset / 4 + 1]), \old(memory[offset / 4])); */
static void ch_bin_remove(ch_engine_t *e, uint32_t offset);

#include "engine/bins.h"

/*@ requires bin(found.slot) && block(found.offset) && found.offset >= SLOTS && control(e);
  @ requires memory[found.slot / 4] == found.offset;
  @ requires linked(found.offset, memory[found.offset / 4]) && memory[found.offset / 4] != found.offset;
  @ requires memory[found.offset / 4] == 0 || memory[found.offset / 4] >= SLOTS;
  @ ensures memory[found.slot / 4] == \old(memory[found.offset / 4]);
  @ ensures linked(found.slot, memory[found.slot / 4]); */
static void ch_head_remove(ch_engine_t *e, ch_found_t found);

/*@ requires block(old) && block(offset) && old >= SLOTS && offset >= SLOTS && slot % 4 == 0 && slot < SLOTS;
  @ requires control(e) && (offset + 16 <= old || old + 16 <= offset);
  @ requires word(memory[old / 4 + 1]) && 0 < memory[old / 4 + 1] && apart(memory[old / 4 + 1], old) && apart(memory[old / 4 + 1], offset);
  @ requires linked(old, memory[old / 4]) && memory[old / 4] != old && memory[old / 4] != offset;
  @ requires memory[old / 4] != 0 ==> memory[old / 4] / 4 + 1 != memory[old / 4 + 1] / 4;
  @ ensures memory[\old(memory[old / 4 + 1]) / 4] == offset && linked(\old(memory[old / 4 + 1]), offset);
  @ ensures memory[offset / 4] == \old(memory[old / 4]) && linked(offset, memory[offset / 4]); */
static void ch_bin_replace(ch_engine_t *e, uint32_t old, uint32_t offset, uint32_t slot);

/* A block that comes and goes leaves the list as it was. */
/*@ requires bin(slot) && block(offset) && offset >= SLOTS && e->first >= SLOTS && control(e);
  @ requires linked(slot, memory[slot / 4]) && memory[slot / 4] != offset;
  @ requires memory[slot / 4] == 0 || memory[slot / 4] >= SLOTS;
  @ ensures memory[slot / 4] == \old(memory[slot / 4]) && linked(slot, memory[slot / 4]); */
static void push_and_remove(ch_engine_t *e, uint32_t slot, uint32_t offset) {
    ch_bin_push(e, slot, offset);
    ch_bin_remove(e, offset);
}

int main(void) {
    push_and_remove((ch_engine_t *)0, 0, 0);
    return 0;
}
