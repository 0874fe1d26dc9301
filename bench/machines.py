# SPDX-License-Identifier: MIT
"""Instructions per call on Cortex-M3 and Xtensa: start-up and linker script of boards/, counted by a QEMU plugin (count_plugin.c)."""
import array
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import profiler
import report
from builder import BENCH, ONE_HEAP, WHOLE, plugin, run
from measure import CLASSES, JOBS, TIME_LIMIT, statistics, write_dump

PROJECT = BENCH.parent
EMPTY_CALLS, EMPTY_COST = 16, 2  # what board_main.c does first, and what that costs: the call and the return
SLOT_COUNT = 1 << 16
NEWLIB_GLUE = PROJECT / "tests/libc/newlib"


@dataclass
class Machine:
    """Where things are in its memory: trace, slots, pool; each (address, bytes)."""
    title: str
    tools: str  # prefix of the compiler's names
    flags: list
    board: str
    folder: str  # what boards of the architecture share
    port: str  # name in Builder.ports
    qemu: list
    trace: tuple
    slots: int
    pool: tuple
    libraries: dict  # {subject: options that choose that C library}; picolibc is what the other subjects are linked with


def picolibc_specs(tools):
    """Debian keeps them where the lx106 compiler does not look."""
    compiler = shutil.which(f"{tools}-gcc")
    return f"--specs={Path(compiler).resolve().parent.parent / 'lib' / tools / 'picolibc.specs'}" if compiler else "--specs=picolibc.specs"


MACHINES = {
    "cm3": Machine(
        title="Cortex-M3 -O2", tools="arm-none-eabi", flags=["-mcpu=cortex-m3", "-mthumb", "-mfloat-abi=soft"],
        board="mps2-an385", folder="cortexm", port="cm4", qemu=["qemu-system-arm", "-M", "mps2-an385"],
        trace=(0x20020000, 0x2e0000), slots=0x20300000, pool=(0x21000000, 0x1000000),
        libraries={"picolibc": ["--specs=picolibc.specs", "--oslib=semihost"], "newlib": [], "newlib-nano": ["--specs=nano.specs"]}),
    "xtensa": Machine(
        title="Xtensa lx106 -O2", tools="xtensa-lx106-elf", flags=["-mlongcalls", "-mtext-section-literals"],
        board="sim-xtensa", folder="xtensa", port="xtensa", qemu=["qemu-system-xtensa", "-M", "sim", "-cpu", "lx106", "-m", "128M"],
        trace=(0x60000000, 0x1000000), slots=0x61000000, pool=(0x62000000, 0x2000000),
        libraries={"picolibc": [picolibc_specs("xtensa-lx106-elf"), "-DPICOLIBC_INTEGER_PRINTF_SCANF"]}),
}
HEAPS = {"caps6": WHOLE, "multi_heap": ONE_HEAP}


def subjects(machine):
    return [*HEAPS, *MACHINES[machine].libraries]


PARTS = [part for name in MACHINES for part in (name, *[f"{name}:{subject}" for subject in subjects(name)])]


def firmware(builder, name, subject):
    """The program that replays a trace through a subject."""
    m = MACHINES[name]
    elf = builder.out / f"{name}-{subject}.elf"
    boards = PROJECT / "boards"
    files = [BENCH / "board_main.c", BENCH / "replay.c", BENCH / "marked_call.S", *sorted(boards.glob("*.c"))]
    for folder in (boards / m.folder, boards / m.board):
        files += sorted(folder.glob("*.[cS]"))
    if subject in HEAPS:
        files += [BENCH / f for f in (f"subject_{subject}.c", "bench_chip.c", "bench_port.c")] + builder.library(HEAPS[subject])
    else:
        files += [BENCH / "subject_libc.c"]
    includes = [boards, boards / m.folder, PROJECT / "ports/baremetal"]
    if "newlib" in subject:
        files += [NEWLIB_GLUE / "semihosting_calls.c"]
        includes += [NEWLIB_GLUE]
    places = {"TRACE": m.trace[0], "TRACE_BYTES": m.trace[1], "SLOTS": m.slots, "SLOT_COUNT": SLOT_COUNT, "POOL": m.pool[0],
              "POOL_BYTES": m.pool[1]}
    run([f"{m.tools}-gcc", *m.flags, *m.libraries.get(subject, m.libraries["picolibc"]), "-O2", *builder.flags(m.port, builder.granule),
         *[f"-I{i}" for i in includes], *[f"-DBENCH_{key}={value:#x}u" for key, value in places.items()], "-nostartfiles",
         "-T", boards / m.board / "board.ld", "-L", boards, "-Wl,--gc-sections", "-Wl,--no-warn-rwx-segments", *files, "-o", elf])
    return elf


def addresses(tools, elf):
    """{symbol: address}"""
    lines = subprocess.run([f"{tools}-nm", str(elf)], capture_output=True, text=True, check=True).stdout.splitlines()
    return {line.split()[2]: int(line.split()[0], 16) & ~(tools.startswith("arm")) for line in lines if len(line.split()) == 3}


def run_trace(name, elf, trace, plugins):
    """Replays one trace in QEMU. Returns the counts of its operations and the text of profile.txt, or None where the run stopped."""
    m = MACHINES[name]
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        trace.write(folder / "trace.htr")
        command = [*m.qemu, "-display", "none", "-serial", "none", "-monitor", "none", "-chardev", "stdio,id=console,signal=off",
                   "-semihosting-config", "enable=on,target=native,chardev=console",
                   "-device", f"loader,file=trace.htr,addr={m.trace[0]:#x},force-raw=on", "-kernel", str(elf)]
        try:
            done = subprocess.run(command + [word for p in plugins for word in ("-plugin", p)], cwd=folder, capture_output=True, text=True,
                                  stdin=subprocess.DEVNULL, timeout=TIME_LIMIT)
            message, status = (done.stdout + done.stderr).strip(), done.returncode
        except subprocess.TimeoutExpired:
            message, status = f"no end after {TIME_LIMIT} s", -1
        counts = array.array("I")
        if (folder / "counts.bin").exists():
            counts.frombytes((folder / "counts.bin").read_bytes())
        profile = (folder / "profile.txt").read_text() if (folder / "profile.txt").exists() else ""
    empty, counts = counts[:EMPTY_CALLS], counts[EMPTY_CALLS:]
    if status == 0 and list(empty) != [EMPTY_COST] * EMPTY_CALLS:
        message, status = f"the plugin counts {list(empty)} for calls of an empty function, not {EMPTY_COST} each", -1
    if status == 0 and len(counts) != len(trace.ops) // 2:
        message, status = f"{len(counts)} calls were counted for {len(trace.ops) // 2} operations", -1
    if status != 0:
        print(f"{elf.stem} {trace.name}: {message or 'exit status ' + str(status)}", file=sys.stderr)
        return None
    return counts, profile


def by_class(trace, counts):
    costs = {name: [] for name in CLASSES.values()}
    for index, cost in enumerate(counts):
        costs[CLASSES[trace.ops[2 * index] & 15]].append(cost)
    return {name: values for name, values in costs.items() if values}


def profile_without_marks(text, at):
    """Of marked_call only the call itself is counted: the rest is ours."""
    low, high, call = at["marked_call"], at["empty_function"], at["marked_call_begin"]
    lines = [(int(line.split()[0], 16), line) for line in text.splitlines()]
    return "\n".join(line for pc, line in lines if not low <= pc < high or pc == call)


def measure_subject(builder, name, subject, traces, options):
    """Measures and prints one subject on one machine. Returns its figures and whether every trace ran to its end."""
    m = MACHINES[name]
    elf = firmware(builder, name, subject)
    at = addresses(m.tools, elf)
    plugins = [f"{plugin(BENCH / 'count_plugin.c', builder.out)},call={at['marked_call_begin']:x},back={at['marked_call_end']:x}"]
    if options.profile:
        plugins.append(f"{builder.plugin()},{profiler.ranges(elf, subject if subject in HEAPS else 'libc', m.tools)}")
    with ThreadPoolExecutor(JOBS) as pool:
        done = {t.name: result for t, result in zip(traces, pool.map(lambda t: run_trace(name, elf, t, plugins), traces)) if result}
    costs = {t.name: by_class(t, done[t.name][0]) for t in traces if t.name in done}
    figures = {trace: {call: statistics(values) for call, values in classes.items()} for trace, classes in costs.items()}
    title = f"{subject}, granule {builder.granule}" if subject in HEAPS else subject
    if not options.brief:
        report.print_calls(f"{title}: instructions per call, {m.title}", figures)
    if options.histogram:
        report.print_histogram(f"{title}, {m.title}", costs)
    if options.dump:
        for t in [t for t in traces if t.name in done]:
            write_dump(builder.out / "dump" / f"{elf.stem}-{t.name}.csv", t, done[t.name][0])
    if options.profile:
        profile = profiler.Profile()
        for trace, (_, text) in done.items():
            profile.add(profile_without_marks(text, at), figures[trace])
        profile.report(elf, builder.out / "profile", tools=m.tools)
    return figures, len(done) == len(traces)


def measure(builder, part, traces, options):
    """part: a machine, or MACHINE:SUBJECT. Returns {subject: {trace: {class: statistics}}} and whether all went well."""
    name, _, only = part.partition(":")
    results, all_well = {}, True
    for subject in [only] if only else subjects(name):
        results[subject], well = measure_subject(builder, name, subject, traces, options)
        all_well &= well
    return results, all_well
