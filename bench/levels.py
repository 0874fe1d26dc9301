# SPDX-License-Identifier: MIT
"""What each level of corruption detection costs: instructions, bytes of a block, code."""
import array
import subprocess
import sys
import tempfile
from pathlib import Path

from builder import BENCH, LINK_RV32, NO_RESERVED, ONE_HEAP, RV32, Builder, run
from measure import QEMU, TIME_LIMIT, measure_efficiency, measure_subject

LEVELS = {"none": [], "light": ["-DCONFIG_HEAP_POISONING_LIGHT=1"], "comprehensive": ["-DCONFIG_HEAP_POISONING_COMPREHENSIVE=1"],
          "hardened": ["-DCONFIG_HEAP_POISONING_HARDENED=1"]}
FRAME = {"none": 0, "light": 12, "comprehensive": 12, "hardened": 12}  # bytes, 32-bit; the contract's
TRACES = ["lua_json", "cjson", "sqlite"]  # a few are enough to compare by, and the levels above light take long
CALLS = ["malloc", "free", "realloc"]


def blocks_of_4_kb(builder):
    """Six counts as levels_main.c has them; None if the program stopped."""
    elf = builder.out / "levels.elf"
    files = [BENCH / f for f in ("levels_main.c", "rv32_machine.c", "bench_port.c")] + builder.library(ONE_HEAP)
    run([*RV32, "-O2", *builder.flags("rv32", builder.granule), *LINK_RV32, *NO_RESERVED, *files, "-o", elf])
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([*QEMU, "-kernel", str(elf)], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=TIME_LIMIT)
        if done.returncode != 0:
            print(f"levels: {(done.stdout + done.stderr).strip() or done.returncode}", file=sys.stderr)
            return None
        counts = array.array("I")
        counts.frombytes((Path(folder) / "counts.bin").read_bytes())
    return list(counts)


def mean(figures, call, what):
    values = [trace[call][what] for trace in figures.values() if call in trace]
    return round(sum(values) / len(values), 1) if values else None


def measure_level(level, options, builder, traces):
    at = Builder(builder.root, builder.out / "levels" / level, builder.granule, [*builder.cflags, *options], builder.ports)
    done = measure_subject(at.firmware("caps6"), traces, None)
    figures = {name: result[0] for name, result in done.items()}
    row = {call: mean(figures, call, "mean") for call in CALLS}
    row |= {f"{call}_p99": mean(figures, call, "p99") for call in CALLS}
    efficiency, well = measure_efficiency(at.efficiency(builder.granule), traces)
    row["efficiency"] = round(sum(efficiency.values()) / len(efficiency), 2) if efficiency else None
    row["frame_bytes"] = FRAME[level]
    row["code_rv32_Os"] = at.code_bytes("rv32", "-Os", ["-DNDEBUG"])
    counts = blocks_of_4_kb(at)
    if counts:
        row |= {"look_4k_bytes": counts[0] + counts[1], "look_4k_words": counts[2] + counts[3], "malloc_4k": counts[4],
                "free_4k": counts[5]}
    return row, well and counts is not None and len(done) == len(traces)


def measure(builder, traces):
    """{level: figures}, and whether all went well."""
    traces = [trace for trace in traces if trace.name in TRACES]
    rows, all_well = {}, True
    for level, options in LEVELS.items():
        rows[level], well = measure_level(level, options, builder, traces)
        all_well &= well
    return rows, all_well


def table(rows):
    """The rows as a table for docs/RELIABILITY.md."""
    columns = [("malloc", "malloc"), ("free", "free"), ("realloc", "realloc"), ("malloc_p99", "malloc, p99"), ("free_p99", "free, p99"),
               ("malloc_4k", "malloc of 4 KB"), ("free_4k", "free of 4 KB"), ("frame_bytes", "bytes a block"),
               ("efficiency", "efficiency, %"), ("code_rv32_Os", "code, bytes")]
    lines = ["| level | " + " | ".join(title for _, title in columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for level, row in rows.items():
        lines.append(f"| {level} | " + " | ".join(str(row.get(key, "")) for key, _ in columns) + " |")
    return "\n".join(lines)
