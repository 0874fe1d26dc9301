# SPDX-License-Identifier: MIT
# Compiler for the board mps3-an547.
set(CH_BOARD mps3-an547 CACHE STRING "emulated board")
set(machine "-mcpu=cortex-m55+nomve+nofp")
include(${CMAKE_CURRENT_LIST_DIR}/toolchain-cortexm.cmake)
