/* SPDX-License-Identifier: MIT */
/*
 * The fault matrix of one build: faults FIRST COUNT [FAULT]   injects each fault (or only this one) into the states FIRST, FIRST
 *                                                             + 1, ...
 *
 * A trial injects one fault into one state, which is put back before each of its plays:
 *
 *      at once    what a program would do next with what was hit. The fault was caught `now` if this reports it
 *      check      (damage only) a check right after the injection, else one after the first play: caught by `check`
 *      silent     neither said a word: the first play goes on with some hundred random operations and another check
 *      unseen     (damage only) random operations right after the injection, nobody checks; and a check of what is left
 *
 * In all plays these are counted: a crash, or an endless loop, of a check (`crash`); of any other call (`in_call`); memory handed
 * out that is not free (`owned`). The last two apart for the plays in which nobody checks: `blind`.
 *
 * Prints a line "count FAULT n now check silent crash owned in_call blind_owned blind_in_call late spoiled" for each fault,
 * "sample ..." for some of what should not happen, with the command that repeats it, and "states COUNT alarms N": how often a
 * heap without a fault was called corrupt.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arena.h"
#include "guard.h"
#include "inject.h"
#include "target.h"
#include "world.h"

enum { TRIES = 6, FURTHER = 200, SAMPLES = 3, MOST_FAULTS = 64 };

typedef struct {
    unsigned n, now, check, silent, crash, owned, in_call, blind_owned, blind_in_call;
    unsigned late;    /* of the silent ones: caught later */
    unsigned spoiled; /* the library wrote into a live block or beside the heap */
    unsigned samples;
} count_t;

/** Shared with the process that does the work, as a fault may kill it. */
typedef struct {
    unsigned long state; /* that it works at */
    size_t fault;
    unsigned long states, alarms;
    count_t count[MOST_FAULTS];
} shared_t;

static shared_t *shared;
static const fault_t *list = faults; /* or self_faults */
static size_t listed;
static const char *program;
static uint64_t trial_seed;
static bool explaining;
static unsigned most_samples = SAMPLES; /* CH_FAULTS_SAMPLES: another number */

typedef struct {
    bool made, now, check, late, crash, owned, in_call, blind_owned, blind_in_call, spoiled;
} outcome_t;

static void sample(const fault_t *f, const char *what, how_t how) {
    count_t *c = &shared->count[shared->fault];
    if (c->samples++ >= most_samples) return;
    printf("sample %s %s %s pc %#lx address %#lx %s: %s %lu 1 %s\n", f->name, what,
           how == HUNG    ? "hung"
           : how == OWNED ? "owned"
                          : "crashed",
           (unsigned long)guard_pc, (unsigned long)guard_address,
           world.caps     ? "caps"
           : world.locked ? "locked"
                          : "plain",
           program, shared->state, f->name);
}

/** Notes what must not happen, by the play's name; returns whether the play ended before its time. */
static bool ended(const fault_t *f, outcome_t *o, how_t how, const char *what) {
    bool crash = how == CRASHED || how == HUNG, checks = strncmp(what, "check", 5) == 0, blind = strcmp(what, "unseen") == 0;
    o->crash |= crash && checks;
    o->in_call |= crash && !checks && !blind;
    o->blind_in_call |= crash && blind;
    o->owned |= how == OWNED && !blind;
    o->blind_owned |= how == OWNED && blind;
    if (how == CRASHED || how == HUNG || how == OWNED) sample(f, what, how);
    return how != RAN;
}

/* ---- pieces of plays ---- */

static void do_make(void *arg) { ((outcome_t *)arg)->made = list[shared->fault].make(); }
static void do_act(void *arg) {
    (void)arg;
    list[shared->fault].act();
}
static void do_check(void *sound) { *(bool *)sound = world_check(); }
static void do_operate(void *arg) {
    (void)arg;
    world_operate(FURTHER);
}

static bool alarm_at(const char *what, how_t how) {
    shared->alarms++;
    printf("alarm %s %d: %s (%s %lu 1)\n", what, (int)how, guard_reason, program, shared->state);
    return false;
}

/** Says which words the fault has changed, in a run of one state. */
static void explain(const fault_t *f) {
    for (unsigned i = 0; i < HEAPS; i++) {
        const ch_engine_t *e = world_engine((uint8_t)i);
        uint32_t was, is;
        for (long at = (long)(world.heap[i].start - (unsigned char *)e); at + 4 <= world.heap[i].end - (unsigned char *)e;
             at += 4) {
            if (!world_differs(i, (unsigned char *)e + at, &was, &is)) continue;
            printf("damage %s: heap %u %s offset %ld (first %u end %u): %08x -> %08x\n", f->name, i,
                   world.caps     ? "caps"
                   : world.locked ? "locked"
                                  : "plain",
                   at, (unsigned)(world.heap[i].low - (unsigned char *)e), (unsigned)(world.heap[i].high - (unsigned char *)e),
                   was, is);
        }
    }
}

/** Puts the state back and brings the fault about. false: it can't be here. */
static bool inject(outcome_t *o) {
    world_restore();
    rng_seed(trial_seed);
    memset(&target, 0, sizeof target);
    o->made = false;
    how_t how = guard_run(do_make, o);
    if (how != RAN) return alarm_at("before a fault", how);
    world_excuse();
    if (explaining && o->made && !list[shared->fault].is_call) explain(&list[shared->fault]);
    return o->made;
}

/** Whether a check says that something is wrong. */
static bool check_finds(const fault_t *f, outcome_t *o, const char *what) {
    bool sound = true;
    how_t how = guard_run(do_check, &sound);
    ended(f, o, how, what);
    return how == REPORTED || !sound;
}

static void look_at_bytes(outcome_t *o) { o->spoiled |= !world_is_clean(); }

static void play_unseen(const fault_t *f, outcome_t *o) {
    if (!inject(o)) return;
    bool over = ended(f, o, guard_run(do_operate, NULL), "unseen");
    look_at_bytes(o);
    if (!over) check_finds(f, o, "check-unseen");
}

static void play(const fault_t *f, outcome_t *o) {
    if (!f->is_call) {
        play_unseen(f, o);
        if (!inject(o)) return;
        o->check = check_finds(f, o, "check");
    }
    explaining = false;
    if (!inject(o)) return;
    how_t how = guard_run(do_act, NULL);
    o->now = how == REPORTED;
    if (ended(f, o, how, "at-once")) return;
    o->check |= check_finds(f, o, "check-next");
    if (o->check) return;
    if (!ended(f, o, guard_run(do_operate, NULL), "silent")) o->late = check_finds(f, o, "check-silent");
    look_at_bytes(o);
}

/** One fault in the state that is kept. */
static void try_fault(size_t number) {
    outcome_t o = {0};
    count_t *c = &shared->count[number];
    shared->fault = number;
    trial_seed = ((uint64_t)shared->state * MOST_FAULTS + number) * TRIES;
    for (unsigned tries = 0; tries < TRIES && !o.made; tries++) {
        trial_seed++;
        o = (outcome_t){0};
        play(&list[number], &o);
    }
    if (!o.made) return;
    c->n++;
    c->now += o.now;
    c->check += !o.now && o.check;
    c->silent += !o.now && !o.check;
    c->late += !o.now && !o.check && o.late;
    c->crash += o.crash;
    c->owned += o.owned;
    c->in_call += o.in_call;
    c->blind_owned += o.blind_owned;
    c->blind_in_call += o.blind_in_call;
    c->spoiled += o.spoiled;
    if (getenv("CH_FAULTS_SILENT") && !o.now && !o.check)
        printf("silent %s: %s %lu 1\n", list[number].name, program, shared->state);
}

/** Makes the state and sees that nobody calls it corrupt. */
static bool make_state(void) {
    bool sound = true;
    rng_seed(shared->state * 0x9E3779B9u + 1);
    how_t how = guard_run(world_make, NULL);
    if (how != RAN) return alarm_at("in a sound heap", how);
    how = guard_run(do_check, &sound);
    if (how != RAN || !sound || !world_is_clean()) return alarm_at("of a sound heap", how);
    world_keep();
    return true;
}

static void work(unsigned long end, size_t first_fault, size_t last_fault) {
    size_t fault = shared->fault < first_fault ? first_fault : shared->fault;
    for (; shared->state < end; shared->state++, shared->states++, fault = first_fault, shared->fault = first_fault) {
        if (!make_state()) continue;
        for (; fault <= last_fault; fault++) try_fault(fault);
    }
    fflush(stdout);
}

int main(int argc, char **argv) {
    size_t first = 0, last = fault_count - 1;
    listed = fault_count;
    if (argc < 3) {
        fprintf(stderr, "usage: %s FIRST COUNT [FAULT]\n", argv[0]);
        return 2;
    }
    program = argv[0];
    if (getenv("CH_FAULTS_SAMPLES")) most_samples = (unsigned)atoi(getenv("CH_FAULTS_SAMPLES"));
    if (argc > 3) {
        if (strncmp(argv[3], "self_", 5) == 0) list = self_faults, listed = self_fault_count;
        while (first < listed && strcmp(list[first].name, argv[3]) != 0) first++;
        last = first;
    }
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (first == listed || fault_count > MOST_FAULTS || shared == MAP_FAILED) {
        fprintf(stderr, "%s: no such fault, or no memory\n", argv[0]);
        return 2;
    }
    unsigned long end = strtoul(argv[1], NULL, 0) + strtoul(argv[2], NULL, 0);
    shared->state = strtoul(argv[1], NULL, 0);
    explaining = strtoul(argv[2], NULL, 0) == 1;
    setvbuf(stdout, NULL, _IOLBF, 1 << 16);
    arenas_begin();
    while (shared->state < end) {
        pid_t child = fork();
        int status = 0;
        if (child == 0) {
            guard_begin();
            work(end, first, last);
            _exit(0);
        }
        if (child < 0 || waitpid(child, &status, 0) != child) return 2;
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0) break;
        printf("sample %s death of the process, status %d: %s %lu 1\n", list[shared->fault].name, status, program, shared->state);
        count_t *c = &shared->count[shared->fault];
        c->n++, c->silent++, c->crash++;
        if (++shared->fault > last) shared->state++, shared->states++, shared->fault = first;
    }
    for (size_t i = first; i <= last; i++) {
        const count_t *c = &shared->count[i];
        printf("count %s %u %u %u %u %u %u %u %u %u %u %u\n", list[i].name, c->n, c->now, c->check, c->silent, c->crash, c->owned,
               c->in_call, c->blind_owned, c->blind_in_call, c->late, c->spoiled);
    }
    printf("states %lu alarms %lu\n", shared->states, shared->alarms);
    return 0;
}
