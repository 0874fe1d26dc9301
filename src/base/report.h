/* SPDX-License-Identifier: MIT */
/* Lines of text for the low-level console. */
#pragma once

/** Prints one line, formatted as printf does, newline added. At most 159 characters; the rest is cut. Any context but a lock. */
void ch_report(const char *format, ...) __attribute__((format(printf, 1, 2)));
