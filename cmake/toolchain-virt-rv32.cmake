# SPDX-License-Identifier: MIT
# Compiler for the board virt-rv32.
set(CH_BOARD virt-rv32 CACHE STRING "emulated board")
set(machine "-march=rv32imac")
include(${CMAKE_CURRENT_LIST_DIR}/toolchain-riscv.cmake)
