/* SPDX-License-Identifier: MIT */
/*
 * A program whose calls are known: behind each line that calls get() stands a label, which is as good as the return address. It
 * is compiled for several machines and never run.
 */
void *volatile kept;

__attribute__((noinline)) void *get(unsigned size) {
    static char pool[64];
    kept = pool + size % 32;
    return kept;
}

#define LABEL(name) __asm__ volatile(".globl " name "\n" name ":")

static inline __attribute__((always_inline)) void parse_header(void) {
    kept = get(1);
    LABEL("after_header"); /* inlined into parse_message */
}

__attribute__((noinline)) void parse_message(void) {
    parse_header();
    kept = get(2);
    LABEL("after_message");
}

__attribute__((noinline)) void open_socket(void) {
    kept = get(3);
    LABEL("after_socket");
}

void _start(void) {
    parse_message();
    LABEL("after_start");
    open_socket();
}
