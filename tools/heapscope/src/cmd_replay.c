/* SPDX-License-Identifier: MIT */
/*
 * replay: would it fit on another chip, or with other options? What fails first and why, how full each region got, whether the
 * addresses are the recorded ones, and with --search how small the regions may be.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "paint.h"
#include "replay_run.h"

/* ---- how little RAM would do ---- */

/** Whether all requests are served with the regions cut. */
static bool fits(const hs_replayer_t *r, const hs_what_if_t *what) {
    json_t *document = hs_replayer_run(r, what);
    bool does = !json_object_get(document, "error") && hs_number(document, "fails") == 0;
    json_decref(document);
    return does;
}

/** The least size of region n with which all is served, the others being as they are; by bisection, to 64 bytes or 0.1 %. */
static void shrink(const hs_replayer_t *r, hs_what_if_t *what, size_t n) {
    uint64_t enough = what->sizes[n], low = 0, step = enough / 1024 > 64 ? enough / 1024 & ~63ull : 64;
    what->sizes[n] = 0;
    if (fits(r, what)) return;
    while (enough - low > step) {
        uint64_t middle = (low + (enough - low) / 2) & ~3ull;
        what->sizes[n] = middle;
        if (fits(r, what))
            enough = middle;
        else
            low = middle;
    }
    what->sizes[n] = enough;
}

/** Regions one after the other, the largest first: a combination of which none can be smaller without another growing. */
static json_t *search(const hs_replayer_t *r, const json_t *regions) {
    hs_what_if_t what = {.stops = true};
    bool done[HS_REPLAY_CUTS] = {false};
    size_t count = json_array_size(regions);
    json_t *rows = json_array();
    for (size_t i = 0; i < count && i < HS_REPLAY_CUTS; i++, what.cuts++) {
        what.starts[i] = (uint64_t)hs_number(json_array_get(regions, i), "start");
        what.sizes[i] = (uint64_t)hs_number(json_array_get(regions, i), "size");
    }
    for (size_t k = 0; k < what.cuts; k++) {
        size_t n = what.cuts;
        for (size_t i = 0; i < what.cuts; i++)
            if (!done[i] && (n == what.cuts || what.sizes[i] > what.sizes[n])) n = i;
        done[n] = true;
        if (isatty(STDERR_FILENO)) fprintf(stderr, "\rsearching: region %zu of %zu ", k + 1, what.cuts);
        shrink(r, &what, n);
    }
    if (isatty(STDERR_FILENO)) fputs("\r\033[K", stderr);
    for (size_t i = 0; i < what.cuts; i++) {
        const json_t *region = json_array_get(regions, i);
        json_array_append_new(rows,
                              json_pack("{ss sI sI sI}", "name", hs_string(region, "name"), "start", (json_int_t)what.starts[i],
                                        "size", (json_int_t)hs_number(region, "size"), "least", (json_int_t)what.sizes[i]));
    }
    return rows;
}

/* ---- the document ---- */

static const char *reason(const json_t *first, uint64_t size) {
    if (hs_number(first, "total") == 0) return "no region has these capabilities";
    if (hs_number(first, "total") < (double)size) return "all regions with these capabilities together are smaller";
    if (hs_number(first, "free") < (double)size) return "the regions with these capabilities are full";
    return "free memory is in pieces that are too small";
}

/** The operation of a failure or of the first other address: what was asked for, and when. */
static void add_operation(hs_context_t *c, const hs_ops_t *ops, json_t *at) {
    size_t n = (size_t)hs_number(at, "op");
    const replay_op_t *op = &ops->ops[n];
    json_object_set_new(at, "size", json_integer(op->size));
    json_object_set_new(at, "caps", json_integer(op->caps));
    if (!ops->is_htr) json_object_set_new(at, "time", json_real(hs_time(c, ops->times[n] - hs_reader_stats(c->reader)->begin)));
}

json_t *hs_ask_replay(hs_context_t *c) {
    hs_ops_t ops;
    hs_replayer_t replayer;
    hs_what_if_t what = {.record = c->options->output};
    if (!c->options->chip) hs_die("replay: needs --chip=NAME; --chip=? lists them");
    hs_ops_read(&ops, c);
    hs_replayer_open(&replayer, c->options, &ops);
    json_t *document = hs_replayer_run(&replayer, &what), *first = json_object_get(document, "first");
    json_object_set_new(document, "name", json_string(c->options->input));
    json_object_set_new(document, "operations", json_integer((json_int_t)ops.count));
    if (replayer.guessed && !json_is_true(json_object_get(document, "as_recorded")))
        json_object_set_new(document, "guessed", json_string(replayer.guessed));
    json_object_set_new(document, "unknown", json_integer((json_int_t)ops.unknown));
    if (!ops.is_htr) json_object_set_new(document, "trace", hs_json_trace(c));
    if (first) {
        add_operation(c, &ops, first);
        json_object_set_new(first, "reason", json_string(reason(first, (uint64_t)hs_number(first, "size"))));
    }
    if (json_object_get(document, "differs")) add_operation(c, &ops, json_object_get(document, "differs"));
    if (c->options->search && !first && !json_object_get(document, "error"))
        json_object_set_new(document, "search", search(&replayer, json_object_get(document, "regions")));
    hs_replayer_close(&replayer);
    hs_ops_free(&ops);
    return document;
}

/* ---- text ---- */

static const char *caps_text(unsigned caps) {
    static const struct {
        unsigned bit;
        const char *name;
    } names[] = {{0, "EXEC"},     {1, "32BIT"},      {2, "8BIT"},       {3, "DMA"},     {10, "SPIRAM"}, {11, "INTERNAL"},
                 {12, "DEFAULT"}, {13, "IRAM_8BIT"}, {14, "RETENTION"}, {15, "RTCRAM"}, {16, "TCM"}};
    static char text[160];
    int n = snprintf(text, sizeof text, "caps 0x%x", caps);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (caps >> names[i].bit & 1) n += snprintf(text + n, sizeof text - (size_t)n, " %s", names[i].name);
    return text;
}

static void show_when(const json_t *document, const json_t *at) {
    printf("operation %.0f", hs_number(at, "op"));
    if (json_object_get(at, "time")) printf(", at %s", hs_seconds(json_object_get(document, "trace"), hs_number(at, "time")));
}

static void show_verdict(const json_t *document) {
    const json_t *first = json_object_get(document, "first");
    if (!first) {
        printf("%sIt fits on %s.%s\n", hs_paint(HS_GREEN), hs_string(document, "chip"), hs_paint(HS_PLAIN));
    } else {
        printf("%sIt does not fit on %s: %s not served.%s\n  first: %s, %s (", hs_paint(HS_RED), hs_string(document, "chip"),
               hs_count(hs_number(document, "fails"), "request"), hs_paint(HS_PLAIN), hs_bytes(hs_number(first, "size")),
               caps_text((unsigned)hs_number(first, "caps")));
        show_when(document, first);
        printf(")\n  why: %s: %s free of %s, ", hs_string(first, "reason"), hs_bytes(hs_number(first, "free")),
               hs_bytes(hs_number(first, "total")));
        printf("the largest piece %s\n", hs_bytes(hs_number(first, "largest")));
    }
    if (hs_number(document, "served") > 0)
        printf("  %s of those that failed on the recorded machine served here\n",
               hs_count(hs_number(document, "served"), "request"));
}

static void show_addresses(const json_t *document) {
    const json_t *differs = json_object_get(document, "differs");
    double same = hs_number(document, "same"), other = hs_number(document, "other");
    if (same + other == 0) return;
    printf("addresses: %.0f as recorded, %.0f others\n", same, other);
    if (!differs) return;
    printf("  the first other one: 0x%x, recorded 0x%x, for %s (", (unsigned)hs_number(differs, "replayed"),
           (unsigned)hs_number(differs, "recorded"), hs_bytes(hs_number(differs, "size")));
    show_when(document, differs);
    puts(")");
}

static void show_regions(const json_t *document) {
    const json_t *region;
    size_t i;
    printf("\n%s%-12s %10s %10s %10s %10s %10s%s\n", hs_paint(HS_DIM), "region", "start", "size", "most used", "least free",
           "largest", hs_paint(HS_PLAIN));
    json_array_foreach(json_object_get(document, "regions"), i, region) {
        double size = hs_number(region, "size"), used = size - hs_number(region, "minimum");
        printf("%-12s 0x%08x %10s %10s %10s %10s ", hs_string(region, "name"), (unsigned)hs_number(region, "start"),
               hs_bytes(size), hs_bytes(used), hs_bytes(hs_number(region, "minimum")), hs_bytes(hs_number(region, "largest")));
        hs_bar(size > 0 ? used / size : 0, 20, HS_GREEN);
        putchar('\n');
    }
}

static void show_search(const json_t *document) {
    const json_t *rows = json_object_get(document, "search"), *row;
    double size = 0, least = 0;
    size_t i;
    if (!rows) return;
    puts("\nsmallest that would do, the largest region cut first:");
    json_array_foreach((json_t *)rows, i, row) {
        size += hs_number(row, "size"), least += hs_number(row, "least");
        printf("  %-12s 0x%08x %10s of %10s%s\n", hs_string(row, "name"), (unsigned)hs_number(row, "start"),
               hs_bytes(hs_number(row, "least")), hs_bytes(hs_number(row, "size")),
               hs_number(row, "least") == 0 ? ", not needed" : "");
    }
    printf("  %-12s %10s %10s of %10s\n", "together", "", hs_bytes(least), hs_bytes(size));
}

void hs_show_replay(const json_t *document) {
    if (json_object_get(document, "error"))
        hs_die("replay: the chip does not start: %s (0x%x)", hs_string(document, "error"), (unsigned)hs_number(document, "at"));
    if (json_object_get(document, "trace"))
        hs_show_trace(document);
    else
        printf("%s%s%s: %.0f operations, format HTR1\n\n", hs_paint(HS_BOLD), hs_string(document, "name"), hs_paint(HS_PLAIN),
               hs_number(document, "operations"));
    show_verdict(document);
    printf("heaps: %s\n", json_is_true(json_object_get(document, "as_recorded")) ? "as recorded" : "as in the chip's table");
    if (*hs_string(document, "guessed"))
        puts("  ! static data and stacks are those of an example program: --elf takes them from yours, linked for the chip");
    if (hs_number(document, "left_out") > 0)
        printf("  ! %s of RAM below 64 KiB left out: no process has memory there\n", hs_bytes(hs_number(document, "left_out")));
    if (hs_number(document, "unknown") > 0)
        printf("  ! %s (free, realloc) of blocks from before the recording left out: the heaps were fuller than here\n",
               hs_count(hs_number(document, "unknown"), "call"));
    show_addresses(document);
    show_regions(document);
    show_search(document);
}
