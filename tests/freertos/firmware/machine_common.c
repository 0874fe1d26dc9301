/* SPDX-License-Identifier: MIT */
/* The ends of the firmware that nobody hopes for. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <FreeRTOS.h>
#include <task.h>

#include "board.h"
#include "machine.h"

void machine_give_up(const char *text) {
    ch_board_print(text, strlen(text));
    ch_board_print("\n", 1);
    _exit(1);
}

void machine_assert_failed(const char *file, int line) {
    char text[160];
    snprintf(text, sizeof text, "configASSERT failed: %s:%d", file, line);
    machine_give_up(text);
}

void vApplicationStackOverflowHook(TaskHandle_t task, char *name);
void vApplicationStackOverflowHook(TaskHandle_t task, char *name) {
    (void)task;
    ch_board_print(name, strlen(name));
    machine_give_up(": stack overflow");
}
