/* SPDX-License-Identifier: MIT */
/*
 * A weather station: its tasks, and what they share. Each task is a function that runs when it is due and comes back; a minute of
 * the station's life is simulated, clock and radio too, so that every run is the same.
 *
 *      wifi      looks for networks, and joins the best that it knows
 *      settings  gets JSON messages, and takes settings from them
 *      sensor    measures, and keeps the readings until they are sent
 *      display   draws a picture now and then
 *      journal   writes the lines that the others have put into its queue
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Of each task: `second` since start. */
void wifi_run(unsigned second);
void settings_run(unsigned second);
void sensor_run(unsigned second);
void display_run(unsigned second);
void journal_run(unsigned second);

/** A line for the journal, put together like printf does; the journal's task writes it later. */
void journal_add(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** What is kept is given back, before the station is switched off. */
void sensor_send(void);

/** Time passes, within a task. */
void wait_ms(unsigned ms);

/** Where the trace goes (output_*.c): opens; writes some bytes, and says how many. */
bool output_open(int argc, char **argv);
size_t output_write(void *context, const uint8_t *bytes, size_t size);
/** What the machine needs before the heap. */
bool output_machine(void);
