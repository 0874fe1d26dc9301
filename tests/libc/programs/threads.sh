#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs that compute with threads on large buffers: sort and xz. Served: sort 10 xz 10
set -eu
seq 1 150000 | awk '{ print ($1 * 7919) % 150011, $1 }' >lines
sort --parallel=2 -S 50M -n lines | sha256sum
sort --parallel=2 -S 1M -k2,2r -k1,1n lines | sha256sum
sort -u --parallel=4 lines | wc -l
xz -T2 --block-size=1MiB -1 -c lines >lines.xz
xz -T2 -dc lines.xz | cmp - lines
xz -l --robot lines.xz | sed -n 's/^totals//p'
head -c 100000 lines.xz | xz -dc 2>&1 >/dev/null || echo "status $?"
