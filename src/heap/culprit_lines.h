/* SPDX-License-Identifier: MIT */
/* The parts of a report. */
#pragma once

#include "capheap/origin.h"
#include "heap/culprit.h"
#include "heap/scene.h"

/** A fault with what was found around it. */
typedef struct {
    const ch_culprit_t *c;
    ch_reason_t reason;  /* never CH_REASON_POINTER */
    ch_scene_t scene;    /* around the pointer, or the damaged word */
    uintptr_t about;     /* the damaged word, else the pointer */
    const void *user;    /* what the user of scene.block was given, NULL: there is no such block */
    size_t size;         /* bytes that the user may use of it, as far as is known */
    uintptr_t low, high; /* what may be read: the heap's span; nothing where there is no heap */
    const void *damage;  /* first byte that is not what it should be; NULL: none is known */
    ch_origin_t origin;  /* who allocated scene.block */
    bool is_recorded;    /* origin holds */
    size_t damaged;      /* how many bytes in a row are not, up to CH_CULPRIT_LONGEST */
} ch_finding_t;

enum { CH_CULPRIT_LONGEST = 64 };

/** Whether a block that counts as used is a freed one that is held back. */
bool ch_culprit_is_held(const ch_scene_t *s, const ch_block_t *b);

/** "in use", "free", ... */
const char *ch_culprit_state(const ch_scene_t *s, const ch_block_t *b);

/** What the user of a block was given, of a free one its start; and how many bytes, as far as is known. */
const void *ch_culprit_user(const ch_scene_t *s, const ch_block_t *b);
size_t ch_culprit_size(const ch_scene_t *s, const ch_block_t *b);

/** A byte of memory in [low, high), read with its word. */
unsigned ch_culprit_byte(uintptr_t at);

/** What a damaged byte should be; -1: that is not known. */
int ch_culprit_expected(const ch_finding_t *f, uintptr_t at);

/** The likely cause, in a sentence. */
void ch_culprit_print_cause(const ch_finding_t *f);

/** The block, the blocks beside it, who allocated it. */
void ch_culprit_print_blocks(const ch_finding_t *f);

/** The bytes around the damage, what is wrong in brackets, what it should be below. */
void ch_culprit_print_bytes(const ch_finding_t *f);

/** The line for machines: docs/REPORTS.md. */
void ch_culprit_print_record(const ch_finding_t *f);
