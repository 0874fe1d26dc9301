/* SPDX-License-Identifier: MIT */
/*
 * Contracts of the arithmetic on sizes: src/base/sums.h, src/heap/frame.h, and what heap.h does to a size on its way to granules.
 * Each is stated on a declaration; Frama-C's WP proves the definition in the header against it, for all arguments, with no
 * run-time error.
 *
 * prove.h stands in for the compiler's overflow-checking built-ins.
 *
 * wp ch_size_add ch_size_mul ch_size_round_up ch_frame_outer ch_frame_inner ch_last_granule ch_granules ch_heap_bytes
 */
#include "prove.h"

#include "base/sums.h"
#include "engine/block.h"
#include "heap/frame.h"

#undef CH_G_SHIFT
#define CH_G_SHIFT prove_shift()
#define CH_GUARDED (CH_CFG_DETECTION >= CH_DETECT_LIGHT) /* Frama-C takes no && of an enumerator and a call */
#include "heap/heap.h"

/*@ assigns \nothing;
  @ ensures a + b <= SIZE_MAX ==> \result == a + b;
  @ ensures a + b > SIZE_MAX ==> \result == SIZE_MAX; */
static size_t ch_size_add(size_t a, size_t b);

/*@ assigns \nothing;
  @ ensures a * b <= SIZE_MAX ==> \result == a * b;
  @ ensures a * b > SIZE_MAX ==> \result == SIZE_MAX; */
static size_t ch_size_mul(size_t a, size_t b);

/*@ requires step == 4 || step == 8 || step == 16;
  @ assigns \nothing;
  @ ensures a + step - 1 >= SIZE_MAX ==> \result == SIZE_MAX;
  @ behavior by4:
  @   assumes step == 4;
  @   ensures a + 3 < SIZE_MAX ==> \result == (a + 3) / 4 * 4;
  @ behavior by8:
  @   assumes step == 8;
  @   ensures a + 7 < SIZE_MAX ==> \result == (a + 7) / 8 * 8;
  @ behavior by16:
  @   assumes step == 16;
  @   ensures a + 15 < SIZE_MAX ==> \result == (a + 15) / 16 * 16; */
static size_t ch_size_round_up(size_t a, size_t step);

/*@ assigns \nothing;
  @ ensures size == 0 ==> \result == 0;
  @ ensures size > 0 && size + CH_FRAME_HEAD + CH_FRAME_TAIL <= SIZE_MAX ==> \result == size + CH_FRAME_HEAD + CH_FRAME_TAIL;
  @ ensures size + CH_FRAME_HEAD + CH_FRAME_TAIL > SIZE_MAX ==> \result == SIZE_MAX; */
static size_t ch_frame_outer(size_t size);

/*@ assigns \nothing;
  @ ensures size > CH_FRAME_HEAD + CH_FRAME_TAIL ==> \result == size - (CH_FRAME_HEAD + CH_FRAME_TAIL);
  @ ensures size <= CH_FRAME_HEAD + CH_FRAME_TAIL ==> \result == 0; */
static size_t ch_frame_inner(size_t size);

/* Enough granules, and no more than needed; 0 bytes, which wrap on purpose, are more than any heap has. */
/*@ requires granule == CH_G;
  @ assigns \nothing;
  @ ensures bytes > 0 ==> \result * CH_G >= bytes && \result >= 2;
  @ ensures bytes > CH_G ==> (\result - 1) * CH_G < bytes;
  @ ensures 0 < bytes <= CH_G ==> \result == 2;
  @ ensures bytes == 0 ==> \result > SIZE_MAX / CH_G; */
static size_t ch_granules(size_t bytes);

/*@ requires granule == CH_G;
  @ assigns \nothing;
  @ ensures bytes > 0 ==> (\result + 1) * CH_G >= bytes && \result >= 1;
  @ ensures bytes > CH_G ==> \result * CH_G < bytes;
  @ ensures 0 < bytes <= CH_G ==> \result == 1;
  @ ensures bytes == 0 ==> \result == SIZE_MAX / CH_G; */
static size_t ch_last_granule(size_t bytes);

/*@ requires granule == CH_G && granules <= SIZE_MAX / CH_G;
  @ assigns \nothing;
  @ ensures \result == granules * CH_G; */
static size_t ch_heap_bytes(uint32_t granules);
