# SPDX-License-Identifier: MIT
# 1024 ns an instruction, 10.24 ticks of the timer.
set(sweep_shift 10)
