#!/bin/sh
# SPDX-License-Identifier: MIT
# gcc: compiles this project's library, with debug information and for link time; output must be the same byte for byte.
# Served: cc1 1000000
set -eu
for level in '-O2 -g' '-Os -flto'; do
    for file in engine/walk caps/hot heap/multi_heap; do
        # shellcheck disable=SC2086 # several options
        gcc $level -std=gnu11 -Wall -Wextra -I "$ROOT/include" -I "$ROOT/include/compat" -I "$ROOT/ports/posix" -I "$ROOT/src" \
            -frandom-seed=1 -c "$ROOT/src/$file.c" -o object.o
        echo "$file $level $(sha256sum <object.o)"
    done
done
# The whole engine and heap as one unit.
for file in base/bits base/words base/report engine/engine engine/walk heap/multi_heap heap/inspect; do echo "#include \"$file.c\""; done >all.c
gcc -O2 -std=gnu11 -I "$ROOT/include" -I "$ROOT/include/compat" -I "$ROOT/ports/posix" -I "$ROOT/src" -fdump-tree-optimized=/dev/stdout -c all.c | sha256sum
cat >main.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(void) {
    char *text = strdup("compiled and run");
    puts(text);
    free(text);
    return 3;
}
END
gcc -O2 -g -flto main.c -o main
./main || echo "status $?"
gcc -O2 -static main.c -o main.static
./main.static || echo "status $?"
echo 'int f(void) { return g(; }' | gcc -x c - -c -o object.o 2>&1 || echo "status $?"
