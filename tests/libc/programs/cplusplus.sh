#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs in C++: operator new, exceptions, many children at once. CMake runs a script, ninja a graph of small jobs.
# Served: cmake 200000 ninja 2000
set -eu
cat >script.cmake <<'END'
cmake_minimum_required(VERSION 3.21)
set(list)
foreach(i RANGE 1 4000)
    math(EXPR key "(${i} * 7919) % 4001")
    list(APPEND list "item-${key}")
endforeach()
list(SORT list COMPARE NATURAL)
list(TRANSFORM list REPLACE "item-(.*)" "\\1:\\1")
list(JOIN list " " text)
string(SHA256 sum "${text}")
string(REGEX MATCHALL "[0-9]*7:" sevens "${text}")
list(LENGTH sevens count)
message(STATUS "${sum} ${count}")
set(json "{}")
foreach(i RANGE 200)
    string(JSON json SET "${json}" "k${i}" "[${i}, {\"a\": \"${i}\"}]")
endforeach()
string(JSON value GET "${json}" k77 1 a)
string(LENGTH "${json}" length)
message(STATUS "${value} ${length}")
file(WRITE made.txt "${text}")
file(SHA1 made.txt sum)
message(STATUS "${sum}")
string(JSON value GET "{" x)
END
cmake -P script.cmake 2>&1 || echo "status $?"
awk 'BEGIN {
    print "rule copy\n  command = cp $in $out"
    for (i = 1; i <= 120; i++) printf "build out%d: copy %s\n", i, (i > 8) ? "out" i - 8 : "made.txt"
}' >build.ninja
ninja -j4 --quiet >/dev/null
sha256sum <out120
ninja -n | tail -n 1
ninja no-such-target 2>&1 || echo "status $?"
