# SPDX-License-Identifier: MIT
"""
newlib's malloc family for rv32imac. Debian has newlib for Arm only, but its source too (package newlib-source) and its headers
(libnewlib-dev): the few files that malloc needs are compiled the way newlib's makefiles do it, by name, and only the objects are
kept. _sbrk_r comes from subject_libc.c.
"""
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

SOURCES = Path("/usr/src/newlib")
HEADERS = Path("/usr/include/newlib")
# newlib's libc/stdlib/Makefile.am: one file, compiled once for each function.
FUNCTIONS = ["MALLOC", "FREE", "REALLOC", "CALLOC", "MEMALIGN", "MALLOC_USABLE_SIZE"]
FAMILY = {"newlib": "stdlib/mallocr.c", "newlib-nano": "stdlib/nano-mallocr.c"}
# The public names, the (empty) lock, the library's context, and what copies and clears.
COMMON = ["stdlib/malloc.c", "stdlib/calloc.c", "stdlib/realloc.c", "stdlib/malign.c", "stdlib/mlock.c", "reent/impure.c",
          "misc/lock.c", "machine/riscv/memcpy.c", "machine/riscv/memcpy-asm.S", "machine/riscv/memset.S", "machine/riscv/memmove.S",
          "machine/riscv/memmove-stub.c"]


def objects(subject, compiler, out):
    """Compiles what is not there yet. Returns the object files of `newlib` or `newlib-nano`."""
    archives = sorted(SOURCES.glob("newlib-*.tar.*"))
    if not archives or not HEADERS.is_dir():
        sys.exit("bench: newlib's sources or headers are missing; install the Debian packages newlib-source and libnewlib-dev, "
                 "or leave newlib and newlib-nano out with --only")
    archive = archives[-1]
    folder = out / "newlib" / f"{archive.name.split('.tar')[0]}-{subject}"
    made = [folder / (Path(name).name + ".o") for name in COMMON] + [folder / f"{name}.o" for name in FUNCTIONS]
    if all(file.exists() for file in made):
        return made
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        libc = unpack(archive, Path(scratch))
        # No line of the sources is shown, whatever the compiler says about them.
        command = [*compiler, "-O2", "-w", "-fno-diagnostics-show-caret", "-ffunction-sections", "-fdata-sections",
                   "-fno-builtin", "-fno-tree-loop-distribute-patterns", "-DINTERNAL_NEWLIB",
                   "-isystem", HEADERS, "-I", libc / "include", "-I", libc / "ctype"]
        for name in COMMON:
            compile_one([*command, "-c", libc / name, "-o", folder / (Path(name).name + ".o")])
        for name in FUNCTIONS:
            compile_one([*command, f"-DDEFINE_{name}", "-c", libc / FAMILY[subject], "-o", folder / f"{name}.o"])
    return made


def unpack(archive, scratch):
    with tarfile.open(archive) as tar:
        members = [m for m in tar if "/newlib/libc/" in m.name and "/.pc/" not in m.name]
        tar.extractall(scratch, members)
    return next(scratch.glob("*/newlib/libc"))


def compile_one(command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.stderr.write(done.stderr)
        sys.exit("bench: failed: " + " ".join(str(word) for word in command))
