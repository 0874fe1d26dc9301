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
HEAP_BYTES = [4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20, 16 << 20, LARGEST]
LIVE_BLOCKS = [FEW, 30, 100, 300, 1000, 3000, 10000, 30000, 100000]
CHURN, FILL = 0, 1
# Series: title of the axis, the points as (work, bytes of heap, live blocks), and which of the two is the axis.
SERIES = {
    "live_blocks": ("live blocks in a heap of 64 MB, churn", [(CHURN, LARGEST, live) for live in LIVE_BLOCKS], 2),
    "heap_bytes": ("bytes of heap with 10 live blocks, churn", [(CHURN, size, FEW) for size in HEAP_BYTES], 1),
    "filled_blocks": ("blocks in a heap of 64 MB, filled and emptied", [(FILL, LARGEST, live) for live in LIVE_BLOCKS], 2),
}
WORKS = {"churn": ["live_blocks", "heap_bytes"], "fill": ["filled_blocks"]}  # what flatness is computed over
# Subject of builder.py, and the most live blocks: where each call walks a list, more would take minutes and show the same.
SUBJECTS = {"heap_caps": ("caps1", 100000), "multi_heap": ("multi_heap", 100000), "newlib": ("newlib", 100000),
            "newlib-nano": ("newlib-nano", 10000), "picolibc": ("libc", 10000)}
PAIRS = 10000
SEED = 20260117


def measure_point(elf, work, heap_bytes, live):
    """Statistics of malloc and of free at one point; None if the run stopped."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "point.bin").write_bytes(struct.pack("<6I", heap_bytes, live, max(2 * live, 2000), PAIRS, SEED, work))
        try:
            done = subprocess.run([*QEMU, "-kernel", str(elf)], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
                                  text=True, timeout=TIME_LIMIT)
            message, status = (done.stdout + done.stderr).strip(), done.returncode
        except subprocess.TimeoutExpired:
            message, status = f"no end after {TIME_LIMIT} s", -1
        if status != 0:
            print(f"{elf.stem}, heap of {heap_bytes} bytes, {live} blocks: {message or f'exit status {status}'}", file=sys.stderr)
            return None
        counts = array.array("I")
        counts.frombytes((folder / "counts.bin").read_bytes())
    half = len(counts) // 2
    return {"malloc": statistics(counts[half:]), "free": statistics(counts[:half])}


def measure(builder, names):
    """{subject: {series: {x: {"malloc": statistics, "free": ...}}}}, and whether every point was measured."""
    jobs = []
    for name in names:
        subject, most = SUBJECTS[name]
        elf = builder.firmware(subject, "growth")
        wanted = dict.fromkeys(point for _, points, _ in SERIES.values() for point in points)
        jobs += [(name, elf, point) for point in wanted if point[2] <= most]
    with ThreadPoolExecutor(JOBS) as pool:
        done = pool.map(lambda job: measure_point(job[1], *job[2]), jobs)
        found = {(name, point): result for (name, _, point), result in zip(jobs, done)}
    results = {name: {series: {str(point[x]): found[name, point] for point in points if found.get((name, point))}
                      for series, (_, points, x) in SERIES.items()} for name in names}
    return results, all(found.values())


def flatness(series):
    """
    For each work, for malloc and free: {"rise", "spread"} of the means over the work's series, in percent. spread: the largest
    mean above the smallest. rise: the most that a mean is above one at a smaller point of its series, which is what growth costs.
    """
    figures = {}
    for work, names in WORKS.items():
        for call in ("malloc", "free"):
            lines = [[point[call]["mean"] for point in series[name].values()] for name in names]
            means = list(itertools.chain(*lines))
            rises = [later / earlier - 1 for line in lines for earlier, later in itertools.combinations(line, 2)]
            if means:
                figures.setdefault(work, {})[call] = {"rise": round(100 * max(0, *rises), 2),
                                                      "spread": round(100 * (max(means) / min(means) - 1), 2)}
    return figures
