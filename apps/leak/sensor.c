/* SPDX-License-Identifier: MIT */
/* Readings: kept in a list that grows, until it is sent. */
#include "esp_heap_caps.h"
#include "firmware.h"

enum { A_SECOND = 50, BATCH = 20 /* seconds */ };

typedef struct {
    uint32_t time;
    int16_t temperature, humidity;
} reading_t;

static reading_t *readings;
static size_t count;

void sensor_send(void) {
    if (count) journal_add("sensor: sent %u readings", (unsigned)count);
    heap_caps_free(readings);
    readings = NULL;
    count = 0;
}

void sensor_run(unsigned second) {
    reading_t *grown = heap_caps_realloc(readings, (count + A_SECOND) * sizeof *grown, MALLOC_CAP_DEFAULT);
    if (!grown) return; /* those that we have stay */
    readings = grown;
    for (unsigned i = 0; i < A_SECOND; i++)
        readings[count++] = (reading_t){second * 1000 + i * 20, (int16_t)(200 + second), (int16_t)(500 - i)};
    if (second % BATCH == BATCH - 1) sensor_send();
}
