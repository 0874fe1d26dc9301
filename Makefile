# SPDX-License-Identifier: MIT
# The front door. Each target does its own set-up: missing packages are installed, progress is printed, details go to build/.

BOARD ?= mps2-an385
SOURCES = $(shell find include src ports chips boards apps tests bench tools -name '*.[ch]')

.PHONY: help demo preload test test-freertos bench chips chips-doc format check-format lint check-layers clean

help:
	@echo 'make demo [BOARD=virt-rv32]   firmware with a Lua interpreter on an emulated board (default: mps2-an385)'
	@echo 'make preload                  build/libcapheap.so: programs of this machine run on the heap with LD_PRELOAD'
	@echo 'make test                     all tests, on the host and on emulated boards'
	@echo 'make test-freertos            the FreeRTOS port; on a real kernel if FREERTOS_KERNEL_PATH names one'
	@echo 'make bench                    instructions per call and memory efficiency'
	@echo 'make chips [CHIP=esp32s3 [VARIANT=psram]]   memory maps as pictures; VARIANT may be options: "PSRAM=1 DCACHE=0x4000"'
	@echo 'make chips-doc                writes docs/CHIPS.md from the tables in chips/'
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

test-freertos:
	@tools/setup freertos
	@tests/freertos/run

bench:
	@tools/setup bench
	@bench/run

chips:
	@tools/setup chips
	@tools/chips/chips $(CHIP) $(if $(VARIANT),'$(VARIANT)')

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
