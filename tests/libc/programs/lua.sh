#!/bin/sh
# SPDX-License-Identifier: MIT
# Lua: tables, strings, closures, coroutines, the collector in both modes. Served: lua5.4 500000
set -eu
cat >script.lua <<'END'
local function sum(t) local s = 0; for _, v in pairs(t) do s = s + v end; return s end

-- tables that grow, shrink and are sorted
local list = {}
for i = 1, 60000 do list[i] = (i * 7919) % 60013 end
table.sort(list)
print(#list, list[1], list[30000], list[60000], sum(list))
for i = #list, 1, -2 do table.remove(list) end
print(#list)

-- strings: concatenation, patterns, formats, a long one
local words = {}
for i = 1, 20000 do words[#words + 1] = ("w%05d-%s"):format(i, ("x"):rep(i % 40)) end
local text = table.concat(words, " ")
local count = select(2, text:gsub("w(%d+)", function(d) return d:reverse() end))
print(#text, count, text:find("w19999", 1, true), (text:sub(-20)))
print(#(("abc"):rep(3000000)))

-- keys that come and go, weak ones too
local keys, weak = {}, setmetatable({}, {__mode = "k"})
for i = 1, 100000 do
    keys["k" .. i] = {i}
    weak[{}] = i
    if i > 1000 then keys["k" .. i - 1000] = nil end
end
collectgarbage()
local left = 0
for _ in pairs(keys) do left = left + 1 end
print(left, next(weak))

-- coroutines, errors, closures
local function walk(n) for i = 1, n do coroutine.yield(i) end end
local total = 0
for i = 1, 3000 do
    local co = coroutine.wrap(walk)
    for _ = 1, 10 do total = total + co(10) end
end
print(total, pcall(error, {code = 7}))
local fails = 0
for i = 1, 5000 do if not pcall(function() local t = nil; return t.x end) then fails = fails + 1 end end
print(fails)

-- the other mode of the collector, and files
collectgarbage("generational")
local trees = {}
local function tree(depth) return depth == 0 and {} or {tree(depth - 1), tree(depth - 1)} end
for i = 1, 8 do trees[i % 3] = tree(14) end
local file = assert(io.open("lines", "w"))
for i = 1, 50000 do file:write(i, "\n") end
file:close()
local n = 0
for line in io.lines("lines") do n = n + #line end
print(n, load("return 6 * 7")())
END
lua5.4 script.lua | sed 's/0x[0-9a-f]*/ADDRESS/'
