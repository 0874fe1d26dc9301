# SPDX-License-Identifier: MIT
"""The report of tools/coverage as one page: a table of the files, and each file's text with what is not covered marked."""
import html
from pathlib import Path

STYLE = """body{font:14px sans-serif;margin:2em} table{border-collapse:collapse} td,th{padding:.2em .8em;text-align:right}
td:first-child,th:first-child{text-align:left} tr:nth-child(even){background:#f4f4f4} pre{font:12px monospace;line-height:1.35}
.n{color:#999} .bad{background:#ffc9c9} .full{color:#087f23} .note{color:#b00020} .ok{color:#7a6a00}
h2{margin-top:2em;border-top:1px solid #ccc;padding-top:1em}"""


def share(have, of):
    text = f"{100 * have / of:.1f} %" if of else "-"
    return f"<td{' class=full' if have == of else ''}>{have}/{of}&ensp;{text}</td>"


def code_line(source, number, notes, excepted):
    cells = source.reached.get(number, {})
    out, dark = [], False
    for column, ch in enumerate(source.lines[number - 1], 1):
        now = cells.get(column, 1) == 0
        if now != dark:
            out.append("<span class=bad>" if now else "</span>")
            dark = now
        out.append(html.escape(ch))
    if dark:
        out.append("</span>")
    text = "".join(out)
    for kind, what in notes:
        text += f"  <span class=note>&larr; {html.escape(kind)}: {html.escape(what)}</span>"
    for reason in excepted:
        text += f"  <span class=ok>&larr; excepted: {html.escape(reason)}</span>"
    return f"<span class=n>{number:4}</span>  {text}"


def write(path, sources, missing, exceptions):
    page = [f"<!doctype html><meta charset=utf-8><title>coverage</title><style>{STYLE}</style><h1>Coverage</h1>",
            "<p>Lines, branches and conditions (MC/DC) over all tests of the 64-bit host, all variants. "
            "<span class=bad>Marked</span>: never reached.</p>",
            "<table><tr><th>file<th>lines<th>branches<th>conditions<th>open</tr>"]
    for name, source in sorted(sources.items()):
        page.append(f"<tr><td><a href='#{name}'>{name}</a>" + "".join(share(*f) for f in source.figures()) +
                    f"<td>{len(missing[name]) or ''}</tr>")
    page.append("</table>")
    for name, source in sorted(sources.items()):
        page.append(f"<h2 id='{name}'>{name}</h2><pre>")
        notes = {}
        for line, _, kind, text in missing[name]:
            notes.setdefault(line, []).append((kind, text))
        open_lines = {(m[0], m[2]) for m in missing[name]}
        excepted = {}
        for line, _, kind, _ in source.missing():
            if (line, kind) not in open_lines:
                flat = " ".join(source.lines[line - 1].split())
                excepted.setdefault(line, set()).update(r for f, t, k, r in exceptions if f == name and k in (kind, "any") and t in flat)
        page += [code_line(source, n, notes.get(n, []), sorted(excepted.get(n, []))) for n in range(1, len(source.lines) + 1)]
        page.append("</pre>")
    Path(path).write_text("\n".join(page))
