/* SPDX-License-Identifier: MIT */
/*
 * The C library's functions as checked code calls them: the library itself is compiled without checks, so its arguments are
 * looked at here. capheap/kasan_calls.h gives the functions these names in checked code; everybody else calls the library
 * directly.
 */
#include <string.h>

#include "debug/kasan/kasan_shadow.h"

#define PC __builtin_return_address(0)

static void reads(const void *from, size_t size, const void *pc) { ch_kasan_check((uintptr_t)from, size, false, pc); }

static void writes(void *to, size_t size, const void *pc) { ch_kasan_check((uintptr_t)to, size, true, pc); }

/* Declared here, so that the functions are what the library declares under its own names. */
#define SAME_AS(name) __typeof__(name) __asan_##name

SAME_AS(memcpy);
SAME_AS(memmove);
SAME_AS(memset);
SAME_AS(memcmp);
SAME_AS(memchr);
SAME_AS(strlen);
SAME_AS(strnlen);
SAME_AS(strcpy);
SAME_AS(strncpy);
SAME_AS(strcat);
SAME_AS(strncat);
SAME_AS(strcmp);
SAME_AS(strncmp);
SAME_AS(strchr);
SAME_AS(strrchr);
SAME_AS(strstr);

void *__asan_memcpy(void *to, const void *from, size_t size) {
    reads(from, size, PC);
    writes(to, size, PC);
    return memcpy(to, from, size);
}

void *__asan_memmove(void *to, const void *from, size_t size) {
    reads(from, size, PC);
    writes(to, size, PC);
    return memmove(to, from, size);
}

void *__asan_memset(void *to, int value, size_t size) {
    writes(to, size, PC);
    return memset(to, value, size);
}

int __asan_memcmp(const void *a, const void *b, size_t size) {
    reads(a, size, PC);
    reads(b, size, PC);
    return memcmp(a, b, size);
}

void *__asan_memchr(const void *from, int value, size_t size) {
    void *found = memchr(from, value, size);
    reads(from, found ? (size_t)((const char *)found - (const char *)from) + 1 : size, PC);
    return found;
}

/** Checks a text with its end; returns its length. */
CH_INLINE size_t text(const char *from, const void *pc) {
    size_t length = strlen(from);
    reads(from, length + 1, pc);
    return length;
}

/** The same of at most `limit` characters. */
CH_INLINE size_t text_up_to(const char *from, size_t limit, const void *pc) {
    size_t length = strnlen(from, limit);
    reads(from, length < limit ? length + 1 : limit, pc);
    return length;
}

size_t __asan_strlen(const char *from) { return text(from, PC); }

size_t __asan_strnlen(const char *from, size_t limit) { return text_up_to(from, limit, PC); }

char *__asan_strcpy(char *to, const char *from) {
    writes(to, text(from, PC) + 1, PC);
    return strcpy(to, from);
}

char *__asan_strncpy(char *to, const char *from, size_t size) {
    text_up_to(from, size, PC);
    writes(to, size, PC);
    return strncpy(to, from, size);
}

char *__asan_strcat(char *to, const char *from) {
    size_t had = text(to, PC);
    writes(to + had, text(from, PC) + 1, PC);
    return strcat(to, from);
}

char *__asan_strncat(char *to, const char *from, size_t size) {
    size_t had = text(to, PC);
    writes(to + had, text_up_to(from, size, PC) + 1, PC);
    return strncat(to, from, size);
}

/** Up to the first difference, or the end of both. */
CH_INLINE void same_part(const char *a, const char *b, size_t limit, const void *pc) {
    size_t n = 0;
    while (n < limit && a[n] == b[n] && a[n]) n++;
    if (n < limit) n++;
    reads(a, n, pc);
    reads(b, n, pc);
}

int __asan_strcmp(const char *a, const char *b) {
    same_part(a, b, SIZE_MAX, PC);
    return strcmp(a, b);
}

int __asan_strncmp(const char *a, const char *b, size_t size) {
    same_part(a, b, size, PC);
    return strncmp(a, b, size);
}

char *__asan_strchr(const char *from, int value) {
    char *found = strchr(from, value);
    reads(from, found ? (size_t)(found - from) + 1 : strlen(from) + 1, PC);
    return found;
}

char *__asan_strrchr(const char *from, int value) {
    text(from, PC);
    return strrchr(from, value);
}

char *__asan_strstr(const char *from, const char *what) {
    text(from, PC);
    text(what, PC);
    return strstr(from, what);
}
