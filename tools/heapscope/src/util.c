/* SPDX-License-Identifier: MIT */
#include "util.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void say(const char *before, const char *format, va_list arguments) {
    fflush(stdout);
    fprintf(stderr, "heapscope: %s", before);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
}

void hs_die(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say("", format, arguments);
    va_end(arguments);
    exit(HS_BAD_INPUT);
}

void hs_warn(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say("warning: ", format, arguments);
    va_end(arguments);
}

void *hs_alloc(size_t count, size_t size) {
    void *p = calloc(count ? count : 1, size);
    if (!p) hs_die("out of memory (%zu x %zu bytes); a shorter recording needs less", count, size);
    return p;
}

void *hs_grow(void *array, size_t *room, size_t least, size_t size) {
    if (least <= *room) return array;
    size_t more = *room < 16 ? 16 : *room * 2;
    if (more < least) more = least;
    void *p = reallocarray(array, more, size);
    if (!p) hs_die("out of memory (%zu x %zu bytes); a shorter recording needs less", more, size);
    memset((char *)p + *room * size, 0, (more - *room) * size);
    *room = more;
    return p;
}

char *hs_text(const char *format, ...) {
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0) hs_die("out of memory");
    return text;
}

/** Where a key is, or where it would be put. */
static size_t place_of(const hs_map_t *map, uint64_t key) {
    size_t mask = map->size - 1, i = hs_mix(key) & mask;
    while (map->values[i] != HS_NONE && map->keys[i] != key) i = (i + 1) & mask;
    return i;
}

uint32_t hs_map_get(const hs_map_t *map, uint64_t key) { return map->size ? map->values[place_of(map, key)] : HS_NONE; }

static void enlarge(hs_map_t *map) {
    hs_map_t old = *map;
    map->size = old.size ? old.size * 2 : 64;
    map->keys = hs_alloc(map->size, sizeof *map->keys);
    map->values = hs_alloc(map->size, sizeof *map->values);
    memset(map->values, 0xff, map->size * sizeof *map->values);
    for (size_t i = 0; i < old.size; i++) {
        if (old.values[i] == HS_NONE) continue;
        size_t to = place_of(map, old.keys[i]);
        map->keys[to] = old.keys[i];
        map->values[to] = old.values[i];
    }
    free(old.keys);
    free(old.values);
}

void hs_map_set(hs_map_t *map, uint64_t key, uint32_t value) {
    if (map->count * 3 >= map->size * 2) enlarge(map);
    size_t i = place_of(map, key);
    if (map->values[i] == HS_NONE) map->count++;
    map->keys[i] = key;
    map->values[i] = value;
}

uint32_t hs_map_take(hs_map_t *map, uint64_t key) {
    if (!map->size) return HS_NONE;
    size_t mask = map->size - 1, hole = place_of(map, key);
    uint32_t value = map->values[hole];
    if (value == HS_NONE) return HS_NONE;
    map->count--;
    for (size_t i = (hole + 1) & mask; map->values[i] != HS_NONE; i = (i + 1) & mask) {
        size_t home = hs_mix(map->keys[i]) & mask;
        if (((i - home) & mask) < ((i - hole) & mask)) continue; /* it would come before its home */
        map->keys[hole] = map->keys[i];
        map->values[hole] = map->values[i];
        hole = i;
    }
    map->values[hole] = HS_NONE;
    return value;
}

void hs_map_free(hs_map_t *map) {
    free(map->keys);
    free(map->values);
    *map = (hs_map_t){0};
}
