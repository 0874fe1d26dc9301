/* SPDX-License-Identifier: MIT */
/*
 * Reports that name the culprit: what is wrong, where, which block it is, what lies around it, and what the cause may be. Who
 * finds a fault fills a ch_culprit_t with what is known, and leaves the rest 0: the report finds the block and its neighbours by
 * itself.
 *
 * A report takes the lock for a bounded step at a time and prints with the lock open, so the caller must not hold it. It
 * allocates nothing, needs less than CH_CULPRIT_STACK bytes of stack beside what the port's print needs, works in interrupt
 * handlers, follows no length that it has not compared with the heap's span, and reads nothing outside it; memory that is no
 * heap's is never read. Its first line is the contract's, the others are described in docs/REPORTS.md.
 *
 * All of this is called only when something is wrong: it lies in objects of its own, in flash.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "engine/engine.h"
#include "multi_heap.h"

enum { CH_CULPRIT_STACK = CH_WIDE ? 1536 : 1024 };

/** What is wrong. */
typedef enum {
    CH_REASON_POINTER,   /* the pointer given is no block in use; which of the next seven it is the report finds out */
    CH_REASON_OUTSIDE,   /* it lies in no heap */
    CH_REASON_FREED,     /* it is a block that was freed: freed twice, or used after free */
    CH_REASON_IN_FREE,   /* it lies inside a free block: most likely freed before, and merged since */
    CH_REASON_INTERIOR,  /* it lies inside a block in use */
    CH_REASON_IN_FRAME,  /* it lies in the frame of a block in use: before what its user was given, or behind it */
    CH_REASON_HELD,      /* it is a freed block that is held back: freed twice */
    CH_REASON_NO_BLOCK,  /* it lies in the heap, but in no block: control block, bits, or what damage hides */
    CH_REASON_HOSTS,     /* it is a block in which another heap lies */
    CH_REASON_HEAD,      /* head canary: where, expected, got */
    CH_REASON_TAIL,      /* tail canary: where, expected, got */
    CH_REASON_SIZE,      /* recorded size: where; expected = the most that it can be, got */
    CH_REASON_FILL_WORD, /* fill: where = an aligned word, expected, got */
    CH_REASON_FILL_BYTE, /* fill: where = a byte, expected, got */
    CH_REASON_FAULT,     /* structure: fault, where = what it is about */
    CH_REASONS
} ch_reason_t;

/** A fault. What is not known is 0. */
typedef struct ch_culprit {
    ch_reason_t reason;
    ch_fault_t fault;         /* of CH_REASON_FAULT */
    multi_heap_handle_t heap; /* NULL: none */
    const char *call;         /* who found it: "free", "realloc", "check", ... */
    const void *given;        /* the pointer that the call was given; NULL: none */
    const void *where;        /* the first damaged word or byte; of a pointer: NULL */
    uint32_t expected, got;
    const void *block;                        /* a place in the block that it is about; NULL: the one at `where`, or `given` */
    const void *caller;                       /* where the call returns to; NULL: not known */
    const char *stop;                         /* reason for the port's fatal function; NULL: a text for the reason */
    bool is_brief;                            /* the first line and the last: of many faults in a row */
    void (*more)(const struct ch_culprit *c); /* prints what another layer knows; NULL: nothing */
} ch_culprit_t;

/** Prints the report. Any context but a lock. */
void ch_culprit_report(const ch_culprit_t *c);

/**
 * Prints the report, and ends the program by the port's fatal function, with a reason and the address that the fault is about:
 * the pointer given, else the damaged word. With NDEBUG a bad pointer is ignored; damage is printed, and then the function
 * returns.
 */
void ch_culprit_stop(const ch_culprit_t *c);

/** Name of a heap's memory, NULL: none. Of the capability layer, if that is in the program. */
const char *ch_culprit_heap_name(multi_heap_handle_t heap) CH_WEAK;
