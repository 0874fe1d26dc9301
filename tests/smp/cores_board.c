/* SPDX-License-Identifier: MIT */
/* cores.h on boards with two cores: what does not depend on the processor. */
#if !defined __unix__
#include <stdlib.h>

#include "capheap/port.h"
#include "cores.h"
#include "second_core.h"
#include "semihosting.h"

static void (*job)(unsigned core);
static uint32_t asked, done; /* jobs given to the second core, and ended by it */

/** The second core's life: a job after the other. */
static void second_core(void) {
    for (uint32_t next = 1;; next++) {
        while (cores_load(&asked) != next) cores_relax();
        job(1);
        cores_store(&done, next);
    }
}

void cores_run(void (*work)(unsigned core)) {
    job = work;
    cores_store(&asked, asked + 1);
    if (asked == 1) board_start_second_core(second_core);
    work(0);
    while (cores_load(&done) != asked) cores_relax();
}

uint32_t cores_rounds(uint32_t usual) {
    char text[16] = "";
    uint32_t rounds = board_argument("CH_OPS", text, sizeof text) ? (uint32_t)strtoul(text, NULL, 0) : 0;
    return rounds && rounds < usual ? rounds : usual;
}

unsigned cores_me(void) { return ch_port_core_id(); }

#endif
