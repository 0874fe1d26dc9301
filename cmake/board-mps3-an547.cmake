# SPDX-License-Identifier: MIT
# QEMU's mps3-an547, Cortex-M55.
set(default_port baremetal/cortexm)
set(default_chip mps3_an547)
