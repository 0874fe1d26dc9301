/* SPDX-License-Identifier: MIT */
#include "context.h"

#include <stdlib.h>
#include <string.h>

#include "follow.h"

void hs_context_open(hs_context_t *c, const hs_options_t *options, const char *input, const char *elf) {
    *c = (hs_context_t){.options = options};
    if (elf) c->symbols = hs_symbols_open(elf, options->load_at);
    c->source = hs_source_open(input);
    if (options->follow > 0) hs_source_follow(c->source, hs_follow_waits, (void *)(uintptr_t)input);
    c->reader = hs_reader_open(c->source);
}

/** A name that is none would find nothing, as if all were well. */
static void check_names(const hs_context_t *c) {
    const hs_options_t *o = c->options;
    const hs_tasks_t *tasks = hs_reader_tasks(c->reader);
    size_t i = 0;
    while (o->region && i < c->model.regions_count && strcmp(c->model.regions[i].name, o->region) != 0) i++;
    if (o->region && i == c->model.regions_count)
        hs_die("--region: there is no %s in %s; heapscope info shows the regions", o->region, o->input);
    for (i = 0; o->task && i < tasks->count && strcmp(tasks->tasks[i].name, o->task) != 0;) i++;
    if (o->task && i == tasks->count) hs_warn("--task: no task %s in %s; heapscope top --by=tasks shows them", o->task, o->input);
}

void hs_context_run(hs_context_t *c) {
    if (c->fed) return;
    hs_model_run(&c->model, c->reader, UINT64_MAX);
    check_names(c);
}

void hs_context_run_to_peak(hs_context_t *c) {
    uint64_t event = c->model.peak.event;
    hs_model_free(&c->model);
    hs_reader_rewind(c->reader);
    hs_model_run(&c->model, c->reader, event);
}

void hs_context_close(hs_context_t *c) {
    hs_model_free(&c->model);
    hs_symbols_close(c->symbols);
    if (c->reader) hs_reader_close(c->reader);
}

double hs_time(const hs_context_t *c, uint64_t ticks) {
    uint64_t rate = hs_reader_stats(c->reader)->rate;
    return rate ? (double)ticks / (double)rate : (double)ticks;
}

const char *hs_task_name(const hs_context_t *c, uint32_t task) { return hs_reader_tasks(c->reader)->tasks[task].name; }

static json_t *info_of(const char *lines) {
    json_t *info = json_object();
    while (*lines) {
        size_t length = strcspn(lines, "\n"), key = strcspn(lines, "=\n");
        char *name = hs_text("%.*s", (int)key, lines);
        if (key < length) json_object_set_new(info, name, json_stringn(lines + key + 1, length - key - 1));
        free(name);
        lines += length + (lines[length] == '\n');
    }
    return info;
}

json_t *hs_json_trace(hs_context_t *c) {
    const hs_stats_t *s = hs_reader_stats(c->reader);
    const hs_model_t *m = &c->model;
    bool full = m->full || hs_reader_stacks(c->reader)->full;
    bool sound = !s->lost && !s->missing && !s->damaged && !s->cut && !s->early && !s->overflowed && !full && !m->reused;
    json_t *trace = json_pack("{ss sb sb sI sI sI sf sI sI sb sb}", "name", c->options->input, "sound", sound, "seconds",
                              s->rate != 0, "rate", (json_int_t)s->rate, "word", (json_int_t)s->word, "granule",
                              (json_int_t)s->granule, "duration", hs_time(c, s->end - s->begin), "bytes", (json_int_t)s->bytes,
                              "events", (json_int_t)s->events, "overflowed", s->overflowed, "full", full);
    const struct {
        const char *key;
        uint64_t value;
    } counts[] = {{"frames", s->frames},     {"damaged", s->damaged}, {"first_damage", s->first_damage},
                  {"cut", s->cut},           {"missing", s->missing}, {"lost", s->lost},
                  {"early", s->early},       {"unknown", s->unknown}, {"no_stack", s->no_stack},
                  {"restarts", s->restarts}, {"runs", s->runs},       {"reused", m->reused},
                  {"failures", m->failures}, {"marks", m->marks},     {"frees_of_unknown", m->frees_of_unknown}};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        json_object_set_new(trace, counts[i].key, json_integer((json_int_t)counts[i].value));
    json_object_set_new(trace, "kind", json_string(s->is_dump ? "dump" : "stream"));
    json_object_set_new(trace, "info", info_of(hs_reader_info(c->reader)));
    return trace;
}

static json_t *string_or_null(const char *text) {
    json_t *string = text ? json_string(text) : NULL;
    return string ? string : json_null();
}

/** A function of the heap's own: call stacks of requests that failed begin with some. */
static bool is_heap_function(const char *name) {
    static const char *const family[] = {"malloc",        "calloc",         "realloc",     "memalign",
                                         "aligned_alloc", "posix_memalign", "reallocarray"};
    if (!name) return false;
    for (size_t i = 0; i < sizeof family / sizeof family[0]; i++)
        if (strcmp(name, family[i]) == 0) return true;
    return strncmp(name, "heap_caps_", 10) == 0 || strncmp(name, "ch_", 3) == 0;
}

/** Leaves out the heap's own functions at the inner end, unless there are no others. */
static void strip(json_t *stack) {
    size_t own = 0, count = json_array_size(stack);
    while (own < count && is_heap_function(json_string_value(json_object_get(json_array_get(stack, own), "function")))) own++;
    for (size_t i = 0; own < count && i < own; i++) json_array_remove(stack, 0);
}

json_t *hs_json_stack(hs_context_t *c, uint32_t stack) {
    uint64_t addresses[64];
    size_t depth = hs_stacks_get(hs_reader_stacks(c->reader), stack, addresses, 64);
    json_t *array = json_array();
    for (size_t i = 0; i < depth; i++) {
        const hs_place_t *places = NULL;
        size_t n = c->symbols ? hs_symbols_of(c->symbols, addresses[i], &places) : 0;
        const hs_place_t nothing = {0};
        if (n == 0) places = &nothing, n = 1;
        for (size_t k = 0; k < n; k++) {
            char address[24];
            snprintf(address, sizeof address, "0x%08llx", (unsigned long long)addresses[i]);
            json_array_append_new(array, json_pack("{ss so so si sb}", "address", address, "function",
                                                   string_or_null(places[k].function), "file", string_or_null(places[k].file),
                                                   "line", places[k].line, "inlined", places[k].inlined));
        }
    }
    strip(array);
    return array;
}
