#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs a program of the interrupts test on a board, one instruction a fixed time, and watched: sweep.sh BOARD SHIFT PLUGIN NM ELF
# Exit status: the program's; 86 if the plugin found a place that was not interrupted.
set -eu
cd "$(dirname "$0")/../.."
board=$1 shift=$2 plugin=$3 nm=$4 elf=$5
marks=$("$nm" "$elf" | awk '$3 ~ /^sweep_(scene|begin|end|handler)$/ { printf ",%s=%s", substr($3, 7), $1 }')
exec tools/run-qemu "$board" "$elf" -icount "shift=$shift,sleep=off" -plugin "$plugin$marks"
