# SPDX-License-Identifier: MIT
# 1024 ns an instruction, 25.6 ticks of the timer.
set(sweep_shift 10)
set(sweep_variants os4)
set(sweep_first 2)
