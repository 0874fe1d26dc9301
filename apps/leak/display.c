/* SPDX-License-Identifier: MIT */
/* The display: a picture is drawn into a buffer of its own, sent, and forgotten. */
#include <string.h>

#include "esp_heap_caps.h"
#include "firmware.h"

enum { WIDTH = 128, HEIGHT = 96 };

void display_run(unsigned second) {
    uint8_t *picture = heap_caps_malloc(WIDTH * HEIGHT, MALLOC_CAP_DMA);
    if (!picture) {
        journal_add("display: no memory for a picture");
        return;
    }
    for (unsigned y = 0; y < HEIGHT; y++) memset(picture + y * WIDTH, (int)(y + second), WIDTH);
    wait_ms(300);
    heap_caps_free(picture);
}
