/* SPDX-License-Identifier: MIT */
/*
 * Runs inputs without a fuzzer: replay FILE...
 *   NAME.hex   a corpus: one input a line, in hexadecimal; "#" begins a comment
 *   others     one input, as libFuzzer and AFL++ leave it
 * An input that fails ends the program with a crash; the line before says which one it was. Else last line: "ch_test: N passed,
 * 0 failed".
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "fuzz.h"

#define MOST 65536u

static uint8_t bytes[MOST];
static char line[2 * MOST + 2];
static unsigned long done;

/* What is running, for the moment at which it crashes: stdout is a file, mostly. */
static void say(const char *file, unsigned long number) {
    if (number % 64 != 1) return;
    printf("%s: from input %lu on\n", file, number);
    fflush(stdout);
}

static int digit(char c) { return c <= '9' ? c - '0' : (c | 32) - 'a' + 10; }

static size_t from_hex(const char *text) {
    size_t n = 0;
    while (n < MOST && isxdigit((unsigned char)text[0]) && isxdigit((unsigned char)text[1])) {
        bytes[n++] = (uint8_t)(digit(text[0]) << 4 | digit(text[1]));
        text += 2;
    }
    return n;
}

static void run_corpus(const char *name, FILE *file) {
    for (unsigned long number = 1; fgets(line, sizeof line, file); number++) {
        if (line[0] == '#') continue;
        say(name, number);
        LLVMFuzzerTestOneInput(bytes, from_hex(line));
        done++;
    }
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        if (!file) {
            perror(argv[i]);
            return 1;
        }
        size_t length = strlen(argv[i]);
        if (length > 4 && strcmp(argv[i] + length - 4, ".hex") == 0) {
            run_corpus(argv[i], file);
        } else {
            say(argv[i], 1);
            LLVMFuzzerTestOneInput(bytes, fread(bytes, 1, MOST, file));
            done++;
        }
        fclose(file);
    }
    printf("ch_test: %lu passed, %d failed\n", done, done == 0);
    return done == 0;
}
