# SPDX-License-Identifier: MIT
# Both instruction RAMs of chips/sim_xtensa.c, without the vectors. Of the 128 MiB of system RAM 4 MiB are enough: to check
# all of it takes its time.
set(word_chip chips/sim_xtensa.c)
set(word_chip_options CONFIG_CHIP_RAM_SIZE=0x400000)
set(word_ranges 40000400:40200000)
