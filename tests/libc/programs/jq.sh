#!/bin/sh
# SPDX-License-Identifier: MIT
# jq: large documents, sorting and grouping, regular expressions, and jq's own test runner. Served: jq 300000
set -eu
jq -nc '[range(5000) | {id: ., name: "item \(. * 7919 % 5003)", tags: [range(. % 5) | tostring], nested: {a: {b: (. % 13)}}}]' >items.json
sha256sum <items.json
jq -c 'group_by(.nested.a.b) | map({key: .[0].nested.a.b, count: length, first: (map(.name) | sort | first)})' items.json
jq 'map(select(.name | test("7+$"))) | length' items.json
jq -r '.[] | select(.id % 1001 == 0) | [.id, .name, (.tags | join("/"))] | @csv' items.json
jq '[paths] | length' items.json
jq 'tojson | fromjson | . == input' items.json items.json
jq -n 'reduce range(40000) as $i ({}; .["k\($i % 500)"] += $i) | add'
jq '.[' items.json 2>&1 || echo "status $?"
printf '{"a": [1, {"b": ' | jq . 2>&1 || echo "status $?"
cat >own.test <<'END'
[.[] | . * 2] | add
[1, 2, 3]
12

to_entries
{"a": 1, "b": [2]}
[{"key": "a", "value": 1}, {"key": "b", "value": [2]}]

[match("a(?<x>b+)"; "g").captures[0].string]
"abb ab aab"
["bb", "b", "b"]

def f(n): if n == 0 then [] else [f(n - 1)] end; f(50) | flatten
null
[]

try error("x") catch .
null
"x"

[limit(3; repeat(1))]
null
[1, 1, 1]

@base64 "\(.)", (@base64 | @base64d)
"some text"
"c29tZSB0ZXh0"
"some text"

%%FAIL
{(0): 1}
jq: error: Object keys must be strings at <test>, line 1:

splits("a+"; null)
"baab"
"b"
"b"

ltrimstr("x") | ascii_upcase | explode | implode
"xabc"
"ABC"
END
jq --run-tests own.test | grep -E '^[*]|passed'
