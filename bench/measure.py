# SPDX-License-Identifier: MIT
"""Runs the programs on the traces and turns what they write into figures."""
import array
import collections
import csv
import gzip
import math
import struct
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

REAL = ["lua_json", "lua_strings", "cjson", "tls", "mqbroker", "sqlite", "jq", "busybox"]
SYNTHETIC = ["syn_uniform", "syn_aligned", "syn_tiny", "syn_longshort"]
CLASSES = {1: "malloc", 2: "calloc", 3: "realloc", 4: "free", 5: "aligned"}
JOBS = 2
QEMU = ["qemu-system-riscv32", "-M", "virt", "-m", "256M", "-bios", "none", "-display", "none", "-serial", "none",
        "-monitor", "none", "-icount", "shift=0,sleep=off", "-chardev", "stdio,id=console",
        "-semihosting-config", "enable=on,target=native,chardev=console"]
QEMU_UNCOUNTED = [word for word in QEMU if word not in ("-icount", "shift=0,sleep=off")]
TIME_LIMIT = 120
HEADER_BYTES = 32


class Trace:
    """A trace file; ops is a flat array of (word, size) pairs."""

    def __init__(self, path, calloc_as_malloc):
        self.name = path.name.removesuffix(".htr.gz")
        data = gzip.decompress(path.read_bytes())
        self.header = data[:HEADER_BYTES]
        if self.header[:4] != b"HTR1":
            sys.exit(f"bench: {path} is no HTR1 trace")
        count = struct.unpack_from("<I", data, 4)[0]
        self.ops = array.array("I", data[HEADER_BYTES:HEADER_BYTES + 8 * count])
        if calloc_as_malloc:
            for i in range(0, len(self.ops), 2):
                if self.ops[i] & 15 == 2:
                    self.ops[i] -= 1

    def write(self, path):
        path.write_bytes(self.header + self.ops.tobytes())


def statistics(values):
    """Percentiles by nearest rank."""
    values = sorted(values)
    n = len(values)

    def rank(part):
        return values[max(0, math.ceil(part * n) - 1)]
    return {"mean": round(sum(values) / n, 2), "p50": rank(0.5), "p99": rank(0.99), "p999": rank(0.999), "max": values[-1],
            "n": n}


def distributions(costs, points=120):
    """
    {class: [[cost, percent of the calls that cost at most this]]} over the real traces, each with equal weight; costs: {trace:
    {class: costs}}. Of each cost that occurs, or of so many that they lie evenly.
    """
    shares = {}
    for call in CLASSES.values():
        weights = collections.Counter()
        lists = [classes[call] for name, classes in costs.items() if name in REAL and classes.get(call)]
        for values in lists:
            for cost, n in collections.Counter(values).items():
                weights[cost] += n / len(values) / len(lists)
        line, total, shown = [], 0, -1
        for cost in sorted(weights):
            total += weights[cost]
            if total - shown >= 1 / points or cost == max(weights):
                line.append([cost, round(100 * total, 3)])
                shown = total
        if line:
            shares[call] = line
    return shares


def replay_rv32(elf, trace, dump, plugin=None):
    """
    Replays one trace in QEMU. Returns {class: statistics}, {class: costs}, text of the profile; None where the run stopped.
    plugin: argument of QEMU's -plugin.
    """
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        trace.write(folder / "trace.htr")
        try:
            options = ["-plugin", plugin] if plugin else []
            done = subprocess.run([*QEMU, *options, "-kernel", str(elf)], cwd=folder, stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, timeout=TIME_LIMIT)
            message, status = (done.stdout + done.stderr).strip(), done.returncode
        except subprocess.TimeoutExpired:
            message, status = f"no end after {TIME_LIMIT} s", -1
        counts = array.array("I")
        if (folder / "counts.bin").exists():
            counts.frombytes((folder / "counts.bin").read_bytes())
        profile = (folder / "profile.txt").read_text() if (folder / "profile.txt").exists() else ""
    if dump:
        write_dump(dump, trace, counts)
    if status != 0:
        print(f"{elf.stem} {trace.name}: {message or 'exit status ' + str(status)}", file=sys.stderr)
        return None
    costs = {name: [] for name in CLASSES.values()}
    for index, cost in enumerate(counts):
        costs[CLASSES[trace.ops[2 * index] & 15]].append(cost)
    return {name: statistics(values) for name, values in costs.items() if values}, costs, profile


def write_dump(path, trace, counts):
    """One line for each operation done: what it was and what it cost."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["index", "op", "slot", "alignment", "size", "instructions"])
        for i, cost in enumerate(counts):
            word = trace.ops[2 * i]
            alignment = 1 << (word >> 4 & 31) if word & 15 == 5 else 0
            out.writerow([i, CLASSES[word & 15], word >> 9, alignment, trace.ops[2 * i + 1], cost])


def measure_subject(elf, traces, dump_folder, plugin=None):
    """Replays all traces, two at a time. Returns {trace: what replay_rv32 returns}; a trace whose run stopped is missing."""
    def one(trace):
        return replay_rv32(elf, trace, dump_folder and dump_folder / f"{elf.stem}-{trace.name}.csv", plugin)
    with ThreadPoolExecutor(JOBS) as pool:
        done = dict(zip([t.name for t in traces], pool.map(one, traces)))
    return {name: result for name, result in done.items() if result}


def measure_efficiency(program, traces):
    """{trace: percent}; a trace whose replay goes wrong is reported and left out. Also whether all were measured."""
    def one(trace):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "trace.htr"
            trace.write(path)
            done = subprocess.run([str(program), str(path)], capture_output=True, text=True, timeout=TIME_LIMIT)
        if done.returncode != 0:
            message = (done.stdout + done.stderr).strip()
            print(f"{program.name} {trace.name}: {message} (status {done.returncode})", file=sys.stderr)
            return None
        peak, smallest = (int(word) for word in done.stdout.split()[:2])
        return round(100 * peak / smallest, 2)
    with ThreadPoolExecutor(JOBS) as pool:
        figures = dict(zip([t.name for t in traces], pool.map(one, traces)))
    good = {name: percent for name, percent in figures.items() if percent is not None}
    return good, len(good) == len(figures)


def smallest_pool_rv32(elf, trace):
    """(peak bytes, smallest pool) of a C library's malloc; None if the search went wrong."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        trace.write(folder / "trace.htr")
        try:
            done = subprocess.run([*QEMU_UNCOUNTED, "-kernel", str(elf)], cwd=folder, stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, timeout=TIME_LIMIT)
            message, status = (done.stdout + done.stderr).strip(), done.returncode
        except subprocess.TimeoutExpired:
            message, status = f"no end after {TIME_LIMIT} s", -1
        if status != 0:
            print(f"{elf.stem} {trace.name}: {message or 'exit status ' + str(status)}", file=sys.stderr)
            return None
        return [int(word) for word in (folder / "pool.txt").read_text().split()]


def measure_library_efficiency(elf, traces):
    """Like measure_efficiency, for the firmware of pool_main.c."""
    with ThreadPoolExecutor(JOBS) as pool:
        found = dict(zip([t.name for t in traces], pool.map(lambda trace: smallest_pool_rv32(elf, trace), traces)))
    good = {name: round(100 * peak_and_pool[0] / peak_and_pool[1], 2) for name, peak_and_pool in found.items() if peak_and_pool}
    return good, len(good) == len(found)


def measure_control(program):
    """{heap size: control bytes}"""
    done = subprocess.run([str(program), "--control"], capture_output=True, text=True, timeout=TIME_LIMIT)
    if done.returncode != 0:
        print(f"{program.name} --control: {(done.stdout + done.stderr).strip()}", file=sys.stderr)
        return {}
    return {line.split()[0]: int(line.split()[1]) for line in done.stdout.splitlines()}
