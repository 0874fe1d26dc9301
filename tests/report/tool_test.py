#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tools/culprit names code and variables: tool_test.py NM ELF COMMAND...   (ELF is tests/report/scenes.c for some machine, COMMAND runs it)"""
import re
import subprocess
import sys
from pathlib import Path

TOOL = Path(__file__).resolve().parent.parent.parent / "tools/culprit"
passed = failed = 0


def check(what, good, text=""):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    if not good:
        print(f"FAILED: {what}\n{text}")


def culprit(elf, log):
    done = subprocess.run([TOOL, elf], input=log, capture_output=True, timeout=60)
    return done.returncode, done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")


def main():
    nm, elf, command = sys.argv[1], sys.argv[2], sys.argv[3:]
    log = subprocess.run(command, capture_output=True, timeout=60).stdout
    status, text = culprit(elf, log)
    plain = [line for line in log.decode().replace("\r", "").splitlines()]
    lines = text.splitlines()
    check("all of the log is passed on", [line for line in lines if line in set(plain)] == plain, text)
    records = [i for i, line in enumerate(lines) if line.startswith("HEAP-REPORT") and " from=" in line]
    check("there are records with a caller", len(records) > 3)
    for i in records:
        check("each is followed by where its caller is", re.match(r"  called from 0x[0-9a-f]+: .* at \S+:\d+", lines[i + 1]), lines[i + 1])
    check("a caller is in scenes.c", any("called from" in line and "scenes.c:" in line for line in lines), text)

    symbols = subprocess.run([nm, elf], capture_output=True, text=True, check=True).stdout
    heap = int(re.search(r"^([0-9a-f]+) [bBdD] heap$", symbols, re.M)[1], 16)
    record = f"I (12) x: HEAP-REPORT v=1 reason=outside call=free ptr={heap + 2:#x} core=0\r\n\xff".encode("latin-1")
    status, text = culprit(elf, record)
    check("a variable is named", f"the pointer {heap + 2:#x} is that of heap + 2" in text, text)
    status, text = culprit(elf, b"HEAP-REPORT v=1 reason=outside ptr=0xzz from=garbled\n")
    check("a damaged line is no reason to stop", status == 0 and "damaged" in text, text)
    status, text = culprit("/dev/null", b"")
    check("what is no ELF file is refused", status != 0 and "is no ELF file" in text, text)
    print(f"ch_test: {passed} passed, {failed} failed")
    return failed > 0


sys.exit(main())
