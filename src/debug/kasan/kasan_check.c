/* SPDX-License-Identifier: MIT */
/*
 * What compiled code calls before each access. The usual case is one look at one shadow byte: within the first range, within 8
 * bytes, nothing forbidden there. What is not so takes the long way, and is mostly found to be in order.
 *
 * The names without _noabort are those that clang uses when it is told to stop at the first fault; both are the same here.
 */
#include "debug/kasan/kasan_shadow.h"

#define PC __builtin_return_address(0)

/** Whether the quick look is enough. */
CH_INLINE bool is_fine(uintptr_t address, size_t size) {
    uintptr_t at = address - ch_kasan_map.low;
    return CH_LIKELY(at < ch_kasan_map.span && ch_kasan_map.shadow[at >> 3] == 0 && size <= 8 && (at & 7) <= 8 - size);
}

/*
 * The quick look needs no stack frame as long as it does not ask who called: the long way does, which is entered by a tail call.
 */
#define ENTRY(kind, n, is_write)                                                                                                 \
    void __asan_##kind##n##_noabort(void *address);                                                                              \
    void __asan_##kind##n(void *address) __attribute__((alias("__asan_" #kind #n "_noabort")));                                  \
    static CH_NOINLINE void look_##kind##n(uintptr_t address, const void *pc) {                                                  \
        ch_kasan_check(address, n, is_write, pc ? pc : PC);                                                                      \
    }                                                                                                                            \
    CH_TAIL_CALLS void __asan_##kind##n##_noabort(void *address) {                                                               \
        if (!is_fine((uintptr_t)address, n)) look_##kind##n((uintptr_t)address, CH_HAS_TAIL_CALLS ? NULL : PC);                  \
    }

#define ENTRY_N(kind, is_write)                                                                                                  \
    void __asan_##kind##N_noabort(void *address, size_t size);                                                                   \
    void __asan_##kind##N(void *address, size_t size) __attribute__((alias("__asan_" #kind "N_noabort")));                       \
    void __asan_##kind##N_noabort(void *address, size_t size) { ch_kasan_check((uintptr_t)address, size, is_write, PC); }

ENTRY(load, 1, false)
ENTRY(load, 2, false)
ENTRY(load, 4, false)
ENTRY(load, 8, false)
ENTRY(load, 16, false)
ENTRY_N(load, false)
ENTRY(store, 1, true)
ENTRY(store, 2, true)
ENTRY(store, 4, true)
ENTRY(store, 8, true)
ENTRY(store, 16, true)
ENTRY_N(store, true)
