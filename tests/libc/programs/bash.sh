#!/bin/sh
# SPDX-License-Identifier: MIT
# bash: arrays, strings, regular expressions, functions, subshells and pipes. Served: bash 50000
set -eu
cat >script.bash <<'END'
set -u
declare -A seen
list=()
for ((i = 0; i < 6000; i++)); do
    key=$((i * 7919 % 1009))
    seen[$key]=$((${seen[$key]:-0} + i))
    list+=("item $i")
done
echo "${#seen[@]} ${#list[@]} ${seen[17]} ${list[-1]}"
text=
for ((i = 0; i < 3000; i++)); do text+="word$i,"; done
echo "${#text} ${text//word/w}" | sha256sum
IFS=, read -ra parts <<<"$text"
echo "${#parts[@]} ${parts[2999]}"
fib() { if (($1 < 2)); then echo "$1"; else echo $(($(fib $(($1 - 1))) + $(fib $(($1 - 2))))); fi; }
fib 10
[[ "abc-123-def" =~ ^([a-z]+)-([0-9]+) ]] && echo "${BASH_REMATCH[2]}"
mapfile -t lines < <(seq 20000)
echo "${#lines[@]} ${lines[19999]}"
printf -v padded '%08d' 42
echo "$padded ${padded^^} ${text:7:13} $(printf '%s\n' "${list[@]}" | sort | tail -n 1)"
( trap 'echo trapped' EXIT; exit 3 ) || echo "status $?"
coproc cat
copier=$COPROC_PID
echo hello >&"${COPROC[1]}"
read -r answer <&"${COPROC[0]}"
echo "$answer"
kill "$copier"
wait "$copier" 2>/dev/null
for i in {1..20}; do (echo "$i" | cat >/dev/null) & done
wait
echo "${missing?no such variable}" 2>&1
END
bash script.bash 2>&1 || echo "status $?"
