/* SPDX-License-Identifier: MIT */
/*
 * Where free blocks wait: bins, and two words that tell which are not empty.
 *
 *      bin    0   1   2  ...  17 |  18     19      20       ...
 *      n      2   3   4  ...  19 | 20-31  32-63  64-127     ...    granules
 *             exact: a list      | a power of two: a tree
 *      told   bit b of `lists`   | bit b - 18 of `trees`
 *
 * Exact bins are lists, last freed first. A tree is a binary trie on a size's key, its highest five bits: a node's children differ in the next
 * bit, `lower` 0, `upper` 1; the node itself is any block of its subtree's keys. Further blocks of a node's key wait in a list that starts at
 * the node's `next`, and the node is the longest of them as far as that is known. So a search takes at most five steps, however large the heap
 * is, and a bit of a word finds the next bin.
 *
 * Back links hold the offset of the word that leads to the block, so unlinking needs neither the bin nor the kind of the block before.
 */
#pragma once

#include "engine/block.h"

CH_INLINE uint32_t ch_offset_of_bin(uint32_t bin) { return (uint32_t)offsetof(ch_engine_t, bins) + 4 * bin; }

/** The tree that holds n >= 20 granules. */
CH_INLINE uint32_t ch_tree_of(uint32_t n) { return ch_highest_bit(n) - 4; }

/** The sizes in a tree as a power of two; half of it is the bit that tells the root's children apart. */
CH_INLINE uint32_t ch_tree_span(uint32_t tree) { return 16u << tree; }

CH_INLINE uint32_t ch_offset_of_tree(uint32_t tree) { return ch_offset_of_bin(CH_EXACT_BINS + tree); }

/**
 * Two sizes of a tree, as tags, have the same key if they differ (as XOR) by less than this. A size's key is its highest five bits: so no
 * tree is deeper than five nodes, however large the heap is. Below 32 granules each size is a key of its own, as 16 is the first tree's span.
 */
CH_INLINE uint32_t ch_key_step(uint32_t tree) { return ch_tree_span(tree) >> 3; }

/** The child of a node, whose children differ in the bit `half`, on whose side n lies. */
CH_INLINE uint32_t ch_child_slot(uint32_t node, uint32_t n, uint32_t half) {
    return node + (n & half ? 4 * CH_UPPER : 4 * CH_LOWER);
}

CH_INLINE bool ch_is_exact(uint32_t n) { return n < 2 + CH_EXACT_BINS; }

/** The word that a tree node's back link leads to is a bin, so the node is the root. */
CH_INLINE bool ch_is_bin(const ch_engine_t *e, uint32_t slot) { return slot < e->first; }

CH_INLINE uint32_t ch_tree_at(uint32_t slot) { return (slot - ch_offset_of_tree(0)) >> 2; }

/* A node that leads nowhere; also keeps word 3 even, which at granule 16 is the word before a free block's second granule. */
CH_INLINE void ch_children_clear(uint32_t *block) { block[CH_LOWER] = 0, block[CH_UPPER] = 0; }

/** Adds a free block of n < 20 granules. */
CH_INLINE_FAST void ch_list_insert(ch_engine_t *e, uint32_t offset, uint32_t n) {
    uint32_t *block = ch_at(e, offset), *bin = &e->bins[n - 2], head = *bin;
    *bin = offset;
    block[CH_NEXT] = head;
    block[CH_BACK] = ch_offset_of_bin(n - 2);
    if (CH_G == 16) block[CH_LOWER] = 0;
    ch_free_size_set(block, n);
    if (head)
        ch_at(e, head)[CH_BACK] = offset;
    else
        e->lists |= 1u << (n - 2);
}

/** Takes a block out of a list: of an exact bin, or behind a tree node. Leaves the map alone. */
CH_INLINE_FAST void ch_list_unlink(ch_engine_t *e, const uint32_t *block) {
    uint32_t next = block[CH_NEXT], back = block[CH_BACK];
    *ch_at(e, back) = next;
    if (next) ch_at(e, next)[CH_BACK] = back;
}

/** Lets children know that their parent is now at `offset`. */
CH_INLINE_FAST void ch_children_adopt(ch_engine_t *e, uint32_t offset, uint32_t lower, uint32_t upper) {
    uint32_t *block = ch_at(e, offset);
    block[CH_LOWER] = lower;
    block[CH_UPPER] = upper;
    if (lower) ch_at(e, lower)[CH_BACK] = (offset + 4 * CH_LOWER) | CH_TREE;
    if (upper) ch_at(e, upper)[CH_BACK] = (offset + 4 * CH_UPPER) | CH_TREE;
}

/** Puts the block at `offset` into the place in a tree that the block `old` has. */
CH_INLINE_FAST void ch_tree_replace(ch_engine_t *e, const uint32_t *old, uint32_t offset) {
    /* All is read before anything is written: the two may overlap. */
    uint32_t back = old[CH_BACK], lower = old[CH_LOWER], upper = old[CH_UPPER], span = old[CH_SPAN];
    *ch_at(e, back - CH_TREE) = offset;
    ch_at(e, offset)[CH_BACK] = back;
    ch_at(e, offset)[CH_SPAN] = span;
    ch_children_adopt(e, offset, lower, upper);
}

/** Puts a free block into the list of the node that has its key: behind it, or before it if it is longer. */
CH_INLINE_FAST void ch_tree_join(ch_engine_t *e, uint32_t node, uint32_t offset) {
    uint32_t *words = ch_at(e, node), *block = ch_at(e, offset), next = words[CH_NEXT];
    if (block[CH_SIZE] > words[CH_SIZE]) {
        ch_tree_replace(e, words, offset);
        block[CH_NEXT] = node;
        words[CH_BACK] = offset;
    } else {
        block[CH_NEXT] = next;
        block[CH_BACK] = node;
        words[CH_NEXT] = offset;
        if (next) ch_at(e, next)[CH_BACK] = offset;
    }
}

/** The block behind a node that is to become the node: of the first two the longer one, put first. */
CH_INLINE_FAST uint32_t ch_tree_heir(ch_engine_t *e, uint32_t next) {
    uint32_t *words = ch_at(e, next), second = words[CH_NEXT];
    if (!second || ch_at(e, second)[CH_SIZE] <= words[CH_SIZE]) return next;
    ch_list_unlink(e, ch_at(e, second));
    ch_at(e, second)[CH_NEXT] = next;
    words[CH_BACK] = second;
    return second;
}

/** Adds a free block of n >= 20 granules to its tree. */
CH_INLINE_FAST void ch_tree_insert(ch_engine_t *e, uint32_t offset, uint32_t n) {
    uint32_t tree = ch_tree_of(n), span = ch_tree_span(tree), slot = ch_offset_of_tree(tree), tag = ch_size_tag(n), node;
    uint32_t *block = ch_at(e, offset), step = ch_key_step(tree);
    ch_free_size_set(block, n);
    ch_children_clear(block);
    if ((node = *ch_at(e, slot)) == 0) {
        e->trees |= 1u << tree;
    } else {
        do {
            uint32_t *words = ch_at(e, node);
            if ((words[CH_SIZE] ^ tag) < step) { /* one of this key */
                ch_tree_join(e, node, offset);
                return;
            }
            span >>= 1;
            slot = ch_child_slot(node, n, span);
        } while ((node = *ch_at(e, slot)) != 0);
    }
    *ch_at(e, slot) = offset;
    block[CH_NEXT] = 0;
    block[CH_BACK] = slot | CH_TREE;
    block[CH_SPAN] = span;
}

/** Takes a block out of its tree: the next block of its size, or else a leaf below it, gets a node's place. */
CH_INLINE_FAST void ch_tree_remove(ch_engine_t *e, uint32_t offset) {
    uint32_t *block = ch_at(e, offset), back = block[CH_BACK], next = block[CH_NEXT], slot = back - CH_TREE;
    if (!(back & CH_TREE)) {
        ch_list_unlink(e, block);
    } else if (next) { /* its own list goes on behind it */
        ch_tree_replace(e, block, ch_tree_heir(e, next));
    } else if (block[CH_LOWER] | block[CH_UPPER]) {
        uint32_t leaf = offset, below;
        while ((below = ch_at(e, leaf)[CH_UPPER]) != 0 || (below = ch_at(e, leaf)[CH_LOWER]) != 0) leaf = below;
        *ch_at(e, ch_at(e, leaf)[CH_BACK] - CH_TREE) = 0;
        ch_tree_replace(e, block, leaf);
    } else {
        *ch_at(e, slot) = 0;
        if (ch_is_bin(e, slot)) e->trees ^= 1u << ch_tree_at(slot);
    }
}

/** Takes a free block of n < 20 granules out of its bin. */
CH_INLINE_FAST void ch_exact_remove(ch_engine_t *e, uint32_t offset, uint32_t n) {
    const uint32_t *block = ch_at(e, offset);
    uint32_t next = block[CH_NEXT], back = block[CH_BACK];
    *ch_at(e, back) = next;
    if (next)
        ch_at(e, next)[CH_BACK] = back;
    else if (!e->bins[n - 2])
        e->lists ^= 1u << (n - 2);
}

/** Adds a free block to the bin of its size. */
CH_INLINE_FAST void ch_bin_insert(ch_engine_t *e, uint32_t offset, uint32_t n) {
    if (ch_is_exact(n))
        ch_list_insert(e, offset, n);
    else
        ch_tree_insert(e, offset, n);
}

/** Takes a free block out of the bin of its size. */
CH_INLINE_FAST void ch_bin_remove(ch_engine_t *e, uint32_t offset, uint32_t n) {
    if (ch_is_exact(n))
        ch_exact_remove(e, offset, n);
    else
        ch_tree_remove(e, offset);
}

/**
 * Whether the tree block `old` of old_n granules may have n granules in its place in the tree, n >= 20 too. That is so for a node that is
 * alone of its key while the new size lies within the node's span: mostly with a block that pieces are cut from or merged to.
 */
CH_INLINE_FAST bool ch_tree_can_change(const ch_engine_t *e, uint32_t old, uint32_t old_n, uint32_t n) {
    const uint32_t *block = ch_at(e, old);
    return !block[CH_NEXT] && block[CH_BACK] & CH_TREE && (old_n ^ n) < block[CH_SPAN];
}

/** The tree block `old`, of which that is true, becomes the block `offset` of n granules, another one, in its place. */
CH_INLINE_FAST void ch_tree_change(ch_engine_t *e, uint32_t old, uint32_t offset, uint32_t n) {
    ch_tree_replace(e, ch_at(e, old), offset);
    ch_at(e, offset)[CH_NEXT] = 0;
    ch_free_size_set(ch_at(e, offset), n);
}

/** The free block `old` of old_n granules becomes the block `offset` of n granules; n = 0: it is gone. */
CH_INLINE_FAST void ch_bin_replace(ch_engine_t *e, uint32_t old, uint32_t old_n, uint32_t offset, uint32_t n) {
    if (!ch_is_exact(old_n) && !ch_is_exact(n) && ch_tree_can_change(e, old, old_n, n)) {
        ch_tree_change(e, old, offset, n);
        return;
    }
    ch_bin_remove(e, old, old_n);
    if (n) ch_bin_insert(e, offset, n);
}

/** The shortest node of a subtree, or the best that is known already. */
CH_INLINE_FAST uint32_t ch_tree_least(const ch_engine_t *e, uint32_t node, uint32_t best, uint32_t best_tag) {
    while (node) {
        const uint32_t *words = ch_at(e, node);
        if (words[CH_SIZE] < best_tag) best = node, best_tag = words[CH_SIZE];
        node = words[CH_LOWER] ? words[CH_LOWER] : words[CH_UPPER];
    }
    return best;
}

/** A node of n granules or more in a tree, 0 if there is none: the tightest on the way to n's place, or a leaf of the next larger keys. */
CH_INLINE_FAST uint32_t ch_tree_best(const ch_engine_t *e, uint32_t n, uint32_t tree) {
    uint32_t best = 0, best_tag = ~0u, tag = ch_size_tag(n), half = ch_tree_span(tree), larger = 0,
             node = e->bins[CH_EXACT_BINS + tree];
    while (node) {
        const uint32_t *words = ch_at(e, node);
        uint32_t have = words[CH_SIZE];
        if (have >= tag && have < best_tag) {
            best = node, best_tag = have;
            if (have == tag) return best;
        }
        half >>= 1;
        if (n & half) {
            node = words[CH_UPPER];
        } else {
            if (words[CH_UPPER]) larger = words[CH_UPPER]; /* all of it is long enough; the last such is the tightest */
            node = words[CH_LOWER];
        }
    }
    return ch_tree_least(e, larger, best, best_tag);
}

/** The longest node in a tree, which is not empty. */
CH_INLINE_FAST uint32_t ch_tree_most(const ch_engine_t *e, uint32_t tree) {
    uint32_t node = e->bins[CH_EXACT_BINS + tree], most = node, most_tag = 0;
    while (node) {
        const uint32_t *words = ch_at(e, node);
        if (words[CH_SIZE] > most_tag) most = node, most_tag = words[CH_SIZE];
        node = words[CH_UPPER] ? words[CH_UPPER] : words[CH_LOWER];
    }
    return most;
}

/** A block of a node's key that is long enough, as the node is. The block behind it leaves the tree as it is. *size is its length. */
CH_INLINE uint32_t ch_tree_pick(const ch_engine_t *e, uint32_t node, uint32_t least, uint32_t *size) {
    const uint32_t *words = ch_at(e, node);
    uint32_t next = words[CH_NEXT];
    *size = words[CH_SIZE] >> 1;
    if (CH_LIKELY(!next) || ch_at(e, next)[CH_SIZE] >> 1 < least) return node;
    *size = ch_at(e, next)[CH_SIZE] >> 1;
    return next;
}

/** The shortest block of the trees from `tree` on, 0 if they are empty; *size is its length. */
CH_INLINE_FAST uint32_t ch_trees_least(const ch_engine_t *e, uint32_t tree, uint32_t *size) {
    uint32_t map = e->trees >> tree, node;
    if (!map) return 0;
    node = e->bins[CH_EXACT_BINS + tree + ch_lowest_bit(map)];
    if (CH_UNLIKELY(ch_at(e, node)[CH_LOWER] | ch_at(e, node)[CH_UPPER])) node = ch_tree_least(e, node, 0, ~0u);
    return ch_tree_pick(e, node, 0, size);
}

/** The tightest free block of n granules or more, where n has an exact bin; 0 if there is none. *size is its length. */
CH_INLINE_FAST uint32_t ch_bin_best_short(const ch_engine_t *e, uint32_t n, uint32_t *size) {
    uint32_t map = e->lists >> (n - 2);
    if (!map) return ch_trees_least(e, 0, size);
    *size = n + ch_lowest_bit(map);
    return e->bins[*size - 2];
}

/** The same where n has a tree. */
CH_INLINE_FAST uint32_t ch_bin_best_long(const ch_engine_t *e, uint32_t n, uint32_t *size) {
    uint32_t tree = ch_tree_of(n), node = ch_tree_best(e, n, tree);
    return node ? ch_tree_pick(e, node, n, size) : ch_trees_least(e, tree + 1, size);
}

/** The same for any n. */
CH_INLINE_FAST uint32_t ch_bin_best(const ch_engine_t *e, uint32_t n, uint32_t *size) {
    return ch_is_exact(n) ? ch_bin_best_short(e, n, size) : ch_bin_best_long(e, n, size);
}

/** Blocks of one key that are looked at before a request fails. */
#define CH_LOOK_BEHIND 8

/** The first node with the key of n on the way to n's place in its tree, 0 if there is none. */
CH_INLINE_FAST uint32_t ch_tree_of_key(const ch_engine_t *e, uint32_t n) {
    uint32_t tree = ch_tree_of(n), step = ch_key_step(tree), tag = ch_size_tag(n), half = ch_tree_span(tree);
    uint32_t node = e->bins[CH_EXACT_BINS + tree];
    while (node && (ch_at(e, node)[CH_SIZE] ^ tag) >= step) {
        half >>= 1;
        node = ch_at(e, node)[n & half ? CH_UPPER : CH_LOWER];
    }
    return node;
}

/**
 * No node for n granules, too many for an exact bin, was found. A longer block of the same key may wait behind a shorter node, after nodes
 * were taken out; a few are looked at. 0, and the limit lowered, if there is none; the limit stays above those that were not looked at.
 */
static CH_NOINLINE CH_UNUSED uint32_t ch_bin_last_resort(ch_engine_t *e, uint32_t n) {
    uint32_t node = ch_tree_of_key(e, n);
    for (unsigned looks = 0; node && looks < CH_LOOK_BEHIND; looks++, node = ch_at(e, node)[CH_NEXT]) {
        if (ch_at(e, node)[CH_SIZE] >> 1 >= n) return node;
    }
    CH_STORE_RELAXED(e->limit, node ? n | (ch_key_step(ch_tree_of(n)) / 2 - 1) : n - 1);
    return 0;
}

/** The longest block that a request can get; 0 if there is none. *f is its length. */
static CH_UNUSED uint32_t ch_bin_longest(const ch_engine_t *e, uint32_t *f) {
    uint32_t most, node;
    *f = e->lists ? ch_highest_bit(e->lists) + 2 : 0;
    if (!e->trees) return *f ? e->bins[*f - 2] : 0;
    most = ch_tree_most(e, ch_highest_bit(e->trees));
    *f = ch_at(e, most)[CH_SIZE] >> 1;
    node = ch_tree_of_key(e, *f); /* the last resort of a request for more */
    for (unsigned looks = 0; node && looks < CH_LOOK_BEHIND; looks++, node = ch_at(e, node)[CH_NEXT]) {
        if (ch_at(e, node)[CH_SIZE] >> 1 > *f) most = node, *f = ch_at(e, node)[CH_SIZE] >> 1;
    }
    return most;
}
