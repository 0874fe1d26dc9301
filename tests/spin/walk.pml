/* SPDX-License-Identifier: MIT */
/*
 * The walk that keeps nothing but an offset between its slices (src/heap/inspect.c: walk_step(); src/engine/walk.c:
 * ch_engine_seek()), while others allocate, free and resize: blocks merge, split and are handed out around the place where it
 * stands.
 *
 * The heap is N granules. Who holds the lock makes one step: the walk looks at one block (a slice of more is the same without
 * others in between), or somebody changes something. All heaps of N granules are reached, and all changes between all steps.
 *
 *   W1  a block that is there, unchanged, during the whole walk is visited (once, as the walk only goes forward: W3)
 *   W2  what the walk visits is a block: start, length and use are right at that moment
 *   W3  each step goes forward, and the walk never ends for want of a way on: no loop, no early end
 *   W4  no word is read that is the user's or has no meaning: only links and sizes of free blocks
 *
 * The bits are those of src/engine/block.h, put together from the blocks; a window is what ch_window() gives. The last word of
 * a free block's first granule is a link (even), that of its last one a size (odd) from 4 granules (CH_SIZED) on. Left out:
 * size words of used blocks of 67 granules and more, and words of the heap that are damaged (tests/unit has both).
 *
 * Runs of tools/check-models: sound ones must be without errors, seeded ones must fail where the word behind the colon stands.
 *   sound   N=12 STRIDE=3
 *   sound   N=10 STRIDE=1
 *   seeded  N=10 STRIDE=3 BUG=1: W3     takes the place for a block's start, whatever has become of it
 *   seeded  N=10 STRIDE=3 BUG=2: W4     takes the last granule of a free block for the first of another
 *   seeded  N=10 STRIDE=3 BUG=3: W2     takes the second granule of a free block for a used block
 *   seeded  N=10 STRIDE=3 BUG=4: W4     the same as 2, met on the way through a block
 *   seeded  N=10 STRIDE=3 BUG=5: W2     a free block's first granule may end in any word
 *   seeded  N=10 STRIDE=3 BUG=6: W1     takes a long stretch without a start for the heap's end
 */
#ifndef BUG
#define BUG 0
#endif

/* The heap, as sets of granules: where blocks start, where free ones start, what belongs to free ones. */
int starts = 1, free_starts = 1, free_granules = (1 << N) - 1;

/* The walk: where to go on from (N: it is done), what it has visited, and what has not changed since it began. */
byte at = N;
int visited, same;

/* A block as ch_engine_seek() returns it, and work of the functions. */
hidden byte offset, n, i, k, from, rest, f, left_n, right_n, lead;
hidden byte used, found, odd;
hidden int window;

#define HAS(set, granule) (((set) >> (granule)) & 1)
#define RANGE(granule, count) (((1 << (count)) - 1) << (granule))
#define STARTS_OR_END (starts | 1 << N)

/* Bit 3 is granule 0's: first, second and last granule of free blocks, first of used ones, and one behind the last block. */
#define BITS ((STARTS_OR_END | free_starts << 1 | (free_granules & STARTS_OR_END >> 1)) << 3)

/* Granules of the block that starts at g, from the sets: what the model knows and the walk has to find out. */
inline length(g, it) {
    it = 1;
    do
    :: !HAS(STARTS_OR_END, g + it) -> it++
    :: else -> break
    od
}

/* ends_in_size() */
inline ends_in_size(g) {
    if
    :: HAS(free_starts, g) -> odd = 0
    :: else ->
        assert(HAS(free_granules, g) && HAS(STARTS_OR_END, g + 1)); /* W4 */
        assert(g >= 3 && !HAS(starts, g - 1) && !HAS(starts, g - 2)); /* W4 */
        odd = 1
    fi
}

/* ch_lowest_bit() */
inline lowest_bit(set, it) {
    it = 0;
    do
    :: !HAS(set, it) -> it++
    :: else -> break
    od
}

/* length_at(): n and used, from granule g. */
inline length_at(g) {
    window = BITS >> g >> 3;
    used = !(window & 2);
    n = 0;
    if
    :: !(window & 1)
    :: (window & 1) && used -> window = window >> 2; lowest_bit(window, n); n = n + 2
    :: (window & 1) && !used && (window & 4) -> n = 2 + (window >> 3 & 1)
    :: (window & 1) && !used && !(window & 4) ->
        assert(HAS(free_starts, g)); /* W4 */
        length(g, n)
    fi
}

/* next_start(): from granule i, whose bit is 0. It looks at STRIDE granules (in the code: 8 words). */
inline next_start() {
    k = 0;
    do
    :: k < STRIDE && !(BITS >> (i + k) >> 3 & 1) -> k++
    :: else -> break
    od;
    found = k < STRIDE;
    i = i + k;
    if
    :: i >= N -> i = N; found = 1
    :: i < N && !found -> skip
    :: i < N && found && BUG != 4 && (BITS >> i >> 4 & 3) == 1 ->
        ends_in_size(i);
        if
        :: odd -> i++
        :: else
        fi
    :: else
    fi;
#if BUG == 6
    if
    :: !found -> i = N; found = 1
    :: else
    fi
#endif
}

/* find_start(): from granule i to the next one that starts a block. */
inline find_start() {
    window = BITS >> i >> 1; /* bits from i - 2 on */
    found = 1;
    if
    :: !(window & 4) -> next_start()
    :: (window & 14) == 14 -> window = ~(window >> 2); lowest_bit(window, k); i = i + k - 1
    :: (window & 30) == 12 && BUG != 2 ->
        ends_in_size(i);
        if
        :: odd || BUG == 5 -> i++
        :: else
        fi
    :: (window & 15) == 6 && BUG != 3 ->
        ends_in_size(i - 1);
        if
        :: !odd && BUG != 5 -> length_at(i - 1); found = n != 0; i = i + n - 1
        :: else
        fi
    :: else
    fi
}

/* ch_engine_seek() and walk_step(). */
inline walk_step() {
    i = at;
#if BUG == 1
    found = 1;
#else
    find_start();
#endif
    n = 0;
    offset = i;
    if
    :: i < N && found -> length_at(i)
    :: else
    fi;
    if
    :: n != 0 -> /* the callback is told of it */
        assert(HAS(starts, offset) && used == !HAS(free_starts, offset)); /* W2 */
        length(offset, k);
        assert(k == n); /* W2 */
        visited = (visited | 1 << offset) & same
    :: else
    fi;
    assert(offset + n > at); /* W3 */
    at = offset + n;
    if
    :: at == N -> assert((same & ~visited) == 0); /* W1 */ same = 0; visited = 0
    :: else
    fi
}

/* Puts a used or free block of `count` granules at g; the sets hold no start inside. */
inline put(g, count, is_free) {
    starts = starts & ~RANGE(g, count) | 1 << g;
    free_starts = free_starts & ~RANGE(g, count);
    free_granules = free_granules & ~RANGE(g, count);
    if
    :: is_free -> free_starts = free_starts | 1 << g; free_granules = free_granules | RANGE(g, count)
    :: else
    fi
}

/* Any number from low to high. */
inline choose(it, low, high) {
    it = low;
    do
    :: it < high -> it++
    :: break
    od
}

/* The block at i, which is about to change: f granules, `left_n` and `right_n` those of its free neighbours. */
inline look_around() {
    length(i, f);
    left_n = 0;
    right_n = 0;
    do
    :: i - left_n > 0 && HAS(free_granules, i - left_n - 1) && (left_n == 0 || !HAS(starts, i - left_n)) -> left_n++
    :: else -> break
    od;
    if
    :: HAS(free_starts, i + f) -> k = i + f; length(k, right_n)
    :: else
    fi;
    same = same & ~(1 << i)
}

inline change_left() { same = same & ~(1 << (i - left_n)) }
inline change_right() { same = same & ~(1 << (i + f)) }

/* ch_cut(), ch_take_exact(), and ch_cut_behind(), which leaves `lead` granules free in front. */
inline take(lead_most) {
    choose(lead, 0, lead_most);
    if
    :: lead != 1 && f - lead >= 2 ->
        choose(n, 2, f - lead);
        if
        :: f - lead - n == 1 -> n++
        :: else
        fi;
        rest = f - lead - n;
        if
        :: lead != 0 -> put(i, lead, 1)
        :: else
        fi;
        put(i + lead, n, 0);
        if
        :: rest != 0 -> put(i + lead + n, rest, 1)
        :: else
        fi
    :: else
    fi
}

/* ch_release(), ch_release_simple() */
inline release() {
    if
    :: left_n != 0 -> change_left()
    :: else
    fi;
    if
    :: right_n != 0 -> change_right()
    :: else
    fi;
    from = i - left_n;
    rest = left_n + f + right_n;
    put(from, rest, 1)
}

/* ch_resize() */
inline resize() {
    choose(n, 2, f + right_n);
    if
    :: n + 1 == f + right_n -> n++
    :: else
    fi;
    rest = f + right_n - n;
    if
    :: n != f && right_n != 0 -> change_right()
    :: else
    fi;
    if
    :: n != f ->
        put(i, n, 0);
        if
        :: rest != 0 -> from = i + n; put(from, rest, 1)
        :: else
        fi
    :: else
    fi
}

/*
 * ch_engine_grow_down(): all that is free in front, and some of what is free behind. The resize() that follows in the code may come any
 * time, or not at all.
 */
inline grow_down() {
    choose(n, left_n + f, left_n + f + right_n);
    if
    :: n + 1 == left_n + f + right_n -> n++
    :: else
    fi;
    rest = left_n + f + right_n - n;
    change_left();
    if
    :: n != left_n + f -> change_right()
    :: else
    fi;
    from = i - left_n;
    put(from, n, 0);
    if
    :: rest != 0 -> from = from + n; put(from, rest, 1)
    :: else
    fi
}

/* One call of malloc, aligned alloc, free or realloc, as far as it happens under the lock. */
inline change() {
    choose(i, 0, N - 2);
    if
    :: HAS(free_starts, i) -> look_around(); take(f - 2)
    :: HAS(starts, i) && !HAS(free_starts, i) ->
        look_around();
        if
        :: release()
        :: resize()
        :: left_n != 0 -> grow_down()
        fi
    :: else
    fi
}

active proctype heap() {
    do
    :: atomic { at == N -> at = 0; same = starts; visited = 0 } /* walk_begin() */
    :: atomic { at < N -> walk_step() }
    :: atomic { change(); visited = visited & same }
    od
}
