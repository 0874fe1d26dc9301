# SPDX-License-Identifier: MIT
# 1024 ns an instruction, 10.24 ticks of the timer.
set(sweep_shift 10)
set(sweep_variants g8)
set(sweep_first 0)
