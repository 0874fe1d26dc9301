# SPDX-License-Identifier: MIT
# The front door. Each target does its own set-up: missing packages are installed, progress is printed, details go to build/.

BOARD ?= mps2-an385
SOURCES = $(shell find include src ports chips boards apps tests bench tools -name '*.[ch]')

.PHONY: help demo preload test test-more test-kasan irq-sweep word-only test-freertos models bench bench-guard bench-trace bench-owners bench-heapscope irq-bound bounds fuzz sizes oom faults faults-quick heapscope fuzz-heapscope coverage \
    mutate prove chips chips-doc test-chips format check-format lint check-layers clean

help:
	@echo 'make demo [BOARD=virt-rv32]   firmware with a Lua interpreter on an emulated board, then firmware that leaks, and which lines do'
	@echo '                              (default: mps2-an385; all: on each kind; host: the second alone, on this machine)'
	@echo 'make preload                  build/libcapheap.so: programs of this machine run on the heap with LD_PRELOAD'
	@echo 'make heapscope                build/heapscope/heapscope: reads traces, says where the memory went (docs/heapscope.1)'
	@echo 'make test                     all tests, on the host and on emulated boards'
	@echo 'make test-more                task tracking and call sites at more granules and levels than make test has'
	@echo 'make irq-sweep [FULL=1]       an interrupt before every instruction of the heap, on emulated boards (part of make test)'
	@echo 'make word-only                no access but aligned words in word-only memory, on emulated boards (part of make test)'
	@echo 'make test-kasan [PART=job]    code checked by the address sanitizer: bugs that must be found, Lua and zlib that have none'
	@echo 'make test-freertos            the FreeRTOS port; on a real kernel if FREERTOS_KERNEL_PATH names one'
	@echo 'make models                   Spin models of the lock, of registration and of the walk'
	@echo 'make bench-owners             what task tracking and call sites add to a call; fails above 40 instructions of call sites'
	@echo 'make bench-trace [DEPTHS=1]   what tracing adds to a call; fails above 80 instructions, or if it grows with the live records'
	@echo 'make bench-heapscope          time and memory of heapscope for a million events; fails above two seconds, or if memory grows'
	@echo 'make irq-bound                how long interrupts are off in each function; fails above 300 instructions'
	@echo 'make bounds [FULL=1]          attacks the worst cases of docs/BOUNDS.md: memory and instructions'
	@echo 'make bench                    instructions per call, memory efficiency, growth, beside C libraries; plots. Under 10 minutes'
	@echo 'make bench-guard              its short form; fails where a figure is more than 3 % worse than in bench/baseline.json'
	@echo 'make fuzz [MINUTES=10] [TARGET=heap] [CONFIG=g8] [ENGINE=afl] [KEEP=1]   libFuzzer or AFL++ on the heap, with sanitizers'
	@echo 'make fuzz-heapscope [MINUTES=5]   libFuzzer on the reader of traces: damaged and hostile recordings'
	@echo 'make sizes [CONFIG=aborts]    all odd sizes, alignments and masks on every entry point, in every option, at 64 and 32 bits and on a board'
	@echo 'make oom [STEP=1]             the N-th allocation fails, for every N of a script of every function and of the Lua program of the demo'
	@echo 'make faults [N=1000000]       injects N corruptions at each level of detection: what is caught, what crashes (faults-quick: a minute)'
	@echo 'make coverage                 lines, branches and MC/DC of the library over the host tests; fails at what is not excepted'
	@echo 'make mutate [QUICK=1]         breaks the engine and the heap layer in every way of a list, one at a time: tests must notice'
	@echo 'make prove                    Frama-C: no run-time error, and contracts, of the arithmetic and the lists'
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

heapscope:
	@tools/setup heapscope
	@tools/build-heapscope

fuzz-heapscope:
	@tools/setup fuzz heapscope
	@tests/heapscope/fuzz $(or $(MINUTES),5)

test:
	@tools/setup test
	@tools/test

test-more:
	@tools/setup test
	@tools/test host64-more

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
	@tests/kasan/run $(PART)

models:
	@tools/setup models
	@tools/check-models

coverage:
	@tools/setup coverage
	@tools/coverage

mutate:
	@tools/setup mutate
	@tools/mutate $(if $(QUICK),--quick)

prove:
	@tools/setup prove
	@tools/prove

bench:
	@tools/setup bench
	@bench/run --plots

bench-guard:
	@tools/setup guard
	@bench/guard-test
	@bench/guard

bench-owners:
	@tools/setup guard
	@bench/owners

bench-heapscope:
	@tools/setup heapscope
	@bench/heapscope

bench-trace:
	@tools/setup guard
	@bench/trace $(if $(DEPTHS),--depths)

irq-bound:
	@tools/setup guard
	@bench/irq-bound

bounds:
	@tools/setup guard
	@tests/bounds/run $(if $(FULL),--full)

fuzz:
	@tools/setup fuzz
	@tests/fuzz/run --minutes $(or $(MINUTES),10) $(if $(TARGET),--target $(TARGET)) $(if $(CONFIG),--config $(CONFIG)) \
	    --engine $(or $(ENGINE),libfuzzer) $(if $(KEEP),--keep)

sizes:
	@tools/setup test
	@CONFIG=$(CONFIG) tests/sizes/run

oom:
	@tools/setup test
	@tests/oom/run $(STEP)

faults:
	@tools/setup faults
	@tests/faults/run $(N)

faults-quick:
	@tools/setup faults
	@tests/faults/run --quick $(N)

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
