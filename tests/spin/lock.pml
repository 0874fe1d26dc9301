/* SPDX-License-Identifier: MIT */
/*
 * The lock of the ports for several cores: ports/baremetal/core_lock.h behind the interrupt mask of capheap_port.h.
 *
 * Each core runs a program and one handler of interrupts. The handler comes whenever the core's interrupts are open, and the
 * program stands still until it ends. Both enter sections of a heap's lock, twice too, and a heap's inside the registry's. A
 * step of the model is an access to a word that other cores use, or an instruction that masks, with what follows that only this
 * core sees.
 *
 *   L1  mutual exclusion: one core at a time works under a lock
 *   L2  no deadlock: all programs and handlers come to their end (Spin: no invalid end state)
 *   L3  bounded overtaking: who has drawn a ticket lets each other core enter at most once
 *   L4  the mask is on in a section, and after it what it was before
 *   L5  what the last section wrote is what the next one reads, though stores reach the other cores late (release, acquire)
 *
 * Weak memory: what a section writes stays with its core (`late`) until a release; `owner`, which is read without the lock, may
 * be as old as what the core itself wrote last. Tickets are modulo 4 in place of 2^32, so that they wrap.
 *
 * Runs of tools/check-models: sound ones must be without errors, seeded ones must fail where the word behind the colon stands.
 *   sound   CORES=3 CALLS=2 LOCKS=1 HANDLERS=0
 *   sound   CORES=2 CALLS=2 LOCKS=1 HANDLERS=1
 *   sound   CORES=2 CALLS=1 LOCKS=2 HANDLERS=1
 *   sound   CORES=2 CALLS=2 LOCKS=2 HANDLERS=0
 *   seeded  CORES=2 CALLS=2 LOCKS=1 HANDLERS=0 BUG=1: L5       draws a ticket by a load and a store: two cores inside at once
 *   seeded  CORES=2 CALLS=1 LOCKS=1 HANDLERS=1 BUG=2: L2       masks after the lock is taken: the handler waits for its own core
 *   seeded  CORES=2 CALLS=1 LOCKS=1 HANDLERS=1 BUG=3: L4       unlock opens interrupts instead of restoring them
 *   seeded  CORES=2 CALLS=2 LOCKS=1 HANDLERS=0 BUG=4: L2       serves the next core before it takes its name from owner
 *   seeded  CORES=3 CALLS=2 LOCKS=1 HANDLERS=0 BUG=5: L3       no tickets: whoever finds the lock open takes it
 *   seeded  CORES=2 CALLS=2 LOCKS=1 HANDLERS=0 BUG=6: L5       serves the next core by a plain store: the section's stores come later
 *   seeded  CORES=2 CALLS=2 LOCKS=1 HANDLERS=0 BUG=7: L2       no look at owner: not recursive
 */
#ifndef BUG
#define BUG 0
#endif
#define HEAP 0 /* a heap's lock; 1 is the registry's */
#define WRAP 4
#define NOBODY CORES
#define OPEN 0
#define MASKED 1
#define OF(lock) (core * LOCKS + (lock))

/* ch_core_lock_t, one entry for each lock. */
byte next[LOCKS], serving[LOCKS], owner[LOCKS] = NOBODY, depth[LOCKS];

/* The cores: interrupts off (mstatus.MIE off, PRIMASK on); the handler runs. */
bool masked[CORES], handling[CORES];

/* For each core and lock, OF(lock): the core's last store to owner was its name; what it wrote in a section has not left it. */
bool named[CORES * LOCKS], late[CORES * LOCKS];

/* Watching: who works under a lock; who waits with a ticket, and how many went first meanwhile. */
bool waits[CORES * LOCKS];
byte busy[LOCKS] = NOBODY, overtaken[CORES * LOCKS];

/* What a relaxed load of owner may tell this core: the newest value, or what it stored last. */
#define IS_MINE(lock) (owner[lock] == core || named[OF(lock)])
#define IS_NOT_MINE(lock) (owner[lock] != core || !named[OF(lock)])

inline store_owner(lock, name) { owner[lock] = name; named[OF(lock)] = (name == core) }

/* Somebody enters the outermost section: those that wait let it go first. */
inline note_entry(lock) {
    waits[OF(lock)] = 0;
    do
    :: other < CORES ->
        if
        :: waits[other * LOCKS + lock] ->
            overtaken[other * LOCKS + lock]++;
            assert(overtaken[other * LOCKS + lock] < CORES) /* L3 */
        :: else
        fi;
        other++
    :: else -> break
    od;
    other = 0
}

inline note_wait(lock) { waits[OF(lock)] = 1; overtaken[OF(lock)] = 0 }

/* ch_core_take() */
inline ch_core_take(lock) {
    if
    :: d_step { BUG != 7 && IS_MINE(lock) -> depth[lock]++ }
#if BUG == 1
    :: d_step { IS_NOT_MINE(lock) -> ticket = next[lock] };
        d_step { next[lock] = (ticket + 1) % WRAP; note_wait(lock) };
#else
    :: d_step { BUG == 7 || IS_NOT_MINE(lock) -> ticket = next[lock]; next[lock] = (ticket + 1) % WRAP; note_wait(lock) };
#endif
#if BUG == 5
        d_step { owner[lock] == NOBODY -> note_entry(lock); store_owner(lock, core); depth[lock] = 1; ticket = 0 }
#else
        d_step { serving[lock] == ticket -> note_entry(lock); ticket = 0 }; /* while (serving != ticket): an acquire */
        d_step { store_owner(lock, core); depth[lock] = 1 }
#endif
    fi
}

/* Who still works is busy until here (with BUG 5: until it gives its name away). */
#define SERVE_NEXT(lock) serving[lock] = (serving[lock] + 1) % WRAP; busy[lock] = (BUG == 5 -> busy[lock] : NOBODY)

/* ch_core_give(): the outermost section takes the name away, then lets the next core in. */
inline ch_core_give(lock) {
    if
    :: d_step { depth[lock] > 1 -> depth[lock]-- }
#if BUG == 4
    :: d_step { depth[lock] == 1 -> depth[lock] = 0; late[OF(lock)] = 0; SERVE_NEXT(lock) };
        d_step { store_owner(lock, NOBODY) }
#else
    :: d_step {
            depth[lock] == 1 -> depth[lock] = 0;
            store_owner(lock, NOBODY);
            if
            :: BUG == 5 -> late[OF(lock)] = 0; busy[lock] = NOBODY
            :: else
            fi
        };
#if BUG == 6
        d_step { SERVE_NEXT(lock) };
        late[OF(lock)] = 0
#else
        d_step { late[OF(lock)] = 0; SERVE_NEXT(lock) } /* a release */
#endif
#endif
    fi
}

/* ch_port_lock(): a mask of the core, then the lock. (On Cortex-M reading PRIMASK is an instruction of its own; a handler that comes
 * between the two leaves PRIMASK as it found it, so nothing is different.) */
inline ch_port_lock(lock, state) {
#if BUG == 2
    ch_core_take(lock);
    d_step { state = masked[core]; masked[core] = MASKED }
#else
    d_step { state = masked[core]; masked[core] = MASKED };
    ch_core_take(lock)
#endif
}

inline ch_port_unlock(lock, state) {
    ch_core_give(lock);
#if BUG == 3
    d_step { masked[core] = OPEN; state = 0 }
#else
    d_step { masked[core] = state; state = 0 }
#endif
}

/* What a section does: reads and writes what the lock guards. */
inline work(lock) {
    d_step {
        assert(busy[lock] == NOBODY || busy[lock] == core); /* L1 */
        busy[lock] = core;
        assert(masked[core]); /* L4 */
        do
        :: other < CORES -> assert(other == core || !late[other * LOCKS + lock]); /* L5 */ other++
        :: else -> break
        od;
        other = 0
    };
    d_step { assert(busy[lock] == core); /* L1 */ late[OF(lock)] = 1 }
}

/* One call of the heap: one section, the registry's with a heap's inside, or one lock twice. */
inline call() {
    if
    :: ch_port_lock(HEAP, outer); work(HEAP); ch_port_unlock(HEAP, outer)
    :: ch_port_lock(HEAP, outer); ch_port_lock(HEAP, inner); ch_port_unlock(HEAP, inner); work(HEAP); ch_port_unlock(HEAP, outer)
#if LOCKS == 2
    :: ch_port_lock(1, outer); work(1); ch_port_lock(HEAP, inner); work(HEAP); ch_port_unlock(HEAP, inner); ch_port_unlock(1, outer)
#endif
    fi
}

proctype program(byte core) provided (!handling[core]) {
    byte ticket, other, calls;
    bool outer, inner;
    do
    :: calls < CALLS -> call(); d_step { assert(masked[core] == OPEN); /* L4 */ calls++ }
    :: else -> break
    od
}

/* Comes once, at any instruction boundary at which interrupts are open; it finds them masked (RISC-V) or open (Cortex-M). */
proctype handler(byte core) {
    byte ticket, other;
    bool outer, inner, came;
    if
    :: d_step { !masked[core] -> handling[core] = 1; masked[core] = MASKED; came = MASKED }
    :: d_step { !masked[core] -> handling[core] = 1; came = OPEN }
    fi;
    call();
    assert(masked[core] == came); /* L4 */
    d_step { masked[core] = OPEN; handling[core] = 0 }
}

init {
    byte c;
    atomic {
        do
        :: c < CORES ->
            run program(c);
#if HANDLERS
            run handler(c);
#endif
            c++
        :: else -> break
        od;
        c = 0
    }
}
