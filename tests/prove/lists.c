/* SPDX-License-Identifier: MIT */
/*
 * Contracts of the list operations of src/engine/bins.h. A list is sound where each link between blocks leads to a block that
 * leads back: `linked`; the first of a list is known by its bin. Proved by WP for every state of memory: an operation either
 * leaves what its contract says, or finds damage and does not come back (ch_engine_damaged).
 *
 * ch_at() is replaced by a place in an array, as WP's memory model has no addresses that are numbers; tests/prove/bits.c has the
 * original. The bits that say which bins are not empty are not followed here, only that nothing else changes.
 *
 * wp ch_link_mask ch_link ch_link_set ch_link_back ch_bin_push ch_bin_unlink ch_slot_remove ch_head_remove push_and_remove
 */
#include "prove.h"

#include "engine/block.h"

enum { WORDS = 1 << 16, SLOTS = 512 };

static uint32_t memory[WORDS + 4]; /* what a link leads to is read behind the end, too */

static uint32_t *place(uint32_t offset);

/*@ requires offset % 4 == 0 && offset < 4 * WORDS;
  @ assigns \nothing;
  @ ensures \result == memory + offset / 4; */
static uint32_t *place(uint32_t offset) { return memory + offset / 4; }

#undef ch_at
#define ch_at(e, offset) place(offset)

/*@ predicate block(integer offset) = 0 < offset <= 4 * (WORDS - 4) && offset % 16 == 0;
  @ predicate bin(integer slot) = 0 < slot < SLOTS && slot % 4 == 0;
  @ predicate control(ch_engine_t *e) = \valid(&e->map[0 .. CH_MAP_WORDS - 1]) && \valid_read(&e->end) &&
  @     e->end == 4 * WORDS && \separated(&e->map[0 .. CH_MAP_WORDS - 1], memory + (0 .. WORDS + 3)) &&
  @     \separated(&e->end, memory + (0 .. WORDS + 3)) && \separated(&e->map[0 .. CH_MAP_WORDS - 1], &e->end);
  @ predicate linked{L}(integer from, integer to) = to == 0 || (block(to) && memory[to / 4 + 1] == from); */

/* As links are below `hardened`: plain. */
/*@ assigns \nothing;
  @ ensures \result == 0; */
static uint32_t ch_link_mask(const uint32_t *link);

/*@ requires \valid_read(block + k) && 0 <= k <= 1;
  @ assigns \nothing;
  @ ensures \result == block[k]; */
static uint32_t ch_link(const uint32_t *block, uint32_t k);

/*@ requires \valid(block + k) && 0 <= k <= 1;
  @ assigns block[k];
  @ ensures block[k] == link; */
static void ch_link_set(uint32_t *block, uint32_t k, uint32_t link);

/* Shown by tests/prove/bits.c (follow): any link gives a place in the span; a sound one is kept. */
/*@ requires \valid_read(&e->end);
  @ assigns \nothing;
  @ ensures \result < e->end && \result % 4 == 0;
  @ ensures link < e->end && link % 16 == 0 ==> \result == link; */
static uint32_t ch_follow(const ch_engine_t *e, uint32_t link);

/*@ assigns \nothing;
  @ ensures \false; */
static void ch_damage(const ch_engine_t *e, uint32_t where);

/*@ assigns \nothing; */
static void ch_head_becomes(ch_engine_t *e, uint32_t link, uint32_t old);

/*@ requires bin(slot) && control(e);
  @ assigns e->map[0 .. CH_MAP_WORDS - 1]; */
static void ch_map_flip(ch_engine_t *e, uint32_t slot);

/* `link` leads to the block behind `old`: it leads back to `offset` then, or somebody was told. */
/*@ requires control(e);
  @ assigns memory[0 .. WORDS + 3];
  @ ensures block(link) ==> \old(memory[link / 4 + 1]) == old && memory[link / 4 + 1] == offset;
  @ ensures \forall integer k; 0 <= k < WORDS + 4 && block(link) && k != link / 4 + 1 ==> memory[k] == \old(memory[k]); */
static void ch_link_back(ch_engine_t *e, uint32_t link, uint32_t old, uint32_t offset);

/*@ requires bin(slot) && block(offset) && offset >= SLOTS && control(e);
  @ requires memory[slot / 4] == 0 || (block(memory[slot / 4]) && memory[slot / 4] >= SLOTS && memory[slot / 4] != offset);
  @ assigns memory[slot / 4], memory[offset / 4 .. offset / 4 + 1], memory[memory[slot / 4] / 4 + 1];
  @ assigns e->map[0 .. CH_MAP_WORDS - 1];
  @ ensures memory[slot / 4] == offset && memory[offset / 4 + 1] == 0;
  @ ensures memory[offset / 4] == \old(memory[slot / 4]) && linked(offset, memory[offset / 4]); */
static void ch_bin_push(ch_engine_t *e, uint32_t slot, uint32_t offset);

/* Neither link has to be right: what is wrong is told. */
/*@ requires control(e) && block(offset) && block(memory[offset / 4 + 1]) && memory[offset / 4 + 1] != offset;
  @ requires next == memory[offset / 4] && (next == 0 || (block(next) && next != offset && next != memory[offset / 4 + 1]));
  @ assigns memory[0 .. WORDS + 3];
  @ ensures \old(memory[memory[offset / 4 + 1] / 4]) == offset;
  @ ensures memory[\old(memory[offset / 4 + 1]) / 4] == next && linked(\old(memory[offset / 4 + 1]), next);
  @ ensures next != 0 ==> \old(memory[next / 4 + 1]) == offset; */
static void ch_bin_unlink(ch_engine_t *e, uint32_t offset, uint32_t next);

/*@ requires control(e) && bin(slot) && block(offset) && offset >= SLOTS;
  @ requires memory[offset / 4] == 0 ||
  @     (block(memory[offset / 4]) && memory[offset / 4] != offset && memory[offset / 4] >= SLOTS);
  @ requires memory[slot / 4] != offset ==>
  @     block(memory[offset / 4 + 1]) && memory[offset / 4 + 1] != offset && memory[offset / 4 + 1] != memory[offset / 4];
  @ assigns memory[0 .. WORDS + 3], e->map[0 .. CH_MAP_WORDS - 1];
  @ ensures \old(memory[slot / 4]) == offset ==> memory[slot / 4] == \old(memory[offset / 4]);
  @ ensures \old(memory[slot / 4]) != offset ==> memory[\old(memory[offset / 4 + 1]) / 4] == \old(memory[offset / 4]) &&
  @     linked(\old(memory[offset / 4 + 1]), \old(memory[offset / 4])); */
static void ch_slot_remove(ch_engine_t *e, uint32_t slot, uint32_t offset);

#include "engine/bins.h"

/*@ requires bin(found.slot) && block(found.offset) && found.offset >= SLOTS && control(e);
  @ assigns memory[found.slot / 4], e->map[0 .. CH_MAP_WORDS - 1];
  @ ensures memory[found.slot / 4] == \old(memory[found.offset / 4]); */
static void ch_head_remove(ch_engine_t *e, ch_found_t found);

/* A block that comes and goes leaves the list as it was. */
/*@ requires bin(slot) && block(offset) && offset >= SLOTS && control(e);
  @ requires memory[slot / 4] == 0 || (block(memory[slot / 4]) && memory[slot / 4] >= SLOTS && memory[slot / 4] != offset);
  @ ensures memory[slot / 4] == \old(memory[slot / 4]); */
static void push_and_remove(ch_engine_t *e, uint32_t slot, uint32_t offset) {
    ch_bin_push(e, slot, offset);
    ch_slot_remove(e, slot, offset);
}

int main(void) {
    push_and_remove((ch_engine_t *)0, 0, 0);
    return 0;
}
