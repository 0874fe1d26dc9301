#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""
Draws times and memory on the host, as ratios to glibc's malloc: host_plot.py RESULTS.json FILE.svg. The same figures give the same file.
A program of its own, as the python3 of the path may be another one than Debian's, which has matplotlib.
"""
import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot  # noqa: E402

COLOURS = {"jemalloc": "#7f7f7f", "mimalloc": "#b5b5b5", "capheap": "#1f77b4", "multi_heap": "#74add1"}
LABELS = {"capheap": "capheap, as malloc of the process", "multi_heap": "capheap, multi_heap"}


def draw(results, path):
    matplotlib.rcParams |= {"svg.hashsalt": "capheap", "svg.fonttype": "none", "font.size": 9}
    figure, axes = pyplot.subplots(2, 1, figsize=(9, 6.5), layout="constrained", sharex=True)
    for axis, key, title in zip(axes, ("ratios", "memory"), ("time of an operation", "memory at the peak")):
        bars(axis, results[key])
        axis.set_title(f"{title}, glibc = 1: lower is better", loc="left")
    axes[0].legend(ncols=4, frameon=False, loc="upper left")
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    pyplot.close(figure)


def bars(axis, table):
    names = [name for name in table if name in COLOURS]
    traces = list(next(iter(table.values())))
    width = 0.8 / len(names)
    for number, name in enumerate(names):
        places = [i + (number - (len(names) - 1) / 2) * width for i in range(len(traces))]
        axis.bar(places, [table[name].get(trace, 0) for trace in traces], width, color=COLOURS[name], label=LABELS.get(name, name))
    axis.axhline(1, color="black", linewidth=0.8)
    axis.set_xticks(range(len(traces)), traces, rotation=30, ha="right")
    top = max((value for name in names for value in table[name].values()), default=1)
    axis.set_ylim(0, 1.25 * top)
    axis.spines[["top", "right"]].set_visible(False)


if __name__ == "__main__":
    draw(json.loads(Path(sys.argv[1]).read_text())["host"], Path(sys.argv[2]))
