# SPDX-License-Identifier: MIT
# The front door. Each target does its own set-up: missing packages are installed, progress is printed, details go to build/.

BOARD ?= mps2-an385
SOURCES = $(shell find include src ports chips boards apps tests bench tools -name '*.[ch]')

.PHONY: help demo preload test test-kasan irq-sweep word-only test-freertos models bench irq-bound chips chips-doc test-chips format check-format lint check-layers clean

help:
	@echo 'make demo [BOARD=virt-rv32]   firmware with a Lua interpreter on an emulated board (default: mps2-an385; all: on each kind)'
	@echo 'make preload                  build/libcapheap.so: programs of this machine run on the heap with LD_PRELOAD'
	@echo 'make test                     all tests, on the host and on emulated boards'
	@echo 'make irq-sweep [FULL=1]       an interrupt before every instruction of the heap, on emulated boards (part of make test)'
	@echo 'make word-only                no access but aligned words in word-only memory, on emulated boards (part of make test)'
	@echo 'make test-kasan               code checked by the address sanitizer: bugs that must be found, Lua and zlib that have none'
	@echo 'make test-freertos            the FreeRTOS port; on a real kernel if FREERTOS_KERNEL_PATH names one'
	@echo 'make models                   Spin models of the lock, of registration and of the walk'
	@echo 'make irq-bound                how long interrupts are off in each function; fails above 300 instructions'
	@echo 'make bench                    instructions per call and memory efficiency'
	@echo 'make chips [CHIP=esp32s3 [VARIANT=psram]]   memory maps as pictures; VARIANT may be options: "PSRAM=1 DCACHE=0x4000"'
	@echo 'make chips-doc                writes docs/CHIPS.md from the tables in chips/'
	@echo 'make test-chips [CHIP=...]    the api tests on the memory map of every chip (minutes; not part of make test)'
	@echo 'make format                   formats the C sources'
	@echo 'make lint                     clang-tidy, cppcheck, gcc -fanalyzer, layers, format'
	@echo 'make clean                    removes build/, the fetched sources included'

demo:
	@tools/setup demo
	@tools/demo $(BOARD)

preload:
	@tools/setup preload
	@tools/build-preload

test:
	@tools/setup test
	@tools/test

irq-sweep:
	@tools/setup test
	@SWEEP_FULL=$(FULL) SUITE=interrupts tools/test virt-rv32 mps2-an385 sim-xtensa

word-only:
	@tools/setup test
	@SUITE=wordonly tools/test virt-rv32 mps2-an385 sim-xtensa

test-freertos:
	@tools/setup freertos
	@tests/freertos/run

test-kasan:
	@tools/setup test demo
	@tests/kasan/run

models:
	@tools/setup models
	@tools/check-models

bench:
	@tools/setup bench
	@bench/run

irq-bound:
	@tools/setup bench
	@bench/irq-bound

chips:
	@tools/setup chips
	@tools/chips/chips $(CHIP) $(if $(VARIANT),'$(VARIANT)')

test-chips:
	@tools/setup test
	@tools/chips/api-suite $(CHIP)

chips-doc:
	@tools/setup chips
	@tools/chips/chips --write-docs

format:
	@tools/setup lint
	@clang-format -i $(SOURCES)

check-format:
	@clang-format --dry-run --Werror $(SOURCES)

check-layers:
	@tools/check-layers

lint:
	@tools/setup lint
	@tools/lint

clean:
	rm -rf build
