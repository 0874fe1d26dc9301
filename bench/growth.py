# SPDX-License-Identifier: MIT
"""What malloc and free cost against the size of the heap and the number of live blocks, and how flat that is."""
import array
import itertools
import struct
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from measure import JOBS, QEMU, TIME_LIMIT, statistics

FEW = 10
LARGEST = 64 << 20
HEAP_BYTES = [4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20, 16 << 20, LARGEST]  # with FEW live blocks
LIVE_BLOCKS = [FEW, 30, 100, 300, 1000, 3000, 10000, 30000, 100000]  # in a heap of LARGEST bytes
SERIES = {"heap_bytes": [(size, FEW) for size in HEAP_BYTES], "live_blocks": [(LARGEST, live) for live in LIVE_BLOCKS]}
# Subject of builder.py, and how many live blocks are measured: where each call walks a list, more would take minutes and show the same.
SUBJECTS = {"heap_caps": ("caps1", 100000), "multi_heap": ("multi_heap", 100000), "newlib": ("newlib", 100000),
            "newlib-nano": ("newlib-nano", 10000), "picolibc": ("libc", 10000)}
PAIRS = 10000
SEED = 20260117


def measure_point(elf, heap_bytes, live):
    """Statistics of malloc and of free at one point; None if the run stopped."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "point.bin").write_bytes(struct.pack("<5I", heap_bytes, live, max(2 * live, 2000), PAIRS, SEED))
        try:
            done = subprocess.run([*QEMU, "-kernel", str(elf)], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  timeout=TIME_LIMIT)
            message, status = (done.stdout + done.stderr).strip(), done.returncode
        except subprocess.TimeoutExpired:
            message, status = f"no end after {TIME_LIMIT} s", -1
        if status != 0:
            print(f"{elf.stem}, heap of {heap_bytes} bytes, {live} blocks: {message or 'exit status ' + str(status)}", file=sys.stderr)
            return None
        counts = array.array("I")
        counts.frombytes((folder / "counts.bin").read_bytes())
    return {"malloc": statistics(counts[PAIRS:]), "free": statistics(counts[:PAIRS])}


def measure(builder, names):
    """{subject: {series: {x: {"malloc": statistics, "free": ...}}}}, and whether every point was measured."""
    jobs = []
    for name in names:
        subject, most = SUBJECTS[name]
        elf = builder.firmware(subject, "growth")
        jobs += [(name, elf, heap_bytes, live) for heap_bytes, live in dict.fromkeys(itertools.chain(*SERIES.values())) if live <= most]
    with ThreadPoolExecutor(JOBS) as pool:
        points = {(name, heap_bytes, live): point for (name, _, heap_bytes, live), point
                  in zip(jobs, pool.map(lambda job: measure_point(*job[1:]), jobs))}
    results = {}
    for name in names:
        results[name] = {}
        for series, where in SERIES.items():
            x = 0 if series == "heap_bytes" else 1
            results[name][series] = {str(at[x]): points[name, *at] for at in where if points.get((name, *at))}
    return results, all(points.values())


def flatness(series):
    """
    For malloc and free: {"rise", "spread"} of the means along all series, in percent. spread: the largest mean above the smallest.
    rise: the most that a mean is above one at a smaller point of its series, which is what growth costs.
    """
    figures = {}
    for call in ("malloc", "free"):
        lines = [[point[call]["mean"] for point in points.values()] for points in series.values()]
        means = list(itertools.chain(*lines))
        if not means:
            continue
        rises = [later / earlier - 1 for line in lines for earlier, later in itertools.combinations(line, 2)]
        figures[call] = {"rise": round(100 * max(0, *rises), 2), "spread": round(100 * (max(means) / min(means) - 1), 2)}
    return figures
