# SPDX-License-Identifier: MIT
"""Writes trace streams from docs/TRACE_FORMAT.md alone: what tests of heapscope read is not made by the library that it is for."""

SYNC, REGION, STATE, CLOCK, LOST, MARK, INFO, ALLOC, FREE, MOVE, FAILED, STOP = range(1, 13)
CAPS = 0x1000  # the usual ones


def number(value):
    out = bytearray()
    while value >> 7:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def signed(value):
    return number(2 * value if value >= 0 else -2 * value - 1)


def text(value):
    data = value.encode()
    return number(len(data)) + data


def crc(data):
    value = 0xFFFF
    for byte in data:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1 ^ 0x1021 if value & 0x8000 else value << 1) & 0xFFFF
    return value


def cobs(data):
    out, run = bytearray(), bytearray()
    for byte in data + b"\0":
        if byte:
            run.append(byte)
            continue
        out += bytes([len(run) + 1]) + run
        run = bytearray()
    return bytes(out) + b"\0"


class Stream:
    """Frames one after another; `data` is what they are on the wire. Each method is a record."""

    def __init__(self, base=0x3FFB0000, word=4, rate=1000000):
        self.base, self.word, self.rate = base, word, rate
        self.data, self.frames, self.time, self.last = b"", 0, 0, 0
        self.stacks, self.tasks, self.starts = {}, {}, []

    def frame(self, kind, payload):
        if kind not in (SYNC, CLOCK) and self.time - self.last > 0x7FFF:
            self.frame(CLOCK, number(self.time))
        body = bytes([kind]) + payload + (self.time & 0xFFFF).to_bytes(2, "little") + bytes([self.frames & 0xFF])
        self.starts.append(len(self.data))
        self.data += cobs(body + crc(body).to_bytes(2, "little"))
        self.frames += 1
        self.last = self.time

    def place(self, address):
        bits = self.word * 8
        distance = (address - self.base) % (1 << bits)
        return distance >> 2 | (distance & 3) << (bits - 2)

    def sync(self, lost=0, run=1):
        fields = [self.word, 8, self.base, self.rate, self.time, self.frames, lost, run, CAPS]
        self.frame(SYNC, b"CH\1" + b"".join(map(number, fields)))

    def region(self, start, size, caps, name):
        self.frame(REGION, number(self.place(start)) + number(size) + number(caps) + text(name))

    def state(self, start, free, largest, minimum):
        self.frame(STATE, number(self.place(start)) + number(free) + number(largest) + number(minimum))

    def step(self, difference):
        """A difference modulo the word, the nearer way round."""
        half = 1 << self.word * 8 - 1
        return (difference + half) % (2 * half) - half

    def slot(self, table, key, definition):
        """A reference to a slot of a table, with its definition the first time."""
        if key in table:
            return number(table[key] << 1)
        table[key] = len(table)
        return number(table[key] << 1 | 1) + definition

    def event(self, kind, payload, stack=(), task=None, core=0, caps=CAPS, behind=b""):
        who = b""
        if core:
            kind |= 0x10
            who += number(core)
        if task:
            kind |= 0x20
            who += self.slot(self.tasks, task, number(task[0]) + text(task[1]))
        if stack:
            kind |= 0x40
            steps = [self.step(b - a) for a, b in zip([0, *stack], stack)]
            who += self.slot(self.stacks, tuple(stack), number(len(stack)) + b"".join(map(signed, steps)))
        if caps != CAPS:
            kind |= 0x80
            who += number(caps)
        self.frame(kind, payload + who + behind)

    def alloc(self, address, size, *who, align=1, **more):
        behind = bytes([align.bit_length() - 1]) if align > 1 else b""
        self.event(ALLOC, number(self.place(address)) + number(size), *who, behind=behind, **more)

    def free(self, address, *who, **more):
        self.event(FREE, number(self.place(address)), *who, **more)

    def move(self, old, address, size, *who, since=None, **more):
        """since: self.frames when the realloc began."""
        place, since = self.place(address), self.frames if since is None else since
        began = (since & 0xFFFF).to_bytes(2, "little")
        self.event(MOVE, number(place) + signed(self.place(old) - place) + number(size) + began, *who, **more)

    def failed(self, size, function, *who, **more):
        self.event(FAILED, number(size) + text(function), *who, **more)

    def lost(self, total):
        self.frame(LOST, number(total))

    def mark(self, value):
        self.frame(MARK, text(value))

    def info(self, key, value):
        self.frame(INFO, text(key) + text(value))

    def stop(self):
        self.frame(STOP, b"")
