# SPDX-License-Identifier: MIT
"""The code of a RISC-V ELF file as instructions, with the source line of each; by objdump, nm and addr2line."""
import re
import subprocess
from bisect import bisect_right

BRANCHES = {"beq", "bne", "blt", "bge", "bltu", "bgeu", "c.beqz", "c.bnez"}
JUMPS = {"jal", "c.j", "c.jal", "jalr", "c.jr", "c.jalr"}


class Instruction:
    def __init__(self, address, name, operands):
        self.address, self.name = address, name
        self.target = None  # address that a branch, jump or call names
        self.kind = "plain"
        numbers = re.findall(r"(?:^|,)([0-9a-f]+) <", operands)
        if numbers:
            self.target = int(numbers[0], 16)
        if name in BRANCHES:
            self.kind = "branch"
        elif name in JUMPS:
            self.kind = self.kind_of_jump(operands)
        elif name in ("ebreak", "c.ebreak", "unimp", "c.unimp", "mret", "ecall"):
            self.kind = "trap"

    def kind_of_jump(self, operands):
        if self.name in ("c.jr", "jalr", "c.jalr"):
            if self.name == "c.jr" and operands == "ra" or self.name == "jalr" and operands in ("zero,0(ra)", "zero,ra,0"):
                return "return"
            return "indirect call" if self.name == "c.jalr" or operands.startswith("ra,") else "indirect jump"
        return "jump" if self.name == "c.j" or operands.startswith("zero,") else "call"


class Program:
    """The code of an ELF file."""

    def __init__(self, elf, tools="riscv64-unknown-elf-"):
        self.elf, self.tools = elf, tools
        self.code, self.following, self.entries, self.frames = {}, {}, {}, {}
        self.named, self.starts, self.memory = {}, None, {}
        last = None
        for line in self.ask("objdump", "-d", "--no-show-raw-insn", "-M", "no-aliases", elf).splitlines():
            if head := re.match(r"([0-9a-f]+) <(.+)>:$", line):
                self.entries[int(head[1], 16)] = head[2]
                last = None
            elif row := re.match(r"\s*([0-9a-f]+):\t(\S+)(?:\t([^#]*))?", line):
                address = int(row[1], 16)
                self.code[address] = Instruction(address, row[2], (row[3] or "").strip())
                if last is not None:
                    self.following[last] = address
                last = address
        for line in self.ask("nm", elf).splitlines():
            *where, kind, name = line.split()
            if where and kind in "tTwW":
                self.named[name] = int(where[0], 16)

    def owner(self, address):
        """Name of the function that an address lies in."""
        if self.starts is None:
            self.starts = sorted(self.entries)
        return self.entries[self.starts[bisect_right(self.starts, address) - 1]]

    def ask(self, tool, *arguments, text=None):
        return subprocess.run([self.tools + tool, *map(str, arguments)], input=text, capture_output=True, text=True, check=True).stdout

    def locate(self, addresses):
        """Fills frames: {address: [(function, file, line), ...]}, the innermost inlined function first."""
        missing = [a for a in addresses if a not in self.frames]
        if not missing:
            return
        answer = self.ask("addr2line", "-i", "-f", "-a", "-e", self.elf, text="\n".join(map(hex, missing)) + "\n").splitlines()
        at = None
        for row in answer:
            if re.match(r"0x[0-9a-f]+$", row):
                at = self.frames.setdefault(int(row, 16), [])
                name = None
            elif name is None:
                name = row
            else:
                file, _, number = row.partition(" (discriminator")[0].rpartition(":")
                at.append((name, file, int(number) if number.isdigit() else 0))
                name = None
