# SPDX-License-Identifier: MIT
# QEMU's mps2-an505, Cortex-M33.
set(default_port baremetal/cortexm)
set(default_chip mps2_an505)
