/* SPDX-License-Identifier: MIT */
/* Stand-in, from the contract: the platform's part of the address sanitizer. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define KASAN_POISON_UNINIT 0xC
#define KASAN_POISON_HEAP_RRZ 0xD
#define KASAN_POISON_HEAP_LRZ 0xE
#define KASAN_POISON_HEAP_FREE 0xF

void kasan_init_shadow(void);
void kasan_poison_region(const void *addr, size_t size, uint8_t tag);
void kasan_unpoison_region(const void *addr, size_t size);
void kasan_disable_checks(void);
void kasan_enable_checks(void);
uint32_t kasan_get_error_count(void);
void kasan_reset_error_count(void);

extern uint8_t kasan_shadow_mem[];
extern uintptr_t kasan_shadow_offset;
