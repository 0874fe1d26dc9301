/* SPDX-License-Identifier: MIT */
/* Marks around calls, by which the plugin (irq_plugin.c) knows what function the longest section was in. */
#pragma once

#include <stdint.h>

/** Calls of the function with this number follow, 0: what is not measured. */
void mark(unsigned id);

/** The number of a function in the present cell. */
unsigned id_of(const char *name);

/** Calls under the mark of the function's name. */
#define MARKED(name, call)                                                                                                       \
    do {                                                                                                                         \
        mark(id_of(#name));                                                                                                      \
        call;                                                                                                                    \
        mark(0);                                                                                                                 \
    } while (0)
#define MARKED_TO(result, name, ...) MARKED(name, result = name(__VA_ARGS__))

/** A random number below `limit`. */
uint32_t below(uint32_t limit);

/* Builds with observers (irq_observers.c); in others the three do nothing. */
void observers_begin(void); /* switches them on */
void observers_step(void);  /* after each call: another task goes on, the stream's ring is emptied */
void observers_look(void);  /* calls all that reads what they saw */
