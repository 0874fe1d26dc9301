# SPDX-License-Identifier: MIT
# QEMU's mps2-an500, Cortex-M7.
set(default_port baremetal/cortexm)
set(default_chip mps2_an500)
