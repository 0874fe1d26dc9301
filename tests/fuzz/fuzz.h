/* SPDX-License-Identifier: MIT */
/*
 * What every fuzz target stands on. A target turns bytes into operations: it reads what it needs, and where the bytes are used
 * up it reads zeros and ends. So every sequence of bytes is an input, and a change of one byte is a change of one decision.
 *
 *      fuzz_target_begin   once, before the first input
 *      fuzz_target_run     one input; leaves nothing behind that the next one could see
 *
 * What must hold is said by ref_expect() of tests/model/reference.h or by FUZZ_FATAL(); where it does not, the program says so
 * and aborts, which is what libFuzzer, AFL++ and replay.c wait for. They also wait for what the sanitizers find.
 */
#pragma once

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capheap/config.h"
#include "reference.h"

/* ---- the target ---- */

extern const char fuzz_target_name[];
void fuzz_target_begin(void);
void fuzz_target_run(void);

/** Runs one input: the interface of libFuzzer and AFL++. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- bytes ---- */

/** Whether bytes are left. */
bool fuzz_more(void);
/** The next byte, or two or four of them, lowest first. */
uint8_t fuzz_byte(void);
uint16_t fuzz_half(void);
uint32_t fuzz_word(void);
/** A number below bound, of one byte, or of two where bound is above 256. bound 0 gives 0. */
size_t fuzz_below(size_t bound);
/** A size: small, medium, about a power of two, about `near`, about the wrap, or 0. */
size_t fuzz_size(size_t near);
/** An alignment: mostly powers of two, mostly small; sometimes one that is none. */
size_t fuzz_alignment(void);

/* ---- memory ---- */

#define FUZZ_ROOM 65536u

/** size <= FUZZ_ROOM bytes at a multiple of 64 plus shift (< 64), with guards on both sides that no access may touch. */
unsigned char *fuzz_span(size_t size, size_t shift);
/** The guards are as they were. */
void fuzz_span_verify(void);

/* ---- fatal errors ---- */

/** Runs a statement that must end in the port's fatal function; at must be the address that it names, unless it is NULL. */
#define FUZZ_FATAL(at, statement)                                                                                                \
    do {                                                                                                                         \
        if (setjmp(*fuzz_fatal_arm()) == 0) {                                                                                    \
            statement;                                                                                                           \
            fuzz_fatal_missing(#statement);                                                                                      \
        }                                                                                                                        \
        fuzz_fatal_verify(at);                                                                                                   \
    } while (0)

jmp_buf *fuzz_fatal_arm(void);
__attribute__((noreturn)) void fuzz_fatal_missing(const char *statement);
void fuzz_fatal_verify(const void *at);
/** From here on a fatal error jumps to the armed place without being expected: for what may end so, such as a damaged heap. */
void fuzz_fatal_disarm(void);
