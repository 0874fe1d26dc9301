#!/bin/sh
# SPDX-License-Identifier: MIT
# Python: its own tests, with every object from malloc: threads, fork, subprocesses, garbage, weak references, large strings.
# Served: python3 2000000
set -eu
export PYTHONMALLOC=malloc PYTHONDONTWRITEBYTECODE=1 LC_ALL=C.UTF-8
/usr/bin/python3 -c 'print(sum(len(str(i)) for i in range(200000)), sorted({i * 7919 % 10007 for i in range(9000)})[:3])'
tests="test_list test_dict test_json test_re test_bytes test_memoryview test_thread test_threading_local test_fork1 test_struct"
[ -z "${CH_LONG:-}" ] || tests="$tests test_threading test_subprocess test_weakref test_set test_array test_gc test_zlib test_buffer"
status=0
# shellcheck disable=SC2086 # several tests
/usr/bin/python3 -m test --timeout 300 $tests >log 2>&1 || status=$?
# What takes time or differs from run to run is cut off: the clock and the load.
sed -n -E 's/^[0-9:]+ (load avg: [0-9.]+ )?//; s/ -- .*//; /^\[|^Tests result|tests? (OK|failed)/p' log
[ "$status" = 0 ] || cat log
exit "$status"
