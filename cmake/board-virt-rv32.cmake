# SPDX-License-Identifier: MIT
# QEMU's virt machine, 32-bit RISC-V.
set(default_port baremetal/riscv)
set(default_chip virt_rv32)
set(board_two_cores -smp 2)
