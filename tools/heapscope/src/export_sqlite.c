/* SPDX-License-Identifier: MIT */
/* A data base for questions of one's own. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "export.h"
#include "paint.h"

static const char tables[] =
    "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;"
    "CREATE TABLE events(id INTEGER PRIMARY KEY, type TEXT, time INTEGER, address INTEGER, old INTEGER, size INTEGER, caps "
    "INTEGER,"
    " core INTEGER, task INTEGER REFERENCES tasks, stack INTEGER REFERENCES stacks, text TEXT);"
    "CREATE TABLE blocks(address INTEGER, size INTEGER, caps INTEGER, allocated INTEGER, freed INTEGER, task INTEGER, stack "
    "INTEGER);"
    "CREATE TABLE tasks(id INTEGER PRIMARY KEY, handle INTEGER, name TEXT);"
    "CREATE TABLE regions(name TEXT, start INTEGER, size INTEGER, caps INTEGER);"
    "CREATE TABLE stacks(id INTEGER PRIMARY KEY, names TEXT);"
    "CREATE TABLE frames(stack INTEGER REFERENCES stacks, depth INTEGER, address TEXT, function TEXT, file TEXT, line INTEGER,"
    " inlined INTEGER);"
    "CREATE TABLE trace(key TEXT PRIMARY KEY, value);";

static const char *const names[] = {"alloc", "free",    "move", "failed", "region", "state",
                                    "mark",  "restart", "run",  "stop",   "lost"};

typedef struct {
    hs_context_t *context;
    sqlite3 *base;
    sqlite3_stmt *event, *block;
} writer_t;

static void check(writer_t *w, int result) {
    if (result != SQLITE_OK && result != SQLITE_DONE && result != SQLITE_ROW)
        hs_die("export sqlite: %s", sqlite3_errmsg(w->base));
}

static sqlite3_stmt *prepare(writer_t *w, const char *text) {
    sqlite3_stmt *statement;
    check(w, sqlite3_prepare_v2(w->base, text, -1, &statement, NULL));
    return statement;
}

/**
 * Runs a statement with its first parameters bound to numbers, the next one to a text if there is one, others as they are bound.
 */
static void put(writer_t *w, sqlite3_stmt *statement, const uint64_t *numbers, size_t count, const char *text) {
    for (size_t i = 0; i < count; i++) check(w, sqlite3_bind_int64(statement, (int)i + 1, (sqlite3_int64)numbers[i]));
    if (text) check(w, sqlite3_bind_text(statement, (int)count + 1, text, -1, SQLITE_TRANSIENT));
    check(w, sqlite3_step(statement));
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

static void put_event(writer_t *w, const hs_event_t *e) {
    check(w, sqlite3_bind_text(w->event, 9, names[e->type], -1, SQLITE_STATIC));
    check(w, sqlite3_bind_text(w->event, 10, e->text, -1, SQLITE_TRANSIENT));
    put(w, w->event, (uint64_t[]){e->time, e->address, e->old, e->size, e->caps, e->core, e->task, e->stack}, 8, NULL);
}

/** The block that an event ends, before the model forgets it. */
static void put_end(writer_t *w, uint64_t address, uint64_t time) {
    const hs_model_t *m = &w->context->model;
    uint32_t index = hs_map_get(&m->live, address);
    if (index == HS_NONE) return;
    const hs_block_t *b = &m->blocks[index];
    put(w, w->block, (uint64_t[]){b->address, b->size, b->caps, b->time, b->task, b->stack, time}, 7, NULL);
}

static void put_live(void *context, const hs_block_t *b) {
    writer_t *w = context;
    put(w, w->block, (uint64_t[]){b->address, b->size, b->caps, b->time, b->task, b->stack}, 6, NULL);
}

static void put_stack(writer_t *w, sqlite3_stmt *stack, sqlite3_stmt *frame, uint32_t number) {
    json_t *places = hs_json_stack(w->context, number), *place;
    size_t i;
    char *all = hs_text("%s", "");
    json_array_foreach(places, i, place) {
        const char *function = hs_string(place, "function");
        char *more = hs_text("%s%s%s", all, i ? " < " : "", *function ? function : hs_string(place, "address"));
        free(all);
        all = more;
        check(w, sqlite3_bind_text(frame, 5, hs_string(place, "address"), -1, SQLITE_TRANSIENT));
        check(w, sqlite3_bind_text(frame, 6, function, -1, SQLITE_TRANSIENT));
        check(w, sqlite3_bind_text(frame, 7, hs_string(place, "file"), -1, SQLITE_TRANSIENT));
        put(w, frame,
            (uint64_t[]){number, i, (uint64_t)hs_number(place, "line"), json_is_true(json_object_get(place, "inlined"))}, 4,
            NULL);
    }
    put(w, stack, (uint64_t[]){number}, 1, all);
    free(all);
    json_decref(places);
}

/** What events refer to. */
static void put_tables(writer_t *w) {
    const hs_model_t *m = &w->context->model;
    sqlite3_stmt *task = prepare(w, "INSERT INTO tasks VALUES(?, ?, ?)"),
                 *region = prepare(w, "INSERT INTO regions VALUES(?4, ?1, ?2, ?3)");
    sqlite3_stmt *stack = prepare(w, "INSERT INTO stacks VALUES(?, ?)");
    sqlite3_stmt *frame = prepare(w, "INSERT INTO frames VALUES(?1, ?2, ?5, ?6, ?7, ?3, ?4)");
    sqlite3_stmt *fact = prepare(w, "INSERT INTO trace VALUES(?2, ?1)");
    const hs_tasks_t *tasks = hs_reader_tasks(w->context->reader);
    for (size_t i = 0; i < tasks->count; i++) put(w, task, (uint64_t[]){i, tasks->tasks[i].handle}, 2, tasks->tasks[i].name);
    for (size_t i = 1; i < m->regions_count; i++)
        put(w, region, (uint64_t[]){m->regions[i].start, m->regions[i].size, m->regions[i].caps}, 3, m->regions[i].name);
    for (size_t i = 0; i < m->stacks_room && i < hs_reader_stacks(w->context->reader)->count; i++)
        if (m->stacks[i].total_count) put_stack(w, stack, frame, (uint32_t)i);
    const hs_stats_t *s = hs_reader_stats(w->context->reader);
    put(w, fact, (uint64_t[]){s->rate}, 1, "ticks_a_second");
    put(w, fact, (uint64_t[]){s->lost}, 1, "events_lost");
    put(w, fact, (uint64_t[]){s->missing}, 1, "frames_missing");
    sqlite3_stmt *const all[] = {task, region, stack, frame, fact};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) sqlite3_finalize(all[i]);
}

void hs_export_sqlite(hs_context_t *c, const char *path) {
    writer_t w = {.context = c};
    hs_event_t e;
    if (access(path, F_OK) == 0) hs_die("%s: exists; export sqlite makes a new data base: remove it, or give another name", path);
    check(&w, sqlite3_open(path, &w.base));
    check(&w, sqlite3_exec(w.base, tables, NULL, NULL, NULL));
    w.event = prepare(&w, "INSERT INTO events VALUES(NULL, ?9, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?10)");
    w.block = prepare(&w, "INSERT INTO blocks VALUES(?1, ?2, ?3, ?4, ?7, ?5, ?6)");
    hs_model_run(&c->model, c->reader, 0);
    while (hs_reader_next(c->reader, &e)) {
        put_event(&w, &e);
        if (e.type == HS_FREE || e.type == HS_ALLOC) put_end(&w, e.address, e.time);
        if (e.type == HS_MOVE) put_end(&w, e.old, e.time);
        hs_model_take(&c->model, &e);
    }
    hs_model_live(&c->model, put_live, &w);
    put_tables(&w);
    sqlite3_finalize(w.event);
    sqlite3_finalize(w.block);
    check(&w, sqlite3_exec(w.base, "CREATE INDEX blocks_stack ON blocks(stack); COMMIT", NULL, NULL, NULL));
    sqlite3_close(w.base);
}
