#!/bin/sh
# SPDX-License-Identifier: MIT
# What must not compile: ports/freertos on a kernel that gives it no way to lock. refused.sh COMPILER ROOT
set -u
compiler=$1 root=$2 passed=0 failed=0
folders="-I$root/include -I$root/include/compat -I$root/ports/freertos -I$root/tests/freertos/stub -I$root/tests/freertos/stub/kernel"

# refuses TEXT OPTION...: compiling fails, and says TEXT.
refuses() {
    text=$1
    shift
    # shellcheck disable=SC2086
    said=$("$compiler" -std=gnu11 -O2 $folders "$@" -fsyntax-only "$root/ports/freertos/port.c" 2>&1) && said="it compiles"
    case $said in
    *"$text"*) passed=$((passed + 1)) ;;
    *) failed=$((failed + 1)); printf 'with %s: no error "%s" but:\n%s\n' "$*" "$text" "$said" ;;
    esac
}

refuses "this FreeRTOS port cannot save the interrupt mask" -DSTUB_NO_MASK
refuses "this FreeRTOS port cannot save the interrupt mask" -DSTUB_NO_MASK -O0
refuses "both, or neither" '-DconfigCAPHEAP_MASK()=0'
refuses "this core has no atomic instructions" -DconfigNUMBER_OF_CORES=2 -U__GCC_HAVE_SYNC_COMPARE_AND_SWAP_4
echo "ch_test: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
