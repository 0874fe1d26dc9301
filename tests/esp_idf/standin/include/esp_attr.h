/* SPDX-License-Identifier: MIT */
/* Stand-in for ESP-IDF's esp_attr.h: sections of internal RAM, each use a section of its own, as there. */
#pragma once

#define STANDIN_TEXT_(x) #x
#define STANDIN_TEXT(x) STANDIN_TEXT_(x)
#define STANDIN_SECTION(name) __attribute__((section("." name "." STANDIN_TEXT(__COUNTER__))))

#define IRAM_ATTR STANDIN_SECTION("iram1")
#define DRAM_ATTR STANDIN_SECTION("dram1")
#define FORCE_INLINE_ATTR static inline __attribute__((always_inline))
#define NOINLINE_ATTR __attribute__((noinline))
#define WORD_ALIGNED_ATTR __attribute__((aligned(4)))
