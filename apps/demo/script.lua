-- SPDX-License-Identifier: MIT
-- What the interpreter runs in the demo: real work for an allocator, with results that are known beforehand.
--
-- The script is one coroutine. After each stage it yields a line of text; the firmware prints it and takes buffers of its own
-- before it lets the script go on, so that both live on the same heaps at the same time. Every stage asserts its results and adds
-- to a checksum, which is the same on every machine; the script returns it at the end.

local RECORDS = 320
local EXPECTED = "7a0bf9f2"

collectgarbage("incremental", 110, 400) -- starts a cycle when memory has grown by a tenth

local checksum = 0x811c9dc5
local function note(text)
    for i = 1, #text do
        checksum = ((checksum ~ text:byte(i)) * 0x01000193) & 0xffffffff
    end
end

-- Ends a stage. What lives on is all that is left of it: memory is small, so garbage goes now and not at some later time.
local function stage(what, ...)
    collectgarbage()
    coroutine.yield(what:format(...))
end

local seed = 12345
local function random(n)
    seed = (seed * 1103515245 + 12345) & 0x7fffffff
    return (seed >> 8) % n + 1
end

-- JSON ------------------------------------------------------------------------------------------------------------------------

local json = { null = setmetatable({}, { __tostring = function() return "null" end }) }

local escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

local function quote(text)
    return '"' .. text:gsub('[%c"\\]', function(c) return escapes[c] or ("\\u%04x"):format(c:byte()) end) .. '"'
end

local encode

local function encode_array(list, out)
    out[#out + 1] = "["
    for i, item in ipairs(list) do
        if i > 1 then out[#out + 1] = "," end
        encode(item, out)
    end
    out[#out + 1] = "]"
end

local function encode_object(object, out)
    local names = {}
    for name in pairs(object) do names[#names + 1] = name end
    table.sort(names) -- the order of pairs() differs from machine to machine
    out[#out + 1] = "{"
    for i, name in ipairs(names) do
        out[#out + 1] = (i > 1 and "," or "") .. quote(name) .. ":"
        encode(object[name], out)
    end
    out[#out + 1] = "}"
end

function encode(value, out)
    local kind = type(value)
    if value == json.null then out[#out + 1] = "null"
    elseif kind == "string" then out[#out + 1] = quote(value)
    elseif kind == "boolean" or math.type(value) == "integer" then out[#out + 1] = tostring(value)
    elseif kind == "number" then out[#out + 1] = ("%.14g"):format(value)
    elseif kind == "table" and (value[1] ~= nil or next(value) == nil) then encode_array(value, out)
    elseif kind == "table" then encode_object(value, out)
    else error("no JSON for a " .. kind) end
end

function json.encode(value)
    local out = {}
    encode(value, out)
    return table.concat(out)
end

local unescapes = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ['"'] = '"', ["\\"] = "\\", ["/"] = "/" }
local decode

local function fail(text, at, what)
    error(("JSON: %s at byte %d of %d"):format(what, at, #text), 0)
end

local function skip(text, at)
    return text:find("[^ \t\r\n]", at) or #text + 1
end

local function decode_string(text, at)
    local pieces, from = {}, at + 1
    while true do
        local to, _, mark = text:find('(["\\%c])', from)
        if not to or mark:find("%c") then fail(text, at, "string without an end") end
        pieces[#pieces + 1] = text:sub(from, to - 1)
        if mark == '"' then return table.concat(pieces), to + 1 end
        local name = text:sub(to + 1, to + 1)
        local code = name == "u" and text:match("^%x%x%x%x", to + 2)
        if code then
            pieces[#pieces + 1], from = utf8.char(tonumber(code, 16)), to + 6
        elseif unescapes[name] then
            pieces[#pieces + 1], from = unescapes[name], to + 2
        else
            fail(text, to, "unknown escape")
        end
    end
end

local function decode_array(text, at)
    local list, mark = {}, nil
    at = skip(text, at + 1)
    if text:sub(at, at) == "]" then return list, at + 1 end
    repeat
        list[#list + 1], at = decode(text, at)
        at = skip(text, at)
        mark, at = text:sub(at, at), at + 1
    until mark ~= ","
    if mark ~= "]" then fail(text, at - 1, "array without an end") end
    return list, at
end

local function decode_object(text, at)
    local object, name, mark = {}, nil, nil
    at = skip(text, at + 1)
    if text:sub(at, at) == "}" then return object, at + 1 end
    repeat
        at = skip(text, at)
        if text:sub(at, at) ~= '"' then fail(text, at, "name expected") end
        name, at = decode_string(text, at)
        at = skip(text, at)
        if text:sub(at, at) ~= ":" then fail(text, at, "colon expected") end
        object[name], at = decode(text, at + 1)
        at = skip(text, at)
        mark, at = text:sub(at, at), at + 1
    until mark ~= ","
    if mark ~= "}" then fail(text, at - 1, "object without an end") end
    return object, at
end

local constants = { ["true"] = true, ["false"] = false, null = json.null }

function decode(text, at)
    at = skip(text, at)
    local mark = text:sub(at, at)
    if mark == "{" then return decode_object(text, at) end
    if mark == "[" then return decode_array(text, at) end
    if mark == '"' then return decode_string(text, at) end
    local word = text:match("^%a+", at)
    if constants[word] ~= nil then return constants[word], at + #word end
    local number = text:match("^-?%d+%.?%d*[eE]?[+-]?%d*", at)
    if not number or not tonumber(number) then fail(text, at, "value expected") end
    return tonumber(number), at + #number
end

function json.decode(text)
    local value, at = decode(text, 1)
    if skip(text, at) <= #text then fail(text, at, "text after the end") end
    return value
end

local function same(a, b)
    if type(a) ~= "table" or type(b) ~= "table" or a == json.null then return a == b end
    for name, value in pairs(a) do
        if not same(value, b[name]) then return false end
    end
    for name in pairs(b) do
        if a[name] == nil then return false end
    end
    return true
end

-- Stages ----------------------------------------------------------------------------------------------------------------------

local kinds = { "thermometer", "gyroscope", "pressure", "flow \"fine\"", "light\tlux", "Gerät-µ" }

local function make_record(i)
    local samples = {}
    for k = 1, 4 + random(8) do samples[k] = (random(20000) - 10000) / 8 end
    return {
        id = i, kind = kinds[random(#kinds)], online = random(3) > 1, error = random(5) == 1 and "E" .. random(99) or json.null,
        samples = samples, place = { row = random(40), shelf = random(9), path = { "hall", "rack" .. random(12) } },
    }
end

local function json_stages()
    local records = {}
    for i = 1, RECORDS do records[i] = make_record(i) end
    local text = json.encode(records)
    note(text)
    stage("JSON: %d records encoded, %d bytes of text", #records, #text)

    local copy = json.decode(text)
    assert(#copy == RECORDS and same(records, copy), "decoded records differ")
    assert(json.encode(copy) == text, "text encoded again differs")
    stage("JSON: %d records decoded, equal to the first ones", #copy)

    local bad = { "", "{", "[1,", "[1 2]", '{"a" 1}', '{"a":}', '"abc', '"\\q"', "tru", "[1]]", "-", '{1:2}' }
    for _, wrong in ipairs(bad) do
        local ok, why = pcall(json.decode, wrong)
        assert(not ok and tostring(why):find("^JSON: "), "malformed text was taken: " .. wrong)
        note(why)
    end
    assert(json.decode('"\\u00b5\\n\\/"') == "µ\n/" and json.decode(" [ ] ")[1] == nil)
    stage("JSON: %d malformed texts refused", #bad)
end

local function string_stage()
    local text, words, count = "", {}, {}
    for i = 1, 300 do text = text .. ("%s%d "):format(kinds[i % 4 + 1]:sub(1, i % 7 + 1), i * i % 97) end -- quadratic on purpose
    for word in text:gmatch("%a+") do
        words[#words + 1], count[word] = word:upper():reverse(), (count[word] or 0) + 1
    end
    table.sort(words)
    local line = table.concat(words, "-")
    assert(#words >= 300 and #line:gsub("[^-]", "") == #words - 1)
    local long = ("0123456789abcdef"):rep(1024)
    assert(#long == 16384 and long:sub(-16) == "0123456789abcdef" and #long:gsub("a", "__") == 16384 + 1024)
    note(line)
    note(("%s %q %5.2f %x"):format(text:sub(1, 40), text:sub(-9), #text / 7, #long))
    stage("strings: %d words built, sorted, joined to %d bytes", #words, #line)
end

local function closure_stage()
    local function counter(step)
        local n = 0
        return function() n = n + step return n end, function() return n end
    end
    local sum, adders = 0, {}
    for i = 1, 500 do adders[i] = { counter(i) } end
    for _ = 1, 3 do
        for i = 1, 500 do adders[i][1]() end
    end
    for i = 1, 500 do sum = sum + adders[i][2]() end
    assert(sum == 3 * 500 * 501 // 2, "closures share what they must not share")

    local memo = setmetatable({}, { __index = function(t, n) t[n] = n < 3 and 1 or t[n - 1] + t[n - 2] return t[n] end })
    assert(memo[60] == 1548008755920)
    local function primes(n) -- a chain of generators, one coroutine a prime
        local source = coroutine.wrap(function() for i = 2, n do coroutine.yield(i) end end)
        return function()
            local p, from = source(), source
            if p then source = coroutine.wrap(function() for i in from do if i % p ~= 0 then coroutine.yield(i) end end end) end
            return p
        end
    end
    local found = {}
    for p in primes(300) do found[#found + 1] = p end
    assert(#found == 62 and found[62] == 293, "primes")
    note(table.concat(found, " ") .. sum)
    stage("closures: %d pairs share upvalues, %d coroutines sieve primes", #adders, #found + 1)
end

local function collector_stage()
    local finalized, weak = 0, setmetatable({}, { __mode = "v" })
    local mark = { __gc = function() finalized = finalized + 1 end }
    local keep = {}
    for i = 1, 400 do
        local item = setmetatable({ i, tostring(i):rep(20) }, mark)
        weak[i] = item
        if i % 8 == 0 then keep[#keep + 1] = item end
    end
    collectgarbage()
    collectgarbage()
    local alive = 0
    for _ in pairs(weak) do alive = alive + 1 end
    assert(alive == #keep and finalized == 350, "the collector took the wrong objects")

    local before = collectgarbage("count")
    collectgarbage("generational")
    local pile, lists = {}, {}
    for i = 1, 6000 do pile[i] = ("%d|%s"):format(i, ("x"):rep(random(120))) end -- more than the first heap can hold
    for i = 1, 2000 do lists[i % 50 + 1] = { i, lists[i % 50 + 1], { tostring(i) } } end
    local peak = collectgarbage("count")
    for i = 1, #pile do assert(tonumber(pile[i]:match("^%d+")) == i) end
    stage("collector: %d of 400 objects finalized; a pile of %d strings built", finalized, #pile)

    pile, lists = nil, nil
    collectgarbage("incremental", 110, 400)
    collectgarbage()
    local after = collectgarbage("count")
    assert(peak > before + 400 and after < before + 40, "garbage stays")
    note(("%d %d"):format(finalized, alive))
    stage("collector: the pile is gone, %d KiB given back", (peak - after) // 100 * 100)
end

json_stages()
string_stage()
closure_stage()
collector_stage()
local result = ("%08x"):format(checksum)
assert(result == EXPECTED, "checksum " .. result .. " instead of " .. EXPECTED)
return result
