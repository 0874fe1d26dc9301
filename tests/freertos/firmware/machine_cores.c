/* SPDX-License-Identifier: MIT */
/*
 * The second core of QEMU's mps2-an521, as the kernel's ARMv8-M port wants it: woken when the scheduler starts, on a vector table
 * of its own. The cores interrupt each other through the two message units:
 *
 *      unit 0   the kernel's: switch tasks there
 *      unit 1   the test's: the handler calls interrupt_raised()
 */
#include <FreeRTOS.h>
#include <task.h>

#include "machine.h"

#define VTOR (*(volatile uint32_t *)0xe000ed08u)
#define ICSR (*(volatile uint32_t *)0xe000ed04u)
#define ICSR_PENDSV (1u << 28)
#define PRIORITY_SVC (*(volatile uint32_t *)0xe000ed1cu)
#define PRIORITY_PENDSV (*(volatile uint32_t *)0xe000ed20u)
#define NVIC_ENABLE (*(volatile uint32_t *)0xe000e100u)
#define NVIC_PRIORITY ((volatile uint8_t *)0xe000e400u)

#define SECOND_VTOR (*(volatile uint32_t *)0x50021114u)
#define SECOND_WAIT (*(volatile uint32_t *)0x50021118u)

/* A message unit: for each core state, set, clear; 16 bytes apart. */
#define UNIT(unit, core) ((volatile uint32_t *)(0x50003000u + 0x1000u * (unit) + 0x10u * (core)))
enum { SET = 1, CLEAR = 2, UNIT0_INTERRUPT = 6, EXCEPTIONS = 16, INTERRUPTS = 32 };

typedef void (*handler_t)(void);
static handler_t vectors[EXCEPTIONS + INTERRUPTS] __attribute__((aligned(256)));
static uint32_t second_stack[2048] __attribute__((aligned(8)));

extern volatile uint8_t ucSecondaryCoresReadyFlags[];
extern void vStartFirstTask(void);
extern void vInterruptCore(uint8_t core);
extern BaseType_t machine_wake_cores(void);

static unsigned me(void) { return *(volatile uint8_t *)configCORE_ID_REGISTER; }

static void on_unit0(void) {
    UNIT(0, me())[CLEAR] = 1;
    ICSR = ICSR_PENDSV;
}

static void on_unit1(void) {
    UNIT(1, me())[CLEAR] = 1;
    interrupt_raised();
}

void vInterruptCore(uint8_t core) { UNIT(0, core)[SET] = 1; }

void machine_raise_on(unsigned core) { UNIT(1, core)[SET] = 1; }

/* Each core has its own interrupt controller. */
static void open_units(void) {
    NVIC_PRIORITY[UNIT0_INTERRUPT] = configKERNEL_INTERRUPT_PRIORITY;
    NVIC_PRIORITY[UNIT0_INTERRUPT + 1] = 0x80;
    NVIC_ENABLE = 3u << UNIT0_INTERRUPT;
}

static void second_reset(void) {
    VTOR = (uint32_t)vectors;
    __asm__ volatile("dsb\n\tisb" : : : "memory");
    PRIORITY_PENDSV |= (uint32_t)configKERNEL_INTERRUPT_PRIORITY << 16;
    PRIORITY_SVC = 0;
    open_units();
    /* Nothing may ask for another task before there is a first one; the kernel opens the mask with it. */
    __asm__ volatile("msr basepri, %0" : : "r"(configMAX_SYSCALL_INTERRUPT_PRIORITY) : "memory");
    ucSecondaryCoresReadyFlags[0] = pdTRUE;
    vStartFirstTask();
}

/* What the core starts with: the emulator reads it from the image, not from what was written to RAM since. */
static const struct {
    uint32_t *stack;
    handler_t reset;
} second_vectors __attribute__((aligned(256))) = {second_stack + sizeof second_stack / sizeof *second_stack, second_reset};

/* The kernel calls it on the first core, once everything is ready for the others. */
BaseType_t machine_wake_cores(void) {
    handler_t *first = (handler_t *)VTOR; /* machine_prepare() has put it into RAM */
    first[EXCEPTIONS + UNIT0_INTERRUPT] = on_unit0;
    first[EXCEPTIONS + UNIT0_INTERRUPT + 1] = on_unit1;
    for (unsigned i = 0; i < EXCEPTIONS + INTERRUPTS; i++) vectors[i] = first[i];
    vectors[0] = (handler_t)(uintptr_t)second_vectors.stack; /* the kernel begins the core's handler stack there */
    open_units();
    SECOND_VTOR = (uint32_t)&second_vectors;
    __asm__ volatile("dsb" : : : "memory");
    SECOND_WAIT = 0;
    return pdTRUE;
}
