/* SPDX-License-Identifier: MIT */
/* On a workstation the trace goes into a file or pipe, the program's argument, and the chip's RAM is mapped at its addresses. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>

#include "capheap/port.h"
#include "firmware.h"
#include "posix_ram.h"

static FILE *file;

void ch_port_print(const char *text, size_t len) {
    (void)text, (void)len; /* the boot log of the heaps is no part of the story */
}
unsigned ch_port_core_id(void) { return 0; }

bool output_machine(void) {
    if (posix_ram_map_chip()) return true;
    perror("leak: the chip's RAM can't be mapped");
    return false;
}

bool output_open(int argc, char **argv) {
    const char *path = argc > 1 ? argv[1] : "trace.bin";
    file = fopen(path, "wb");
    if (!file) perror(path);
    return file != NULL;
}

size_t output_write(void *context, const uint8_t *bytes, size_t size) {
    (void)context;
    size_t written = fwrite(bytes, 1, size, file);
    fflush(file); /* somebody may be watching */
    return written;
}
