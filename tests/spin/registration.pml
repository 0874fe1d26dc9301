/* SPDX-License-Identifier: MIT */
/*
 * Regions that are added while others read without a lock: src/caps/registry.c, boot.c, hot.c. Rules R1 to R5 of registry.h.
 *
 * Region A is there from the start; adder B and adder C add theirs. Readers follow the list, go through the one route that is
 * kept, learn it if nobody has, and free through `recent`. B lies inside A if INSIDE is 1; B and C want the same range if
 * COLLIDE is 1, else they are apart.
 *
 * Weak memory: what a process stores waits in its buffer and reaches memory in any order, word by word (process memory()),
 * except that a fence, or opening the lock, waits until all have. Loads see the own buffer first, and are in program order:
 * what a pointer leads to is read after the pointer on every processor. Two loads that do not depend on each other may change
 * places. Where that would matter, `changes` before the list, the lock keeps them in order, and BUG 6 is the other order. Where
 * a reader goes through a route it may then pass a heap over, against P6; P7 does not rest on P6, so no request fails for it.
 *
 *   P1  who meets a region on the list finds its descriptor complete (R1)
 *   P2  who gets a heap, from a region, a route or `recent`, finds it laid out (R1)
 *   P3  of two adds that collide exactly one succeeds, and only that one writes to the range
 *   P4  no `recent` heap has another one inside (R5)
 *   P5  when all is done the route has every heap that serves it, in the order of the list (R2, `changes`)
 *   P6  a reader that goes forward through the route meets the heap that was in it from the start (R2, R3)
 *   P7  a heap whose add has returned is found, by address and by the search that follows a route in vain (R4)
 *
 * Runs of tools/check-models: sound ones must be without errors, seeded ones must fail where the word behind the colon stands.
 *   sound   READERS=1 OPS=2 ADDERS=2 COLLIDE=1 INSIDE=0 LEARNED=0
 *   sound   READERS=2 OPS=1 ADDERS=1 COLLIDE=0 INSIDE=1 LEARNED=0
 *   sound   READERS=1 OPS=2 ADDERS=2 COLLIDE=0 INSIDE=1 LEARNED=1
 *   sound   READERS=1 OPS=1 ADDERS=2 COLLIDE=0 INSIDE=1 LEARNED=0
 *   seeded  READERS=1 OPS=1 ADDERS=1 COLLIDE=0 INSIDE=0 LEARNED=0 BUG=1: P1     links a region without a fence
 *   seeded  READERS=1 OPS=1 ADDERS=1 COLLIDE=0 INSIDE=0 LEARNED=0 BUG=2: P2     makes a heap known without a fence
 *   seeded  READERS=0 OPS=0 ADDERS=2 COLLIDE=1 INSIDE=0 LEARNED=0 BUG=3: P3     looks for collisions before it takes the lock
 *   seeded  READERS=1 OPS=1 ADDERS=1 COLLIDE=0 INSIDE=1 LEARNED=0 BUG=4: P4     remembers a heap without the lock
 *   seeded  READERS=1 OPS=1 ADDERS=1 COLLIDE=0 INSIDE=0 LEARNED=1 BUG=5: P6     puts a heap into a route, then moves the later ones up
 *   seeded  READERS=1 OPS=1 ADDERS=1 COLLIDE=0 INSIDE=0 LEARNED=0 BUG=6: P5     reads `changes` after the list, as a processor may
 *   seeded  READERS=1 OPS=1 ADDERS=1 COLLIDE=0 INSIDE=0 LEARNED=0 BUG=7: P5     keeps a route without a look at `changes`
 *   seeded  READERS=2 OPS=1 ADDERS=0 COLLIDE=0 INSIDE=0 LEARNED=0 BUG=8: P6     writes a route's mask without a fence
 */
#ifndef BUG
#define BUG 0
#endif
#define PROCESSES (ADDERS + READERS)
#define HEAPS 3 /* CH_CFG_ROUTE_HEAPS */

/* Regions, and their engines: one name for both. */
#define NONE 0 /* NULL; as `recent`: the engine of no blocks */
#define A 1
#define B 2
#define C 3

/* Words of shared memory. */
#define FIRST 0
#define RECENT 1                    /* two of the recent heaps */
#define OTHER 2
#define CHANGES 3
#define MASK 4                      /* the route's caps: 0, or the mask that all regions serve */
#define SLOT(i) (5 + (i))           /* the route's heaps; behind the last one is always NULL */
#define DESC(r) (4 + HEAPS + (r))   /* 1: the descriptor's words that never change are written */
#define NEXT(r) (7 + HEAPS + (r))
#define HEAP(r) (10 + HEAPS + (r))  /* 1: not NULL */
#define LAID(r) (13 + HEAPS + (r))  /* 1: ch_engine_create() and multi_heap_set_lock() have written the heap */
#define HOSTS(r) (16 + HEAPS + (r))
#define WORDS (20 + HEAPS)

byte mem[WORDS];
typedef buffer_t { byte value[WORDS]; int waiting };
buffer_t buffer[PROCESSES];
bool locked;
bool added[4];        /* heap_caps_add_region_with_caps() has returned ESP_OK */
byte refused, ended;
byte writers;         /* regions that were laid out in the range of B and C */

#define LOAD(word) ((buffer[me].waiting >> (word)) & 1 -> buffer[me].value[word] : mem[word])
#define DRAINED(p) (buffer[p].waiting == 0)

#define STORE(word, it) atomic { buffer[me].value[word] = it; buffer[me].waiting = buffer[me].waiting | (1 << (word)) }

/* CH_STORE_LINK: ch_port_fence(), then the store. */
#define STORE_LINK(word, it) DRAINED(me); STORE(word, it)

#define IS_ALONE(r) ((r) == NONE || !mem[HOSTS(r)])
#define RECENT_IS_SOUND (IS_ALONE(mem[RECENT]) && IS_ALONE(mem[OTHER]))

inline LOCK() { d_step { !locked -> locked = 1 } }

inline UNLOCK() {
    d_step {
        DRAINED(me) -> locked = 0;
        assert(RECENT_IS_SOUND) /* P4 */
    }
}

/* The buffer of process p: its stores reach memory one by one, in any order. */
#define REACH(w) \
    :: d_step { \
        (buffer[p].waiting >> (w)) & 1 -> \
        mem[w] = buffer[p].value[w]; \
        buffer[p].value[w] = 0; \
        buffer[p].waiting = buffer[p].waiting & ~(1 << (w)) \
    }

proctype memory(byte p) {
end:
    do
    REACH(0) REACH(1) REACH(2) REACH(3) REACH(4) REACH(5) REACH(6) REACH(7) REACH(8) REACH(9) REACH(10)
    REACH(11) REACH(12) REACH(13) REACH(14) REACH(15) REACH(16) REACH(17) REACH(18) REACH(19) REACH(20) REACH(21) REACH(22)
    od
}

/* heap_caps_check_add_region_allowed(h, r) == 0 */
#define COLLIDES(h, r) (COLLIDE && (h) != A && (r) != A)
#define IS_INSIDE(r, h) (INSIDE && (r) == B && (h) == A)
/* Whether the address `at`, which is named after the innermost region that may have it, lies in r. */
#define HAS(r, at) ((r) == (at) || IS_INSIDE(at, r) || (COLLIDE && (r) != A && (at) != A))

/* The first loop of ch_registry_add(), and collides(). */
inline look_for_collisions() {
    h = LOAD(FIRST);
    do
    :: h != NONE && allowed ->
        assert(LOAD(DESC(h))); /* P1 */
        allowed = !COLLIDES(h, r);
        h = LOAD(NEXT(h))
    :: else -> break
    od;
    h = NONE
}

/* h != NONE: region `one` is listed in front of `other`; asked only for one that is on the list, under the lock. */
inline is_listed_before(one, other) {
    h = one;
    do
    :: h != NONE && h != other -> h = LOAD(NEXT(h))
    :: else -> break
    od
}

/* insert_in(): the heap of r into the route. */
inline insert_in() {
    last = 0;
    place = 0;
    do
    :: last < HEAPS && LOAD(SLOT(last)) != NONE && LOAD(SLOT(last)) != r -> last++
    :: else -> break
    od;
    if
    :: last < HEAPS && LOAD(SLOT(last)) == NONE -> /* it is not in it yet */
        do /* place_in(): all heaps are asked in the same pass here, so the list decides */
        :: place < last ->
            found = LOAD(SLOT(place));
            is_listed_before(r, found);
            if
            :: h != NONE -> break
            :: else -> place++
            fi
        :: else -> break
        od;
        atomic { h = NONE; found = NONE };
#if BUG == 5
        found = r;
        do
        :: place <= last ->
            h = LOAD(SLOT(place));
            STORE_LINK(SLOT(place), found);
            d_step { found = h; place++ }
        :: else -> break
        od;
        atomic { found = NONE; h = NONE }
#else
        do
        :: last > place -> STORE_LINK(SLOT(last), LOAD(SLOT(last - 1))); last--
        :: else -> break
        od;
        STORE_LINK(SLOT(place), r)
#endif
    :: else
    fi;
    atomic { last = 0; place = 0 }
}

inline ch_registry_add() {
#if BUG == 3
    look_for_collisions();
    LOCK();
#else
    LOCK();
    look_for_collisions();
#endif
    if
    :: allowed ->
        h = LOAD(FIRST);
        do
        :: h != NONE ->
            if
            :: IS_INSIDE(r, h) ->
                STORE(HOSTS(h), 1);
                if
                :: LOAD(RECENT) == h -> STORE(RECENT, NONE)
                :: else
                fi;
                if
                :: LOAD(OTHER) == h -> STORE(OTHER, NONE)
                :: else
                fi
            :: else
            fi;
            h = LOAD(NEXT(h))
        :: else -> break
        od;
        STORE(NEXT(r), LOAD(FIRST));
#if BUG == 1
        STORE(FIRST, r);
#else
        STORE_LINK(FIRST, r);
#endif
        STORE(CHANGES, LOAD(CHANGES) + 1)
    :: else
    fi;
    UNLOCK()
}

inline ch_region_open() {
    d_step { writers = writers + (r != A && COLLIDE); assert(writers <= 1) }; /* P3 */
    STORE(LAID(r), 1);
#if BUG == 2
    STORE(HEAP(r), 1)
#else
    STORE_LINK(HEAP(r), 1)
#endif
}

inline ch_registry_activate() {
    LOCK();
    STORE(CHANGES, LOAD(CHANGES) + 1);
    UNLOCK();
    LOCK();
    if
    :: LOAD(MASK) -> insert_in()
    :: else
    fi;
    UNLOCK()
}

/* heap_caps_add_region_with_caps() */
proctype adder(byte me; byte r) {
    byte h, last, place, found;
    bool allowed = 1;
    STORE(DESC(r), 1);
    ch_registry_add();
    if
    :: allowed ->
        ch_region_open();
        ch_registry_activate();
        d_step { added[r] = 1; ended++ }
    :: else -> d_step { refused++; ended++ }
    fi
}

inline ch_region_remember() {
#if BUG != 4
    LOCK();
#endif
    if
    :: !LOAD(HOSTS(r)) -> STORE(OTHER, LOAD(RECENT)); STORE_LINK(RECENT, r) /* as its address is higher, or lower */
    :: !LOAD(HOSTS(r)) -> STORE_LINK(OTHER, r)
    :: else
    fi;
#if BUG != 4
    UNLOCK()
#endif
}

/* ch_registry_find(), and free_elsewhere(): the region of the address `at`. */
inline ch_registry_find() {
    r = LOAD(FIRST);
    do
    :: r == NONE -> break
    :: r != NONE ->
        assert(LOAD(DESC(r))); /* P1 */
        if
        :: HAS(r, at) && LOAD(HEAP(r)) ->
            assert(LOAD(LAID(r))); /* P2 */
            if
            :: !LOAD(HOSTS(r)) && LOAD(RECENT) != r && LOAD(OTHER) != r -> ch_region_remember()
            :: else
            fi;
            break
        :: else -> r = LOAD(NEXT(r))
        fi
    od;
    assert(!known[at] || r == at) /* P7 */
}

/* heap_caps_free(): the heaps found last, before anything else. */
inline try_recent() {
    if
    :: r = LOAD(RECENT)
    :: r = LOAD(OTHER)
    fi;
    assert(r == NONE || LOAD(LAID(r))) /* P2 */
}

/* allocate() with a request that no heap can serve, so that it goes all the way; then ch_request_serve() on the list (R4). */
inline ask_all() {
    i = 0;
    do
    :: i < HEAPS ->
        r = LOAD(SLOT(i));
        if
        :: r == NONE -> break
        :: else -> assert(LOAD(LAID(r))) /* P2 */
        fi;
        d_step { met[r] = 1; i++ }
    :: else -> break
    od;
    assert(met[A]); /* P6: it was in the route from the start */
    follow_list();
    assert(met[A] && (!known[B] || met[B]) && (!known[C] || met[C])) /* P7 */
}

/* Meets every active region, as ch_registry_ask() does. */
inline follow_list() {
    r = LOAD(FIRST);
    do
    :: r == NONE -> break
    :: r != NONE ->
        assert(LOAD(DESC(r))); /* P1 */
        if
        :: LOAD(HEAP(r)) -> assert(LOAD(LAID(r))); /* P2 */ met[r] = 1
        :: else
        fi;
        r = LOAD(NEXT(r))
    od
}

/* The loop of ch_route_learn(): the active regions in the order of the list, as the digits of a number in base 4, the first one lowest. */
inline collect() {
    r = LOAD(FIRST);
    i = 0;
    do
    :: r == NONE -> break
    :: r != NONE ->
        if
        :: LOAD(HEAP(r)) -> d_step { heaps = heaps | (r << (2 * i)); i++ }
        :: else
        fi;
        r = LOAD(NEXT(r))
    od
}

inline changes_so_far() {
    LOCK();
    seen = LOAD(CHANGES);
    UNLOCK()
}

inline ch_route_learn() {
#if BUG == 6
    collect();
    seen = LOAD(CHANGES);
#else
    changes_so_far();
    collect();
#endif
    LOCK();
    if
    :: (BUG == 7 || LOAD(CHANGES) == seen) && !LOAD(MASK) ->
        i = 0;
        do
        :: heaps -> STORE_LINK(SLOT(i), heaps & 3); d_step { heaps = heaps >> 2; i++ }
        :: else -> break
        od;
#if BUG == 8
        STORE(MASK, 1)
#else
        STORE_LINK(MASK, 1)
#endif
    :: else
    fi;
    UNLOCK()
}

proctype reader(byte me) {
    byte op, r, i, at, seen, heaps;
    bool known[4], met[4];
    do
    :: op < OPS ->
        d_step { known[A] = 1; known[B] = added[B]; known[C] = added[C] }; /* whose adds have returned before the call */
        if
        :: at = A; ch_registry_find()
        :: at = B; ch_registry_find()
        :: try_recent()
        :: skip; /* else `else` would be that of the outer choice */
           if
           :: LOAD(MASK) -> ask_all()
           :: else -> ch_route_learn()
           fi
        fi;
        d_step {
            op++; r = 0; i = 0; at = 0; seen = 0; heaps = 0;
            known[A] = 0; known[B] = 0; known[C] = 0; met[A] = 0; met[B] = 0; met[C] = 0
        }
    :: else -> break
    od;
    ended++
}

/* When all have ended: P3, P4, P5. */
inline check_end() {
    d_step {
        assert(RECENT_IS_SOUND); /* P4 */
        assert(!COLLIDE || ADDERS < 2 || added[B] + added[C] == 1); /* P3 */
        assert(refused == (COLLIDE && ADDERS == 2)); /* P3 */
        i = 0;
        r = mem[FIRST];
        do
        :: mem[MASK] && r != NONE ->
            assert(mem[HEAP(r)] && mem[SLOT(i)] == r); /* P5 */
            i++;
            r = mem[NEXT(r)]
        :: else -> break
        od
    }
}

init {
    byte p, r, i;
    d_step {
        mem[FIRST] = A;
        mem[DESC(A)] = 1;
        mem[HEAP(A)] = 1;
        mem[LAID(A)] = 1;
        mem[MASK] = LEARNED;
        mem[SLOT(0)] = (LEARNED -> A : NONE)
    }
    atomic {
        do
        :: p < PROCESSES ->
            run memory(p);
            if
            :: p < ADDERS -> run adder(p, B + p)
            :: else -> run reader(p)
            fi;
            p++
        :: else -> break
        od;
        p = 0
    }
    ended == PROCESSES;
    p = 0;
    do
    :: p < PROCESSES -> DRAINED(p); p++
    :: else -> break
    od;
    check_end()
}
