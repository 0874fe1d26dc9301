# SPDX-License-Identifier: MIT
# Compiler for the board mps2-an500.
set(CH_BOARD mps2-an500 CACHE STRING "emulated board")
set(machine "-mcpu=cortex-m7")
include(${CMAKE_CURRENT_LIST_DIR}/toolchain-cortexm.cmake)
