# SPDX-License-Identifier: MIT
# The front door. Each target does its own set-up: missing packages are installed, progress is printed, details go to build/.

BOARD ?= mps2-an385
SOURCES = $(shell find include src ports chips boards apps tests bench -name '*.[ch]')

.PHONY: help demo test models bench format check-format lint check-layers clean

help:
	@echo 'make demo [BOARD=virt-rv32]   firmware with a Lua interpreter on an emulated board (default: mps2-an385)'
	@echo 'make test                     all tests, on the host and on emulated boards'
	@echo 'make models                   Spin models of the lock, of registration and of the walk'
	@echo 'make bench                    instructions per call and memory efficiency'
	@echo 'make format                   formats the C sources'
	@echo 'make lint                     clang-tidy, cppcheck, gcc -fanalyzer, layers, format'
	@echo 'make clean                    removes build/, the fetched sources included'

demo:
	@tools/setup demo
	@tools/demo $(BOARD)

test:
	@tools/setup test
	@tools/test

models:
	@tools/setup models
	@tools/check-models

bench:
	@tools/setup bench
	@bench/run

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
