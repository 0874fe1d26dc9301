/* SPDX-License-Identifier: MIT */
/* Pointers that lie in no heap. */
#pragma once

/**
 * Reports such a pointer, as heap/culprit.h tells, with what it may be: a variable on the stack, a constant, another address of a
 * block, a place beside a heap; then the port's fatal function with the reason `stop`. caller: where the call returns to; NULL:
 * not known.
 */
void ch_caps_report_outside(const void *ptr, const char *call, const char *stop, const void *caller);
