/* SPDX-License-Identifier: MIT */
/* Live blocks by call stack: what leaks, peak and diff are about. */
#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "paint.h"

/** The time of the mark that --since names; ends the program if there is none. */
static uint64_t mark_time(const hs_context_t *c, const char *text) {
    const hs_model_t *m = &c->model;
    for (size_t i = m->notes_count; i-- > 0;)
        if (!m->notes[i].failed && strcmp(m->notes[i].text, text) == 0) return m->notes[i].time;
    hs_die("--since: there is no mark \"%s\" in %s; heapscope info shows the marks", text, c->options->input);
}

bool hs_passes(const hs_context_t *c, const hs_block_t *b) {
    const hs_options_t *o = c->options;
    if (o->task && strcmp(hs_task_name(c, b->task), o->task) != 0) return false;
    if (o->region && strcmp(c->model.regions[b->region].name, o->region) != 0) return false;
    if (o->since && b->time < mark_time(c, o->since)) return false;
    return o->min_age <= 0 || hs_time(c, c->model.now - b->time) >= o->min_age;
}

typedef struct {
    const hs_context_t *context;
    hs_group_t *groups;
    size_t count, room;
    hs_map_t index; /* call stack to group */
} gather_t;

static void gather(void *context, const hs_block_t *b) {
    gather_t *g = context;
    if (!hs_passes(g->context, b)) return;
    uint32_t i = hs_map_get(&g->index, b->stack);
    if (i == HS_NONE) {
        i = (uint32_t)g->count++;
        HS_ROOM(g->groups, g->room, i);
        g->groups[i] = (hs_group_t){.stack = b->stack, .task = b->task, .oldest = b->time, .newest = b->time};
        hs_map_set(&g->index, b->stack, i);
    }
    hs_group_t *to = &g->groups[i];
    to->bytes += b->size;
    to->count++;
    if (b->time < to->oldest) to->oldest = b->time, to->task = b->task;
    if (b->time > to->newest) to->newest = b->time;
}

static const char *sort_key;
static int by_key(const void *left, const void *right) {
    const hs_group_t *a = left, *b = right;
    uint64_t x = a->bytes, y = b->bytes;
    if (strcmp(sort_key, "count") == 0) x = a->count, y = b->count;
    if (strcmp(sort_key, "age") == 0) x = UINT64_MAX - a->oldest, y = UINT64_MAX - b->oldest;
    if (x != y) return x < y ? 1 : -1;
    return (a->stack > b->stack) - (a->stack < b->stack);
}

hs_group_t *hs_groups(hs_context_t *c, size_t *count) {
    gather_t g = {.context = c};
    hs_model_live(&c->model, gather, &g);
    hs_map_free(&g.index);
    sort_key = c->options->sort ? c->options->sort : "bytes";
    if (g.count) qsort(g.groups, g.count, sizeof *g.groups, by_key);
    *count = g.count;
    return g.groups;
}

void hs_json_groups(hs_context_t *c, json_t *document) {
    size_t count;
    hs_group_t *groups = hs_groups(c, &count);
    json_t *array = json_array();
    uint64_t bytes = 0, blocks = 0, top = c->options->top ? c->options->top : UINT64_MAX;
    for (size_t i = 0; i < count; i++) {
        const hs_group_t *g = &groups[i];
        bytes += g->bytes;
        blocks += g->count;
        if (i >= top) continue;
        json_array_append_new(array, json_pack("{sI sI sf sf ss so}", "bytes", (json_int_t)g->bytes, "blocks",
                                               (json_int_t)g->count, "oldest", hs_time(c, c->model.now - g->oldest), "newest",
                                               hs_time(c, c->model.now - g->newest), "task", hs_task_name(c, g->task), "stack",
                                               hs_json_stack(c, g->stack)));
    }
    free(groups);
    json_object_set_new(document, "groups_count", json_integer((json_int_t)count));
    json_object_set_new(document, "groups", array);
    json_object_set_new(document, "bytes", json_integer((json_int_t)bytes));
    json_object_set_new(document, "blocks", json_integer((json_int_t)blocks));
}

static void show_group(const json_t *trace, const json_t *group, double most) {
    printf("%s%10s%s  %-12s ", hs_paint(HS_RED), hs_bytes(hs_number(group, "bytes")), hs_paint(HS_PLAIN),
           hs_count(hs_number(group, "blocks"), "block"));
    hs_bar(most > 0 ? hs_number(group, "bytes") / most : 0, 20, HS_RED);
    printf("  age %s", hs_seconds(trace, hs_number(group, "oldest")));
    if (hs_number(group, "blocks") > 1) printf(" to %s", hs_seconds(trace, hs_number(group, "newest")));
    printf(", %s\n", hs_string(group, "task"));
    hs_show_stack(json_object_get(group, "stack"), 12);
    putchar('\n');
}

void hs_show_groups(const json_t *document, const char *what) {
    const json_t *trace = json_object_get(document, "trace"), *groups = json_object_get(document, "groups"), *group;
    double count = hs_number(document, "groups_count");
    printf("%s%s in %s %s%s\n\n", hs_paint(HS_BOLD), hs_bytes(hs_number(document, "bytes")),
           hs_count(hs_number(document, "blocks"), "block"), what, hs_paint(HS_PLAIN));
    size_t i;
    double most = hs_number(json_array_get(groups, 0), "bytes");
    json_array_foreach((json_t *)groups, i, group) show_group(trace, group, most);
    if (count > (double)json_array_size(groups))
        printf("and %.0f more call stacks (--top=0 shows all)\n", count - (double)json_array_size(groups));
}
