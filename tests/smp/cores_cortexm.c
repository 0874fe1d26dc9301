/* SPDX-License-Identifier: MIT */
/* cores.h on Cortex-M: each core has a SysTick of its own. */
#if defined __ARM_ARCH && __ARM_ARCH_PROFILE == 'M'
#include <stddef.h>

#include "capheap/port.h"
#include "cores.h"

#define SYSTICK_CONTROL (*(volatile uint32_t *)0xe000e010u)
#define SYSTICK_RELOAD (*(volatile uint32_t *)0xe000e014u)
#define SYSTICK_VALUE (*(volatile uint32_t *)0xe000e018u)
#define SCB_ICSR (*(volatile uint32_t *)0xe000ed04u)
#define ICSR_FORGET_SYSTICK (1u << 25)
#define TICKS_IN_MICROSECOND 20u /* of QEMU's an505 and an521 */

static void (*on_tick[CORES])(unsigned core);

void board_systick(void); /* named in the board's vector tables */

void board_systick(void) {
    unsigned core = cores_me();
    on_tick[core](core);
}

bool cores_timer_start(void (*handler)(unsigned core), uint32_t microseconds) {
    on_tick[cores_me()] = handler;
    SYSTICK_RELOAD = microseconds * TICKS_IN_MICROSECOND;
    SYSTICK_VALUE = 0;
    SYSTICK_CONTROL = 7; /* on, with interrupt, from the processor's clock */
    cores_open(true);
    return true;
}

void cores_timer_stop(void) {
    SYSTICK_CONTROL = 0;
    SCB_ICSR = ICSR_FORGET_SYSTICK;
}

bool cores_is_open(void) {
    uint32_t masked;
    __asm__ volatile("mrs %0, primask" : "=r"(masked) : : "memory");
    return !masked;
}

void cores_open(bool open) {
    if (open)
        __asm__ volatile("cpsie i" : : : "memory");
    else
        __asm__ volatile("cpsid i" : : : "memory");
}

void cores_relax(void) { CH_CORE_RELAX(); }

void *cores_exchange(void **place, void *pointer) { return __atomic_exchange_n(place, pointer, __ATOMIC_ACQ_REL); }

#endif
