/* SPDX-License-Identifier: MIT */
#include "paint.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool colored;

void hs_paint_begin(int color) { colored = color > 0 || (color == 0 && isatty(STDOUT_FILENO)); }

const char *hs_paint(hs_color_t color) {
    static const char *const codes[] = {"\33[0m", "\33[1m", "\33[2m", "\33[31m", "\33[32m", "\33[33m", "\33[34m"};
    return colored ? codes[color] : "";
}

void hs_bar(double fraction, int width, hs_color_t color) {
    static const char *const parts[] = {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    if (!(fraction > 0)) fraction = 0;
    if (fraction > 1) fraction = 1;
    int eighths = (int)(fraction * width * 8 + 0.5);
    if (fraction > 0 && eighths == 0) eighths = 1;
    fputs(hs_paint(color), stdout);
    for (int i = 0; i < width; i++, eighths -= 8) fputs(eighths >= 8 ? "█" : parts[eighths > 0 ? eighths : 0], stdout);
    fputs(hs_paint(HS_PLAIN), stdout);
}

static char *next_text(void) {
    static char texts[8][48];
    static unsigned at;
    return texts[at++ % 8];
}

const char *hs_bytes(double bytes) {
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB"};
    char *text = next_text();
    unsigned unit = 0;
    double size = bytes;
    while ((size >= 1024 || size <= -1024) && unit + 1 < sizeof units / sizeof units[0]) size /= 1024, unit++;
    snprintf(text, 48, unit ? "%.1f %s" : "%.0f %s", size, units[unit]);
    return text;
}

const char *hs_seconds(const json_t *trace, double time) {
    char *text = next_text();
    bool known = json_is_true(json_object_get(trace, "seconds"));
    if (!known)
        snprintf(text, 48, "%.0f ticks", time);
    else if (time >= 100)
        snprintf(text, 48, "%.0f s", time);
    else if (time >= 1)
        snprintf(text, 48, "%.2f s", time);
    else if (time >= 1e-3)
        snprintf(text, 48, "%.2f ms", time * 1e3);
    else
        snprintf(text, 48, "%.0f us", time * 1e6);
    return text;
}

const char *hs_count(double n, const char *one) {
    char *text = next_text();
    snprintf(text, 48, "%.0f %s%s", n, one, n == 1 ? "" : "s");
    return text;
}

double hs_number(const json_t *object, const char *key) { return json_number_value(json_object_get(object, key)); }

const char *hs_string(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static void warn(const json_t *trace, const char *key, const char *what) {
    double n = hs_number(trace, key);
    if (n > 0) printf("  %s! %.0f %s%s\n", hs_paint(HS_YELLOW), n, what, hs_paint(HS_PLAIN));
}

void hs_show_trace(const json_t *document) {
    const json_t *trace = json_object_get(document, "trace");
    printf("%s%s%s: %s in %s", hs_paint(HS_BOLD), hs_string(trace, "name"), hs_paint(HS_PLAIN),
           hs_count(hs_number(trace, "events"), "event"), hs_seconds(trace, hs_number(trace, "duration")));
    printf(", %s\n", json_is_true(json_object_get(trace, "sound")) ? "complete" : "not complete");
    warn(trace, "lost", "events found the target's ring full and are lost: enlarge it, or drain it more often");
    warn(trace, "missing", "frames are missing on the way");
    warn(trace, "damaged", "frames are damaged");
    warn(trace, "cut", "bytes at the end are a frame without its end: the recording is cut off, and what came then is not in it");
    warn(trace, "early", "frames before the first SYNC could not be understood: the recording began in the middle");
    warn(trace, "no_stack", "events have lost their call stack with a missing frame");
    warn(trace, "unknown", "frames of unknown types were skipped: written by a newer capheap");
    warn(trace, "reused", "blocks were handed out twice: their frees are missing");
    warn(trace, "restarts", "restarts of the target: what was live then is gone");
    if (json_is_true(json_object_get(trace, "overflowed")))
        puts("  ! the dump's buffer overflowed: the oldest records are not there");
    if (json_is_true(json_object_get(trace, "full")))
        puts("  ! too many live blocks or call stacks for heapscope; the rest is not counted");
    putchar('\n');
}

void hs_show_stack(const json_t *stack, int indent) {
    size_t i;
    const json_t *place;
    if (json_array_size(stack) == 0) printf("%*s%s(no call stack)%s\n", indent, "", hs_paint(HS_DIM), hs_paint(HS_PLAIN));
    json_array_foreach((json_t *)stack, i, place) {
        const char *function = hs_string(place, "function"), *file = hs_string(place, "file");
        const char *slash = strrchr(file, '/');
        printf("%*s%s%s%s", indent, "", hs_paint(i == 0 ? HS_BOLD : HS_PLAIN), *function ? function : hs_string(place, "address"),
               hs_paint(HS_PLAIN));
        if (*file)
            printf("  %s%s:%.0f%s", hs_paint(HS_BLUE), slash ? slash + 1 : file, hs_number(place, "line"), hs_paint(HS_PLAIN));
        if (json_is_true(json_object_get(place, "inlined"))) printf("  %s(inlined)%s", hs_paint(HS_DIM), hs_paint(HS_PLAIN));
        putchar('\n');
    }
}
