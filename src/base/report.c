/* SPDX-License-Identifier: MIT */
/* Formats on the stack and hands over to the port, so that it works before and without stdio, and in interrupt handlers. */
#include "base/report.h"

#include <stdarg.h>
#include <stdio.h>

#include "capheap/port.h"

void ch_report(const char *format, ...) {
    char line[160];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (length < 0) length = 0;
    if (length > (int)sizeof line - 1) length = (int)sizeof line - 1;
    line[length] = '\n'; /* in place of the terminating zero: the port takes a length */
    ch_port_print(line, (size_t)length + 1);
}
