/* SPDX-License-Identifier: MIT */
/*
 * See traffic.h.
 *
 *      giver (priority 2) ──► queue ──► taker (priority 3), which resizes and frees
 *          ▲ frees                │
 *          └────── queue ◄───────┘ some come back
 *      tick's handler ──► queue to the taker;  giver ──► mailbox ──► tick's handler, which frees
 *
 * Ticks come after a random number of instructions, so that they hit every part of the heap's calls.
 */
#include "traffic.h"

#include <FreeRTOS.h>
#include <queue.h>
#include <task.h>

#include "blocks.h"
#include "capheap/port.h"
#include "machine.h"

#define SLOTS 6u
#define TIMERS 2u

static volatile bool handlers_on;
static volatile traffic_t seen;
static volatile unsigned rounds_left, running;
static QueueHandle_t to_taker, to_giver;
static block_t *volatile mailbox;

/* ---- handlers ---- */

typedef struct {
    uint32_t seed;
    block_t *slots[SLOTS];
} keeper_t;

static keeper_t keepers[1 + TIMERS] = {{.seed = 11}, {.seed = 22}, {.seed = 33}};

/* One step of a handler's own traffic. The mask must be after each call what it was before. */
static void keep(keeper_t *k) {
    block_t **slot = &k->slots[block_random(&k->seed) % SLOTS];
    bool masked = machine_masked();
    if (*slot == NULL) {
        *slot = block_new(&k->seed);
    } else if (block_random(&k->seed) % 3 == 0) {
        *slot = block_resize(*slot, &k->seed);
    } else {
        block_free(*slot, &k->seed);
        *slot = NULL;
    }
    if (machine_masked() != masked) block_report("the heap changed the interrupt mask of a handler");
}

static void drop_all(keeper_t *k) {
    for (unsigned i = 0; i < SLOTS; i++) {
        block_free(k->slots[i], &k->seed);
        k->slots[i] = NULL;
    }
}

static void exchange_from_tick(keeper_t *k) {
    block_t *given = __atomic_exchange_n(&mailbox, NULL, __ATOMIC_ACQ_REL);
    if (given != NULL) seen.into_tick++;
    block_free(given, &k->seed);
    if (to_taker == NULL || running < 2 || rounds_left == 0) return;
    block_t *block = block_new(&k->seed);
    if (block != NULL && xQueueSendFromISR(to_taker, &block, NULL) == pdPASS) {
        seen.from_tick++;
    } else {
        block_free(block, &k->seed);
    }
}

void vApplicationTickHook(void);
void vApplicationTickHook(void) {
    if (!handlers_on) return;
    keeper_t *k = &keepers[0];
    seen.ticks++;
    keep(k);
    exchange_from_tick(k);
    machine_next_tick(4000 + block_random(&k->seed) % 8000);
}

void interrupt_timer(unsigned number) {
    if (!handlers_on) return;
    seen.timers++;
    keep(&keepers[1 + number]);
}

void traffic_handlers(bool on) {
    taskENTER_CRITICAL();
    handlers_on = on;
    taskEXIT_CRITICAL();
    machine_timers(on);
    for (unsigned i = 0; !on && i < 1 + TIMERS; i++) drop_all(&keepers[i]);
}

/* ---- tasks ---- */

static void give(void *unused) {
    (void)unused;
    uint32_t seed = 44;
    block_t *back;
    while (rounds_left > 0) {
        rounds_left--;
        block_t *block = block_new(&seed);
        if (block != NULL) xQueueSend(to_taker, &block, portMAX_DELAY);
        if (block_random(&seed) % 4 == 0) {
            block = __atomic_exchange_n(&mailbox, block_new(&seed), __ATOMIC_ACQ_REL);
            block_free(block, &seed);
        }
        while (xQueueReceive(to_giver, &back, 0) == pdPASS) block_free(back, &seed);
        if (block_random(&seed) % 8 == 0) vTaskDelay(1);
    }
    back = NULL;
    xQueueSend(to_taker, &back, portMAX_DELAY); /* the end */
    running--;
    vTaskDelete(NULL);
}

static void take(void *unused) {
    (void)unused;
    uint32_t seed = 55;
    block_t *block;
    while (xQueueReceive(to_taker, &block, portMAX_DELAY) == pdPASS && block != NULL) {
        seen.exchanged++;
        if (block_random(&seed) % 2) block = block_resize(block, &seed);
        if (block_random(&seed) % 3 || xQueueSend(to_giver, &block, 0) != pdPASS) block_free(block, &seed);
    }
    running--;
    vTaskDelete(NULL);
}

static void drain(QueueHandle_t queue) {
    uint32_t seed = 66;
    block_t *block;
    while (xQueueReceive(queue, &block, 0) == pdPASS) block_free(block, &seed);
    vQueueDelete(queue);
}

/* The idle task counts a deleted task out before it frees its memory. */
void traffic_wait_for_tasks(unsigned count) {
    while (uxTaskGetNumberOfTasks() > count) vTaskDelay(1);
    vTaskDelay(2);
}

traffic_t traffic_run(unsigned rounds, void (*work)(void)) {
    uint32_t seed = 77;
    unsigned tasks = (unsigned)uxTaskGetNumberOfTasks();
    seen = (traffic_t){0};
    rounds_left = rounds;
    to_giver = xQueueCreate(8, sizeof(block_t *));
    to_taker = xQueueCreate(8, sizeof(block_t *));
    running = 2;
    if (to_giver == NULL || to_taker == NULL || xTaskCreate(take, "taker", 512, NULL, 3, NULL) != pdPASS ||
        xTaskCreate(give, "giver", 512, NULL, 2, NULL) != pdPASS)
        machine_give_up("no memory for the tasks");
    traffic_handlers(true);
    while (running > 0) work();
    traffic_wait_for_tasks(tasks);
    traffic_handlers(false);
    block_free(__atomic_exchange_n(&mailbox, NULL, __ATOMIC_ACQ_REL), &seed);
    drain(to_taker);
    drain(to_giver);
    to_taker = NULL;
    return seen;
}
