# SPDX-License-Identifier: MIT
# Compiler for the board sim-xtensa-smp.
set(CH_BOARD sim-xtensa-smp CACHE STRING "emulated board")
include(${CMAKE_CURRENT_LIST_DIR}/toolchain-xtensa.cmake)
