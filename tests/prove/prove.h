/* SPDX-License-Identifier: MIT */
/* What Frama-C needs in place of the compiler's own functions: the same by their definition. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*@ requires \valid(sum);
  @ assigns *sum;
  @ ensures \result == 0 ==> *sum == a + b && a + b <= SIZE_MAX;
  @ ensures \result != 0 ==> a + b > SIZE_MAX; */
extern int prove_add_overflow(size_t a, size_t b, size_t *sum);

/*@ requires \valid(product);
  @ assigns *product;
  @ ensures \result == 0 ==> *product == a * b && a * b <= SIZE_MAX;
  @ ensures \result != 0 ==> a * b > SIZE_MAX; */
extern int prove_mul_overflow(size_t a, size_t b, size_t *product);

#define __builtin_add_overflow prove_add_overflow
#define __builtin_mul_overflow prove_mul_overflow
#define __builtin_expect(x, expected) (x)

/* What a mask, and a shift by CH_G_SHIFT mean: WP's provers know shifts as functions without a value, and its own simplifier for
 * those by a known number takes `x >> 3 < 1` for `x < 1`. So the number has no value here, and its meaning is what sizes.c checks
 * of it. */
/*@ axiomatic Shift {
  @   logic integer granule;
  @   logic integer shift;
  @   axiom right: \forall integer x; 0 <= x ==> (x >> shift) == x / granule;
  @   axiom left: \forall integer x; 0 <= x ==> (x << shift) == x * granule;
  @ } */

/*@ admit lemma mask4: \forall integer x; 0 <= x <= SIZE_MAX ==> (x & (SIZE_MAX - 3)) == x / 4 * 4; */
/*@ admit lemma mask8: \forall integer x; 0 <= x <= SIZE_MAX ==> (x & (SIZE_MAX - 7)) == x / 8 * 8; */
/*@ admit lemma mask16: \forall integer x; 0 <= x <= SIZE_MAX ==> (x & (SIZE_MAX - 15)) == x / 16 * 16; */

/*@ assigns \nothing;
  @ ensures \result == shift && 2 <= \result <= 4; */
extern uint32_t prove_shift(void);

#include "base/compiler.h"

#define ch_in_register(x) (x)
#undef CH_ONE_BY_ONE
#define CH_ONE_BY_ONE(x, y) ((void)0)
#undef CH_OPAQUE
#define CH_OPAQUE(x) ((void)0)
#define __builtin_unreachable() ((void)0) /* so what stands behind is proved for those cases too */
#undef CH_LOAD_RELAXED
#define CH_LOAD_RELAXED(x) (x)

/* Damage is told, and nobody goes on. */
struct ch_engine;
/*@ assigns \nothing;
  @ ensures \false; */
extern void ch_engine_damaged(const struct ch_engine *e, uint32_t where);
