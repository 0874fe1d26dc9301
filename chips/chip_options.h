/* SPDX-License-Identifier: MIT */
/*
 * Options of chips: what changes a memory map without changing the chip. All are numbers here; the chip files test them with ?:,
 * this header and no chip file has #if. Each is, in this order,
 *
 *   CONFIG_CHIP_<NAME>         on the command line or in sdkconfig.h: a number; switches are 0 or 1
 *   ESP-IDF's option           where sdkconfig.h has one of the same meaning. There a switch that is not defined is off, which
 *                              CONFIG_IDF_TARGET tells from a build without sdkconfig.h
 *   the chip's own default     CH_OPTION() in the enum at the head of the chip file
 *
 * A chip file names the options that it has, so an option of another chip does nothing. chips/variants lists them for each chip.
 */
#pragma once

#include "sdkconfig.h"

/* Not chosen: the chip's default counts. */
#define CH_UNSET (-1)

/** The value of an option (the part of its name after CONFIG_CHIP_), or the chip's own default. */
#define CH_OPTION(name, otherwise) (CH_CHIP_##name == CH_UNSET ? (otherwise) : CH_CHIP_##name)

/* A switch of ESP-IDF that is not defined. */
#ifdef CONFIG_IDF_TARGET
#define CH_IDF_OFF 0
#else
#define CH_IDF_OFF CH_UNSET
#endif

/* ---- ESP32 family ---- */

/* MEMPROT: memory protection forbids to run code from a heap. */
#ifdef CONFIG_CHIP_MEMPROT
#define CH_CHIP_MEMPROT CONFIG_CHIP_MEMPROT
#elif defined CONFIG_ESP_SYSTEM_MEMPROT
#define CH_CHIP_MEMPROT CONFIG_ESP_SYSTEM_MEMPROT
#else
#define CH_CHIP_MEMPROT CH_IDF_OFF
#endif

/* RTC_FAST_AS_HEAP: low-power fast RAM is a heap. */
#ifdef CONFIG_CHIP_RTC_FAST_AS_HEAP
#define CH_CHIP_RTC_FAST_AS_HEAP CONFIG_CHIP_RTC_FAST_AS_HEAP
#elif defined CONFIG_ESP_SYSTEM_ALLOW_RTC_FAST_MEM_AS_HEAP
#define CH_CHIP_RTC_FAST_AS_HEAP CONFIG_ESP_SYSTEM_ALLOW_RTC_FAST_MEM_AS_HEAP
#else
#define CH_CHIP_RTC_FAST_AS_HEAP CH_IDF_OFF
#endif

/* CORES: how many of the chip's cores run. */
#ifdef CONFIG_CHIP_CORES
#define CH_CHIP_CORES CONFIG_CHIP_CORES
#elif defined CONFIG_ESP_SYSTEM_SINGLE_CORE_MODE
#define CH_CHIP_CORES (CONFIG_ESP_SYSTEM_SINGLE_CORE_MODE ? 1 : CH_UNSET)
#else
#define CH_CHIP_CORES CH_UNSET
#endif

/* IRAM_8BIT: byte accesses to instruction RAM are emulated by a trap. */
#ifdef CONFIG_CHIP_IRAM_8BIT
#define CH_CHIP_IRAM_8BIT CONFIG_CHIP_IRAM_8BIT
#elif defined CONFIG_ESP32_IRAM_AS_8BIT_ACCESSIBLE_MEMORY
#define CH_CHIP_IRAM_8BIT CONFIG_ESP32_IRAM_AS_8BIT_ACCESSIBLE_MEMORY
#else
#define CH_CHIP_IRAM_8BIT CH_IDF_OFF
#endif

/* SRAM1_AS_IRAM: code at the top of RAM that both buses see. */
#ifdef CONFIG_CHIP_SRAM1_AS_IRAM
#define CH_CHIP_SRAM1_AS_IRAM CONFIG_CHIP_SRAM1_AS_IRAM
#elif defined CONFIG_ESP_SYSTEM_ESP32_SRAM1_REGION_AS_IRAM
#define CH_CHIP_SRAM1_AS_IRAM CONFIG_ESP_SYSTEM_ESP32_SRAM1_REGION_AS_IRAM
#else
#define CH_CHIP_SRAM1_AS_IRAM CH_IDF_OFF
#endif

/* TRACEMEM: bytes kept for instruction traces. */
#ifdef CONFIG_CHIP_TRACEMEM
#define CH_CHIP_TRACEMEM CONFIG_CHIP_TRACEMEM
#elif defined CONFIG_ESP32_TRACEMEM_RESERVE_DRAM
#define CH_CHIP_TRACEMEM CONFIG_ESP32_TRACEMEM_RESERVE_DRAM
#elif defined CONFIG_ESP32S2_TRACEMEM_RESERVE_DRAM
#define CH_CHIP_TRACEMEM CONFIG_ESP32S2_TRACEMEM_RESERVE_DRAM
#elif defined CONFIG_ESP32S3_TRACEMEM_RESERVE_DRAM
#define CH_CHIP_TRACEMEM CONFIG_ESP32S3_TRACEMEM_RESERVE_DRAM
#else
#define CH_CHIP_TRACEMEM CH_UNSET
#endif

/* BT: Bluetooth controller in use. */
#ifdef CONFIG_CHIP_BT
#define CH_CHIP_BT CONFIG_CHIP_BT
#elif defined CONFIG_BT_ENABLED
#define CH_CHIP_BT CONFIG_BT_ENABLED
#else
#define CH_CHIP_BT CH_IDF_OFF
#endif

/* PSRAM: external RAM. On the ESP32 family its heap is added at run time (ch_chip.late); elsewhere it is a row. */
#ifdef CONFIG_CHIP_PSRAM
#define CH_CHIP_PSRAM CONFIG_CHIP_PSRAM
#elif defined CONFIG_SPIRAM
#define CH_CHIP_PSRAM CONFIG_SPIRAM
#else
#define CH_CHIP_PSRAM CH_IDF_OFF
#endif

/* ICACHE, DCACHE: bytes of RAM that serve as instruction and data cache. On Cortex-M7 DCACHE is a switch. */
#ifdef CONFIG_CHIP_ICACHE
#define CH_CHIP_ICACHE CONFIG_CHIP_ICACHE
#elif defined CONFIG_ESP32S2_INSTRUCTION_CACHE_8KB
#define CH_CHIP_ICACHE 0x2000
#elif defined CONFIG_ESP32S2_INSTRUCTION_CACHE_16KB
#define CH_CHIP_ICACHE 0x4000
#elif defined CONFIG_ESP32S3_INSTRUCTION_CACHE_SIZE
#define CH_CHIP_ICACHE CONFIG_ESP32S3_INSTRUCTION_CACHE_SIZE
#else
#define CH_CHIP_ICACHE CH_UNSET
#endif

#ifdef CONFIG_CHIP_DCACHE
#define CH_CHIP_DCACHE CONFIG_CHIP_DCACHE
#elif defined CONFIG_ESP32S2_DATA_CACHE_0KB
#define CH_CHIP_DCACHE 0
#elif defined CONFIG_ESP32S2_DATA_CACHE_8KB
#define CH_CHIP_DCACHE 0x2000
#elif defined CONFIG_ESP32S2_DATA_CACHE_16KB || defined CONFIG_ESP32S3_DATA_CACHE_16KB
#define CH_CHIP_DCACHE 0x4000 /* the S3 programs 32 KiB and gives half of it to the heap */
#elif defined CONFIG_ESP32S3_DATA_CACHE_SIZE
#define CH_CHIP_DCACHE CONFIG_ESP32S3_DATA_CACHE_SIZE
#else
#define CH_CHIP_DCACHE CH_UNSET
#endif

/* CACHE_LINE: bytes of a line of the cache before external RAM. */
#ifdef CONFIG_CHIP_CACHE_LINE
#define CH_CHIP_CACHE_LINE CONFIG_CHIP_CACHE_LINE
#elif defined CONFIG_ESP32S2_DATA_CACHE_LINE_SIZE
#define CH_CHIP_CACHE_LINE CONFIG_ESP32S2_DATA_CACHE_LINE_SIZE
#elif defined CONFIG_ESP32S3_DATA_CACHE_LINE_SIZE
#define CH_CHIP_CACHE_LINE CONFIG_ESP32S3_DATA_CACHE_LINE_SIZE
#elif defined CONFIG_CACHE_L2_CACHE_LINE_SIZE
#define CH_CHIP_CACHE_LINE CONFIG_CACHE_L2_CACHE_LINE_SIZE
#else
#define CH_CHIP_CACHE_LINE CH_UNSET
#endif

/* FLASH_ENCRYPTION: flash and external RAM are encrypted, which DMA to them needs alignment for. */
#ifdef CONFIG_CHIP_FLASH_ENCRYPTION
#define CH_CHIP_FLASH_ENCRYPTION CONFIG_CHIP_FLASH_ENCRYPTION
#elif defined CONFIG_SECURE_FLASH_ENC_ENABLED
#define CH_CHIP_FLASH_ENCRYPTION CONFIG_SECURE_FLASH_ENC_ENABLED
#else
#define CH_CHIP_FLASH_ENCRYPTION CH_IDF_OFF
#endif

/* TEE_BYTES: bytes at the start of internal RAM that belong to a trusted environment; 0: there is none. */
#ifdef CONFIG_CHIP_TEE_BYTES
#define CH_CHIP_TEE_BYTES CONFIG_CHIP_TEE_BYTES
#elif defined CONFIG_SECURE_ENABLE_TEE
#define CH_CHIP_TEE_BYTES (CONFIG_SECURE_ENABLE_TEE ? CONFIG_SECURE_TEE_IRAM_SIZE + CONFIG_SECURE_TEE_DRAM_SIZE : 0)
#else
#define CH_CHIP_TEE_BYTES CH_UNSET
#endif

/* SECURE_BOOT_DIGEST: bytes at the end of low-power RAM that a fast wake needs: 0, 32 or 48. */
#ifdef CONFIG_CHIP_SECURE_BOOT_DIGEST
#define CH_CHIP_SECURE_BOOT_DIGEST CONFIG_CHIP_SECURE_BOOT_DIGEST
#else
#define CH_CHIP_SECURE_BOOT_DIGEST CH_UNSET
#endif

/* L2_CACHE: bytes of RAM that serve as level 2 cache. */
#ifdef CONFIG_CHIP_L2_CACHE
#define CH_CHIP_L2_CACHE CONFIG_CHIP_L2_CACHE
#elif defined CONFIG_CACHE_L2_CACHE_SIZE
#define CH_CHIP_L2_CACHE CONFIG_CACHE_L2_CACHE_SIZE
#else
#define CH_CHIP_L2_CACHE CH_UNSET
#endif

/* MIN_REV: oldest revision of the chip that the program runs on, 100 * major + minor. */
#ifdef CONFIG_CHIP_MIN_REV
#define CH_CHIP_MIN_REV CONFIG_CHIP_MIN_REV
#elif defined CONFIG_ESP32P4_REV_MIN_FULL
#define CH_CHIP_MIN_REV CONFIG_ESP32P4_REV_MIN_FULL
#else
#define CH_CHIP_MIN_REV CH_UNSET
#endif

/* LP_CORE: the low-power core is in use. */
#ifdef CONFIG_CHIP_LP_CORE
#define CH_CHIP_LP_CORE CONFIG_CHIP_LP_CORE
#elif defined CONFIG_ULP_COPROC_TYPE_LP_CORE
#define CH_CHIP_LP_CORE CONFIG_ULP_COPROC_TYPE_LP_CORE
#else
#define CH_CHIP_LP_CORE CH_IDF_OFF
#endif

/* ---- others ---- */

/* SECURE: secure addresses (TrustZone) instead of non-secure ones. */
#ifdef CONFIG_CHIP_SECURE
#define CH_CHIP_SECURE CONFIG_CHIP_SECURE
#else
#define CH_CHIP_SECURE CH_UNSET
#endif

/* CPU: core of the Xtensa machine sim: 106 lx106, 212 de212, 232 dc232b, 1 sample_controller. */
#ifdef CONFIG_CHIP_CPU
#define CH_CHIP_CPU CONFIG_CHIP_CPU
#else
#define CH_CHIP_CPU CH_UNSET
#endif

/* CORE: the core that the program runs on: 7 or 4 for Cortex-M7 and M4. */
#ifdef CONFIG_CHIP_CORE
#define CH_CHIP_CORE CONFIG_CHIP_CORE
#else
#define CH_CHIP_CORE CH_UNSET
#endif

/* CORE1: the second core has a program and RAM of its own. */
#ifdef CONFIG_CHIP_CORE1
#define CH_CHIP_CORE1 CONFIG_CHIP_CORE1
#else
#define CH_CHIP_CORE1 CH_UNSET
#endif

/* RAM_SIZE: bytes of main RAM, where parts differ or option bytes divide RAM and flash. */
#ifdef CONFIG_CHIP_RAM_SIZE
#define CH_CHIP_RAM_SIZE CONFIG_CHIP_RAM_SIZE
#else
#define CH_CHIP_RAM_SIZE CH_UNSET
#endif

/* ITCM, DTCM: bytes of the scratchpads, where RAM is shared out among them. */
#ifdef CONFIG_CHIP_ITCM
#define CH_CHIP_ITCM CONFIG_CHIP_ITCM
#else
#define CH_CHIP_ITCM CH_UNSET
#endif

#ifdef CONFIG_CHIP_DTCM
#define CH_CHIP_DTCM CONFIG_CHIP_DTCM
#else
#define CH_CHIP_DTCM CH_UNSET
#endif

/* SDRAM, PSRAM_SIZE: bytes of external RAM on the board. */
#ifdef CONFIG_CHIP_SDRAM
#define CH_CHIP_SDRAM CONFIG_CHIP_SDRAM
#else
#define CH_CHIP_SDRAM CH_UNSET
#endif

#ifdef CONFIG_CHIP_PSRAM_SIZE
#define CH_CHIP_PSRAM_SIZE CONFIG_CHIP_PSRAM_SIZE
#else
#define CH_CHIP_PSRAM_SIZE CH_UNSET
#endif

/* BACKUP: the RAM with a supply of its own is a heap. */
#ifdef CONFIG_CHIP_BACKUP
#define CH_CHIP_BACKUP CONFIG_CHIP_BACKUP
#else
#define CH_CHIP_BACKUP CH_UNSET
#endif

/* WIRELESS: the radio is in use and has RAM of its own. */
#ifdef CONFIG_CHIP_WIRELESS
#define CH_CHIP_WIRELESS CONFIG_CHIP_WIRELESS
#else
#define CH_CHIP_WIRELESS CH_UNSET
#endif

/* MM_RAM: the RAM of the multimedia core is a heap of this one. */
#ifdef CONFIG_CHIP_MM_RAM
#define CH_CHIP_MM_RAM CONFIG_CHIP_MM_RAM
#else
#define CH_CHIP_MM_RAM CH_UNSET
#endif

/* USB_SRAM: the packet RAM of USB is a heap. */
#ifdef CONFIG_CHIP_USB_SRAM
#define CH_CHIP_USB_SRAM CONFIG_CHIP_USB_SRAM
#else
#define CH_CHIP_USB_SRAM CH_UNSET
#endif

/* STRIPING: RAM at the addresses that spread words over the banks. */
#ifdef CONFIG_CHIP_STRIPING
#define CH_CHIP_STRIPING CONFIG_CHIP_STRIPING
#else
#define CH_CHIP_STRIPING CH_UNSET
#endif

/* XIP_CACHE: the flash cache is a cache; 0: it is RAM. */
#ifdef CONFIG_CHIP_XIP_CACHE
#define CH_CHIP_XIP_CACHE CONFIG_CHIP_XIP_CACHE
#else
#define CH_CHIP_XIP_CACHE CH_UNSET
#endif
