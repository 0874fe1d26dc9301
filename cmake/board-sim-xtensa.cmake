# SPDX-License-Identifier: MIT
# QEMU's machine sim, Xtensa lx106.
set(default_port baremetal/xtensa)
set(default_chip sim_xtensa)
set(board_shadow_offset 0x4a010000) # boards/kasan/sim-xtensa.c
