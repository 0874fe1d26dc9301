# SPDX-License-Identifier: MIT
# Compiler for the board sim-xtensa.
set(CH_BOARD sim-xtensa CACHE STRING "emulated board")
include(${CMAKE_CURRENT_LIST_DIR}/toolchain-xtensa.cmake)
