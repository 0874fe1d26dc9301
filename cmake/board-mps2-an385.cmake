# SPDX-License-Identifier: MIT
# QEMU's mps2-an385, Cortex-M3.
set(default_port baremetal/cortexm)
set(default_chip mps2_an385)
set(board_shadow_offset 0x1dd00000) # boards/kasan/mps2-an385.c
set(board_shadow_array CONFIG_KASAN_RAM_LOW=0x20000000 CONFIG_KASAN_SHADOW_SIZE=0x80000) # main memory
