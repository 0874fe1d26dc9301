# SPDX-License-Identifier: MIT
"""Builds the programs of the fault matrix: one for each level of detection and each width and granule."""
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = ROOT / "tests/faults"
OUT = ROOT / "build/faults"
JOBS = int(os.environ.get("JOBS") or os.cpu_count() or 1)

LEVELS = {
    "none": [],
    "light": ["-DCONFIG_HEAP_POISONING_LIGHT=1"],
    "comprehensive": ["-DCONFIG_HEAP_POISONING_COMPREHENSIVE=1"],
    "hardened": ["-DCONFIG_HEAP_POISONING_HARDENED=1"],
}
BUILDS = {  # the machine's width and the granule, that of ESP-IDF flavours last
    "64-g16": [],
    "64-g8": ["-DCONFIG_HEAP_GRANULE=8"],
    "64-g4": ["-DCONFIG_HEAP_GRANULE=4"],
    "32-g8": ["-m32"],
    "32-g4": ["-m32", '-DCONFIG_IDF_TARGET="esp32"', "-DCONFIG_IDF_TARGET_ESP32=1"],
}
# The library's initialized variables all lie in .data, which gets a name whose ends the linker tells.
FLAGS = ["-std=gnu11", "-O2", "-g", "-fno-pie", "-fno-zero-initialized-in-bss", "-Wall", "-Wextra", "-Wconversion", "-Wundef", "-Werror"]
FOLDERS = ["-I" + str(ROOT / f) for f in ("tests/faults", "tests/faults/port", "tests/support", "tests", "ports/baremetal", "include", "include/compat", "src")]
MATRIX = ("main.c", "world.c", "inject.c", "calls.c", "self.c")
LIBRARY = ("base", "engine", "heap", "soc", "caps", "debug")


def stop(text):
    sys.exit(f"faults: {text}")


class DoesNotBuild(Exception):
    pass


def call(line, log):
    done = subprocess.run([str(word) for word in line], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    with open(log, "a") as file:
        file.write(" ".join(map(str, line)) + "\n" + done.stdout)
    if done.returncode:
        raise DoesNotBuild("\n".join(done.stdout.splitlines()[:8]) + f"\ndoes not build (all of it: {log})")


def sources(kind):
    if kind == "library":
        return [p for f in LIBRARY for p in sorted((ROOT / "src" / f).glob("*.c"))] + [ROOT / "ports/posix/port.c"]
    shared = [HERE / "guard.c", HERE / "arena.c"]
    if kind == "model":
        return shared + [ROOT / "tests" / name for name in ("model/model_test.c", "model/reference.c", "support/ch_test.c",
                                                            "support/cmocka_shim.c")]
    shared.append(HERE / "port.c")
    if kind == "traces":
        return shared + [HERE / "traces.c"]
    return shared + [HERE / name for name in MATRIX] + [HERE / "blind.c"] * (kind == "blind")


class Builder:
    """Compiles what has changed since."""

    def __init__(self):
        headers = [p for f in ("include", "src", "ports", "tests/faults") for p in (ROOT / f).rglob("*.h")]
        self.newest = max(p.stat().st_mtime for p in [*headers, HERE / "builder.py"])
        self.pool = ThreadPoolExecutor(JOBS)

    def object(self, source, folder, flags, log):
        target = folder / (source.relative_to(ROOT).as_posix().replace("/", "_") + ".o")
        if not target.exists() or target.stat().st_mtime < max(self.newest, source.stat().st_mtime):
            call(["gcc", *FLAGS, *FOLDERS, *flags, "-c", source, "-o", target], log)
        return target

    @staticmethod
    def flags_of(source, flags, kind):
        hidden = kind == "blind" and source.name == "walk.c" # blind.c has what takes its place
        return flags + ["-Dch_engine_check_size=ch_engine_check_size_as_it_is", "-Wno-missing-declarations"] if hidden else flags

    def program(self, name, flags, kind="matrix"):
        """Path of the program that `name`'s flags make of the library and the sources of a kind."""
        folder = OUT / "obj" / name
        folder.mkdir(parents=True, exist_ok=True)
        log = OUT / "obj" / f"{name}.log"
        log.write_text("")
        parts = {}
        for group in ("library", kind):
            work = [self.pool.submit(self.object, source, folder, self.flags_of(source, flags, kind), log) for source in sources(group)]
            parts[group] = [job.result() for job in work]
        program = OUT / "bin" / (name if kind == "matrix" else f"{name}-{kind}")
        program.parent.mkdir(parents=True, exist_ok=True)
        newest = max(p.stat().st_mtime for group in parts.values() for p in group)
        if program.exists() and program.stat().st_mtime > newest:
            return program
        width = ["-m32"] if "-m32" in flags else []
        whole = folder / "library.o"
        call(["gcc", *width, "-no-pie", "-nostdlib", "-Wl,-r", "-o", whole, *parts["library"]], log)
        call(["objcopy", "--rename-section", ".data=library_data", whole], log)
        call(["gcc", *width, "-no-pie", "-g", *parts[kind], whole, f"-Wl,-T,{ROOT / 'ports/posix/reserved.ld'}", "-lpthread",
              "-o", program], log)
        return program
