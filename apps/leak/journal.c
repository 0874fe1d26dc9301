/* SPDX-License-Identifier: MIT */
/* The journal: a queue of lines, which tasks put in as text on the heap, and the journal's own task writes and frees. */
#include <stdarg.h>
#include <stdio.h>

#include "esp_heap_caps.h"
#include "firmware.h"

enum { LINES = 5 };

static char *queue[LINES];
static size_t waiting;
static unsigned dropped;

void journal_add(const char *format, ...) {
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *line = heap_caps_malloc((size_t)length + 1, MALLOC_CAP_DEFAULT); /* leak: a line */
    if (!line) return;
    va_start(args, format);
    vsnprintf(line, (size_t)length + 1, format, args);
    va_end(args);
    if (waiting == LINES) {
        dropped++; /* the queue is full: and `line` is forgotten */
        return;
    }
    queue[waiting++] = line;
}

void journal_run(unsigned second) {
    (void)second;
    for (size_t i = 0; i < waiting; i++) {
        wait_ms(3); /* as long as a UART takes for it */
        heap_caps_free(queue[i]);
    }
    waiting = 0;
}
