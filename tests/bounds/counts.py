# SPDX-License-Identifier: MIT
"""
Part 2 of docs/BOUNDS.md: the calls, their bounds by analysis of the compiled code (wcet.py), as formulas of

    k   heaps that the capability mask asks (each may be tried in vain)
    o   other heaps
    g   rounds of the bin of a size: for heaps of N granules, the whole part of log16(N), less 1; 0 below 256 granules
    w   bytes that are copied or cleared, divided by 64 and rounded up

and their comparison with what the attack (counts_main.c) has found.
"""
import itertools
import re
from pathlib import Path

from riscv import Program
from wcet import Analyser, Bounds, NotBounded, base_of

PLAIN = ("ch_heap_aligned_alloc", "ch_alias_has")  # a mask without EXEC that hardware adds no alignment to
KNOWN = (*PLAIN, "ch_caps_malloc_slow", "ch_route_learn")  # and it is the one that was asked last
SERVED = (*KNOWN, "ch_caps_malloc_last")  # and a heap of its route has room, which none of them hides
FOUND = ("ch_caps_free_slow",)  # no block that holds another heap, no other address of D/IRAM
# What is called, in which case, the name that the attack has for it, what formulas have, functions that are not reached in that case.
CALLS = [
    ("multi_heap_malloc", "", "malloc", "g", ()),
    ("multi_heap_free", "", "free", "g", ()),
    ("multi_heap_realloc", "", "realloc", "gw", ()),
    ("multi_heap_aligned_alloc", "", "aligned", "g", ()),
    ("multi_heap_get_allocated_size", "", "size", "", ()),
    ("multi_heap_get_info", "", "info", "", ()),
    ("heap_caps_malloc", "mask as before, a heap has room", None, "kg", SERVED),
    ("heap_caps_malloc", "mask as before", None, "kog", KNOWN),
    ("heap_caps_malloc", "", "malloc", "kog", PLAIN),
    ("heap_caps_free", "no alias, no heap inside", None, "kog", FOUND),
    ("heap_caps_free", "", "free", "kog", ()),
    ("heap_caps_realloc", "", "realloc", "kogw", ()),
    ("heap_caps_calloc", "", "calloc", "kogw", PLAIN),
    ("heap_caps_aligned_alloc", "", "aligned", "kog", ()),
    ("heap_caps_get_allocated_size", "", "size", "ko", ()),
    ("heap_caps_get_free_size", "", "info", "ko", ()),
    ("heap_caps_get_largest_free_block", "", "largest", "kog", ()),
]
MOST_HEAPS, MOST_MOVED, HEAP_BYTES = 6, 512, 32768  # of the attack
SOURCE = Path(__file__).resolve().parent.parent.parent
CONSTANTS = {  # of loops.txt: where they are defined
    "routes": ("include/capheap/config.h", r"#define CH_CFG_ROUTES (\d+)"),
    "route_heaps": ("include/capheap/config.h", r"#define CH_CFG_ROUTE_HEAPS (\d+)"),
    "recent": ("src/caps/registry.h", r"\bCH_RECENT = (\d+)"),
    "looks": ("src/engine/bins.h", r"#define CH_LOOKS (\d+)"),
    "map_words": ("src/engine/engine.h", r"#define CH_MAP_WORDS (\d+)"),
}
SAMPLE_TOLERANCE = 1.6  # a loop counts one round more than it has where the compiler tests at its end
THE_CALL = 1  # the instruction that calls: the attack counts it


def constants():
    """{name: value} of the sources as they are."""
    found = {name: re.search(pattern, (SOURCE / file).read_text()) for name, (file, pattern) in CONSTANTS.items()}
    if missing := [f"{name} ({CONSTANTS[name][0]})" for name, match in found.items() if not match]:
        raise NotBounded(f"not found where tests/bounds/counts.py looks for them: {', '.join(missing)}")
    return {name: int(match[1]) for name, match in found.items()}


def rounds_of(granules):
    """g"""
    return 0 if granules < 256 else (granules.bit_length() - 1) // 4 - 1


class Formula:
    """A sum of terms, such as 812 + 310 k + 12 k o + 11 w."""
    TERMS = ("", "k", "k²", "o", "k o", "g", "k g", "w")

    def __init__(self, factors):
        self.factors = factors

    def at(self, k=0, o=0, g=0, w=0):
        values = {"": 1, "k": k, "k²": k * k, "o": o, "k o": k * o, "g": g, "k g": k * g, "w": w}
        return sum(factor * values[term] for term, factor in self.factors.items())

    def __str__(self):
        return " + ".join(f"{self.factors[term]} {term}".strip() for term in self.TERMS if self.factors.get(term)).replace("+ -", "− ")

    def rounded(self):
        """Two digits of each factor, rounded up: what is documented stays true when the code gets a little longer."""
        steps = {term: 10 ** max(len(str(abs(factor))) - 2, 0) for term, factor in self.factors.items()}
        return Formula({term: -(-factor // steps[term]) * steps[term] for term, factor in self.factors.items()})

    @classmethod
    def read(cls, text):
        parts = re.findall(r"(− |-)?(\d+)((?: (?:k²|k o|k g|k|o|g|w))?)(?= [+−]|$)", text.strip())
        return cls({term.strip(): -int(number) if sign else int(number) for sign, number, term in parts})


FAR = {"k": 15, "o": 3, "g": 5, "w": 512}  # as far as formulas are compared


def grid(has):
    """Points (k, o, g, w) at which formulas are compared."""
    steps = {"k": (1, 2, 5, FAR["k"]), "o": (0, FAR["o"]), "g": (0, 1, FAR["g"]), "w": (0, FAR["w"])}
    return itertools.product(*[steps[letter] if letter in has else (0,) for letter in "kogw"])


def fit(value, has):
    """
    A formula that is nowhere less than a function of k, o, g, w, and as near as can be. The longest of several paths grows the faster the
    longer it is: so its factors are taken at the far end, and what is constant so that it covers the rest.
    """
    far = {letter: FAR[letter] if letter in has else 0 for letter in "kogw"}

    def less(**steps):
        return value(*[far[letter] - steps.get(letter, 0) for letter in "kogw"])
    factors, end = {term: 0 for term in Formula.TERMS}, less()
    for letter in set(has) - {"k"}:
        factors[letter] = end - less(**{letter: 1})
        if "k" in has and letter != "w":
            factors[f"k {letter}"] = factors[letter] - (less(k=1) - less(**{"k": 1, letter: 1}))
            factors[letter] -= far["k"] * factors[f"k {letter}"]
    if "k" in has:
        factors["k²"] = (end - 2 * less(k=1) + less(k=2)) // 2
        mixed = sum(far[letter] * factors[f"k {letter}"] for letter in "og")
        factors["k"] = end - less(k=1) - (2 * far["k"] - 1) * factors["k²"] - mixed
    formula = Formula(factors)
    factors[""] = max(value(*point) - formula.at(*point) for point in grid(has))
    beyond = [{"k": 60, "o": 40, "g": 5, "w": 4096}[letter] if letter in has else 0 for letter in "kogw"]
    if value(*beyond) > formula.at(*beyond):
        raise NotBounded(f"{formula} does not hold for k, o, g, w = {beyond}: {value(*beyond)}")
    return formula


def bounds(elf, path):
    """{(call, case): Formula}"""
    program, known, found, fixed = Program(elf), Bounds(path), {}, constants()
    for name, when, _, has, without in CALLS:
        def value(k, o, g, w):
            parameters = {"heaps": k, "regions": k + o, "rounds": g, "words": 16 * w, "upside_down": 0, **fixed}
            return THE_CALL + Analyser(program, known, parameters, without).longest(name)
        found[name, when] = fit(value, has)
    for row in known.loops:
        if row not in known.used and not row[1].startswith("sample_"):
            print(f"bounds: note: {path.name}: no loop of {row[1]} was met: {row[2]}")
    return found


def parts(elf, path):
    """Rows of the document: the longest path of each function of a single heap's, by what calls it."""
    program, known, lines = Program(elf), Bounds(path), []
    analyser = Analyser(program, known, {"heaps": 1, "regions": 1, "rounds": 1, "words": 0, "upside_down": 0, **constants()})
    for name, *_ in [call for call in CALLS if call[0].startswith("multi_heap")]:
        analyser.longest(name)
    names = {base_of(program.entries[entry]): cost for entry, cost in analyser.done.items()}
    for name in sorted(names, key=lambda name: (-names[name], name)):
        lines.append(f"| `{name}` | {names[name]} |")
    return "| function | longest path, g 1, w 0 |\n| --- | --- |\n" + "\n".join(lines) + "\n"


def check_samples(elf, path, attack):
    """(whether it holds, line): the analysis of functions whose longest path is the one that was counted."""
    for name in sorted(kind for _, kind in attack if kind.startswith("sample_")):
        bound, counted = THE_CALL + Analyser(Program(elf), Bounds(path), {}).longest(name), attack[0, name]
        yield counted <= bound <= counted * SAMPLE_TOLERANCE, f"{name:66} {counted:6} of {bound:6}"


def attacked(kind, has, granule, attack):
    """[(k, o, g, w), found by attack)] for a call."""
    g, w = rounds_of(HEAP_BYTES // granule), MOST_MOVED // 64 if "w" in has else 0
    heaps = range(1, MOST_HEAPS + 1) if "k" in has else (0,)
    return [((k, 1, g, w), attack[k, kind]) for k in heaps if (k, kind) in attack]


def compare(formulas, granule, attack):
    """(whether it holds, line) for each call."""
    for name, when, kind, has, _ in CALLS:
        formula, seen = formulas[name, when], attacked(kind, has, granule, attack)
        over = "".join(f"  FOUND {n} with {point[0]} heaps, where {formula.at(*point)} is the bound" for point, n in seen if n > formula.at(*point))
        text = f"{name:33} {when:32} {str(formula):60}"
        if seen:
            point, n = seen[-1]
            text += f" {n:6} of {formula.at(*point):6} ({100 * n // formula.at(*point)} %)"
        if kind:
            yield bool(seen) and not over, text + over + ("" if seen else "  was not attacked")
        else:
            yield None, text


def table(formulas, granule, attack):
    """Rows of the document."""
    lines = ["| call | case | at most | found | of | found, 6 heaps | of |", "| --- | --- | --- | --- | --- | --- | --- |"]
    for name, when, kind, has, _ in CALLS:
        formula = formulas[name, when].rounded()
        seen = {point[0]: (n, formula.at(*point)) for point, n in attacked(kind, has, granule, attack)}
        few, many = seen.get(1 if "k" in has else 0, ("", "")), seen.get(6, ("", ""))
        lines.append(f"| `{name}` | {when} | {formula} | " + " | ".join(map(str, few + many)) + " |")
    return "\n".join(lines) + "\n"


def documented(formulas, text):
    """(whether it holds, line): no call may take more than the document says. Less is fine."""
    said = {(row[1], row[2].strip()): Formula.read(row[3]) for row in re.finditer(r"^\| `(\w+)` \|([^|]*)\| ([^|]+) \|", text, re.M)}
    worse = []
    for name, when, _, has, _ in CALLS:
        if (name, when) not in said or any(formulas[name, when].at(*point) > said[name, when].at(*point) for point in grid(has)):
            worse.append(f"{name} {when}".strip())
    advice = "; tests/bounds/run --write puts these formulas into it"
    return not worse, f"docs/BOUNDS.md says too little about: {', '.join(worse)}{advice}" if worse else ""
