/* SPDX-License-Identifier: MIT */
/* On an emulated board the trace goes into a file of the workstation, by semihosting: TRACE=path, an argument of the program. */
#include <stdio.h>

#include "capheap/port.h"
#include "firmware.h"
#include "semihosting.h"

static int file;

void ch_port_print(const char *text, size_t len) {
    (void)text, (void)len; /* the boot log of the heaps is no part of the story */
}

bool output_machine(void) { return true; }

bool output_open(int argc, char **argv) {
    char path[128] = "trace.bin";
    (void)argc;
    (void)argv;
    board_argument("TRACE", path, sizeof path);
    file = board_file_create(path);
    if (file < 0) printf("leak: can't write %s\n", path);
    return file >= 0;
}

size_t output_write(void *context, const uint8_t *bytes, size_t size) {
    (void)context;
    return board_file_write(file, bytes, size);
}
