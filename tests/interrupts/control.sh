#!/bin/sh
# SPDX-License-Identifier: MIT
# Negative controls of the interrupts test: control.sh BOARD SHIFT PLUGIN NM UNLOCKED LEAKY
#   UNLOCKED  its library does not mask interrupts: interrupts must find, or make, damage
#   LEAKY     its points are too far apart: the plugin must find places that were not interrupted
set -u
cd "$(dirname "$0")/../.."
board=$1 shift=$2 plugin=$3 nm=$4 unlocked=$5 leaky=$6
passed=0 failed=0

# expect WHAT STATUS TEXT ELF
expect() {
    said=$(TIME_LIMIT=30 tests/interrupts/sweep.sh "$board" "$shift" "$plugin" "$nm" "$4" 2>&1)
    got=$?
    if [ "$got" -ne 0 ] && [ "$got" -ne 124 ] && { [ "$2" = any ] || [ "$got" -eq "$2" ]; } && printf '%s\n' "$said" | grep -qE "$3"; then
        passed=$((passed + 1))
        echo "ok      $1"
    else
        failed=$((failed + 1))
        echo "FAILED  $1: status $got, and no '$3' in:"
        printf '%s\n' "$said"
    fi
}

expect 'without locks heaps are damaged' any \
    'a heap is damaged|contents of a block have changed|count of blocks is wrong|sum of free bytes is wrong|CORRUPT HEAP' "$unlocked"
expect 'places that are left out are found' 86 'sweep: MISSED' "$leaky"
echo "ch_test: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
