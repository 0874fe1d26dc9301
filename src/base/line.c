/* SPDX-License-Identifier: MIT */
/* See line.h. */
#include "base/line.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "capheap/port.h"

static void put(ch_line_t *line, char c) {
    if (line->length == sizeof line->text) {
        ch_port_print(line->text, line->length);
        line->length = 0;
    }
    line->text[line->length++] = c;
}

/** Adds a number with `width` digits at least, zeros in front. */
static void put_number(ch_line_t *line, unsigned long value, unsigned base, unsigned width) {
    char text[20]; /* of 2^64 - 1, in decimal */
    unsigned n = 0;
    do text[n++] = "0123456789abcdef"[value % base];
    while ((value /= base) != 0 || n < width);
    while (n) put(line, text[--n]);
}

static void add(ch_line_t *line, const char *format, va_list args) {
    for (char c = *format++; c; c = *format++) {
        unsigned width = 0;
        bool is_long = false;
        if (c != '%') {
            put(line, c);
            continue;
        }
        for (c = *format++; (c >= '0' && c <= '9') || c == 'l'; c = *format++) {
            if (c == 'l')
                is_long = true;
            else
                width = 10 * width + (unsigned)(c - '0');
        }
        if (c == 's') {
            for (const char *text = va_arg(args, const char *); *text; text++) put(line, *text);
        } else if (c == 'c') {
            put(line, (char)va_arg(args, int));
        } else if (c == 'p') {
            put(line, '0'), put(line, 'x');
            put_number(line, (uintptr_t)va_arg(args, void *), 16, 0);
        } else {
            put_number(line, is_long ? va_arg(args, unsigned long) : va_arg(args, unsigned), c == 'u' ? 10 : 16, width);
        }
    }
}

void ch_line_add(ch_line_t *line, const char *format, ...) {
    va_list args;
    va_start(args, format);
    add(line, format, args);
    va_end(args);
}

void ch_line_end(ch_line_t *line) {
    put(line, '\n'); /* no terminating zero: the port takes a length */
    ch_port_print(line->text, line->length);
}

void ch_line_print(const char *format, ...) {
    ch_line_t line;
    va_list args;
    ch_line_begin(&line);
    va_start(args, format);
    add(&line, format, args);
    va_end(args);
    ch_line_end(&line);
}
