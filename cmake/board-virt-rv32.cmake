# SPDX-License-Identifier: MIT
# QEMU's virt machine, 32-bit RISC-V.
set(default_port baremetal/riscv)
set(default_chip virt_rv32)
set(board_two_cores -smp 2)
set(board_shadow_offset 0x74000000) # boards/kasan/virt-rv32.c
