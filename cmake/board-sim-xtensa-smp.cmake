# SPDX-License-Identifier: MIT
# QEMU's machine sim, two Xtensa cores of the kind sample_controller. The chip file wants CONFIG_CHIP_CPU=1.
set(default_port baremetal/xtensa)
set(default_chip sim_xtensa)
set(board_shares xtensa/cores)
set(board_two_cores "") # the board always has both
