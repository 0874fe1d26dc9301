/* SPDX-License-Identifier: MIT */
/* Common Trace Format 1.8: a folder with a description (metadata) and the events, which babeltrace2 and Trace Compass read. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "export.h"

static const char description[] =
    "/* CTF 1.8 */\n"
    "typealias integer { size = 8; align = 8; signed = false; } := uint8_t;\n"
    "typealias integer { size = 16; align = 8; signed = false; } := uint16_t;\n"
    "typealias integer { size = 32; align = 8; signed = false; } := uint32_t;\n"
    "typealias integer { size = 32; align = 8; signed = false; base = 16; } := flags_t;\n"
    "typealias integer { size = 64; align = 8; signed = false; } := uint64_t;\n"
    "typealias integer { size = 64; align = 8; signed = false; base = 16; } := address_t;\n"
    "trace {\n    major = 1; minor = 8; byte_order = le;\n    packet.header := struct { uint32_t magic; uint32_t stream_id; "
    "};\n};\n"
    "env { tracer_name = \"capheap\"; };\n"
    "clock { name = ticks; freq = %llu; };\n"
    "typealias integer { size = 64; align = 8; signed = false; map = clock.ticks.value; } := time_t;\n"
    "stream {\n    id = 0;\n    event.header := struct { uint16_t id; time_t timestamp; };\n"
    "    event.context := struct { string task; uint32_t core; uint8_t depth; address_t callers[depth]; };\n};\n"
    "event { name = alloc; id = 0; stream_id = 0; fields := struct { address_t address; uint64_t size; flags_t caps; }; };\n"
    "event { name = free; id = 1; stream_id = 0; fields := struct { address_t address; }; };\n"
    "event { name = move; id = 2; stream_id = 0; fields := struct { address_t address; address_t old; uint64_t size; flags_t "
    "caps; }; };\n"
    "event { name = failed; id = 3; stream_id = 0; fields := struct { uint64_t size; flags_t caps; string function; }; };\n"
    "event { name = region; id = 4; stream_id = 0; fields := struct { address_t start; uint64_t size; flags_t caps; string "
    "name; }; };\n"
    "event { name = state; id = 5; stream_id = 0; fields := struct { address_t region; uint64_t free; uint64_t largest; uint64_t "
    "minimum; }; };\n"
    "event { name = mark; id = 6; stream_id = 0; fields := struct { string text; }; };\n"
    "event { name = restart; id = 7; stream_id = 0; };\n"
    "event { name = run; id = 8; stream_id = 0; };\n"
    "event { name = stop; id = 9; stream_id = 0; };\n"
    "event { name = lost; id = 10; stream_id = 0; fields := struct { uint64_t events; }; };\n";

static void put(FILE *out, uint64_t value, unsigned bytes) {
    for (; bytes > 0; bytes--, value >>= 8) fputc((int)(value & 0xff), out);
}

static void put_text(FILE *out, const char *text) { fwrite(text ? text : "", 1, text ? strlen(text) + 1 : 1, out); }

static void put_who(hs_context_t *c, FILE *out, const hs_event_t *e) {
    uint64_t callers[64];
    size_t depth = hs_stacks_get(hs_reader_stacks(c->reader), e->stack, callers, 64);
    put(out, (uint64_t)e->type, 2);
    put(out, e->time, 8);
    put_text(out, hs_task_name(c, e->task));
    put(out, e->core, 4);
    put(out, depth, 1);
    for (size_t i = 0; i < depth; i++) put(out, callers[i], 8);
}

static void put_event(hs_context_t *c, FILE *out, const hs_event_t *e) {
    put_who(c, out, e);
    if (e->type == HS_ALLOC || e->type == HS_FREE || e->type == HS_MOVE || e->type == HS_REGION || e->type == HS_STATE)
        put(out, e->address, 8);
    if (e->type == HS_MOVE) put(out, e->old, 8);
    if (e->type == HS_ALLOC || e->type == HS_MOVE || e->type == HS_FAILED || e->type == HS_REGION) {
        put(out, e->size, 8);
        put(out, e->caps, 4);
    }
    if (e->type == HS_STATE) {
        put(out, e->free, 8);
        put(out, e->largest, 8);
        put(out, e->minimum, 8);
    }
    if (e->type == HS_FAILED || e->type == HS_REGION || e->type == HS_MARK) put_text(out, e->text);
    if (e->type == HS_LOST) put(out, e->size, 8);
}

static FILE *create(const char *folder, const char *name) {
    char *path = hs_text("%s/%s", folder, name);
    FILE *out = fopen(path, "wb");
    if (!out) hs_die("%s: %s", path, strerror(errno));
    free(path);
    return out;
}

static void finish(FILE *out, const char *folder) {
    if (fflush(out) != 0 || ferror(out) || fclose(out) != 0) hs_die("%s: %s", folder, strerror(errno));
}

void hs_export_ctf(hs_context_t *c, const char *path) {
    if (mkdir(path, 0777) != 0 && errno != EEXIST) hs_die("%s: %s", path, strerror(errno));
    FILE *out = create(path, "stream");
    hs_event_t e;
    put(out, 0xC1FC1FC1u, 4);
    put(out, 0, 4);
    while (hs_reader_next(c->reader, &e)) put_event(c, out, &e);
    finish(out, path);
    uint64_t rate = hs_reader_stats(c->reader)->rate;
    out = create(path, "metadata");
    fprintf(out, description, (unsigned long long)(rate ? rate : 1000000));
    finish(out, path);
}
