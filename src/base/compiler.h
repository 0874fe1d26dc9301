/* SPDX-License-Identifier: MIT */
/* What differs from compiler to compiler and from machine to machine; the only place in src/ for #if on them. */
#pragma once

#include <stdint.h>

#include "capheap/config.h"
#include "esp_attr.h"

/*
 * CH_INLINE: of what a hot path must have without a call. CH_INLINE_FAST: of what is long but on every path. CH_FOR_SIZE: one way
 * for all cases, rather than a short way for each. CH_UNROLLED: before a loop of at most eight rounds. A build for size inlines
 * what makes it smaller, but nothing that is CH_INLINE_LARGE.
 */
#ifdef __OPTIMIZE_SIZE__
#define CH_INLINE static inline __attribute__((unused))
#define CH_INLINE_FAST CH_INLINE
#define CH_INLINE_LARGE static __attribute__((noinline, unused))
#define CH_FOR_SIZE 1
#define CH_UNROLLED
#else
#define CH_INLINE static inline __attribute__((always_inline))
#define CH_INLINE_FAST CH_INLINE
#define CH_INLINE_LARGE CH_INLINE
#define CH_FOR_SIZE 0
#define CH_UNROLLED _Pragma("GCC unroll 8")
#endif
#define CH_NOINLINE __attribute__((noinline))
#if defined __GNUC__ && !defined __clang__
#define CH_IN_ORDER __attribute__((no_reorder)) /* of objects that are to lie as they are written */
#else
#define CH_IN_ORDER
#endif
#if defined __GNUC__ && !defined __clang__
#define CH_AS_IT_IS __attribute__((noipa)) /* a function that keeps its arguments, used or not */
#else
#define CH_AS_IT_IS CH_NOINLINE
#endif
/* CH_ARGUMENT(i): keeps a variable in the register of argument i, where it came in and goes out again. */
#if defined __riscv && defined __GNUC__ && !defined __clang__
#define CH_ARGUMENT(i) __asm__("a" #i)
#define CH_STAY(a, b, c, d, e, f) __asm__("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f))
#define CH_STAY_BOTH(a, b) __asm__("" : "+r"(a), "+r"(b))
#else
#define CH_ARGUMENT(i)
#define CH_STAY(a, b, c, d, e, f)
#define CH_STAY_BOTH(a, b)
#endif
#define CH_UNUSED __attribute__((unused)) /* of a function in a header that not every file needs */
#define CH_WEAK __attribute__((weak))
#define CH_LIKELY(x) __builtin_expect(!!(x), 1)
#define CH_UNLIKELY(x) __builtin_expect(!!(x), 0)

/* CH_HAS_CLZ: counting zeros is an instruction. Without it the compiler calls a library function of 18 to 56 instructions.
 * The command line may say so, to test on one machine what the others have. */
#ifdef CH_HAS_CLZ
#elif defined __riscv && !defined __riscv_zbb
#define CH_HAS_CLZ 0
#elif defined __ARM_ARCH && __ARM_ARCH_ISA_THUMB == 1
#define CH_HAS_CLZ 0
#else
#define CH_HAS_CLZ 1
#endif

/*
 * ch_shl, ch_shr: x shifted by position p of the bits modulo 32. RISC-V's instructions take the modulo by themselves, which gcc
 * forgets where one position is used twice. ch_in_register: a constant that is to be made once.
 */
#if defined __riscv && __riscv_xlen == 32
CH_INLINE uint32_t ch_shl(uint32_t x, uint32_t p) {
    __asm__("sll %0, %1, %2" : "=r"(x) : "r"(x), "r"(p));
    return x;
}
CH_INLINE uint32_t ch_shr(uint32_t x, uint32_t p) {
    __asm__("srl %0, %1, %2" : "=r"(x) : "r"(x), "r"(p));
    return x;
}
#else
CH_INLINE uint32_t ch_shl(uint32_t x, uint32_t p) { return x << (p & 31); }
CH_INLINE uint32_t ch_shr(uint32_t x, uint32_t p) { return x >> (p & 31); }
#endif
CH_INLINE uint32_t ch_in_register(uint32_t x) {
    __asm__("" : "+r"(x));
    return x;
}

/* CH_NEAR_TABLE: where small constant tables of the hot paths go. On RISC-V beside the small variables, which one instruction
 * reaches; elsewhere into data RAM, as they are read while the flash cache may be off. */
#ifdef __riscv
#define CH_NEAR_TABLE __attribute__((section(".sdata.ch_tables")))
#else
#define CH_NEAR_TABLE DRAM_ATTR
#endif
/* CH_NEAR: the same of variables of the hot paths that are larger than what compilers put there. */
#ifdef __riscv
#define CH_NEAR __attribute__((section(".sdata.ch_near")))
#else
#define CH_NEAR
#endif

/* CH_ONE_BY_ONE: what is made of x and y is made after both are known, for want of registers. */
#define CH_ONE_BY_ONE(x, y) __asm__("" : "+r"(x), "+r"(y))

/*
 * CH_LEAVE_TO: calls a function that does not return, with a pointer and a word. The compiler would call it as any other, and for
 * that save the return address in functions that need no stack otherwise. So a jump, which also leaves in the register who
 * called.
 */
#if defined __riscv && __riscv_xlen == 32 && defined __GNUC__ && !defined __clang__
#define CH_LEAVE_TO(function, pointer, word)                                                                                     \
    do {                                                                                                                         \
        __asm__ volatile("mv t0, %1\n\tmv a0, %0\n\tmv a1, t0\n\ttail %2" ::"r"(pointer), "r"(word), "i"(function) : "t0");      \
        __builtin_unreachable();                                                                                                 \
    } while (0)
#else
#define CH_LEAVE_TO(function, pointer, word) function(pointer, word)
#endif

/*
 * CH_TABLE_AT: x = entry i of a table of bytes. Where an address takes two instructions, the second is the load itself, which
 * compilers only see for constant i, and linkers could not shorten.
 */
#if defined __riscv && __riscv_xlen == 32 && defined __riscv_cmodel_medlow
#define CH_TABLE_AT(x, table, i)                                                                                                 \
    __asm__(".option push\n\t.option norelax\n\tlui %0, %%hi(" #table ")\n\tadd %0, %0, %1\n\tlbu %0, %%lo(" #table              \
            ")(%0)\n\t.option pop"                                                                                               \
            : "=&r"(x)                                                                                                           \
            : "r"(i))
#else
#define CH_TABLE_AT(x, table, i) ((x) = (table)[i])
#endif

/*
 * CH_LOAD_NEAR: p = pointer i, a plain number, of an array that linkers put where one instruction reaches it (CH_NEAR_TABLE).
 * Compilers make a register of its address for several of them.
 */
#if defined __riscv && __riscv_xlen == 32 && defined __riscv_cmodel_medlow
#define CH_LOAD_NEAR(p, array, i)                                                                                                \
    __asm__ volatile("lui %0, %%hi(" #array "+4*" #i ")\n\tlw %0, %%lo(" #array "+4*" #i ")(%0)" : "=r"(p) : : "memory")
#else
#define CH_LOAD_NEAR(p, array, i) ((p) = CH_LOAD_LINK((array)[i]))
#endif

/* CH_OPAQUE: from here on the compiler knows nothing of the value of x. */
#define CH_OPAQUE(x) __asm__("" : "+r"(x))

/** A word of memory whose use is not known. */
typedef uint32_t ch_word_t __attribute__((may_alias));

/*
 * ch_copy_four: four words, each by an aligned access of its own; the pointers go on behind them. ch_fill_fours: the same up to
 * `end`, four at a time. What is stored has to be opaque, or compilers would put memcpy and memset in place of the loops around.
 * Volatile words would do, but on Xtensa gcc puts a memw before each, which waits until all stores are done. Thumb has
 * instructions for several words, which gcc does not find.
 */
#ifdef __thumb__
CH_INLINE void ch_copy_four(ch_word_t **to, const ch_word_t **from) {
    ch_word_t *t = *to;
    const ch_word_t *f = *from;
    __asm__ volatile("ldmia %1!, {r3, r4, r5, r6}\n\tstmia %0!, {r3, r4, r5, r6}"
                     : "+l"(t), "+l"(f)::"r3", "r4", "r5", "r6", "memory");
    *to = t, *from = f;
}

CH_INLINE void ch_fill_fours(ch_word_t *to, const ch_word_t *end, uint32_t value) {
    if (to == end) return;
    register uint32_t a __asm__("r3") = value, b __asm__("r4") = value, c __asm__("r5") = value, d __asm__("r6") = value;
    __asm__ volatile("1:\tstmia %0!, {%1, %2, %3, %4}\n\tcmp %0, %5\n\tbne 1b"
                     : "+l"(to)
                     : "r"(a), "r"(b), "r"(c), "r"(d), "l"(end)
                     : "cc", "memory");
}
#else
CH_INLINE void ch_copy_four(ch_word_t **to, const ch_word_t **from) {
    const ch_word_t *f = *from;
    uint32_t a = f[0], b = f[1], c = f[2], d = f[3];
    ch_word_t *t = *to;
    CH_OPAQUE(a);
    CH_OPAQUE(b);
    CH_OPAQUE(c);
    CH_OPAQUE(d);
    t[0] = a, t[1] = b, t[2] = c, t[3] = d;
    *to = t + 4, *from = f + 4;
}

CH_INLINE void ch_fill_fours(ch_word_t *to, const ch_word_t *end, uint32_t value) {
    for (; to != end; to += 4) to[0] = value, to[1] = value, to[2] = value, to[3] = value;
}
#endif

/*
 * Words that others write while they are read. RELAXED: one load or store of an aligned word, pointer or bool. LINK: of a pointer
 * to things that are complete before it is stored; the store is behind the port's fence, and the load relies on the address that
 * it gives: processors read what a pointer leads to after the pointer, so no fence is needed.
 *
 * INDEX: loads what a LINK would be, but is a number: no address that is read after it comes from it, so there is a fence.
 *
 * FIXED: of a word of which only bits are looked at that nobody changes, so that it may be read as often as the compiler likes.
 *
 * For ThreadSanitizer they are C11's atomic accesses. Else they are plain ones: a load whose value the compiler can't ask for a
 * second time, and a store that the port's lock or fence behind it completes. The same instruction, but C11's make clang call a
 * library where the processor has no atomic instructions, have gcc put a memw before each on Xtensa, and keep it from folding a
 * variable's address into the load on RISC-V (2 instructions of a malloc, 1 of a free).
 */
#if defined __SANITIZE_THREAD__
#define CH_SANITIZES_THREADS 1
#elif defined __has_feature
#if __has_feature(thread_sanitizer)
#define CH_SANITIZES_THREADS 1
#endif
#endif

#ifdef CH_SANITIZES_THREADS
#define CH_LOAD_RELAXED(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define CH_LOAD_LINK(x) __atomic_load_n(&(x), __ATOMIC_ACQUIRE)
#define CH_LOAD_INDEX(x) CH_LOAD_LINK(x)
#define CH_STORE_RELAXED(x, value) __atomic_store_n(&(x), (value), __ATOMIC_RELAXED)
#define CH_STORE_LINK(x, value) __atomic_store_n(&(x), (value), __ATOMIC_RELEASE)
#define CH_LOAD_FIXED(x) CH_LOAD_RELAXED(x)
#else
#define CH_LOAD_FIXED(x) (x)
#define CH_LOAD_RELAXED(x)                                                                                                       \
    __extension__({                                                                                                              \
        __auto_type ch_loaded = (x);                                                                                             \
        __asm__("" : "+r"(ch_loaded));                                                                                           \
        ch_loaded;                                                                                                               \
    })
#define CH_LOAD_LINK(x) CH_LOAD_RELAXED(x)
#define CH_LOAD_INDEX(x)                                                                                                         \
    __extension__({                                                                                                              \
        __auto_type ch_index = CH_LOAD_RELAXED(x);                                                                               \
        ch_port_fence();                                                                                                         \
        ch_index;                                                                                                                \
    })
#define CH_STORE_RELAXED(x, value) ((void)((x) = (value)))
#define CH_STORE_LINK(x, value) (ch_port_fence(), (void)((x) = (value)))
#endif

#ifdef __riscv
#define CH_ON_RISCV 1
#else
#define CH_ON_RISCV 0
#endif
#ifdef __arm__
#define CH_ON_ARM 1
#else
#define CH_ON_ARM 0
#endif

/* CH_TAIL_CALLS: attribute of a function whose last call does not come back to it, whatever the level of optimization, where
 * CH_HAS_TAIL_CALLS. Clang has no such attribute, gcc for Xtensa no such calls. */
#if defined __GNUC__ && !defined __clang__ && !defined __xtensa__
#define CH_HAS_TAIL_CALLS 1
#define CH_TAIL_CALLS __attribute__((optimize("O2")))
#else
#define CH_HAS_TAIL_CALLS 0
#define CH_TAIL_CALLS
#endif

/* CH_TELLS_CALLER_BY_TAIL: what such a function calls last sees the return address of that function as its own. Not where
 * something may be put between for a sanitizer, as on hosts. */
#define CH_TELLS_CALLER_BY_TAIL (CH_HAS_TAIL_CALLS && (CH_ON_RISCV || CH_ON_ARM))

/*
 * CH_RETURNS_TO: p = where the function returns to, as its first statement. On RISC-V gcc would save the return address for
 * __builtin_return_address(), although it stays where it is.
 */
#if defined __riscv && defined __GNUC__ && !defined __clang__
#define CH_RETURNS_TO(p) __asm__ volatile("mv %0, ra" : "=r"(p))
#else
#define CH_RETURNS_TO(p) ((p) = __builtin_return_address(0))
#endif

/* CH_KASAN_SHADOW: the declaration of kasan_shadow_mem, the definition where an option makes it an array of the library's. */
#if CH_CFG_KASAN_SHADOW_SIZE > 0
#define CH_KASAN_SHADOW uint8_t kasan_shadow_mem[CH_CFG_KASAN_SHADOW_SIZE] __attribute__((aligned(8)))
#else
#define CH_KASAN_SHADOW extern uint8_t kasan_shadow_mem[]
#endif

/*
 * CH_UNTOLD, CH_TOLD: with observers a public function exists twice: what does the work, under a name of its own, which the
 * library calls for itself, and one in told.c that has the public name, calls it, and tells. Without observers there is the first
 * alone, under the public name.
 */
#if CH_CFG_OBSERVED
#define CH_UNTOLD(name) ch_untold_##name
#define CH_TOLD(name) name
#define CH_TOLD_ONLY
#else
#define CH_UNTOLD(name) name
#define CH_TOLD(name) ch_told_##name
#define CH_TOLD_ONLY static CH_UNUSED
#endif

/*
 * ch_caller_t: who called a public function: where that returns to (ch_caller_pc(), NULL: not recorded), and its frame, for
 * ch_port_callers_from(). It has no more members than the depth of the recorded stacks asks for, so that nothing is passed on at
 * depth 0 (but call sites, and the address sanitizer's reports, want to know too). CH_CALLER is the caller of the function in
 * which it stands.
 */
#if CH_CFG_OBSERVED && CH_CFG_TRACE_DEPTH > 1
typedef struct {
    void *pc;
    const void *frame;
} ch_caller_t;
#define CH_CALLER ((ch_caller_t){__builtin_return_address(0), __builtin_frame_address(0)})
CH_INLINE const void *ch_caller_frame(ch_caller_t by) { return by.frame; }
CH_INLINE void *ch_caller_pc(ch_caller_t by) { return by.pc; }
#elif CH_CFG_OBSERVED && CH_CFG_TRACE_DEPTH == 0 && !CH_CFG_KASAN && CH_CFG_CALL_SITES == 0
typedef struct {
} ch_caller_t;
#define CH_CALLER ((ch_caller_t){})
CH_INLINE const void *ch_caller_frame(ch_caller_t by) { return (void)by, (const void *)0; }
CH_INLINE void *ch_caller_pc(ch_caller_t by) { return (void)by, (void *)0; }
#else
typedef struct {
    void *pc;
} ch_caller_t;
#define CH_CALLER ((ch_caller_t){CH_CFG_OBSERVED ? __builtin_return_address(0) : (void *)0})
CH_INLINE const void *ch_caller_frame(ch_caller_t by) { return (void)by, (const void *)0; }
CH_INLINE void *ch_caller_pc(ch_caller_t by) { return by.pc; }
#endif

/* CH_TRACE_ORIGIN: begins the definition of ch_origin_of() by the trace, where that is who knows. */
#if CH_CFG_TRACE == CH_TRACE_STANDALONE && !CH_CFG_KASAN
#define CH_TRACE_ORIGIN bool ch_origin_of
#else
#define CH_TRACE_ORIGIN static CH_UNUSED bool ch_trace_origin_of
#endif

/* CH_TRACE_SUMMARY_HASH, _TOLD: fills, and reads, the two members that a summary has with CH_CFG_TRACE_HASH_MAP alone. */
#if CH_CFG_TRACE_HASH_MAP
#define CH_TRACE_SUMMARY_HASH(summary, hits, misses)                                                                             \
    ((summary)->total_hashmap_hits = (hits), (summary)->total_hashmap_miss = (misses))
#define CH_TRACE_SUMMARY_TOLD(summary, hits, misses)                                                                             \
    ((hits) = (summary).total_hashmap_hits, (misses) = (summary).total_hashmap_miss)
#else
#define CH_TRACE_SUMMARY_HASH(summary, hits, misses) ((void)0)
#define CH_TRACE_SUMMARY_TOLD(summary, hits, misses) ((void)0)
#endif

/* ch_scale: x, any 32 bits, to a number below n in proportion; n is below 65536 where no instruction makes the long product. */
#if (defined __riscv && !defined __riscv_mul) || defined __XTENSA__ || (defined __ARM_ARCH && __ARM_ARCH_ISA_THUMB == 1)
CH_INLINE uint32_t ch_scale(uint32_t x, uint32_t n) { return (x >> 16) * n >> 16; }
#else
CH_INLINE uint32_t ch_scale(uint32_t x, uint32_t n) { return (uint32_t)((uint64_t)x * n >> 32); }
#endif

/* ch_half_t: an unsigned number of half a pointer's size. */
#if UINTPTR_MAX > 0xffffffffu
typedef uint32_t ch_half_t;
#else
typedef uint16_t ch_half_t;
#endif

/* CH_WIDE: addresses have 64 bits, so one block may have 2^27 granules and more. */
#define CH_WIDE (UINTPTR_MAX > 0xffffffffu)

/*
 * CH_IRAM: what interrupt handlers may call while the flash cache is off; HEAP_IRAM_ATTR of esp_heap_caps.h below the capability
 * layer.
 */
#if CH_CFG_PLACE_FUNCTION_INTO_FLASH
#define CH_IRAM
#else
#define CH_IRAM IRAM_ATTR
#endif
