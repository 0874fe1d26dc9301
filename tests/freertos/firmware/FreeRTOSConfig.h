/* SPDX-License-Identifier: MIT */
/* Configuration of the kernel for the firmware here. Also read by the kernel's assembler sources: numbers first. */
#pragma once

/* QEMU counts instructions (-icount), so "Hz" is virtual. MACHINE_HZ, the timer's: CMakeLists.txt, by board. */
#define configCPU_CLOCK_HZ MACHINE_HZ
#ifdef __riscv
#define configMTIME_BASE_ADDRESS 0x0200bff8
#define configMTIMECMP_BASE_ADDRESS 0x02004000
#define configISR_STACK_SIZE_WORDS 2048
#define configENABLE_VPU 0
#else
/* ARMv8-M: one world, the secure one. */
#define configRUN_FREERTOS_SECURE_ONLY 1
#define configENABLE_TRUSTZONE 0
#define configENABLE_MPU 0
/* Lower numbers are more urgent. Handlers from 0x40 on may use the kernel and the heap. */
#define configKERNEL_INTERRUPT_PRIORITY 0xfe
#define configMAX_SYSCALL_INTERRUPT_PRIORITY 0x40
/* The board's start-up has weak handlers of these names in its vector table. */
#define vPortSVCHandler board_svcall
#define xPortPendSVHandler board_pendsv
#define xPortSysTickHandler board_systick
#define SVC_Handler board_svcall
#define PendSV_Handler board_pendsv
#define SysTick_Handler board_systick
#endif
#define configENABLE_FPU 0

#ifdef MACHINE_CORES
#define configNUMBER_OF_CORES MACHINE_CORES
#define configRUN_MULTIPLE_PRIORITIES 1
#define configUSE_CORE_AFFINITY 1
#define configUSE_TASK_PREEMPTION_DISABLE 0
#define configUSE_PASSIVE_IDLE_HOOK 0
#define configCORE_ID_REGISTER 0x5001f000
#define configWAKE_SECONDARY_CORES machine_wake_cores
#endif

#define configTICK_RATE_HZ 1000
#define configUSE_16_BIT_TICKS 0
#define configUSE_PREEMPTION 1
#define configUSE_TIME_SLICING 1
#define configMAX_PRIORITIES 6
#define configMINIMAL_STACK_SIZE 512
#define configMAX_TASK_NAME_LEN 16
#define configUSE_IDLE_HOOK 0
#define configUSE_TICK_HOOK 1
#define configUSE_MALLOC_FAILED_HOOK 1
#define configCHECK_FOR_STACK_OVERFLOW 2
#define configUSE_MUTEXES 1
#define configUSE_TIMERS 1
#define configTIMER_TASK_PRIORITY 4
#define configTIMER_QUEUE_LENGTH 8
#define configTIMER_TASK_STACK_DEPTH 512
#define configSUPPORT_DYNAMIC_ALLOCATION 1
#define configSUPPORT_STATIC_ALLOCATION 0

#define INCLUDE_vTaskDelete 1
#define INCLUDE_vTaskDelay 1
#define INCLUDE_vTaskSuspend 1
#define INCLUDE_xTaskGetCurrentTaskHandle 1
#define INCLUDE_xTaskGetSchedulerState 1
#define INCLUDE_uxTaskPriorityGet 1

/* Stacks from memory that others leave alone as long as they can: both boards' tables have it. */
#define configSTACK_ALLOCATION_FROM_SEPARATE_HEAP 1
#define configCAPHEAP_STACK_CAPS (MALLOC_CAP_DMA | MALLOC_CAP_8BIT)

#ifndef __ASSEMBLER__
void machine_assert_failed(const char *file, int line);
#define configASSERT(x) ((x) ? (void)0 : machine_assert_failed(__FILE__, __LINE__))
#endif
