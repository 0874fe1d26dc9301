# SPDX-License-Identifier: MIT
"""Builds the tables of a chip for the host and reads them back: what the C compiler makes of chips/<chip>.c in a variant.

    variants()                      {chip: {name: {option: value}}} of chips/variants
    load(chip, options, symbols)    the tables as a dictionary (tools/chips/dump.c), reservations with their names

Needs gcc and binutils. Objects go to build/chips/.
"""
import functools
import json
import os
import re
import shlex
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CHIPS = ROOT / "chips"
FACTS = ROOT / "tests/chips/facts"
BUILD = ROOT / "build/chips"
PORT = ROOT / "ports/posix"

CC = shlex.split(os.environ.get("CC", "gcc"))
FLAGS = ["-std=gnu11", "-O1", "-Wall", "-Wextra", "-Wconversion", "-Wundef", "-Werror"]
INCLUDES = [f"-I{ROOT / folder}" for folder in ("include", "include/compat", "ports/posix", "src", "tests", "tests/support", "ports/baremetal")]
# The program begins above the RAM of every chip that a test maps at its own addresses.
LINK = ["-no-pie", "-Wl,-Ttext-segment=0x70000000", f"-Wl,-T,{PORT / 'reserved.ld'}", "-lpthread"]
# What dump.c needs of the project.
PARTS = ["tools/chips/dump.c", "src/soc/available.c", "src/soc/layout.c", "src/base/report.c", "ports/posix/port.c"]

RELOCATION = re.compile(r"^([0-9a-f]+) R_\S+ +(\S+)$", re.M)
SYMBOL = re.compile(r"^([0-9a-f]+) . reserved_region_(\w+)$", re.M)
OPTION = re.compile(r"^    (\w+) = (.*?CH_OPTION\(\s*(\w+),\s*(.*?)\)),\s*/\* (.*?) \*/", re.M | re.S)


class BuildError(Exception):
    """A command of the build failed; the text says which and why."""


def run(command, **options):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True, stdin=subprocess.DEVNULL, **options)
    if result.returncode != 0:
        raise BuildError(f"{shlex.join(str(word) for word in command)}: status {result.returncode}\n{result.stderr}{result.stdout}")
    return result.stdout


def chips():
    return sorted(path.stem for path in CHIPS.glob("*.c"))


def variants():
    """{chip: {variant: {option: value}}}; every chip is there, each with the variant "default"."""
    table = {chip: {"default": {}} for chip in chips()}
    for number, line in enumerate((CHIPS / "variants").read_text().split("\n"), 1):
        words = line.split("#")[0].split()
        if not words:
            continue
        if len(words) < 3 or words[0] not in table or words[1] in table[words[0]]:
            raise BuildError(f"chips/variants:{number}: not a chip, a new name and options: {line}")
        table[words[0]][words[1]] = dict(word.split("=", 1) for word in words[2:])
    return table


def options(chip):
    """What chips/<chip>.c lets one choose: [(name, default, text)]."""
    text = (CHIPS / f"{chip}.c").read_text()
    if len(OPTION.findall(text)) != text.count("CH_OPTION("):
        raise BuildError(f"chips/{chip}.c: an option is not of the form NAME = ...CH_OPTION(KEY, default), /* text */ in a line")
    return [(key, default, " ".join(words.split())) for _, _, key, default, words in OPTION.findall(text)]


def facts(chip):
    path = FACTS / f"{chip}.json"
    return json.loads(path.read_text()) if path.exists() else None


def defines(chosen):
    """Compiler options for NAME=VALUE; a NAME that begins with CONFIG_ is the whole of it."""
    return [f"-D{name if name.startswith('CONFIG_') else 'CONFIG_CHIP_' + name}={value}" for name, value in chosen.items()]


@functools.lru_cache
def newest_source():
    """Modification time of the youngest file that an object of the project may depend on."""
    tops = ("include", "src", "ports/posix", "tools/chips", "tests/support", "tests/chips")
    return max(path.stat().st_mtime for top in tops for path in (ROOT / top).rglob("*.[ch]"))


def compile_part(source, flags=(), folder=BUILD):
    """Object of a file of the project, made again if any source is newer."""
    object_file = folder / (source.replace("/", "_") + ".o")
    if not object_file.exists() or object_file.stat().st_mtime < newest_source():
        folder.mkdir(parents=True, exist_ok=True)
        run(CC + FLAGS + list(flags) + INCLUDES + ["-c", ROOT / source, "-o", object_file])
    return object_file


def compile_chip(chip, chosen, name, flags=(), folder=BUILD):
    folder.mkdir(parents=True, exist_ok=True)
    object_file = folder / f"{name}.o"
    run(CC + FLAGS + list(flags) + INCLUDES + defines(chosen) + ["-c", CHIPS / f"{chip}.c", "-o", object_file])
    return object_file


def link(objects, symbols, program, flags=()):
    run(CC + list(flags) + objects + [f"-Wl,--defsym={name}={value}" for name, value in symbols.items()] + LINK + ["-o", program])
    return program


def undefined(object_file):
    """Linker symbols that the tables of an object name."""
    names = [line.split()[-1] for line in run(["nm", "--undefined-only", object_file]).splitlines()]
    return [name for name in names if not name.startswith(("soc_reserved", "ch_port"))]


def reserved_names(object_file):
    """For each reservation of an object, in order: its name and the texts of its bounds, None where they are numbers."""
    listing = run(["nm", object_file])
    places = sorted((int(offset, 16), name) for offset, name in SYMBOL.findall(listing))
    size = places[1][0] - places[0][0] if len(places) > 1 else 16
    texts = dict((int(offset, 16), bound) for offset, bound in
                 RELOCATION.findall(run(["objdump", "-r", "-j", ".reserved_memory_address", object_file])))
    return [(name, texts.get(offset), texts.get(offset + size // 2)) for offset, name in places]


def tidy(bound):
    """_iram_start-0x0000000000700000 -> _iram_start-0x700000"""
    return re.sub(r"0x0*([0-9a-f])", r"0x\1", bound) if bound else None


def load(chip, chosen=None, symbols=None, flags=(), folder=BUILD, name=None):
    """The tables of a chip with these options. Without values for all linker symbols there is no key "heaps"."""
    name = name or chip
    parts = [compile_part(source, flags, folder) for source in PARTS]
    chip_object = compile_chip(chip, chosen or {}, name, flags, folder)
    values = {symbol: (symbols or {}).get(symbol) for symbol in undefined(chip_object)}
    known = all(value is not None for value in values.values())
    program = link(parts + [chip_object], {symbol: value or 0 for symbol, value in values.items()}, folder / f"{name}.dump", flags)
    tables = json.loads(run([program] + ([] if known else ["tables"])))
    tables["chip"] = chip
    tables["reserved"] = [
        {"name": label, "start": bounds[0], "end": bounds[1], "start_text": tidy(start), "end_text": tidy(end)}
        for (label, start, end), bounds in zip(reserved_names(chip_object), tables["reserved"])]
    for row in tables["types"] + tables["late"]:
        row["caps"] = [[flag for flag, bit in tables["flags"].items() if column & bit] for column in row["caps"]]
    return tables
