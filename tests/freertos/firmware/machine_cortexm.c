/* SPDX-License-Identifier: MIT */
/*
 * QEMU's mps2 boards, Cortex-M3 to M33. The board's vector table ends with SysTick, so it moves to RAM, with more handlers behind
 * it:
 *
 *   priority  0x20 urgent        no critical section masks it; may not use the heap
 *             0x60 timer 1       preempts everything below, the heap included, but no critical section
 *             0x80 timer 0, software interrupt
 *             0xfe tick, PendSV
 */
#include <FreeRTOS.h>

#include "machine.h"

#define VTOR (*(volatile uint32_t *)0xe000ed08u)
#define NVIC_ENABLE (*(volatile uint32_t *)0xe000e100u)
#define NVIC_RAISE (*(volatile uint32_t *)0xe000e200u)
#define NVIC_PRIORITY ((volatile uint8_t *)0xe000e400u)
#define SYSTICK_RELOAD (*(volatile uint32_t *)0xe000e014u)
#define SYSTICK_VALUE (*(volatile uint32_t *)0xe000e018u)

/* The board's two timers: control, value, reload, acknowledge. MACHINE_TIMERS, _TIMER_IRQ, _HZ: CMakeLists.txt, by board. */
#define TIMER(n) ((volatile uint32_t *)(MACHINE_TIMERS + 0x1000u * (n)))
enum { CONTROL, VALUE, RELOAD, CLEAR };
#define TIMER_ON 9u /* counting, with interrupt */

/* An instruction takes 64 ns (-icount shift=6). */
#define COUNTS(instructions) ((instructions)*64u / (1000000000u / MACHINE_HZ))

enum { TIMER0 = MACHINE_TIMER_IRQ, TIMER1, SOFTWARE = 28, URGENT = 29, EXCEPTIONS = 16, INTERRUPTS = 32 };

typedef void (*handler_t)(void);
static handler_t vectors[EXCEPTIONS + INTERRUPTS] __attribute__((aligned(256)));
static volatile unsigned urgent;

static void on_timer(unsigned number) {
    static uint32_t seed = 1;
    seed = seed * 1664525u + 1013904223u;
    TIMER(number)[CLEAR] = 1;
    TIMER(number)[RELOAD] = COUNTS(7500u + (seed >> 8) % 15000u);
    TIMER(number)[VALUE] = TIMER(number)[RELOAD];
    interrupt_timer(number);
}

static void on_timer0(void) { on_timer(0); }
static void on_timer1(void) { on_timer(1); }
static void on_software(void) { interrupt_raised(); }
static void on_urgent(void) { urgent++; }

static void install(unsigned number, handler_t handler, uint8_t priority) {
    vectors[EXCEPTIONS + number] = handler;
    NVIC_PRIORITY[number] = priority;
    NVIC_ENABLE = 1u << number;
}

void machine_prepare(void) {
    const handler_t *old = (const handler_t *)VTOR;
    for (unsigned i = 0; i < EXCEPTIONS; i++) vectors[i] = old[i];
    install(TIMER0, on_timer0, 0x80);
    install(TIMER1, on_timer1, 0x60);
    install(SOFTWARE, on_software, 0x80);
    install(URGENT, on_urgent, 0x20);
    VTOR = (uint32_t)vectors;
    __asm__ volatile("dsb\n\tisb" : : : "memory");
}

void machine_start(void) {}

bool machine_masked(void) {
    uint32_t primask, basepri;
    __asm__ volatile("mrs %0, primask\n\tmrs %1, basepri" : "=r"(primask), "=r"(basepri) : : "memory");
    return primask || (basepri && basepri <= configMAX_SYSCALL_INTERRUPT_PRIORITY);
}

void machine_open(bool open) {
    uint32_t basepri = open ? 0 : configMAX_SYSCALL_INTERRUPT_PRIORITY;
    __asm__ volatile("msr basepri, %0" : : "r"(basepri) : "memory");
}

void machine_raise(void) {
    NVIC_RAISE = 1u << SOFTWARE;
    __asm__ volatile("dsb\n\tisb" : : : "memory");
}

bool machine_urgent_runs(void) {
    unsigned before = urgent;
    NVIC_RAISE = 1u << URGENT;
    __asm__ volatile("dsb\n\tisb" : : : "memory");
    return urgent == before + 1;
}

bool machine_has_priorities(void) { return true; }

void machine_next_tick(uint32_t instructions) {
    SYSTICK_RELOAD = COUNTS(instructions);
    SYSTICK_VALUE = 0;
}

void machine_timers(bool on) {
    for (unsigned n = 0; n < 2; n++) {
        TIMER(n)[RELOAD] = 3000u + n;
        TIMER(n)[VALUE] = 3000u + n;
        TIMER(n)[CONTROL] = on ? TIMER_ON : 0;
        TIMER(n)[CLEAR] = 1;
    }
}
