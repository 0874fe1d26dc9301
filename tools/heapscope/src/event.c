/* SPDX-License-Identifier: MIT */
#include "event.h"

#include <stdlib.h>
#include <string.h>

static uint32_t call(hs_stacks_t *s, uint64_t address, uint32_t caller) {
    uint64_t key = hs_mix(address) ^ (uint64_t)caller * 0xD6E8FEB86659FD93u;
    uint32_t found = hs_map_get(&s->index, key);
    /* Two calls with the same key are told apart by looking on. */
    while (found != HS_NONE && (s->calls[found].address != address || s->calls[found].caller != caller))
        found = hs_map_get(&s->index, ++key);
    if (found != HS_NONE) return found;
    if (s->count >= HS_STACKS_MOST) {
        s->full = true;
        return 0;
    }
    HS_ROOM(s->calls, s->room, s->count);
    s->calls[s->count] = (hs_call_t){address, caller};
    hs_map_set(&s->index, key, (uint32_t)s->count);
    return (uint32_t)s->count++;
}

uint32_t hs_stacks_intern(hs_stacks_t *s, const uint64_t *addresses, size_t depth) {
    uint32_t at = 0;
    if (!s->count) {
        HS_ROOM(s->calls, s->room, 0);
        s->count = 1;
    }
    for (size_t i = depth; i-- > 0;) at = call(s, addresses[i], at);
    return at;
}

size_t hs_stacks_get(const hs_stacks_t *s, uint32_t stack, uint64_t *addresses, size_t most) {
    size_t n = 0;
    for (; stack && n < most; stack = s->calls[stack].caller) addresses[n++] = s->calls[stack].address;
    return n;
}

void hs_stacks_free(hs_stacks_t *s) {
    free(s->calls);
    hs_map_free(&s->index);
    *s = (hs_stacks_t){0};
}

uint32_t hs_tasks_intern(hs_tasks_t *t, uint64_t handle, const char *name, size_t length) {
    char clean[64];
    if (length >= sizeof clean) length = sizeof clean - 1;
    for (size_t i = 0; i < length; i++) clean[i] = name[i] < ' ' || name[i] > '~' ? '?' : name[i];
    clean[length] = 0;
    if (!t->count) {
        HS_ROOM(t->tasks, t->room, 0);
        t->tasks[t->count++].name = hs_text("(no task)");
    }
    for (size_t i = t->count; i-- > 1;) { /* the newest first */
        if (t->tasks[i].handle == handle && (!length || strcmp(t->tasks[i].name, clean) == 0)) return (uint32_t)i;
    }
    if (t->count >= HS_TASKS_MOST) return 0;
    HS_ROOM(t->tasks, t->room, t->count);
    t->tasks[t->count] = (hs_task_t){handle, length ? hs_text("%s", clean) : hs_text("task 0x%llx", (unsigned long long)handle)};
    return (uint32_t)t->count++;
}

void hs_tasks_free(hs_tasks_t *t) {
    for (size_t i = 0; i < t->count; i++) free(t->tasks[i].name);
    free(t->tasks);
    *t = (hs_tasks_t){0};
}
