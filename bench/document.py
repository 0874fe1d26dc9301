# SPDX-License-Identifier: MIT
"""A run's figures as a page (build/bench/index.html) and as the generated part of docs/PERFORMANCE.md."""
import html
import shutil
import subprocess
import sys
from pathlib import Path

import growth
import host
import machines
import report

PLOTTER = Path(__file__).resolve().parent / "plots"
PLOTS = {
    "calls.svg": "Instructions of a call, as distributions over the eight real traces. A bar at a line's end is the worst call.",
    "traces.svg": "Instructions of a call, trace by trace.",
    "efficiency.svg": "Memory efficiency, trace by trace.",
    "growth.svg": "What a call costs when the heap or the number of its live blocks grows.",
    "host.svg": "Time and memory on a 64-bit host, as ratios to glibc's malloc.",
}
BEGIN, END = "<!-- by bench/run --write-docs -->\n", "<!-- end -->\n"
CALLS = ["malloc", "free", "realloc", "calloc", "aligned"]
NAMES = {"caps6": "heap_caps, six heaps"}
HEAD = """# Performance

What calls cost, how much memory the heap wastes, how large it is. `make bench` measures all of it again, in minutes, and draws the
plots; [bench/README.md](../bench/README.md) says how each figure is taken. Counts of instructions are exact: the same source gives the
same figures on every machine.

## Figures

"""


def find_plotter():
    """An interpreter that has matplotlib: this one, or the system's, where Debian's package is."""
    for python in (sys.executable, "/usr/bin/python3"):
        if Path(python).exists() and subprocess.run([python, "-c", "import matplotlib"], capture_output=True).returncode == 0:
            return python
    sys.exit("bench: no Python with matplotlib for the plots; install Debian's python3-matplotlib, or leave out --plots")


def draw(results, out):
    """Draws what was measured. Plots of an earlier run go."""
    for name in PLOTS:
        (out / name).unlink(missing_ok=True)
    done = subprocess.run([find_plotter(), "-B", str(PLOTTER), str(results), str(out / "distributions.json"), str(out)])
    if done.returncode != 0:
        sys.exit("bench: the plots could not be drawn (the message is above)")


# ------------------------------------------------------------------------------------------------ tables: (title, head, rows)

def verdict_table(results):
    words = {"goal": "goal", "must": "must", "no": "**no**"}
    rows = [[row["figure"] + {"%": ", %", "bytes": ", bytes"}.get(row["unit"], ""), report.plain(row["value"]), str(row["must"]),
             str(row["goal"]), words[row["holds"]], f"{row['peer'][0]} {row['peer'][1]}" if "peer" in row else ""]
            for row in report.verdicts(results)]
    return "Figures to reach", ["figure", "measured", "must", "goal", "holds", "best peer"], rows


def summary_table(results):
    """Means over the real traces and the worst over all, of each subject."""
    figures, rows = report.summary(results), []
    for subject in results.get("rv32", {}):
        pairs = [(figures.get(f"{subject} {call} mean"), figures.get(f"{subject} {call} worst")) for call in CALLS]
        cells = [f"{mean:.1f} / {worst}" if mean is not None else "" for mean, worst in pairs]
        rows.append([NAMES.get(subject, subject), *cells])
    return "Instructions per call: mean over the real traces / worst over all traces", ["", *CALLS], rows


def machine_tables(results):
    """The same on the other machines."""
    figures = report.summary(results)
    for machine in [name for name in machines.MACHINES if name in results]:
        rows = [[NAMES.get(subject, subject), *[
            f"{figures[f'{machine} {subject} {call} mean']:.1f} / {figures[f'{machine} {subject} {call} worst']}"
            if f"{machine} {subject} {call} mean" in figures else "" for call in CALLS]] for subject in results[machine]]
        yield f"Instructions per call on {machines.MACHINES[machine].title.split(' -')[0]}: mean / worst", ["", *CALLS], rows


def host_tables(results):
    for key, title in {"ratios": "time of an operation", "memory": "memory at the peak"}.items():
        columns = results.get("host", {}).get(key, {})
        rows = [[trace, *[f"{column[trace]:.2f}" if trace in column else "" for column in columns.values()]]
                for trace in columns.get(host.BASE, {})]
        means = [host.mean_of_real(column) for column in columns.values()]
        rows.append(["real traces, geometric mean", *[f"{mean:.2f}" if mean else "" for mean in means]])
        if columns:
            yield f"Host: {title}, glibc = 1", ["trace", *columns], rows


def call_tables(results):
    for call in CALLS[:3]:
        rows = []
        subjects = [name for name, traces in results.get("rv32", {}).items() if any(call in cells for cells in traces.values())]
        for trace in dict.fromkeys(t for name in subjects for t in results["rv32"][name]):
            cells = [results["rv32"][name].get(trace, {}).get(call) for name in subjects]
            if any(cells):
                rows.append([trace, *[f"{c['mean']:.1f} / {c['p99']} / {c['max']}" if c else "" for c in cells]])
        if rows:
            yield f"{call}: mean / 99th percentile / worst", ["trace", *[NAMES.get(name, name) for name in subjects]], rows


def efficiency_table(results):
    columns = results.get("efficiency", {})
    traces = dict.fromkeys(trace for column in columns.values() for trace in column)
    rows = [[trace, *[f"{column[trace]:.1f}" if trace in column else "" for column in columns.values()]] for trace in traces]
    means = [report.mean_of_real(column, lambda percent: percent) for column in columns.values()]
    rows.append(["real traces, mean", *[f"{mean:.1f}" if mean is not None else "" for mean in means]])
    return "Memory efficiency, percent", ["trace", *columns], rows


def growth_tables(results):
    measured = results.get("growth", {})
    for series, (title, *_) in growth.SERIES.items():
        points = dict.fromkeys(x for subject in measured.values() for x in subject[series])
        rows = [[x, *[f"{p['malloc']['mean']:.0f} / {p['free']['mean']:.0f}" if p else ""
                      for p in (subject[series].get(x) for subject in measured.values())]] for x in points]
        if rows:
            yield f"Growth: malloc / free, mean, against {title}", ["", *measured], rows
    rows = [[f"{name}, {work}", *[f"{calls[call][kind]:.1f} %" for call in calls for kind in ("rise", "spread")]]
            for name, works in results.get("flatness", {}).items() for work, calls in works.items()]
    if rows:
        yield ("Flat within", ["", "malloc: most that the mean rises", "malloc: largest mean above smallest", "free: rises",
                               "free: above smallest"], rows)


def size_table(results):
    rows = [[f"control structure of a heap of {size} bytes", str(n)] for size, n in results.get("control_bytes", {}).items()]
    rows += [[f"code, {name.replace('_', ' ')}", str(n)] for name, n in results.get("code_bytes", {}).items()]
    return "Sizes", ["", "bytes"], rows


def tables(results):
    every = [verdict_table(results), summary_table(results), *machine_tables(results), *call_tables(results), efficiency_table(results),
             *growth_tables(results), size_table(results), *host_tables(results)]
    return [table for table in every if table[2]]


# ------------------------------------------------------------------------------------------------ page and document

STYLE = """body{font:15px/1.45 sans-serif;max-width:72em;margin:2em auto;padding:0 1em;color:#222;background:#fff}
table{border-collapse:collapse;margin:.5em 0 2em}th,td{padding:.15em .8em;text-align:right;border-bottom:1px solid #ddd}
th:first-child,td:first-child{text-align:left}th{border-bottom:2px solid #888}img{max-width:100%}p.of{color:#555}"""


def cell_html(text):
    return html.escape(text).replace("**no**", "<b>no</b>")


def write_page(results, out):
    plots = [f'<p><img src="{name}" alt="{html.escape(text)}"></p><p class="of">{html.escape(text)}</p>'
             for name, text in PLOTS.items() if (out / name).exists()]
    parts = [f"<h2>{html.escape(title)}</h2><table><tr>" + "".join(f"<th>{cell_html(c)}</th>" for c in head) + "</tr>\n" +
             "\n".join("<tr>" + "".join(f"<td>{cell_html(c)}</td>" for c in row) + "</tr>" for row in rows) + "</table>"
             for title, head, rows in tables(results)]
    parts[1:1] = plots
    (out / "index.html").write_text("<!doctype html><html lang='en'><head><meta charset='utf-8'><title>capheap: benchmark</title>"
                                    f"<style>{STYLE}</style></head><body><h1>capheap: benchmark</h1>\n" + "\n".join(parts) +
                                    "</body></html>\n")


def markdown(table):
    title, head, rows = table
    lines = [f"### {title}", "", "| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def write_docs(results, out, project):
    """Replaces the marked section of docs/PERFORMANCE.md; the rest of the page is somebody's text."""
    page = project / "docs/PERFORMANCE.md"
    text = page.read_text() if page.exists() else HEAD + BEGIN + END
    if BEGIN not in text or END not in text:
        sys.exit(f"bench: {page} has no lines {BEGIN.strip()} and {END.strip()}; put them where the figures go")
    images = project / "docs/img"
    images.mkdir(exist_ok=True)
    parts = [markdown(table) for table in tables(results)]
    plots = []
    for name, caption in PLOTS.items():
        if (out / name).exists():
            shutil.copyfile(out / name, images / f"bench-{name}")
            plots.append(f"![{caption}](img/bench-{name})\n\n{caption}\n")
    parts[1:1] = plots
    page.write_text(text[:text.index(BEGIN)] + BEGIN + "\n" + "\n".join(parts) + "\n" + text[text.index(END):])
    print(f"written: {page.relative_to(project)} and {len(plots)} plots in {images.relative_to(project)}")
