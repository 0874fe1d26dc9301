# SPDX-License-Identifier: MIT
# Compiler for the board mps2-an385.
set(CH_BOARD mps2-an385 CACHE STRING "emulated board")
set(machine "-mcpu=cortex-m3")
include(${CMAKE_CURRENT_LIST_DIR}/toolchain-cortexm.cmake)
