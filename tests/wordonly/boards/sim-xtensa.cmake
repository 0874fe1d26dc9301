# SPDX-License-Identifier: MIT
# Both instruction RAMs of chips/sim_xtensa.c, without the vectors.
set(word_ranges 40000400:40200000)
