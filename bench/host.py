# SPDX-License-Identifier: MIT
"""Times and memory on the host, as ratios to glibc's malloc: jemalloc and mimalloc of Debian, and capheap (host.c)."""
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from builder import BENCH, ONE_HEAP, WARNINGS, run
from measure import REAL, TIME_LIMIT

PROJECT = BENCH.parent
LIBRARIES = {"jemalloc": "libjemalloc.so.2", "mimalloc": "libmimalloc.so.2"}
BASE = "glibc"
ROUNDS = 9
OPERATIONS = 400_000  # in one run of a program, about: repetitions of the trace


def programs(builder):
    """{allocator: (program, library to preload or None)}; those that the machine lacks are said and left out."""
    common = ["gcc", "-O2", "-std=gnu11", *WARNINGS, "-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections", "-pthread"]
    main = [BENCH / f for f in ("host.c", "replay.c")]
    process, one_heap = builder.out / "host-process", builder.out / "host-multi_heap"
    run([*common, f"-I{BENCH}", *main, BENCH / "subject_process.c", "-o", process])
    folders = [BENCH, *[builder.root / f for f in ("include", "include/compat", "src", builder.ports["host"])]]
    run([*common, *[f"-I{f}" for f in folders], *builder.cflags, *main, BENCH / "subject_multi_heap.c", BENCH / "bench_port.c",
         *builder.library(ONE_HEAP), "-o", one_heap])
    found = {BASE: (process, None)}
    known = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
    for name, file in LIBRARIES.items():
        place = re.search(rf"^\s*{re.escape(file)} \(libc6,(?:x86-64|AArch64)\) => (\S+)$", known, re.M)
        if place:
            found[name] = (process, place[1])
        else:
            print(f"host: {file} is not installed: {name} is left out", file=sys.stderr)
    if builder.root == PROJECT:
        run([PROJECT / "tools/build-preload"])
        found["capheap"] = (process, PROJECT / "build/libcapheap.so")
    found["multi_heap"] = (one_heap, None)
    return found


def call(allocator, arguments):
    """What the program printed, as numbers."""
    program, library = allocator
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MALLOC", "MIMALLOC", "LD_", "GLIBC"))}
    if library:
        environment["LD_PRELOAD"] = str(library)
    done = subprocess.run([str(program), *arguments], capture_output=True, text=True, timeout=TIME_LIMIT, env=environment)
    if done.returncode != 0 or done.stderr:
        raise RuntimeError(f"{program.name} {' '.join(arguments[:1])} {library or ''}: {(done.stdout + done.stderr).strip()} "
                           f"(status {done.returncode})")
    return [float(word) for word in done.stdout.split()]


def sound(allocator, name, trace, path):
    """Whether the allocator serves the trace as it should; who fails is said."""
    try:
        call(allocator, ["check", path])
    except RuntimeError as failure:
        print(f"host: {name} is left out of {trace.name}: {failure}", file=sys.stderr)
        return False
    return True


def measure_trace(allocators, trace, path):
    """({allocator: ratio of times}, {allocator: ratio of memory}, glibc's nanoseconds an operation, its bytes)"""
    count = str(min(40, max(3, OPERATIONS // (len(trace.ops) // 2))))
    memory = {name: call(allocator, ["memory", path])[0] for name, allocator in allocators.items()}
    times = {name: [] for name in allocators}
    names, loop = list(allocators), []
    for turn in range(ROUNDS):
        loop += call(allocators[BASE], ["loop", path, count])
        for name in names[turn % len(names):] + names[:turn % len(names)]:
            times[name].append(statistics.median(call(allocators[name], ["time", path, count])))
    spent = statistics.median(loop)
    ratios = {name: statistics.median((time - spent) / (base - spent) for time, base in zip(values, times[BASE]))
              for name, values in times.items()}
    return ratios, {name: size / memory[BASE] for name, size in memory.items()}, statistics.median(times[BASE]) - spent, memory[BASE]


def measure(builder, traces, options):
    """Measures and prints. Returns the part of results.json and whether all went well: a peer that fails a check is only left out."""
    allocators = programs(builder)
    results = {"ratios": {name: {} for name in allocators}, "memory": {name: {} for name in allocators}}
    base, all_well = {}, True
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.htr"
        for trace in traces:
            trace.write(path)
            fit = {name: allocator for name, allocator in allocators.items() if sound(allocator, name, trace, str(path))}
            all_well &= all(name in fit or name in LIBRARIES for name in allocators)
            if BASE not in fit:
                continue
            ratios, memory, *base[trace.name] = measure_trace(fit, trace, str(path))
            for name in fit:
                results["ratios"][name][trace.name] = round(ratios[name], 2)
                results["memory"][name][trace.name] = round(memory[name], 2)
    if not options.brief:
        print_table(f"time of an operation on the host, {BASE} = 1 (in brackets: its nanoseconds)", results["ratios"],
                    {name: f"({values[0]:.1f})" for name, values in base.items()})
        print_table(f"memory at the peak on the host, {BASE} = 1 (in brackets: its KB)", results["memory"],
                    {name: f"({values[1] / 1024:.0f})" for name, values in base.items()})
    return results, all_well


def mean_of_real(column):
    """Geometric, as these are ratios; None without any real trace."""
    values = [column[name] for name in REAL if name in column]
    return statistics.geometric_mean(values) if values else None


def print_table(title, table, base):
    print(f"\n{title}")
    print(f"    {'':14}" + "".join(f"{name:>12}" for name in table))
    for trace in base:
        cells = [base[trace] if name == BASE else f"{column[trace]:.2f}" if trace in column else "-" for name, column in table.items()]
        print(f"    {trace:14}" + "".join(f"{cell:>12}" for cell in cells))
    if any(name in REAL for name in base):
        print(f"    {'real, geo mean':14}" + "".join(f"{mean_of_real(column):12.2f}" for column in table.values()))
