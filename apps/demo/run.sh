#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the demo and keeps what it prints: run.sh REPORT COMMAND...
# The text goes to stdout and to the file REPORT; its last line is "demo: OK", or "demo: FAILED: why" also where the firmware could
# not say so itself (a fault, no end in time). Status: 0 for OK, else that of the command, or 1.
set -u
[ $# -ge 2 ] || { echo "usage: run.sh REPORT COMMAND..." >&2; exit 2; }
report=$1
shift
mkdir -p "$(dirname "$report")" || exit 2
status_file=$report.status
trap 'rm -f "$status_file"' EXIT

judge() {
    "$@"
    status=$?
    echo "$status" >"$status_file"
}
judge "$@" 2>&1 | tee "$report"
status=$(cat "$status_file")

last=$(tail -n 1 "$report")
case $status:$last in
0:"demo: OK") exit 0 ;;
*:"demo: FAILED: "*) [ "$status" -ne 0 ] || status=1 ;;
0:*) why="the firmware ended early" status=1 ;;
124:*) why="no end in time" ;;
*) why="the firmware ended with status $status" ;;
esac
if [ -n "${why:-}" ]; then
    [ -z "$(tail -c 1 "$report")" ] || echo | tee -a "$report" # the output stopped within a line
    echo "demo: FAILED: $why" | tee -a "$report"
fi
exit "$status"
