# SPDX-License-Identifier: MIT
"""The tables that a run prints."""
import json
from collections import Counter
from pathlib import Path

from measure import REAL

LIMITS = Path(__file__).resolve().parent / "limits.json"

FIELDS = ["mean", "p50", "p99", "p999", "max"]


def number(value):
    return f"{value:9.1f}" if isinstance(value, float) else f"{value:9}"


def mean_of_real(figures, pick):
    """Mean over the real traces that were measured and have the figure, each with equal weight; None if there is none."""
    values = [pick(figures[name]) for name in REAL if name in figures and pick(figures[name]) is not None]
    return sum(values) / len(values) if values else None


def print_calls(title, figures):
    """One table for each class of calls of one subject."""
    print(f"\n{title}")
    for call in ["malloc", "free", "realloc", "calloc", "aligned"]:
        rows = {name: classes[call] for name, classes in figures.items() if call in classes}
        if not rows:
            continue
        print(f"  {call:16}" + "".join(f"{f:>9}" for f in FIELDS) + f"{'n':>9}")
        for name, row in rows.items():
            print(f"    {name:14}" + "".join(number(row[f]) for f in FIELDS) + f"{row['n']:9}")
        means = [mean_of_real(rows, lambda row, f=f: float(row[f])) for f in FIELDS]
        if means[0] is not None and len(rows) > 1:
            print(f"    {'real, mean':14}" + "".join(number(m) for m in means))
        worst = max(rows, key=lambda name: rows[name]["max"])
        print(f"    {'all, worst':14}{'':36}{rows[worst]['max']:9}  in {worst}")


def print_histogram(title, costs, lines=24):
    """The most frequent costs of malloc and free over all traces measured, each trace with equal weight."""
    for call in ["malloc", "free"]:
        share = Counter()
        traces = [classes[call] for classes in costs.values() if classes.get(call)]
        for values in traces:
            for cost, n in Counter(values).items():
                share[cost] += n / len(values) / len(traces)
        print(f"\n{title}: {call}, the {lines} most frequent costs")
        for cost, part in sorted(share.most_common(lines)):
            print(f"  {cost:7} {100 * part:6.2f} % " + "#" * round(100 * part))


def print_efficiency(figures):
    """One column for each granule."""
    print("\nmemory efficiency, percent")
    print(f"    {'':14}" + "".join(f"{key:>12}" for key in figures))
    for name in dict.fromkeys(name for column in figures.values() for name in column):
        print(f"    {name:14}" + "".join(f"{column.get(name, float('nan')):12.2f}" for column in figures.values()))
    means = [mean_of_real(column, lambda percent: percent) for column in figures.values()]
    print(f"    {'real, mean':14}" + "".join(f"{m:12.2f}" if m is not None else f"{'':12}" for m in means))


def print_growth(results, flatness, series):
    """Means, and the worst in brackets, for each subject and point. series: {name: (title, ...)}."""
    for name, (title, *_) in series.items():
        points = list(dict.fromkeys(x for subject in results.values() for x in subject[name]))
        for call in ("malloc", "free"):
            print(f"\n{call}: mean instructions (worst) against {title}")
            print(f"    {'':12}" + "".join(f"{subject:>20}" for subject in results))
            for x in points:
                cells = [subject[name].get(x, {}).get(call) for subject in results.values()]
                texts = [f"{cell['mean']:.1f} ({cell['max']})" if cell else "" for cell in cells]
                print(f"    {x:>12}" + "".join(f"{text:>20}" for text in texts))
    print("\nflat within: the most that a mean rises with growth; the largest mean above the smallest")
    for subject, works in flatness.items():
        for work, calls in works.items():
            cells = [f"{call} {flat['rise']:8.1f} % {flat['spread']:8.1f} %" for call, flat in calls.items()]
            print(f"    {subject:14}{work:8}" + "   ".join(cells))


def verdicts(results):
    """The figures of limits.json that were measured: [{limit's fields, "value", "holds": "goal", "must" or "no"}]."""
    figures = summary(results)
    rows = []
    for limit in json.loads(LIMITS.read_text())["figures"]:
        if limit["key"] not in figures:
            continue
        value = figures[limit["key"]]
        more_is_better = limit["goal"] > limit["must"]

        def meets(bound):
            return value >= bound if more_is_better else value <= bound
        holds = "goal" if meets(limit["goal"]) else "must" if meets(limit["must"]) else "no"
        rows.append(limit | {"value": value, "holds": holds})
    return rows


def plain(value):
    """A figure without digits that say nothing."""
    return f"{value:.1f}" if isinstance(value, float) else str(value)


def print_verdicts(rows):
    print(f"\nfigures to reach\n    {'':58}{'measured':>10}{'must':>9}{'goal':>9}  {'holds':8}best peer")
    for row in rows:
        peer = f"{row['peer'][0]} {row['peer'][1]}" if "peer" in row else ""
        unit = {"%": " %", "bytes": " B"}.get(row["unit"], "")
        print(f"    {row['figure'] + unit:58}{plain(row['value']):>10}{row['must']:>9}{row['goal']:>9}  {row['holds']:8}{peer}")


def print_pairs(title, pairs):
    print(f"\n{title}")
    for key, value in pairs.items():
        print(f"    {key:16}{value:8}")


def summary(results):
    """The figures that are compared between runs: {name: value}."""
    lines = {}
    machines = {machine: subjects for machine, subjects in results.items() if machine in ("rv32", "cm3", "xtensa")}
    named = [("" if machine == "rv32" else f"{machine} ", *item) for machine in machines for item in machines[machine].items()]
    for machine, subject, figures in named:
        for call in ["malloc", "free", "realloc", "calloc", "aligned"]:
            rows = {name: classes[call] for name, classes in figures.items() if call in classes}
            if rows:
                mean = mean_of_real(rows, lambda row: row["mean"])
                if mean is None:
                    mean = sum(row["mean"] for row in rows.values()) / len(rows)
                lines[f"{machine}{subject} {call} mean"] = mean
                lines[f"{machine}{subject} {call} worst"] = max(row["max"] for row in rows.values())
    for key, column in results.get("efficiency", {}).items():
        mean = mean_of_real(column, lambda percent: percent)
        if mean is not None:
            lines[f"efficiency {key}"] = mean
    for kind in ["control_bytes", "code_bytes"]:
        lines |= {f"{kind} {key}": value for key, value in results.get(kind, {}).items()}
    for subject, works in results.get("flatness", {}).items():
        for work, calls in works.items() if subject in ("heap_caps", "multi_heap") else []:
            lines |= {f"growth {subject} {work} {call} {kind}": float(value)
                      for call, kinds in calls.items() for kind, value in kinds.items()}
    return lines


def print_summary(results, before):
    """All summary figures, beside those of an earlier run where there is one (the same traces, or they do not compare)."""
    old = summary(before) if before else {}
    print("\nsummary" + (" (before, change)" if old else ""))
    for key, value in summary(results).items():
        form = "d" if isinstance(value, int) else ".2f"
        line = f"    {key:32}{value:10{form}}"
        if key in old:
            line += f"{old[key]:10{form}}{value - old[key]:+9{form}}"
        print(line)
