/* SPDX-License-Identifier: MIT */
/*
 * Console and end of program by semihosting: a trap that the emulator answers. The functions sys_semihost_* are picolibc's.
 * Nothing here uses stdio or malloc.
 */
#include "semihosting.h"

#include <semihost.h>
#include <string.h>
#include <unistd.h>

#include "board.h"

/* In pieces with a terminating zero: one trap a piece instead of one a character. */
void ch_board_print(const char *text, size_t len) {
    char piece[128];
    while (len > 0) {
        size_t part = len < sizeof piece - 1 ? len : sizeof piece - 1;
        memcpy(piece, text, part);
        piece[part] = '\0';
        sys_semihost_write0(piece);
        text += part;
        len -= part;
    }
}

void ch_board_stop(void) { _exit(1); }

static void print_hex(const char *label, uint32_t value) {
    static const char digits[] = "0123456789abcdef";
    char text[9] = "00000000";
    for (int i = 7; i >= 0; i--, value >>= 4) text[i] = digits[value & 15];
    ch_board_print(label, strlen(label));
    ch_board_print(text, 8);
}

void board_fault(const char *name, uint32_t cause, uint32_t address, uint32_t pc) {
    static int faults;
    if (faults++ > 0) _exit(1); /* a fault while reporting one */
    print_hex("\nfault: cause 0x", cause);
    if (name != NULL) {
        ch_board_print(" ", 1);
        ch_board_print(name, strlen(name));
    }
    print_hex(", address 0x", address);
    print_hex(", pc 0x", pc);
    ch_board_print("\n", 1);
    _exit(1);
}

int board_file_create(const char *path) { return (int)sys_semihost_open(path, SH_OPEN_W_B); }

size_t board_file_write(int file, const void *bytes, size_t size) {
    size_t left = (size_t)sys_semihost_write(file, bytes, size);
    return left < size ? size - left : 0;
}

size_t board_argument(const char *name, char *value, size_t size) {
    char line[256] = "";
    size_t length = strlen(name);
    if (size == 0 || sys_semihost_get_cmdline(line, sizeof line - 1) != 0) return 0;
    for (char *word = strtok(line, " "); word != NULL; word = strtok(NULL, " ")) {
        if (strncmp(word, name, length) != 0 || word[length] != '=') continue;
        strncpy(value, word + length + 1, size - 1);
        value[size - 1] = '\0';
        return strlen(value);
    }
    return 0;
}
