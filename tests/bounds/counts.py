# SPDX-License-Identifier: MIT
"""
Part 2 of docs/BOUNDS.md: the calls, their bounds by analysis of the compiled code (wcet.py), as formulas of

    k   heaps that the capability mask asks (each may be tried in vain)
    o   other heaps
    w   sixteenths of the bytes that are copied or cleared, rounded up

and their comparison with what the attack (counts_main.c) has found.
"""
import itertools
import re

from wcet import Analyser, Bounds, Program

# What is called, the name the attack has for it, whether formulas have k and o, whether they have w, functions assumed not to be reached.
NEW_MASK = ("ch_caps_malloc_slow",)
CALLS = [
    ("multi_heap_malloc", "malloc", False, False, ()),
    ("multi_heap_free", "free", False, False, ()),
    ("multi_heap_realloc", "realloc", False, True, ()),
    ("multi_heap_aligned_alloc", "aligned", False, False, ()),
    ("multi_heap_get_allocated_size", "size", False, False, ()),
    ("multi_heap_get_info", "info", False, False, ()),
    ("heap_caps_malloc", "malloc", True, False, ()),
    ("heap_caps_free", "free", True, False, ()),
    ("heap_caps_realloc", "realloc", True, True, ()),
    ("heap_caps_calloc", "calloc", True, True, ()),
    ("heap_caps_aligned_alloc", "aligned", True, False, ()),
    ("heap_caps_get_allocated_size", "size", True, False, ()),
    ("heap_caps_get_free_size", "info", True, False, ()),
    ("heap_caps_get_largest_free_block", "largest", True, False, ()),
]
MOST_HEAPS, MOST_MOVED = 6, 512  # of the attack
CONFIGURATION = {"routes": 8, "route_heaps": 6}  # defaults of include/capheap/config.h
THE_CALL = 1  # the instruction that calls: the attack counts it


class Formula:
    """A sum of terms, such as 812 + 310 k + 12 k o + 11 w."""
    TERMS = {"": lambda k, o, w: 1, "k": lambda k, o, w: k, "o": lambda k, o, w: o, "w": lambda k, o, w: w, "k²": lambda k, o, w: k * k,
             "k o": lambda k, o, w: k * o}

    def __init__(self, factors):
        self.factors = factors

    def at(self, k=0, o=0, w=0):
        return sum(factor * self.TERMS[term](k, o, w) for term, factor in self.factors.items())

    def __str__(self):
        parts = [f"{factor} {term}".strip() for term, factor in self.factors.items() if factor]
        return " + ".join(parts).replace("+ -", "− ")

    @classmethod
    def read(cls, text):
        terms = re.findall(r"(−|\+|^)\s*(\d+)((?: ?(?:k²|k o|k|o|w))?)(?= |$)", text.strip())
        return cls({term.strip(): int(number) * (-1 if sign == "−" else 1) for sign, number, term in terms})


def fit(value, has_heaps, has_words):
    """The formula of a function of k, o, w, by differences; fails where the value is not of that form."""
    k0 = 1 if has_heaps else 0
    base = value(k0, 0, 0)
    factors = {"w": value(k0, 0, 1) - base if has_words else 0, "k": 0, "o": 0, "k²": 0, "k o": 0}
    if has_heaps:
        one, two = value(2, 0, 0) - base, value(3, 0, 0) - base
        factors["k²"] = (two - 2 * one) // 2
        factors["k"] = one - 3 * factors["k²"]
        factors["o"] = value(1, 1, 0) - base
        factors["k o"] = value(2, 1, 0) - value(2, 0, 0) - factors["o"]
        factors["o"] -= factors["k o"]
    factors[""] = base - factors["k"] - factors["k²"]
    formula = Formula({term: factors[term] for term in ("", "k", "k²", "o", "k o", "w")})
    for k, o, w in itertools.product((1, 2, 6, 15) if has_heaps else (0,), (0, 3) if has_heaps else (0,), (0, 7, 32) if has_words else (0,)):
        if value(k, o, w) > formula.at(k, o, w):
            raise SystemExit(f"bounds: {formula} is not what the analysis gives for k {k}, o {o}, w {w}: {value(k, o, w)}")
    return formula


def bounds(elf, path):
    """{call: Formula}"""
    program, known, found = Program(elf), Bounds(path), {}
    for name, _, has_heaps, has_words, without in CALLS:
        def value(k, o, w):
            parameters = {"heaps": k, "regions": k + o, "words": 4 * w, **CONFIGURATION}
            return THE_CALL + Analyser(program, known, parameters, without).longest(name)
        found[name] = fit(value, has_heaps, has_words)
    for row in known.loops:
        if row not in known.used:
            print(f"bounds: note: {path.name}: no loop of {row[1]} was met: {row[2]}")
    return found


def attacked(name, kind, has_heaps, has_words, attack):
    """[(heaps, w, found by attack)] for a call."""
    w = MOST_MOVED // 16 if has_words else 0
    return [(heaps, w, attack[heaps, kind]) for heaps in (range(1, MOST_HEAPS + 1) if has_heaps else (0,)) if (heaps, kind) in attack]


def compare(formulas, attack):
    """(whether it holds, line) for each call."""
    for name, kind, has_heaps, has_words, _ in CALLS:
        formula = formulas[name]
        seen = attacked(name, kind, has_heaps, has_words, attack)
        over = [f"{n} with {k} heaps, where {formula.at(k, 1, w)} is the bound" for k, w, n in seen if n > formula.at(k, 1, w)]
        text = f"{name:34} {str(formula):40}"
        if seen:
            k, w, n = seen[-1]
            text += f" found {n:6} of {formula.at(k, 1, w):6} ({100 * n // formula.at(k, 1, w)} %)"
        yield (not over, text + "".join(f"  FOUND {more}" for more in over)) if seen or not kind else (False, f"{text} was not attacked")


def table(formulas, attack):
    """Rows of the document."""
    lines = ["| call | at most | 1 heap | found | 6 heaps | found |", "| --- | --- | --- | --- | --- | --- |"]
    for name, kind, has_heaps, has_words, _ in CALLS:
        formula, seen = formulas[name], {k: n for k, _, n in attacked(name, kind, has_heaps, has_words, attack)}
        w = MOST_MOVED // 16 if has_words else 0
        one = [formula.at(1, 1, w) if has_heaps else formula.at(0, 0, w), seen.get(1 if has_heaps else 0, "")]
        six = [formula.at(6, 1, w), seen.get(6, "")] if has_heaps else ["", ""]
        lines.append(f"| `{name}` | {formula} | " + " | ".join(map(str, one + six)) + " |")
    return "\n".join(lines) + "\n"


def documented(all_formulas, text):
    """(whether it holds, line): no call may take more than the document says. Less is fine."""
    said = {row[1]: Formula.read(row[2]) for row in re.finditer(r"^\| `(\w+)` \| ([^|]+) \|", text, re.M)}
    for formulas in all_formulas[:1]:
        worse = [name for name, formula in formulas.items() for k, o, w in itertools.product((1, 6, 15), (0, 3), (0, 32))
                 if name not in said or formula.at(k, o, w) > said[name].at(k, o, w)]
        names = sorted(set(worse))
        yield not names, f"docs/BOUNDS.md says too little about: {', '.join(names)}; tests/bounds/run --write puts these formulas into it" if names else ""
