# SPDX-License-Identifier: MIT
"""The tables of a chip (tables.load) as a picture in text: regions to scale, capabilities, second addresses, reservations."""

COLUMNS = 48
HEAP, STACK, TAKEN = "█", "▒", "░"


def size_text(size):
    for unit, name in ((1 << 20, "MiB"), (1 << 10, "KiB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}" if size % unit else f"{size // unit} {name}"
    return f"{size} B"


def address(value):
    return f"0x{value:08x}"


def joined(rows):
    """Rows that exist; neighbours of one type and time in one, as at boot."""
    result = []
    for row in rows:
        last = result[-1] if result else None
        if not row["size"]:
            continue
        if last and last["start"] + last["size"] == row["start"] and (last["type"], last["stack"]) == (row["type"], row["stack"]):
            last["size"] += row["size"]
            last["alias"] = min(last["alias"], row["alias"])
        else:
            result.append(dict(row))
    return result


def scale(rows):
    """Bytes of a column of the bars: a round number, so that the largest row fits."""
    step = 1024
    while max(row["size"] for row in rows) > step * COLUMNS:
        step *= 2
    return step


def bar(row, heaps, step):
    """A character for each step of a row: what most of its bytes are."""
    text = ""
    for low in range(row["start"], row["start"] + row["size"], step):
        high = min(low + step, row["start"] + row["size"])
        free = sum(max(0, min(high, h["start"] + h["size"]) - max(low, h["start"])) for h in heaps)
        text += TAKEN if 2 * free < high - low else STACK if row["stack"] else HEAP
    return text


def other_address(row, tables):
    if not row["alias"] or row["alias"] == row["start"]:
        return ""
    order = ", words in opposite order" if tables["diram_inverted"] and row["alias"] in range(*tables["windows"]["diram_iram"]) else ""
    return f"  code at {address(row['alias'])}{order}"


def regions(tables):
    rows = joined(tables["regions"])
    outside = {row["name"] for row in tables["types"] if any("SPIRAM" in column for column in row["caps"])}
    steps = {place: scale([row for row in rows if (row["type"] in outside) == place]) for place in {row["type"] in outside for row in rows}}
    width = max(len(row["type"]) for row in rows)
    heaps = tables.get("heaps", rows)
    columns = ", ".join(f"{size_text(steps[place])}{' of external RAM' if place else ''}" for place in sorted(steps))
    lines = [f"regions: a column is {columns}; {HEAP} heap, {STACK} heap once the application runs, {TAKEN} reserved"]
    end = rows[0]["start"]
    for row in rows:
        if row["start"] != end:
            lines.append("")
        lines.append(f"  {address(row['start'])}  {row['type']:{width}}  {size_text(row['size']):>10}  "
                     + bar(row, heaps, steps[row["type"] in outside]) + other_address(row, tables))
        end = row["start"] + row["size"]
    return lines


def capabilities(tables):
    """A row for each type, a column for each flag that any has; in it the number of the priority column."""
    types = tables["types"] + [{"name": f"{row['name']} (found later)", "caps": row["caps"], "word_only": False}
                               for row in tables["late"]]
    flags = [flag for flag in tables["flags"] if any(flag in column for row in types for column in row["caps"])]
    width = max(len(row["name"]) for row in types)
    lines = ["capabilities: 0, 1, 2 is the column, searched in this order", f"  {'':{width}}  " + "  ".join(flags)]
    for row in types:
        where = {flag: str(number) for number, column in enumerate(row["caps"]) for flag in column}
        cells = "  ".join(where.get(flag, "·").center(len(flag)) for flag in flags)
        lines.append(f"  {row['name']:{width}}  {cells}".rstrip() + ("  aligned words only" if row["word_only"] else ""))
    return lines


def bound(value, text):
    return text if text and not text.startswith("*") else address(value)


def reservations(tables):
    rows = [row for row in tables["reserved"] if row["start"] != row["end"] or row["start_text"] or row["end_text"]]
    if not rows:
        return []
    names = [row["name"] for row in rows]
    lines = ["reserved:"]
    for row in sorted(rows, key=lambda row: row["start"]):
        bounds = f"{bound(row['start'], row['start_text'])} to {bound(row['end'], row['end_text'])}"
        size = size_text(row["end"] - row["start"]) if row["end"] > row["start"] else "empty"
        lines.append(f"  {address(row['start'])}  {row['name']:{max(map(len, names))}}  {size:>10}  {bounds}")
    return lines


def steps(tables):
    """Alignments and limits, in a line."""
    words = [f"largest request {size_text(tables['max_request'])}"]
    for key, text in (("cache_line_internal", "cache lines {} internal"), ("cache_line_external", "cache lines {} external"),
                      ("simd_step", "vectors {}"), ("encrypted_dma_step", "encrypted DMA {}")):
        if tables[key]:
            words.append(text.format(tables[key]))
    if tables["has_axi_dma"]:
        words.append("AXI descriptors 8")
    if tables["uncached_offset"]:
        words.append(f"the same RAM without cache at {tables['uncached_offset']:+#x}")
    return ", ".join(words)


def picture(tables):
    return "\n".join(regions(tables) + [""] + capabilities(tables) + [""] + reservations(tables) + ["", steps(tables)])
