#!/bin/sh
# SPDX-License-Identifier: MIT
# Negative control of the suite wordonly: control.sh BOARD PLUGIN-OPTIONS CONTROL0 CONTROL1 CONTROL2
# The plugin must find one byte, one halfword and one misaligned word (control.c), and must not be content where it sees nothing.
# Also: each function that a public header declares is called by the suite's own programs, multi_heap_words and caps_words.
set -u
cd "$(dirname "$0")/../.."
board=$1 options=$2
shift 2
passed=0 failed=0
good() { passed=$((passed + 1)); echo "ok      $1"; }
bad() { failed=$((failed + 1)); echo "FAILED  $1"; }

# expect WHAT STATUS TEXT COMMAND...: STATUS and TEXT are extended regular expressions
expect() {
    what=$1 status=$2 text=$3
    shift 3
    said=$("$@" 2>&1)
    got=$?
    if echo $got | grep -qxE "$status" && printf '%s\n' "$said" | grep -qE "$text"; then good "$what"; else
        bad "$what: status $got, expected $status and '$text' in:"
        printf '%s\n' "$said"
    fi
}

expect 'a byte is found' 86 'FORBIDDEN store of 1 bytes' tools/run-qemu "$board" "$1" -plugin "$options"
expect 'a halfword is found' 86 'FORBIDDEN load of 2 bytes' tools/run-qemu "$board" "$2" -plugin "$options"
# Xtensa does not do it in the first place.
expect 'a misaligned word is found' '86|1' 'FORBIDDEN load of 4 bytes|misaligned load' tools/run-qemu "$board" "$3" -plugin "$options"
expect 'a range that nothing touches is found' 86 'nothing was seen' \
    tools/run-qemu "$board" "$1" -plugin "${options%%,*},word=10:20"

# Functions that touch no heap, or that every program of the suite calls by other means.
elsewhere=' heap_caps_check_add_region_allowed heap_caps_match heap_caps_register_failed_alloc_callback heap_caps_init multi_heap_os_funcs_init '
missing= functions=0
for header in include/multi_heap.h include/multi_heap_internal.h include/esp_heap_caps.h include/esp_heap_caps_init.h \
    src/caps/caps_base.h; do
    for function in $(sed -n 's/^[a-z][a-z_ ]*[ *]\(\(multi_heap\|heap_caps\)_[a-z_]*\)(.*/\1/p' "$header"); do
        functions=$((functions + 1))
        case $elsewhere in *" $function "*) continue ;; esac
        grep -q "$function(" tests/wordonly/multi_heap_words.c tests/wordonly/caps_words.c || missing="$missing $function"
    done
done
if [ -z "$missing" ] && [ "$functions" -gt 40 ]; then good "all $functions public functions are called on word-only memory"; else
    bad "of $functions public functions no program of tests/wordonly calls:$missing"
fi
echo "ch_test: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
