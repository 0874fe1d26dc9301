/* SPDX-License-Identifier: MIT */
/* Console, arguments and end of program by the simcall instruction, which the emulator answers; and picolibc's stdout on top. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "semihost.h"

enum { SIM_EXIT = 1, SIM_WRITE = 4, SIM_OPEN = 5, SIM_ARGC = 1000, SIM_ARGV_SIZE = 1001, SIM_ARGV = 1002 };

/** Number and arguments in a2 to a5; the result comes in a2, the error in a3. */
static intptr_t simcall(intptr_t number, intptr_t a, intptr_t b, intptr_t c) {
    register intptr_t r2 __asm__("a2") = number, r3 __asm__("a3") = a, r4 __asm__("a4") = b, r5 __asm__("a5") = c;
    __asm__ volatile("simcall" : "+r"(r2), "+r"(r3) : "r"(r4), "r"(r5) : "memory");
    return r2;
}

static void console_write(const char *text, size_t length) {
    (void)simcall(SIM_WRITE, STDOUT_FILENO, (intptr_t)text, (intptr_t)length);
}

/* ---- stdout: a line at a time ---- */

static char line[256];
static size_t line_length;

static int flush_line(FILE *file) {
    (void)file;
    size_t length = line_length;
    line_length = 0;
    if (length > 0) console_write(line, length);
    return 0;
}

static int put_char(char c, FILE *file) {
    line[line_length++] = c;
    if (c == '\n' || line_length == sizeof line) flush_line(file);
    return (unsigned char)c;
}

static FILE console = FDEV_SETUP_STREAM(put_char, NULL, flush_line, _FDEV_SETUP_WRITE);
FILE *const stdin = &console;
FILE *const stdout = &console;
FILE *const stderr = &console;

void _exit(int status) {
    flush_line(&console);
    for (;;) (void)simcall(SIM_EXIT, status, 0, 0);
}

/* ---- semihost.h ---- */

void sys_semihost_write0(const char *text) {
    flush_line(&console);
    console_write(text, strlen(text));
}

int sys_semihost_open(const char *path, int mode) {
    enum {
        WRITE_ONLY = 1,
        CREATE = 0100,
        TRUNCATE = 01000,
        RIGHTS = 0644
    }; /* as Linux numbers them: they go through as they are */
    (void)mode;
    return (int)simcall(SIM_OPEN, (intptr_t)path, WRITE_ONLY | CREATE | TRUNCATE, RIGHTS);
}

uintptr_t sys_semihost_write(int file, const void *bytes, uintptr_t size) {
    intptr_t written = simcall(SIM_WRITE, file, (intptr_t)bytes, (intptr_t)size);
    return written < 0 ? size : size - (uintptr_t)written;
}

int sys_semihost_get_cmdline(char *command, int size) {
    static union { /* pointers, and behind them the texts */
        const char *argv[8];
        char bytes[256];
    } block;
    intptr_t count = simcall(SIM_ARGC, 0, 0, 0), needed = simcall(SIM_ARGV_SIZE, 0, 0, 0);
    size_t length = 0;
    if (count >= 8 || needed > (intptr_t)sizeof block || needed > size) return -1;
    (void)simcall(SIM_ARGV, (intptr_t)&block, 0, 0);
    for (intptr_t i = 0; i < count; i++) {
        size_t part = strlen(block.argv[i]);
        memcpy(command + length, block.argv[i], part);
        length += part;
        command[length++] = i + 1 < count ? ' ' : '\0';
    }
    return 0;
}
