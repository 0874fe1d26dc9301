# SPDX-License-Identifier: MIT
"""Where the instructions of each class of calls go: by function, and an annotated disassembly."""
import bisect
import re
import subprocess
import sys
from collections import defaultdict

from measure import CLASSES

RISCV = "riscv64-unknown-elf"
HARNESS = {"main", "replay", "step", "step_alloc", "step_realloc", "tag_write", "tag_holds", "tags_hold", "tags_kept", "is_clear",
           "all_hold"}
PREFIX = {"caps6": "caps6_", "multi_heap": "multi_", "libc": "libc_", "newlib": "libc_", "newlib-nano": "libc_"}
ADAPTERS = {"malloc": 1, "calloc": 2, "realloc": 3, "free": 4, "aligned_alloc": 5}


def ranges(elf, subject, tools=RISCV):
    """The plugin's arguments: which code is the harness, and which calls the allocator for a class (1 to 5, as in a trace)."""
    adapters = {PREFIX[subject] + name: number for name, number in ADAPTERS.items()}
    found = []
    for line in subprocess.run([f"{tools}-nm", "-S", str(elf)], capture_output=True, text=True, check=True).stdout.splitlines():
        words = line.split()
        if len(words) != 4 or words[2] not in "tT":
            continue
        name = words[3].split(".")[0]
        if name in adapters or name in HARNESS:
            start = int(words[0], 16)
            found.append(f"range={start:x}:{start + int(words[1], 16):x}:{adapters.get(name, 0)}")
    return ",".join(found)


class Profile:
    """Instructions per call at each address, by class; every trace that has the class weighs the same."""

    def __init__(self):
        self.sums = {name: defaultdict(float) for name in CLASSES.values()}
        self.traces = defaultdict(int)

    def add(self, text, figures):
        """text: what the plugin wrote; figures: the statistics of the same run, for the number of calls."""
        for name in figures:
            self.traces[name] += 1
        for line in text.splitlines():
            pc, *times = line.split()
            for number, name in CLASSES.items():
                if name in figures and times[number - 1] != "0":
                    self.sums[name][int(pc, 16)] += int(times[number - 1]) / figures[name]["n"]

    def per_call(self, name):
        return {pc: times / self.traces[name] for pc, times in self.sums[name].items()}

    def report(self, elf, folder, lines=15, tools=RISCV):
        """Prints the functions of each class and writes the disassembly with executions per call beside it."""
        folder.mkdir(parents=True, exist_ok=True)
        plain = ["-M", "no-aliases"] if tools == RISCV else []
        text = subprocess.run([f"{tools}-objdump", "-d", "--no-show-raw-insn", *plain, str(elf)], capture_output=True, text=True, check=True).stdout
        functions = split_functions(text)
        for name in [n for n in CLASSES.values() if self.traces[n]]:
            times = self.per_call(name)
            totals = by_function(functions, times)
            ranked = sorted((f for f in totals if totals[f] > 0), key=totals.get, reverse=True)
            path = folder / f"{elf.stem}-{name}.txt"
            path.write_text("".join(annotate(f, totals[f], functions[f], times) for f in ranked))
            print(f"\n{elf.stem} {name}: instructions per call by function (each instruction: {path})")
            for function in ranked[:lines]:
                print(f"    {totals[function]:8.1f}  {function}")


def split_functions(text):
    """{function: [(pc, line of disassembly)]}"""
    functions, rows = {}, []
    for line in text.splitlines():
        head = re.match(r"[0-9a-f]+ <(.+)>:$", line)
        if head:
            rows = functions.setdefault(head[1], [])
        elif (body := re.match(r"\s*([0-9a-f]+):\t(.*)", line)):
            rows.append((int(body[1], 16), body[2]))
    return functions


def by_function(functions, times):
    """Sums by where functions begin: a disassembler that takes literals for code (Xtensa) misses instructions."""
    starts = sorted((rows[0][0], function) for function, rows in functions.items() if rows)
    totals = dict.fromkeys(functions, 0)
    for pc, n in times.items():
        if (index := bisect.bisect(starts, (pc, chr(sys.maxunicode)))) > 0:
            totals[starts[index - 1][1]] += n
    return totals


def annotate(function, total, rows, times):
    lines = [f"\n{function}: {total:.1f} instructions per call\n"]
    lines += [f"{times[pc]:8.3f} {pc:8x}  {text}\n" if pc in times else f"{'':8} {pc:8x}  {text}\n" for pc, text in rows]
    return "".join(lines)
