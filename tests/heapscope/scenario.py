# SPDX-License-Identifier: MIT
"""A short program's life: what the golden files show. Every number in them can be found by reading this."""
from stream import Stream

DRAM, SPIRAM = 0x3FFB0000, 0x3F800000
MAIN, NET = (0x3FFC0000, "main"), (0x3FFC1000, "net")
START = (0x400D0110, 0x400D0010)
PARSE = (0x400D0220, 0x400D0330, 0x400D0010)
CACHE = (0x400D0440, 0x400D0010)
LEAK = (0x400D0550, 0x400D0330)


def scenario(extra=0):
    """extra: as many more leaks of PARSE's first block, for diff."""
    s = Stream(base=SPIRAM)
    s.time = 1000
    s.sync()
    s.region(DRAM, 65536, 0x1C0E, "DRAM")
    s.state(DRAM, 60000, 50000, 40000)
    s.region(SPIRAM, 1 << 20, 0x1404, "SPIRAM")
    s.info("chip", "esp32")
    s.alloc(DRAM + 0x100, 1000, START, MAIN)
    for i in range(20):
        s.time += 50000
        s.alloc(DRAM + 0x1000 + i * 0x200, 256, PARSE, NET, core=1)
        s.time += 10
        s.alloc(SPIRAM + i * 0x1000, 4000, CACHE, MAIN, caps=0x400)
        if i % 5 == 4:
            s.state(DRAM, 60000 - i * 500, 50000 - i * 2000, 40000 - i * 100)
    s.mark("parsed")
    s.failed(1 << 21, "heap_caps_malloc", CACHE, MAIN, caps=0x400)
    for i in range(20):
        s.time += 2000
        if i != 7:
            s.free(DRAM + 0x1000 + i * 0x200, PARSE, NET)
        s.free(SPIRAM + i * 0x1000, CACHE, MAIN)
    s.alloc(DRAM + 0x8000, 300, LEAK, NET)
    s.time += 500000
    s.move(DRAM + 0x100, DRAM + 0x4000, 2000, START, MAIN)
    s.alloc(DRAM + 0x9000, 40, LEAK, NET)
    for i in range(extra):
        s.alloc(DRAM + 0xA000 + i * 0x100, 256, PARSE, NET)
    s.free(0x3FFB0004)  # allocated before the recording
    s.time += 250000
    s.state(DRAM, 61000, 30000, 38000)
    s.stop()
    return s
