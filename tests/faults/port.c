/* SPDX-License-Identifier: MIT */
/*
 * What the port does in a trial: a report is kept, as nobody reads a hundred thousand of them, and a fatal error ends the play.
 */
#include "capheap/port.h"

#include <string.h>

#include "guard.h"

/* Reports come in pieces. */
void ch_port_print(const char *text, size_t len) {
    size_t used = strlen(guard_reason), room = sizeof guard_reason - 1 - used;
    if (len > room) len = room;
    memcpy(guard_reason + used, text, len);
    guard_reason[used + len] = 0;
    for (char *p = guard_reason + used; *p; p++) *p = *p == '\n' ? ' ' : *p;
}

void ch_port_fatal(const char *reason, const void *address) {
    (void)reason, (void)address;
    guard_leave(REPORTED);
}

uint32_t ch_port_random(void) {
    guard_random = guard_random * 0x9E3779B1u + 0x7F4A7C15u;
    return guard_random ^ guard_random >> 15;
}
