/* SPDX-License-Identifier: MIT */
/*
 * Code that moves. The function has a section to itself, whose ends the linker names: __start_X and __stop_X for a section X. It
 * is copied by words, because memory for code need not take bytes; then the processor is told that memory which it may have
 * fetched from has changed.
 */
#include "code_copy.h"

extern const uint32_t __start_movable_code[], __stop_movable_code[];

#ifdef __thumb__
#define MODE_BIT ((uintptr_t)1) /* in a function's address: it is Thumb code */
#else
#define MODE_BIT ((uintptr_t)0)
#endif

static inline void forget_fetched_code(void) {
#if defined __riscv
    __asm__ volatile("fence.i" ::: "memory");
#elif defined __arm__
    __asm__ volatile("dsb\n\tisb" ::: "memory");
#elif defined __XTENSA__
    __asm__ volatile("memw\n\tisync" ::: "memory");
#else
#error "how does this processor learn that code was written?"
#endif
}

__attribute__((section("movable_code"), noinline, used, aligned(4))) uint32_t code_checksum(const uint8_t *bytes, size_t size) {
    uint32_t crc = ~0u;
    while (size-- > 0) {
        crc ^= *bytes++;
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (0xedb88320u & (0u - (crc & 1)));
    }
    return ~crc;
}

size_t code_size(void) {
    size_t bytes = (size_t)((uintptr_t)__stop_movable_code - (uintptr_t)__start_movable_code);
    return (bytes + 3) & ~(size_t)3;
}

checksum_t code_copy(void *target) {
    volatile uint32_t *word = target;
    uintptr_t entry = ((uintptr_t)code_checksum & ~MODE_BIT) - (uintptr_t)__start_movable_code;
    for (size_t i = 0; i < code_size() / sizeof *word; i++) word[i] = __start_movable_code[i];
    forget_fetched_code();
    return (checksum_t)(((uintptr_t)target + entry) | MODE_BIT);
}
