# SPDX-License-Identifier: MIT
# Compiler for the board mps2-an505.
set(CH_BOARD mps2-an505 CACHE STRING "emulated board")
set(machine "-mcpu=cortex-m33+nofp")
include(${CMAKE_CURRENT_LIST_DIR}/toolchain-cortexm.cmake)
