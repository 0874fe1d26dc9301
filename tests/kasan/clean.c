/* SPDX-License-Identifier: MIT */
/*
 * A program without a bug, compiled with checks: sorted lists of words in a table that grows, texts put together, all of it
 * several times.
 */
#include <stdlib.h>
#include <string.h>

#include "bugs.h"

typedef struct entry {
    struct entry *next;
    char *name;
    uint32_t count;
} entry_t;

typedef struct {
    entry_t **slots;
    size_t size, used;
} table_t;

static uint32_t seed;

static uint32_t draw(uint32_t below) {
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

static uint32_t hash(const char *text) {
    uint32_t sum = 2166136261u;
    while (*text) sum = (sum ^ (uint8_t)*text++) * 16777619u;
    return sum;
}

static char *make_word(void) {
    static const char *const parts[] = {"ka", "lo", "mir", "nu", "pet", "ra", "su"};
    char buffer[40] = "";
    for (uint32_t n = 1 + draw(4); n; n--) strcat(buffer, parts[draw(7)]);
    char *word = malloc(strlen(buffer) + 1);
    if (word) strcpy(word, buffer);
    return word;
}

static void grow(table_t *t) {
    size_t size = t->size * 2;
    entry_t **slots = calloc(size, sizeof(entry_t *));
    if (!slots) exit(1);
    for (size_t i = 0; i < t->size; i++) {
        for (entry_t *e = t->slots[i], *next; e; e = next) {
            next = e->next;
            e->next = slots[hash(e->name) % size];
            slots[hash(e->name) % size] = e;
        }
    }
    free(t->slots);
    t->slots = slots;
    t->size = size;
}

static void add(table_t *t, char *word) {
    if (!word) exit(1);
    for (entry_t *e = t->slots[hash(word) % t->size]; e; e = e->next) {
        if (strcmp(e->name, word) != 0) continue;
        e->count++;
        free(word);
        return;
    }
    if (t->used++ == t->size) grow(t);
    entry_t *e = malloc(sizeof *e);
    if (!e) exit(1);
    *e = (entry_t){t->slots[hash(word) % t->size], word, 1};
    t->slots[hash(word) % t->size] = e;
}

static int by_name(const void *a, const void *b) { return strcmp((*(entry_t *const *)a)->name, (*(entry_t *const *)b)->name); }

/** All names in order, with their counts, as one text that grows; returns its checksum. */
static uint32_t write_out(const table_t *t) {
    entry_t **all = malloc(t->used * sizeof *all);
    char *text = malloc(1);
    size_t n = 0, length = 0;
    if (!all || !text) exit(1);
    for (size_t i = 0; i < t->size; i++) {
        for (entry_t *e = t->slots[i]; e; e = e->next) all[n++] = e;
    }
    qsort(all, n, sizeof *all, by_name);
    text[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        size_t more = strlen(all[i]->name);
        text = realloc(text, length + more + 2);
        if (!text) exit(1);
        memcpy(text + length, all[i]->name, more);
        text[length + more] = (char)('0' + all[i]->count % 10);
        text[length += more + 1] = '\0';
    }
    uint32_t sum = hash(text);
    free(text);
    free(all);
    return sum;
}

static void drop(table_t *t) {
    for (size_t i = 0; i < t->size; i++) {
        for (entry_t *e = t->slots[i], *next; e; e = next) {
            next = e->next;
            free(e->name);
            free(e);
        }
    }
    free(t->slots);
}

uint32_t clean_run(void) {
    uint32_t sum = 0;
    seed = 1;
    for (int round = 0; round < 4; round++) {
        table_t t = {calloc(4, sizeof(entry_t *)), 4, 0};
        if (!t.slots) exit(1);
        for (int i = 0; i < 600; i++) add(&t, make_word());
        sum = sum * 31 + write_out(&t);
        drop(&t);
    }
    return sum;
}
