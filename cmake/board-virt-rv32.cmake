# SPDX-License-Identifier: MIT
# QEMU's virt machine, 32-bit RISC-V.
set(default_port baremetal/riscv)
set(default_chip virt_rv32)
set(board_two_cores -smp 2)
set(board_shadow_offset 0x74000000) # boards/kasan/virt-rv32.c
set(board_shadow_array CONFIG_KASAN_RAM_LOW=0x80000000u CONFIG_KASAN_SHADOW_SIZE=0x30000) # program and first heap
set(board_shadow_symbols kasan_ram_low=0x80000000 kasan_ram_high=0x82000000 kasan_shadow_mem=0x84000000)
