# SPDX-License-Identifier: MIT
"""Builds the benchmark's programs straight with the compilers; nothing is kept between runs but the last result."""
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import newlib

JOBS = 2
BENCH = Path(__file__).resolve().parent

WARNINGS = ["-Wall", "-Wextra", "-Wundef"]
SECTIONS = ["-ffunction-sections", "-fdata-sections"]
ONE_HEAP = ["base", "engine", "heap"]  # all that multi_heap needs
WHOLE = [*ONE_HEAP, "caps", "soc"]
LIBRARIES = ["libc", "newlib", "newlib-nano"]  # subjects that are a C library's malloc
PROGRAM_FILES = {"rv32": ["replay.c"], "pool": ["replay.c", "search.c"], "growth": []}

RV32 = ["riscv64-unknown-elf-gcc", "-march=rv32imac", "-mabi=ilp32", "-misa-spec=2.2", "--specs=picolibc.specs"]
CM4 = ["arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=soft", "--specs=picolibc.specs"]
HOST32 = ["gcc", "-m32", "-static", "-pthread"]
LINK_RV32 = ["--crt0=hosted", "--oslib=semihost"] + ["-Wl,--defsym=" + s for s in (
    "__flash=0x80000000", "__flash_size=0x400000", "__ram=0x80400000", "__ram_size=0x400000", "__stack_size=0x10000")]
# No range is reserved: the linker script need not know the section.
NO_RESERVED = ["-Wl,--defsym=soc_reserved_memory_region_start=0,--defsym=soc_reserved_memory_region_end=0"]


def run(command):
    """Runs a compiler; its messages are shown only if it fails or warns."""
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.stderr:
        sys.stderr.write(done.stderr)
    if done.returncode != 0:
        sys.exit("bench: failed: " + " ".join(str(c) for c in command))


def plugin(source, out):
    """Builds a QEMU plugin into a folder."""
    library = out / f"{source.stem}.so"
    run(["gcc", "-O2", "-std=gnu11", *WARNINGS, "-shared", "-fPIC", "-fvisibility=hidden", f"-I{BENCH.parent / 'tools/qemu'}", source,
         "-o", library])
    return library


class Builder:
    """One set of options. root: the source tree whose library is measured; cflags go to every compilation."""

    def __init__(self, root, out, granule, cflags, ports):
        self.root, self.out, self.granule, self.cflags = root, out, granule, cflags
        self.ports = {"rv32": "ports/baremetal/riscv", "cm4": "ports/baremetal/cortexm", "host": "ports/posix",
                      "xtensa": "ports/baremetal/xtensa"} | ports
        out.mkdir(parents=True, exist_ok=True)

    def library(self, folders):
        files = [f for d in folders for f in sorted((self.root / "src" / d).glob("*.c"))]
        if not files:
            sys.exit(f"bench: no library sources under {self.root / 'src'}")
        return files

    def flags(self, port, granule):
        folders = [BENCH, *[self.root / name for name in ("include", "include/compat", "src", self.ports[port])]]
        return [f"-DCONFIG_HEAP_GRANULE={granule}", "-std=gnu11", *WARNINGS, *SECTIONS, *[f"-I{folder}" for folder in folders],
                *self.cflags]

    def has_port(self, port):
        return (self.root / self.ports[port] / "capheap_port.h").exists()

    def firmware(self, subject, program="rv32"):
        """Firmware for a subject: rv32 replays a trace, pool searches for the smallest pool, growth measures one heap's growth."""
        elf = self.out / f"{program}-{subject}.elf"
        files = [BENCH / f for f in (f"{program}_main.c", "rv32_machine.c", *PROGRAM_FILES[program])]
        if subject in LIBRARIES:
            files.append(BENCH / "subject_libc.c")
            if subject != "libc":
                files += newlib.objects(subject, RV32[:-1], self.out)
        else:
            folders = ONE_HEAP if subject == "multi_heap" else WHOLE
            files += [BENCH / f for f in (f"subject_{subject}.c", "bench_chip.c", "bench_port.c")] + self.library(folders)
        run([*RV32, "-O2", *self.flags("rv32", self.granule), *LINK_RV32, *NO_RESERVED, *files, "-o", elf])
        return elf

    def plugin(self):
        """The QEMU plugin that counts each instruction."""
        return plugin(BENCH / "profile_plugin.c", self.out)

    def efficiency(self, granule):
        """The host program that searches for the smallest pools."""
        program = self.out / f"efficiency-g{granule}"
        files = [BENCH / f for f in ("efficiency.c", "search.c", "replay.c", "subject_multi_heap.c", "bench_port.c")]
        run([*HOST32, "-O2", *self.flags("host", granule), "-Wl,--gc-sections", *files, *self.library(ONE_HEAP), "-o", program])
        return program

    def code_bytes(self, port, level, options=()):
        """Bytes of code and constants that the library brings into a program (README.md, code_bytes)."""
        compiler = {"rv32": RV32, "cm4": CM4}[port]
        folder = self.out / f"code-{port}{level}{''.join(options)}"
        folder.mkdir(exist_ok=True)
        flags = [level, *options, *self.flags(port, self.granule)]
        files = self.library(WHOLE)
        objects = [folder / f"library_{file.parent.name}_{file.stem}.o" for file in files]
        with ThreadPoolExecutor(JOBS) as pool:
            list(pool.map(lambda pair: run([*compiler, *flags, "-c", pair[0], "-o", pair[1]]), zip(files, objects)))
        link_map = folder / "map"
        run([*compiler, *flags, "-nostartfiles", "-Wl,--gc-sections", "-Wl,-e,main", *NO_RESERVED, f"-Wl,-Map={link_map}",
             BENCH / "code_main.c", BENCH / "bench_chip.c", *objects, "-o", folder / "elf"])
        return count_map(link_map.read_text(), helpers(compiler, flags, objects), folder / "sizes.txt")


def symbols(tool, file):
    """{member of the archive or object: (defined, undefined symbols)}"""
    members = {}
    for line in subprocess.run([tool, "-A", str(file)], capture_output=True, text=True, check=True).stdout.splitlines():
        where, *_, kind, name = line.split()
        member = where.split(":")[1] if where.count(":") > 1 else Path(where.split(":")[0]).name
        members.setdefault(member, (set(), set()))[kind == "U"].add(name)
    return members


def helpers(compiler, flags, objects):
    """Members of libgcc that the library's objects need, by themselves or through each other, but not through the C library."""
    tool = compiler[0].replace("gcc", "nm")
    path = subprocess.run([*compiler, *flags, "-print-libgcc-file-name"], capture_output=True, text=True,
                          check=True).stdout.strip()
    members = symbols(tool, path)
    wanted = set().union(*[undefined for o in objects for _, undefined in symbols(tool, o).values()])
    needed = set()
    while (new := {m for m, (defined, _) in members.items() if defined & wanted} - needed):
        needed |= new
        wanted |= set().union(*[members[m][1] for m in new])
    return needed


def count_map(text, libgcc_members, list_path):
    """Sums the kept code and constant sections of the library's objects and of the named libgcc members in a GNU ld map."""
    kept = text[text.index("Linker script and memory map"):]
    pattern = re.compile(r"^ (\.(?:text|rodata|srodata|iram)\S*)\s+0x[0-9a-f]+\s+(0x[0-9a-f]+) (\S+)$", re.M)
    rows = []
    for section, text_size, path in pattern.findall(kept):
        size, file = int(text_size, 16), Path(path).name
        if size and (file.startswith("library_") or file in {f"libgcc.a({member})" for member in libgcc_members}):
            rows.append((size, section, file))
    list_path.write_text("".join(f"{size:6} {section} {file}\n" for size, section, file in sorted(rows, reverse=True)))
    return sum(size for size, _, _ in rows)
