/* SPDX-License-Identifier: MIT */
/*
 * Firmware whose whole memory comes from capheap. It starts the heap from the board's table and lets a program of somebody else
 * work in it (job.h), stage by stage; after every stage the firmware takes buffers of its own, each of the RAM that suits it. In
 * the end everything is given back, every byte of every region, and the heaps are sound.
 *
 * The last line is "demo: OK", with status 0, or "demo: FAILED: why", with status 1.
 */
#include <stdio.h>

#include "capheap/chip.h"
#include "esp_heap_caps_init.h"
#include "job.h"
#include "ram_tour.h"
#include "report.h"

int main(void) {
    printf("demo: firmware on %s\n\n", ch_chip.name);
    heap_caps_init();
    heap_caps_enable_nonos_stack_heaps();
    report_open();

    ram_tour_start();
    job_open();
    while (job_step()) {
        ram_tour_advance();
        ram_tour_verify();
    }
    ram_tour_finish();

    report_summary("Everything in use");
    job_close();
    ram_tour_release();
    report_summary("Everything given back");
    report_chart();
    report_close();

    printf("demo: OK\n");
    return 0;
}
