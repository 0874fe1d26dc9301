# SPDX-License-Identifier: MIT
# WORDRAM of chips/virt_rv32.c.
set(word_ranges 80240000:80260000)
