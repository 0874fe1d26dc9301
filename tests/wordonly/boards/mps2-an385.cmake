# SPDX-License-Identifier: MIT
# Every RAM of this board takes bytes: a chip table of the test makes the last 256 KiB of SSRAM23 word-only.
set(word_chip tests/wordonly/chip_mps2_words.c)
set(word_ranges 203c0000:20400000)
