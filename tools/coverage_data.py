# SPDX-License-Identifier: MIT
"""What llvm-cov found in several builds of the same sources, put together: a place is covered if it is in any of them.

Each build compiles the constants of its options: a condition that is constant in a build (CH_G == 16) has no two sides there, and none in
the union if it is constant in all builds that reach it. Three things are measured, named by their place in the file:

    lines       a line is covered if each character of code on it was reached: a `return` behind an `if` on the same line counts too
    branches    each side of each condition that decides where to go on
    conditions  MC/DC: each condition of an && or || was seen to decide the whole by itself
"""
import re
from collections import defaultdict

GONE = -1  # between statements: nothing to reach
CODE, EXPANSION, SKIPPED, GAP = range(4)
TOO_MANY = 1 << 62  # a difference of counters that went below 0: a function was left by longjmp
DECISION_PLACE = re.compile(r"\((\d+):(\d+)\) to \((\d+):(\d+)\)")
VECTOR = re.compile(r"^ *\|  *\d+ \{ ([TFC,\- ]+?) *= ([TF]) ", re.M)
CONDITION = re.compile(r"^ *\|  +Condition C\d+ --> \((\d+):(\d+)\)", re.M)
PAIR = re.compile(r"^ *\|  C\d+-Pair: (covered|not covered|constant folded)", re.M)
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.S)


class Source:
    """A file: which characters of it are code, how often each was reached, and its branches and decisions."""

    def __init__(self, path, name):
        self.name = name
        self.text = path.read_text()
        blank = COMMENT.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), self.text)
        self.lines = self.text.split("\n")
        self.code = blank.split("\n")
        self.reached = defaultdict(dict)  # line -> column -> most often
        # What can't be, said to the compiler: no line of the program.
        self.promises = {n for n, code in enumerate(self.code, 1) if "__builtin_unreachable()" in code}
        self.branches = {}   # (line, column, number) -> [end, was true, was false]
        self.decisions = {}  # (line, column, last line, end) -> [conditions that are no constants in some build, what was seen]

    def paint(self, region, count):
        first, column, last, end = region[:4]
        for line in range(first, last + 1):
            cells = self.reached[line]
            start = column if line == first else 1
            stop = end if line == last else len(self.code[line - 1]) + 1
            for c in range(start, stop):
                yield cells, c, count

    def add_function(self, function):
        """Takes one function of llvm-cov's JSON: its regions nest, so a later, inner one overrules an outer one."""
        here = {}
        expansions = {r[6]: r for r in function["regions"] if r[7] == EXPANSION}
        regions = [r for r in function["regions"] if r[5] == 0 and r[7] in (CODE, SKIPPED, GAP)]
        for r in sorted(regions, key=lambda r: (r[0], r[1], -r[2], -r[3])):
            count = (r[4] if r[4] < TOO_MANY else 0) if r[7] == CODE else None
            for cells, c, value in self.paint(r, count):
                here[(id(cells), c)] = (cells, c, value)
        for cells, c, value in here.values():
            if value is None:
                cells[c] = GONE
            elif cells.get(c) != GONE:
                cells[c] = max(cells.get(c, 0), value)
        self.add_branches(function, expansions)

    def add_branches(self, function, expansions):
        seen = defaultdict(int)
        for b in function["branches"]:  # constant ones are not listed
            place, end, file = (b[0], b[1]), (b[2], b[3]), b[6]
            while file != 0 and file in expansions:  # of a macro: where it stands
                place, end = tuple(expansions[file][0:2]), tuple(expansions[file][2:4])
                file = expansions[file][5]
            number = seen[place] if b[6] else 0
            seen[place] += 1
            entry = self.branches.setdefault((*place, number), [end, False, False])
            entry[1] |= 0 < b[4] < TOO_MANY
            entry[2] |= 0 < b[5] < TOO_MANY

    def add_decision(self, text):
        """Takes a decision as llvm-cov's text shows it: its place, its conditions, and the combinations of values that were seen."""
        place = tuple(int(n) for n in DECISION_PLACE.match(text).groups())
        # An option's macro may have conditions of its own in some builds, constants: so a condition is named by where it stands.
        names = []
        for at in CONDITION.findall(text):
            at = (int(at[0]), int(at[1]))
            names.append((*at, sum(n[:2] == at for n in names)))
        pairs = PAIR.findall(text)
        decision = self.decisions.setdefault(place, [set(), set()])
        decision[0].update(n for n, what in zip(names, pairs) if what != "constant folded")
        for values, result in VECTOR.findall(text):
            values = zip(names, (v.strip() for v in values.split(",")))
            decision[1].add((frozenset((n, v) for n, v in values if v != "C"), result))

    # What is asked in the end.

    def line_states(self):
        """Line number -> True (covered) or False; lines without code are left out."""
        states = {}
        for number, code in enumerate(self.code, 1):
            counts = [n for c, n in self.reached.get(number, {}).items() if n != GONE and c <= len(code) and code[c - 1].isalnum()]
            if counts and number not in self.promises:
                states[number] = min(counts) > 0
        return states

    def branch_sides(self):
        """(place, side, covered) of each branch that is not constant in every build."""
        for key, (_, yes, no) in sorted(self.branches.items()):
            if key[0] in self.promises:
                continue
            yield key, "true", yes
            yield key, "false", no

    def conditions(self):
        """(place of the decision, place of the condition, covered) of each condition that is not constant in every build."""
        for place, (varying, seen) in sorted(self.decisions.items()):
            seen = [(dict(values), result) for values, result in seen]
            for name in sorted(varying) if place[0] not in self.promises else ():
                yield place, name, any(decides(name, a, b) for a in seen for b in seen)

    def text_of(self, line, column, last, end):
        return " ".join(self.lines[line - 1][column - 1:end - 1 if last == line else None].split())

    def name_of(self, name, place):
        line, column, _ = name
        return f"{line}:{column}" + ("" if place[:2] <= (line, column) <= place[2:] else " (in a macro)")

    def dark(self):
        """Places that were never reached."""
        return {(n, c) for n, cells in self.reached.items() for c, v in cells.items() if v == 0}

    def missing(self):
        """Everything that is not covered: (line, column, kind, text)."""
        found = []
        dark = self.dark()
        for number, covered in self.line_states().items():
            if not covered:
                code = "".join(ch if (number, c) in dark else " " for c, ch in enumerate(self.code[number - 1], 1))
                found.append((number, len(code) - len(code.lstrip()) + 1, "line", " ".join(code.split())))
        open_sides = set()
        for key, side, covered in self.branch_sides():
            if not covered and key[:2] not in dark:
                open_sides.add(key[:2])
                found.append((key[0], key[1], f"never {side}", self.text_of(*key[:2], *self.branches[key][0])))
        for place, name, covered in self.conditions():
            inside = any(place[:2] <= side <= place[2:] for side in open_sides)
            if not covered and place[:2] not in dark and not inside:
                found.append((place[0], place[1], "never decides", f"condition {self.name_of(name, place)} of {self.text_of(*place)}"))
        return sorted(found)

    def figures(self):
        """(covered, all) of lines, branches and conditions."""
        lines = list(self.line_states().values())
        branches = [c for *_, c in self.branch_sides()]
        conditions = [c for *_, c in self.conditions()]
        return [(sum(x), len(x)) for x in (lines, branches, conditions)]


def decides(name, a, b):
    """Whether two combinations show that a condition decides: it and the result differ, and nothing else that was looked at does."""
    (values, result), (others, other_result) = a, b
    if result == other_result or {values.get(name), others.get(name)} != {"T", "F"}:
        return False
    return all(k == name or others.get(k, v) == v or "-" in (v, others[k]) for k, v in values.items())
