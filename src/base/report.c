/* SPDX-License-Identifier: MIT */
/*
 * Formats on the stack and hands over to the port, so that it works before and without stdio, and in interrupt handlers. The formatting is
 * our own: that of C libraries takes up to a kilobyte of stack, or code for floating point, or memory.
 */
#include "base/report.h"

#include <stdarg.h>
#include <stdint.h>

static void put(ch_line_t *line, char c) {
    if (line->length == sizeof line->text) {
        ch_port_print(line->text, line->length);
        line->length = 0;
    }
    line->text[line->length++] = c;
}

/** A conversion: %[0][width][.precision][l|z]kind */
typedef struct {
    char pad, kind;
    bool is_long;
    unsigned width;
    size_t precision;
} field_t;

static void put_number(ch_line_t *line, const field_t *f, unsigned long value, unsigned base) {
    const char *digits = f->kind == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    char text[20]; /* of 2^64 - 1, in decimal */
    unsigned n = 0;
    do {
        text[n++] = digits[value % base];
        value /= base;
    } while (value);
    for (unsigned fill = n; fill < f->width; fill++) put(line, f->pad);
    while (n) put(line, text[--n]);
}

static void put_text(ch_line_t *line, const field_t *f, const char *text) {
    for (size_t i = 0; i < f->precision && text[i]; i++) put(line, text[i]);
}

/** Reads the conversion behind a % and returns where it ends. */
static const char *parse(field_t *f, const char *at, int precision) {
    *f = (field_t){' ', 0, false, 0, SIZE_MAX};
    if (*at == '0') f->pad = *at++;
    for (; *at >= '0' && *at <= '9'; at++) f->width = 10 * f->width + (unsigned)(*at - '0');
    if (*at == '.') {
        f->precision = precision > 0 ? (size_t)precision : 0;
        at += 2; /* ".*" */
    }
    for (; *at == 'l' || *at == 'z'; at++) f->is_long = true;
    f->kind = *at;
    return at + (*at != '\0');
}

static void add(ch_line_t *line, const char *format, va_list args) {
    while (*format) {
        field_t f;
        if (*format != '%') {
            put(line, *format++);
            continue;
        }
        format = parse(&f, format + 1, format[1] == '.' ? va_arg(args, int) : 0);
        bool is_signed = f.kind == 'd' || f.kind == 'i';
        if (f.kind == 's') {
            put_text(line, &f, va_arg(args, const char *));
        } else if (f.kind == 'c') {
            put(line, (char)va_arg(args, int));
        } else if (f.kind == 'p') {
            put(line, '0'), put(line, 'x');
            put_number(line, &f, (uintptr_t)va_arg(args, void *), 16);
        } else if (is_signed) {
            long value = f.is_long ? va_arg(args, long) : va_arg(args, int);
            if (value < 0) put(line, '-');
            put_number(line, &f, value < 0 ? 0 - (unsigned long)value : (unsigned long)value, 10);
        } else if (f.kind == 'u' || f.kind == 'x' || f.kind == 'X') {
            put_number(line, &f, f.is_long ? va_arg(args, unsigned long) : va_arg(args, unsigned), f.kind == 'u' ? 10 : 16);
        } else {
            put(line, '%');
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

void ch_report(const char *format, ...) {
    ch_line_t line;
    va_list args;
    ch_line_begin(&line);
    va_start(args, format);
    add(&line, format, args);
    va_end(args);
    ch_line_end(&line);
}
