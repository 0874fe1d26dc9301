/* SPDX-License-Identifier: MIT */
/*
 * For code that is compiled with -fsanitize=kernel-address, by `-include capheap/kasan_calls.h`: its calls of these functions of
 * the C library go through checks (src/debug/kasan/kasan_calls.c). That includes the calls that the compiler makes by itself, for
 * large structures. Comes before the library's own declarations, which then are of the names given here.
 */
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

void *memcpy(void *, const void *, size_t) __asm__("__asan_memcpy");
void *memmove(void *, const void *, size_t) __asm__("__asan_memmove");
void *memset(void *, int, size_t) __asm__("__asan_memset");
int memcmp(const void *, const void *, size_t) __asm__("__asan_memcmp");
size_t strlen(const char *) __asm__("__asan_strlen");
size_t strnlen(const char *, size_t) __asm__("__asan_strnlen");
char *strcpy(char *, const char *) __asm__("__asan_strcpy");
char *strncpy(char *, const char *, size_t) __asm__("__asan_strncpy");
char *strcat(char *, const char *) __asm__("__asan_strcat");
char *strncat(char *, const char *, size_t) __asm__("__asan_strncat");
int strcmp(const char *, const char *) __asm__("__asan_strcmp");
int strncmp(const char *, const char *, size_t) __asm__("__asan_strncmp");
#ifndef __cplusplus /* C++ has two of each of these, as inline functions */
void *memchr(const void *, int, size_t) __asm__("__asan_memchr");
char *strchr(const char *, int) __asm__("__asan_strchr");
char *strrchr(const char *, int) __asm__("__asan_strrchr");
char *strstr(const char *, const char *) __asm__("__asan_strstr");
#endif

#ifdef __cplusplus
}
#endif
