/* SPDX-License-Identifier: MIT */
/*
 * The trace stream: every allocation and free, as it happens, to a workstation, where heapscope reads it (docs/TRACE_FORMAT.md,
 * docs/heapscope.1). Built with CONFIG_HEAP_TRACING_TOHOST; heap_trace_init_tohost(), heap_trace_start() and heap_trace_stop() of
 * esp_heap_trace.h begin and end it. Events go into a ring in RAM; nobody ever waits: what does not fit is counted as lost.
 *
 * The ring is emptied in one of two ways:
 *   by the program   ch_trace_drain() from an idle hook, a task or a timer, into a UART, a socket, a file, semihosting
 *   by a debug probe the ring's control block has the layout of SEGGER's RTT, one up-buffer named "capheap": OpenOCD's
 *                    `rtt setup ADDRESS SIZE "SEGGER RTT"`, J-Link and probe-rs find it while the program runs
 * Not both at once: a ring has one reader.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The ring, as probes know it. The writer changes `write` alone, the reader `read` alone; both are indices into the buffer. */
typedef struct {
    const char *name;
    uint8_t *buffer;
    uint32_t size;
    volatile uint32_t write;
    volatile uint32_t read;
    uint32_t flags; /**< what to do when it is full: 0, leave out */
} ch_trace_ring_t;

/** What probes look for in RAM. */
typedef struct {
    char id[16];          /**< "SEGGER RTT", written last */
    int32_t up_buffers;   /**< 1 */
    int32_t down_buffers; /**< 0 */
    ch_trace_ring_t up[1];
} ch_trace_control_t;

/**
 * Sets the memory of the ring and empties it; without this call the first start takes a static one of CONFIG_HEAP_TRACING_RING
 * bytes. ESP_ERR_INVALID_STATE while tracing runs, ESP_ERR_INVALID_SIZE below 512 bytes or above 2^30.
 */
esp_err_t ch_trace_ring_set(void *buffer, size_t size);

/** The control block, for a table of the program's own. */
const ch_trace_control_t *ch_trace_control(void);

/** Takes at most `size` bytes out of the ring; returns how many. One reader; any context. */
size_t ch_trace_read(void *bytes, size_t size);

/** Takes bytes of the stream; returns how many of them it took. May be called twice for one pass, as a ring has an end. */
typedef size_t (*ch_trace_sink_t)(void *context, const uint8_t *bytes, size_t size);

/** Gives the ring's content to a sink until it is empty or the sink takes less than it was given; returns the number of bytes. */
size_t ch_trace_drain(ch_trace_sink_t sink, void *context);

/** Ticks a second of ch_port_cycles(), so that times can be shown in seconds; 0, the default: not known. */
void ch_trace_clock_rate(uint32_t cycles_a_second);

/** Puts a text of at most 200 bytes into the stream: a phase of the program, a test's name. Any context. */
void ch_trace_mark(const char *text);

/** Tells something of the program: "build-id", "firmware", "chip". Call it after each start. Any context. */
void ch_trace_info(const char *key, const char *value);

/** Events that found the ring full since boot. */
uint32_t ch_trace_lost(void);

/**
 * The name of a task; NULL: none. Only for programs that want other names here than those of ch_port_task_name() (port.h), which
 * FreeRTOS and ESP-IDF have. Any context, in RAM where handlers allocate while the flash cache is off; may not use the heap.
 */
__attribute__((weak)) const char *ch_trace_task_name(const void *task);

#ifdef __cplusplus
}
#endif
