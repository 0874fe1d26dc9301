# SPDX-License-Identifier: MIT
# 1024 ns an instruction, 40.96 ticks of the timer. An interrupt begins at the user vector.
set(sweep_shift 10)
set(sweep_link_options -Wl,--defsym=sweep_handler=vectors+0x50)
set(sweep_variants g8)
set(sweep_first 1)
