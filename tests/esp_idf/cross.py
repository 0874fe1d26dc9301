#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compiles the component for a chip's instruction set and proves that what interrupt handlers may call needs no flash.

cross.py FOLDER TARGET COMPILER FLAG... [CONFIG_KEY=VALUE...]
    for example  cross.py build/x esp32c3 riscv64-unknown-elf-gcc -march=rv32imc -mabi=ilp32

The component's CMakeLists.txt, read as a script, names the files; linker.lf says which objects ESP-IDF's linker script puts into RAM
("noflash"), the compiler which sections (IRAM_ATTR, DRAM_ATTR). From every function that the contract allows in interrupt handlers all that it
can reach is followed through the relocations. The way ends at what reports a fault: the program ends there.
With CONFIG_HEAP_PLACE_FUNCTION_INTO_FLASH=y it is the other way round: no code may be in RAM.

Prints each section that would lie in flash with the way to it, and a last line "ch_test: N passed, M failed": one for each file that compiles,
each function that was followed, each name of api.def that must be defined.
"""
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
STANDIN = HERE / "standin"

# ISR column of the contract, 3.1 to 3.3, and class B of 5; with those of the C library and the kernel that call them.
ISR = """heap_caps_malloc heap_caps_free heap_caps_realloc heap_caps_calloc heap_caps_aligned_alloc heap_caps_aligned_calloc
    heap_caps_aligned_free heap_caps_malloc_prefer heap_caps_realloc_prefer heap_caps_calloc_prefer
    heap_caps_get_total_size heap_caps_get_free_size heap_caps_get_minimum_free_size heap_caps_get_largest_free_block
    heap_caps_get_allocated_size heap_caps_malloc_extmem_enable
    heap_caps_aligned_alloc_base heap_caps_malloc_base heap_caps_realloc_base heap_caps_calloc_base heap_caps_malloc_default
    heap_caps_realloc_default heap_caps_aligned_alloc_default
    multi_heap_malloc multi_heap_aligned_alloc multi_heap_aligned_alloc_offs multi_heap_free multi_heap_realloc
    multi_heap_get_allocated_size multi_heap_get_full_block_size multi_heap_free_size multi_heap_minimum_free_size""".split()
# Fault reports: printf and text from flash, then the end.
ENDS = {"ch_report", "ch_port_fatal", "ch_heap_report_pointer", "ch_caps_report_outside", "ch_culprit_stop", "ch_engine_damaged"}
# Objects whose text is for such reports only.
ONLY_REPORTS_HAVE_TEXT = {"info"}
# What the system has in RAM or ROM: its kernel, memory functions, pointer predicates, the compiler's arithmetic, the user's hooks.
SYSTEM = re.compile(r"^(vPort(Enter|Exit)CriticalSafe|mem(set|cpy|move)|esp_(rtc_)?d?ram_match_\w+|esp_ptr_\w+|esp_cache_get_alignment|"
                    r"esp_heap_trace_(alloc|free)_hook|ch_trace_task_name|esp_cpu_get_cycle_count|xPortGetCoreID|"
                    r"xTaskGetCurrentTaskHandle|pcTaskGetName|xPortInIsrContext|esp_fp_get_callers|"
                    r"esp_backtrace_get_(start|next_frame)|__(mul|u?div|u?mod|clz|ctz|ashl|lshr|ashr|popcount)[sdt]i[23])$")
IN_RAM = re.compile(r"^\.(iram1|dram1|data|sdata|bss|sbss)\b")
IN_FLASH = re.compile(r"^\.(text|literal|rodata|srodata|sdata2)\b")


def run(*command, **options):
    return subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True, **options).stdout


def read_component(target):
    text = subprocess.run(["cmake", f"-DIDF_TARGET={target}", f"-DCOMPONENT={ROOT}", "-P", str(STANDIN / "early.cmake")],
                          check=True, capture_output=True, text=True).stdout
    found = dict(re.findall(r"^(\w+): (.*)$", text, re.M))
    return found["kconfig"], found["includes"].split(";"), found["sources"].split(";")


def noflash_objects(text):
    """Objects of linker.lf's entries; entries under `if HEAP_PLACE_FUNCTION_INTO_FLASH = n` count, as that is the default."""
    objects = set()
    for line in text.split("\n"):
        entry = re.match(r"\s+(\w+)(:\w+)? \(noflash\)$", line)
        if entry and entry.group(2):
            sys.exit(f"cross.py: linker.lf: entries of single symbols are not known here: {line.strip()}")
        if entry:
            objects.add(entry.group(1))
    return objects


class Program:
    """Sections of all objects, and what each refers to."""

    def __init__(self, objects, objdump, noflash, chip):
        self.noflash = noflash
        self.chip = chip
        self.defined = {}     # global name -> (object, section)
        self.references = {}  # (object, section) -> names or places
        self.sizes = {}       # (object, section) -> bytes
        for path in objects:
            self.read(path.stem, run(objdump, "-h", "-t", "--special-syms", "-r", "-w", path))

    def read(self, name, text):
        local, section = {}, None
        for line in text.split("\n"):
            header = re.match(r"^ +[0-9]+ (\S+) +([0-9a-f]{8}) .*ALLOC.*READONLY", line)
            if header:
                self.sizes[name, header.group(1)] = int(header.group(2), 16)
            symbol = re.match(r"^[0-9a-f]+ (.)......\s+(\S+)\s+[0-9a-f]+ (?:\.hidden )?(\S+)$", line)
            if symbol and symbol.group(2) not in ("*UND*", "*ABS*", "*COM*"):
                place = (name, symbol.group(2))
                local[symbol.group(3)] = place
                if symbol.group(1) in "gu!" or " w " in line[:18]:
                    self.defined.setdefault(symbol.group(3), place)
            header = re.match(r"^RELOCATION RECORDS FOR \[(.*)\]:", line)
            if header:
                section = (name, header.group(1))
            reference = re.match(r"^[0-9a-f]+ (R_\S+)\s+(\S+)$", line)
            if reference and section and "ALIGN" not in reference.group(1) and "RELAX" not in reference.group(1):
                target = re.sub(r"[+-]0x[0-9a-f]+$", "", reference.group(2))
                self.references.setdefault(section, set()).add(local.get(target, target if target[0] != "." else (name, target)))

    def in_ram(self, place):
        name, section = place
        if IN_RAM.match(section):
            return True
        return name in self.noflash and bool(IN_FLASH.match(section))

    def faults(self, start):
        """Ways from a function to what lies in flash or is not known."""
        if start not in self.defined:
            return [f"{start}: not defined"]
        found, seen, waiting = [], set(), [(self.defined[start], [start])]
        while waiting:
            place, way = waiting.pop()
            if place in seen or place[1].startswith((".debug", ".eh_frame", ".xt.")):
                continue
            seen.add(place)
            if place[1].startswith(".rodata.str") and place[0] in ONLY_REPORTS_HAVE_TEXT:
                continue
            if not self.in_ram(place):
                found.append(f"{start}: in flash: {place[0]}.o {place[1]}, by way of {' > '.join(way)}")
                continue
            if place[0] == self.chip:
                continue # windows and steps; the name and the list of late regions that the table points at are not for handlers
            for target in self.references.get(place, ()):
                if isinstance(target, str) and (target in ENDS or SYSTEM.match(target)):
                    continue
                at = self.defined.get(target) if isinstance(target, str) else target
                if at is None:
                    if target not in ("__global_pointer$",):
                        found.append(f"{start}: not known to be in RAM: {target}, by way of {' > '.join(way)}")
                    continue
                if self.is_end(at):
                    continue
                waiting.append((at, way + [target if isinstance(target, str) else target[1]]))
        return found

    def code_bytes(self):
        """Code and constants that lie in RAM."""
        return sum(size for place, size in self.sizes.items() if self.in_ram(place) and place[0] != self.chip)

    def code_in_ram(self, name):
        place = self.defined.get(name, ("", ""))
        return [f"{name}: in RAM: {place[1]}"] if place[1].startswith(".iram1") else []

    def is_end(self, place):
        return any(self.defined.get(name) == place for name in ENDS)


def main():
    folder, target, compiler, *flags = sys.argv[1:]
    folder = Path(folder)
    settings = [f for f in flags if f.startswith("CONFIG_")]
    flags = [f for f in flags if f not in settings]
    in_flash = "CONFIG_HEAP_PLACE_FUNCTION_INTO_FLASH=y" in settings
    kconfig, includes, sources = read_component(target)
    environment = dict(os.environ, IDF_TARGET=target, COMPONENT_KCONFIG=kconfig)
    subprocess.run([STANDIN / "genconfig.py", STANDIN / "Kconfig", folder / "config", *settings], check=True, env=environment)
    options = [*flags, "-std=gnu17", "-Wall", "-Wextra", "-Werror", "-ffunction-sections", "-fdata-sections", "-fno-common",
               "-DESP_PLATFORM",
               *(f"-I{i}" for i in [*includes, folder / "config", STANDIN / "include"])]
    passed, faults = 0, []

    def compile_one(source):
        out = folder / (Path(source).stem + ".o")
        done = subprocess.run([compiler, *map(str, options), "-c", source, "-o", str(out)], capture_output=True, text=True)
        return out if done.returncode == 0 else done.stderr

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        compiled = list(pool.map(compile_one, sources))
    faults += [c for c in compiled if isinstance(c, str)]
    objects = [c for c in compiled if not isinstance(c, str)]
    passed += len(objects)

    program = Program(objects, compiler.replace("gcc", "objdump"), 
                      noflash_objects((ROOT / "ports/esp_idf/linker.lf").read_text()), target)
    names = re.findall(r"^(?:X|OBJECT)\((?:BOTH|CHIP), .*?, (\w+)(?:, \(.*\))?\)$", (HERE / "symbols/api.def").read_text(), re.M)
    for name in names:
        if name not in program.defined:
            faults.append(f"not defined: {name}")
        else:
            passed += 1
    for name in ISR:
        found = program.code_in_ram(name) if in_flash else program.faults(name)
        faults += found
        passed += not found
    for fault in faults:
        print(fault)
    sizes = run(compiler.replace("gcc", "size"), "-t", *objects).split("\n")[-2].split()
    print(f"{target}: {len(objects)} files, text {sizes[0]} ({program.code_bytes()} of it in RAM), data {sizes[1]}, bss {sizes[2]}")
    print(f"ch_test: {passed} passed, {len(faults)} failed")
    return 1 if faults or not passed else 0


sys.exit(main())
