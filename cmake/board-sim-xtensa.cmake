# SPDX-License-Identifier: MIT
# QEMU's machine sim, Xtensa lx106.
set(default_port baremetal/xtensa)
set(default_chip sim_xtensa)
set(board_shadow_offset 0x4a010000) # boards/kasan/sim-xtensa.c
set(board_shadow_array CONFIG_KASAN_RAM_LOW=0x3ff80000 CONFIG_KASAN_SHADOW_SIZE=0x10000) # data RAM
