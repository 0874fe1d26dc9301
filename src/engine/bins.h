/* SPDX-License-Identifier: MIT */
/*
 * Where free blocks wait: bins, and a few words that tell which are not empty.
 *
 *      bin    0   1   2  ...  13 |   14     15     16     17  |   18   ...
 *      n      2   3   4  ...  15 | 16-19  20-23  24-27  28-31 | 32-39  ...    granules
 *             exact              | four for each power of two
 *      told   bit k % 32 of map[k / 32], k = number of the bin's word in the control block
 *
 * Each bin is a list, last freed first. A request takes from its exact bin; else from the first bin behind it that is not empty,
 * where every block is long enough (good fit). One of 16 granules and more looks first at the head of its own bin, which may fit
 * more tightly; and only if it would fail, at a few more blocks there.
 *
 * From the slot `fine` on a bin holds what else were four. In a large heap that is the last bin alone, for blocks of more than
 * half of the heap, of which there is one at most; in a heap of 16 KB or less, where words are dear, most bins of long blocks are
 * so coarse.
 *
 * A bin is named by its slot, the offset of its word. The first block of a list is known by its bin; each other one has a link
 * back to the block before it.
 */
#pragma once

#include "engine/block.h"

/** Blocks of its own bin that a request looks at before it fails. */
#define CH_LOOKS 8

/* Granules from which on the table is not enough to tell the bin. Its entries are numbers of words of the control block. */
#define CH_LARGE (4 * sizeof ch_quarters)
_Static_assert(CH_QUARTERS_FROM == CH_ENGINE_WORDS + CH_EXACT_BINS, "the table's first quarter is the bin of 16 granules");

CH_INLINE uint32_t ch_slot_of_bin(uint32_t bin) { return (uint32_t)offsetof(ch_engine_t, bins) + 4 * bin; }

CH_INLINE bool ch_is_exact(uint32_t n) { return n < 2 + CH_EXACT_BINS; }

/** The slot that the bin of n >= 16 granules would have in a heap that is large enough. */
CH_INLINE_FAST uint32_t ch_slot_for(uint32_t n) {
    uint32_t bins = 0, word;
    if (CH_HAS_CLZ) {
        uint32_t log = ch_highest_bit(n);
        return ch_slot_of_bin(4 * log + (n >> (log - 2)) - (4 * 4 + 4 - CH_EXACT_BINS));
    }
    if (!CH_FOR_SIZE) {
        if (CH_LIKELY(n < CH_LARGE)) { /* apart, as it saves two instructions */
            CH_TABLE_AT(word, ch_quarters, n >> 2);
            return 4 * word;
        }
        n >>= 4;
        bins = 16;
    }
    for (; n >= CH_LARGE; n >>= 4) bins += 16;
    CH_TABLE_AT(word, ch_quarters, n >> 2);
    return 4 * (bins + word);
}

/** The last bin's slot. */
CH_INLINE uint32_t ch_slot_last(const ch_engine_t *e) { return ch_first(e) - 4; }

/** The slot of n granules, too many for an exact bin. */
CH_INLINE_FAST uint32_t ch_slot_of_long(const ch_engine_t *e, uint32_t n) {
    uint32_t slot = ch_slot_for(n), fine = e->fine;
    if (CH_LIKELY(slot < fine)) return slot;
    slot = (fine & ~3u) + (slot - fine) / 16 * 4; /* four bins are one */
    const uint32_t least = ch_slot_of_bin(CH_EXACT_BINS),
                   last = ch_slot_last(e) - least; /* not less either, should `fine` be damaged */
    return slot - least < last ? slot : last + least;
}

/** Bins that a span of n granules would have use for: quarters of powers of two up to half of it, and one for what has more. */
static CH_UNUSED uint32_t ch_bins_wanted(uint32_t n) {
    return n < 4 * CH_EXACT_BINS ? CH_EXACT_BINS + 1 : (ch_slot_for(n / 2) - ch_slot_of_bin(0)) / 4 + 1;
}

/**
 * What `fine` is in a span of n granules whose bins end at `first`: its last bin's slot; or, where fewer bins are there than
 * wanted, that from which on they are enough if each holds as much as four.
 */
static CH_UNUSED uint32_t ch_fine_for(uint32_t n, uint32_t first) {
    uint32_t wanted = ch_bins_wanted(n), bins = (first - ch_slot_of_bin(0)) >> 2;
    if (wanted <= bins) return ch_slot_of_bin(bins - 1);
    uint32_t fine = (4 * bins - wanted) / 3;
    return ch_slot_of_bin(fine < CH_EXACT_BINS ? CH_EXACT_BINS
                                               : fine); /* if they are not enough even so, the last one holds the rest */
}

CH_INLINE uint32_t ch_slot_of_exact(uint32_t n) { return ch_slot_of_bin(n - 2); }

/** Granules of the blocks in an exact bin. */
CH_INLINE uint32_t ch_exact_of(uint32_t slot) { return (slot >> 2) - (CH_ENGINE_WORDS - 2); }

CH_INLINE_FAST uint32_t ch_slot_of(const ch_engine_t *e, uint32_t n) {
    return ch_is_exact(n) ? ch_slot_of_exact(n) : ch_slot_of_long(e, n);
}

/** A free block of f granules, in the bin with this slot. */
typedef struct {
    uint32_t slot, offset, f; /* offset 0: there is none */
} ch_found_t;

/** A bin that was empty has a block, or the other way round. */
CH_INLINE_LARGE void ch_map_flip(ch_engine_t *e, uint32_t slot) {
    uint32_t bits = e->map[slot >> 7] ^ ch_shl(1, slot >> 2);
    CH_STORE_RELAXED(e->map[slot >> 7], bits); /* others may read ch_first() */
}

/** The same of the exact bin of n granules, of which the first word tells. */
CH_INLINE void ch_map_flip_exact(ch_engine_t *e, uint32_t n) {
    _Static_assert(CH_ENGINE_WORDS + CH_EXACT_BINS <= 32, "all exact bins are in the first word of the map");
    CH_STORE_RELAXED(e->map[0], e->map[0] ^ ch_shl(1, CH_ENGINE_WORDS - 2 + n));
}

/**
 * Leads the free block that a link names back to `offset`, which its list has in front of it now instead of `old`; 0: nothing.
 */
CH_INLINE_FAST void ch_link_back(ch_engine_t *e, uint32_t link, uint32_t old, uint32_t offset) {
    uint32_t next = ch_follow(e, link);
    if (CH_LIKELY(ch_link(ch_at(e, next), CH_BACK) == old))
        ch_link_set(ch_at(e, next), CH_BACK, offset);
    else
        ch_damage(e, next);
}

/** Puts a free block at the head of a bin; its sizes are written elsewhere. */
CH_INLINE_FAST void ch_bin_push(ch_engine_t *e, uint32_t slot, uint32_t offset) {
    uint32_t *block = ch_at(e, offset), *head = ch_at(e, slot), next = *head;
    *head = offset;
    ch_link_set(block, CH_BACK, 0);
    if (next) {
        next = ch_follow(e, next);
        if (!CH_CFG_NDEBUG || next) ch_link_set(ch_at(e, next), CH_BACK, offset);
    } else {
        ch_map_flip(e, slot);
    }
    ch_link_set(block, CH_NEXT, next);
}

/** Adds a free block of n granules. */
CH_INLINE_FAST void ch_bin_insert(ch_engine_t *e, uint32_t offset, uint32_t n) {
    uint32_t *block = ch_at(e, offset);
    if (ch_is_exact(n)) {
        if (CH_G == 16) block[CH_HOME] = 0; /* the word before the second granule has to be even */
        ch_bin_push(e, ch_slot_of_exact(n), offset);
    } else {
        uint32_t slot = ch_slot_of_long(e, n);
        block[CH_HOME] = slot;
        ch_bin_push(e, slot, offset);
    }
    ch_free_size_set(block, n);
}

/**
 * Whether the free block, of CH_SIZED granules or more, has its size at both ends. The size may be any number: its other end may
 * not exist.
 */
CH_INLINE_FAST bool ch_is_sized(const ch_engine_t *e, uint32_t offset) {
    uint32_t tag = ch_at(e, offset)[CH_SIZE], tail = (offset + tag) & ~3u;
    if (CH_CAREFUL && ((tag & (CH_G - 1)) != 1 || tag - 1 > e->end - offset || ch_size_of(tag) < 2 || !ch_ends_at(e, tail)))
        return false;
    return CH_LIKELY(tail <= e->end) && ch_at(e, tail)[-1] == tag;
}

/** The same seen from behind: whether it ends at `offset`, and has `tag`, which stands there, at its start too. */
CH_INLINE_FAST bool ch_is_sized_before(const ch_engine_t *e, uint32_t offset, uint32_t tag) {
    uint32_t start = offset - (ch_size_of(tag) << CH_G_SHIFT);
    if (CH_CAREFUL && (tag >= offset || start < ch_first(e) || !ch_is_free_start(e, start))) return false;
    return CH_LIKELY(tag < offset && ch_at(e, start)[CH_SIZE] == tag);
}

/** Granules of the free block at an offset, where the block before it ends; 0: there is a used one, or the heap ends there. */
CH_INLINE_FAST uint32_t ch_free_at(const ch_engine_t *e, uint32_t offset) {
    if (offset >= e->end) return 0;
    uint32_t window = ch_window(e, offset >> CH_G_SHIFT), n;
    if ((window & 0x1C) != 0x18) return 0; /* the block before it is used */
    if (window & 0x20) {                   /* 1 1 1 1: three and the start of the next; 1 1 1 0: two, and a used block */
        n = 2 + (window >> 6 & 1);
        if (!CH_CAREFUL || e->end - offset >= n << CH_G_SHIFT) return n;
    } else if (CH_LIKELY(ch_has_room(e, offset))) {
        n = ch_size_of(ch_at(e, offset)[CH_SIZE]);
        if (CH_LIKELY(ch_is_sized(e, offset))) return n;
    }
    ch_damage(e, offset);
    return 0;
}

/** The free block that a bin names now was behind `old`: where back links are watched, it has none any more. */
CH_INLINE_FAST void ch_head_becomes(ch_engine_t *e, uint32_t link, uint32_t old) {
    if (CH_REFILLS && link) ch_link_back(e, link, old, 0);
}

/** Takes the free block, which is not the first of its list, or not even in it, out of it. */
CH_INLINE_FAST void ch_bin_unlink(ch_engine_t *e, uint32_t offset, uint32_t next) {
    uint32_t back = ch_follow(e, ch_link(ch_at(e, offset), CH_BACK));
    if (CH_UNLIKELY(ch_link(ch_at(e, back), CH_NEXT) != offset)) {
        ch_damage(e, offset);
        return;
    }
    ch_link_set(ch_at(e, back), CH_NEXT, next);
    if (next) ch_link_back(e, next, offset, back);
}

/** Takes a free block out of the list of the bin with this slot. */
CH_INLINE_FAST void ch_slot_remove(ch_engine_t *e, uint32_t slot, uint32_t offset) {
    uint32_t next = ch_link(ch_at(e, offset), CH_NEXT);
    if (CH_UNLIKELY(*ch_at(e, slot) != offset)) { /* there are more bins than free blocks, mostly */
        ch_bin_unlink(e, offset, next);
        return;
    }
    *ch_at(e, slot) = next;
    if (next == 0) ch_map_flip(e, slot);
    ch_head_becomes(e, next, offset);
}

/** The slot that a long free block says it is in: a word of the control block, in any case. */
CH_INLINE_FAST uint32_t ch_home_of(const ch_engine_t *e, uint32_t offset) {
    uint32_t slot = ch_at(e, offset)[CH_HOME] & ~3u;
    if (CH_LIKELY(slot < ch_first(e))) return slot;
    ch_damage(e, offset);
    return ch_slot_last(e);
}

/** Takes a free block of n granules out of its bin. */
CH_INLINE_FAST void ch_bin_remove(ch_engine_t *e, uint32_t offset, uint32_t n) {
    if (!ch_is_exact(n)) {
        ch_slot_remove(e, ch_home_of(e, offset), offset);
        return;
    }
    if (*ch_at(e, ch_slot_of_exact(n)) != offset && !(CH_G == 4 && n == 2) && !ch_is_sized(e, offset)) ch_damage(e, offset);
    ch_slot_remove(e, ch_slot_of_exact(n), offset);
}

/**
 * The free block `old` is from now on the one at `offset`, in its place in the list of long ones; sizes are written elsewhere.
 */
CH_INLINE_FAST void ch_bin_replace(ch_engine_t *e, uint32_t old, uint32_t offset, uint32_t slot) {
    uint32_t next = ch_link(ch_at(e, old), CH_NEXT), back = ch_link(ch_at(e, old), CH_BACK),
             *block = ch_at(e, offset); /* the two may overlap */
    uint32_t *lead = ch_at(e, slot);
    if (CH_LIKELY(*lead == old)) {
        *lead = offset;
    } else {
        lead = ch_at(e, ch_follow(e, back));
        if (ch_link(lead, CH_NEXT) != old) ch_damage(e, old), lead = block;
        ch_link_set(lead, CH_NEXT, offset);
    }
    ch_link_set(block, CH_NEXT, next);
    ch_link_set(block, CH_BACK, back);
    block[CH_HOME] = slot;
    if (next) ch_link_back(e, next, old, offset);
}

/** The free block `old` of old_n granules becomes the one at `offset` of n, as it grows or loses a part at either end. */
CH_INLINE_FAST void ch_bin_change(ch_engine_t *e, uint32_t old, uint32_t old_n, uint32_t offset, uint32_t n) {
    if (!ch_is_exact(old_n) && !ch_is_exact(n)) {
        uint32_t slot = ch_slot_of_long(e, n);
        if (ch_at(e, old)[CH_HOME] == slot) {
            if (old != offset) ch_bin_replace(e, old, offset, slot);
        } else {
            ch_bin_remove(e, old, old_n);
            ch_at(e, offset)[CH_HOME] = slot;
            ch_bin_push(e, slot, offset);
        }
        ch_free_size_set(ch_at(e, offset), n);
    } else {
        ch_bin_remove(e, old, old_n);
        ch_bin_insert(e, offset, n);
    }
}

/** Takes the head of a bin out of it. */
CH_INLINE_FAST void ch_head_remove(ch_engine_t *e, ch_found_t found) {
    uint32_t next = ch_link(ch_at(e, found.offset), CH_NEXT);
    *ch_at(e, found.slot) = next;
    if (next == 0) ch_map_flip(e, found.slot);
    ch_head_becomes(e, next, found.offset);
}

/** The head of a bin becomes the block at `offset` of n granules, as it loses its low end. */
CH_INLINE_FAST void ch_head_change(ch_engine_t *e, ch_found_t found, uint32_t offset, uint32_t n) {
    uint32_t *block = ch_at(e, offset), slot;
    if (CH_UNLIKELY(ch_is_exact(n))) {
        ch_head_remove(e, found);
        if (CH_G == 16) block[CH_HOME] = 0;
        ch_bin_push(e, ch_slot_of_exact(n), offset);
    } else if ((slot = ch_slot_of_long(e, n)) == found.slot) {
        uint32_t next = ch_link(ch_at(e, found.offset), CH_NEXT); /* the two may overlap */
        *ch_at(e, slot) = offset;
        ch_link_set(block, CH_NEXT, next);
        ch_link_set(block, CH_BACK, 0);
        block[CH_HOME] = slot;
        if (next) ch_link_back(e, next, found.offset, offset);
    } else {
        ch_head_remove(e, found);
        block[CH_HOME] = slot;
        ch_bin_push(e, slot, offset);
    }
    ch_free_size_set(block, n);
}

/** Whether there is a bin with this slot, which the map names; looked at where the map may be damaged. */
CH_INLINE bool ch_has_slot(const ch_engine_t *e, uint32_t slot) {
    if (!CH_CAREFUL || CH_LIKELY(slot < ch_first(e))) return true;
    ch_damage(e, slot);
    return false;
}

/** The block at the head of a bin of which the map says that it is not empty. */
CH_INLINE ch_found_t ch_bin_head(const ch_engine_t *e, uint32_t slot) {
    if (!ch_has_slot(e, slot)) return (ch_found_t){0, 0, 0};
    uint32_t offset = slot < ch_slot_of_bin(CH_EXACT_BINS) ? ch_follow(e, *ch_at(e, slot)) : ch_follow_long(e, *ch_at(e, slot));
    return (ch_found_t){slot, offset,
                        slot < ch_slot_of_bin(CH_EXACT_BINS) ? ch_exact_of(slot) : ch_size_of(ch_at(e, offset)[CH_SIZE])};
}

/** The same of the first bin that is not empty in the map's words from `word` on. */
CH_INLINE_FAST ch_found_t ch_bin_first_from(const ch_engine_t *e, uint32_t word) {
    for (; word < CH_MAP_WORDS; word++) {
        uint32_t bits = e->map[word];
        if (bits) return ch_bin_head(e, 4 * (32 * word + ch_lowest_bit(bits)));
    }
    return (ch_found_t){0, 0, 0};
}

/** The same from the slot of number k on. */
CH_INLINE_FAST ch_found_t ch_bin_first(const ch_engine_t *e, uint32_t k) {
    uint32_t bits = e->map[k >> 5] >> (k & 31);
    return CH_LIKELY(bits) ? ch_bin_head(e, 4 * (k + ch_lowest_bit(bits))) : ch_bin_first_from(e, (k >> 5) + 1);
}

/** The tightest block for n granules, where n has an exact bin that is empty. */
CH_INLINE_FAST ch_found_t ch_bin_best_short(const ch_engine_t *e, uint32_t n) {
    return ch_bin_first(e, n - 2 + CH_ENGINE_WORDS + 1);
}

/** The same where n has none. It may leave out a block that only a longer look at the own bin shows. */
CH_INLINE_FAST ch_found_t ch_bin_best_in(const ch_engine_t *e, uint32_t n, uint32_t slot) {
    uint32_t head = *ch_at(e, slot), f;
    if (head && (f = ch_size_of(ch_at(e, head = ch_follow_long(e, head))[CH_SIZE])) >= n) return (ch_found_t){slot, head, f};
    ch_found_t found = ch_bin_first(e, (slot >> 2) + 1);
    if (found.offset && found.slot < ch_slot_of_bin(CH_EXACT_BINS)) __builtin_unreachable(); /* slots go up */
    return found;
}

CH_INLINE_FAST ch_found_t ch_bin_best_long(const ch_engine_t *e, uint32_t n) {
    return ch_bin_best_in(e, n, ch_slot_of_long(e, n));
}

/** The same for any n. */
CH_INLINE_FAST ch_found_t ch_bin_best(const ch_engine_t *e, uint32_t n) {
    if (!ch_is_exact(n)) return ch_bin_best_long(e, n);
    return e->bins[n - 2] ? ch_bin_head(e, ch_slot_of_exact(n)) : ch_bin_best_short(e, n);
}

/**
 * The shortest block of n granules or more among those of a bin that are looked at, else the longest of them; all of an exact bin
 * are alike. 0: the bin is empty.
 */
static CH_UNUSED uint32_t ch_bin_look(const ch_engine_t *e, uint32_t slot, uint32_t n) {
    uint32_t link = *ch_at(e, slot), best = 0, have = 0;
    if (slot < ch_slot_of_bin(CH_EXACT_BINS)) return link ? ch_follow(e, link) : 0;
    for (uint32_t looks = 0; link && looks < CH_LOOKS; looks++) {
        uint32_t offset = ch_follow_long(e, link), f = ch_size_of(ch_at(e, offset)[CH_SIZE]);
        if (have < n ? f >= have : f >= n && f < have) best = offset, have = f;
        link = ch_link(ch_at(e, offset), CH_NEXT);
    }
    return best;
}

/** The tightest block for n granules, of those of its own bin that are looked at and of the bins behind it. 0: there is none. */
static CH_UNUSED uint32_t ch_bin_search(const ch_engine_t *e, uint32_t n) {
    uint32_t slot = ch_slot_of(e, n), best = ch_bin_look(e, slot, n), k = (slot >> 2) + 1, word = k >> 5;
    if (best && (ch_is_exact(n) || ch_size_of(ch_at(e, best)[CH_SIZE]) >= n)) return best;
    uint32_t bits = e->map[word] & ~0u << (k & 31);
    while (!bits && ++word < CH_MAP_WORDS) bits = e->map[word];
    if (!bits) return 0;
    slot = 4 * (32 * word + ch_lowest_bit(bits));
    return ch_has_slot(e, slot) ? ch_follow(e, *ch_at(e, slot)) : 0;
}

/** The longest block that a request can get; 0: there is none. */
static CH_UNUSED uint32_t ch_bin_longest(const ch_engine_t *e) {
    uint32_t word = CH_MAP_WORDS, bits;
    do {
        if (word-- == 0) return 0;
        bits = word ? e->map[word] : e->map[0] & ~CH_FIRST_MASK;
    } while (!bits);
    uint32_t slot = 4 * (32 * word + ch_highest_bit(bits));
    return ch_has_slot(e, slot) ? ch_bin_look(e, slot, ~0u) : 0;
}
