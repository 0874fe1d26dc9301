# SPDX-License-Identifier: MIT
"""The changes that tools/mutate makes to a file, one at a time. Works on the text: the house's format puts a space on both sides of each
binary operator, and one statement on a line, or a short one behind its `if`."""
import re

COMMENT = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/', re.S)
BINARY = {
    "<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"], "==": ["!="], "!=": ["=="],
    "&&": ["||"], "||": ["&&"], "+": ["-"], "-": ["+"], "*": ["+"], "/": ["*"], "&": ["|"], "|": ["&", "^"], "^": ["|"],
    "<<": [">>"], ">>": ["<<"], "+=": ["-="], "-=": ["+="], "|=": ["&="], "&=": ["|="], "^=": ["|="], "<<=": [">>="], ">>=": ["<<="],
}
OPERATOR = re.compile(r"(?<= )(" + "|".join(re.escape(o) for o in sorted(BINARY, key=len, reverse=True)) + r")(?= |$)")
UNARY = re.compile(r"(?<![\w)\]])([!~])(?=[\w(*&])")
STEP = re.compile(r"(\+\+|--)")
NUMBER = re.compile(r"(?<![\w.])(0x[0-9A-Fa-f]+|\d+)(u?)(?![\w.])")
CONDITION = re.compile(r"\bif \(")
STATEMENT = re.compile(r"^(?P<lead>\s*(?:(?:else )?if \(.*\) |else |for \(.*\) |while \(.*\) |case .*: )?)(?P<body>[^\s{}].*;)$")
NOT_REMOVED = re.compile(r"^(return|break|continue|goto|default|case|else|if|for|while|do|switch|typedef|enum|struct|static|const|extern|"
                         r"_Static_assert|[A-Za-z_]\w* [*A-Za-z_][\w, *]*( =|;|\[)|[A-Za-z_]\w* \*)|^[A-Za-z_]\w*,$")
RETURN = re.compile(r"\breturn ([^;]+);")


class Mutant:
    def __init__(self, name, lines, at, line):
        self.name, self.lines, self.at, self.line, self.number = name, lines, at, line, 0

    def whole(self):
        """The file with this change."""
        return "\n".join(self.lines[:self.at] + [self.line] + self.lines[self.at + 1:])

    def key(self):
        return self.name, " ".join(self.lines[self.at].split()), " ".join(self.line.split())

    def diff(self):
        return f"{self.name}:{self.at + 1}\n-{self.lines[self.at]}\n+{self.line}\n"


def closing(code, at):
    """Index of the bracket that closes the one at `at`; -1 if it is on another line."""
    depth = 0
    for i in range(at, len(code)):
        depth += (code[i] == "(") - (code[i] == ")")
        if depth == 0:
            return i
    return -1


def changes(code, before):
    """(from, to, text) of each change of a line; code: without comments and strings, before: the code before it."""
    for m in OPERATOR.finditer(code):
        if code[:m.start()].strip() or before[-1:] not in ";{}":
            yield from ((m.start(), m.end(), new) for new in BINARY[m[1]])
    for m in UNARY.finditer(code):
        yield m.start(), m.end(), ""
    for m in STEP.finditer(code):
        yield m.start(), m.end(), "--" if m[1] == "++" else "++"
    for m in NUMBER.finditer(code):
        value = int(m[1], 0)
        for new in (value + 1, value - 1):
            if 0 <= new <= 0xFFFFFFFF:
                yield m.start(), m.end(), (hex(new) if m[1].startswith("0x") else str(new)) + m[2]
    for m in CONDITION.finditer(code):
        end = closing(code, m.end() - 1)
        if end > 0:
            yield m.end() - 1, end + 1, "(!" + code[m.end() - 1:end + 1] + ")"
    for m in RETURN.finditer(code):
        if m[1] in ("false", "true"):
            yield m.start(1), m.end(1), "true" if m[1] == "false" else "false"
        elif m[1] not in ("0", "NULL", "1") and not m[1].startswith("("):
            yield m.start(1), m.end(1), "0"
    m = STATEMENT.match(code)
    if m and before[-1:] in (";", "{", "}", ")", "e", ":") and not NOT_REMOVED.match(m["body"]) and m["body"].count("(") == m["body"].count(")"):
        yield m.start("body"), m.end("body"), ";"


def of(path, name):
    """All mutants of a file's functions."""
    text = path.read_text()
    lines = text.split("\n")
    blank = COMMENT.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text).split("\n")
    found, seen = [], set()
    for function in functions(blank):
        before = ";"
        for at in range(function.first, function.last + 1):
            code = blank[at].rstrip()
            start = function.body if at == function.head else 0
            if at >= function.head and code[start:].strip():
                masked = " " * start + code[start:]
                for a, b, new in changes(masked, before):
                    line = (lines[at][:a] + new + lines[at][b:]).rstrip()
                    if (at, line) not in seen and line != lines[at]:
                        seen.add((at, line))
                        found.append(Mutant(name, lines, at, line))
                before = masked.strip()
    return found


class Function:
    """A function's place in a file: lines first to last, whose body begins in line `head` behind column `body`."""

    def __init__(self, first, head, body, last, signature):
        self.first, self.head, self.body, self.last, self.signature = first, head, body, last, signature
        self.name = re.search(r"(\w+)\(", signature)[1]
        inside = signature[signature.index(self.name + "(") + len(self.name) + 1:signature.rindex(")")]
        parts = [p.split("[")[0].strip() for p in inside.split(",")]
        self.arguments = ", ".join(re.search(r"(\w+)$", p)[1] for p in parts) if inside.strip() not in ("void", "") else ""


def functions(blank):
    """The functions of a file: each begins in the first column, as does its last bracket unless it is on one line."""
    at = 0
    while at < len(blank):
        line = blank[at]
        first = at
        if not re.match(r"[A-Za-z_]", line) or "(" not in line or line.startswith(("typedef", "extern", "enum", "struct", "#", "_Static")):
            at += 1
            continue
        signature = line
        while "{" not in signature and ";" not in signature and at + 1 < len(blank):
            at += 1
            signature += " " + blank[at].strip()
        if "{" not in signature or ";" in signature[:signature.index("{")] or "=" in signature[:signature.index("{")]:
            at += 1
            continue
        head, body = at, blank[at].index("{") + 1
        if not blank[at].rstrip().endswith("}"):
            while not blank[at].startswith("}"):
                at += 1
        yield Function(first, head, body, at, signature[:signature.index("{")])
        at += 1


def schema(path, wanted):
    """The file with all wanted mutants in it: a copy of the function for each, and in place of the function one that calls the copy whose
    number ch_mutant holds. Also the numbers of the mutants by line of the new text."""
    lines = path.read_text().split("\n")
    blank = COMMENT.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), "\n".join(lines)).split("\n")
    out, owner, at = [], {}, 0
    for f in functions(blank):
        mine = [m for m in wanted if f.first <= m.at <= f.last]
        out += lines[at:f.first]
        at = f.first
        if not mine:
            continue
        hidden = "" if re.match(r"(static|CH_INLINE)", blank[f.first]) else "static "

        def copy(number, body):
            text = "\n".join(body)
            text = re.sub(rf"\b{f.name}\(", f"{f.name}_m{number}(", text, count=1)
            for line in (hidden + text).split("\n"):
                out.append(line)
                owner[len(out)] = number

        body = lines[f.first:f.last + 1]
        copy(0, body)
        for m in mine:
            copy(m.number, body[:m.at - f.first] + [m.line] + body[m.at - f.first + 1:])
        out.append(f.signature + "{")
        out.append(f"    if (ch_mutant - {mine[0].number}u <= {mine[-1].number - mine[0].number}u) switch (ch_mutant) {{")
        out += [f"    case {m.number}: return {f.name}_m{m.number}({f.arguments});" for m in mine]
        out += ["    }", f"    return {f.name}_m0({f.arguments});", "}"]
        at = f.last + 1
    out += lines[at:]
    return "\n".join(out), owner
