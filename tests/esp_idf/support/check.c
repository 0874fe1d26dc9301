/* SPDX-License-Identifier: MIT */
/* Counts what tests find. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>

#include "standin.h"

static unsigned passed, failed;
static jmp_buf where;
static const char *abort_text;

void check_that(bool condition, const char *text, const char *file, int line) {
    if (!condition) printf("%s:%d: failed: %s\n", file, line, text);
    *(condition ? &passed : &failed) += 1;
}

static void aborted(const char *details) {
    abort_text = details;
    standin_on_abort(NULL);
    longjmp(where, 1);
}

jmp_buf *check_abort_arm(void) {
    abort_text = NULL;
    standin_on_abort(aborted);
    return &where;
}

const char *check_abort_text(void) { return abort_text ? abort_text : ""; }

void check_report(void) {
    printf("ch_test: %u passed, %u failed\n", passed, failed);
    exit(failed > 0);
}
