# SPDX-License-Identifier: MIT
"""
The longest path through compiled RISC-V code, in instructions: an upper bound on what a call can execute.

    code          objdump -d: each instruction counts one, as minstret does
    nodes         basic blocks, found from a function's entry by following branches and jumps, tail calls included
    calls         a called function's own longest path is added; it returns once
    loops         strongly connected parts of the graph. `loops.txt` bounds each one by its source line (addr2line). One that is not
                  there is an error, and so is a jump or a call through a register: nothing is left out in silence
    no return     functions that end the program (`never` in loops.txt): paths that reach them are not counted

What makes the figure an upper bound: every path that can be executed is a path of the graph whose loops are within their bounds. What makes
it more than what happens: the graph also has paths whose conditions contradict one another.
"""
import re
from collections import defaultdict
from pathlib import Path

NOTHING = float("-inf")
LOOP = re.compile(r"\b(for|while)\s*\(")


def base_of(name):
    """A function's name without what the compiler adds to that of a copy, as in carve.isra.0."""
    return name and name.split(".")[0]


class NotBounded(Exception):
    """What a person has to look at: a loop without a bound, a jump through a register."""


class Bounds:
    """loops.txt: what is known about loops, calls through pointers and functions that do not return. Expressions are of parameters."""

    def __init__(self, path):
        self.loops, self.never, self.costs, self.totals, self.used, self.lines, self.flat = [], set(), {}, {}, set(), {}, set()
        self.path = path
        for number, line in enumerate(Path(path).read_text().splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            parts = [part.strip() for part in line.split("|")]
            kinds = {"loop": 5, "tail": 4, "lost": 4, "never": 3, "cost": 4, "total": 5, "flat": 3}
            if kinds.get(parts[0]) != len(parts):
                raise NotBounded(f"{path}:{number}: not understood: {line}")
            if parts[0] == "never":
                self.never.add(parts[1])
            elif parts[0] == "flat":
                self.flat.add(parts[1])
            elif parts[0] == "cost":
                self.costs[parts[1]] = parts[2]
            elif parts[0] == "total":
                for callee in parts[2].split(","):
                    self.totals[parts[1], callee.strip()] = (number, parts[3])
            else:
                self.loops.append((parts[0], *parts[1:-1]))

    def of_line(self, function, text):
        for row in self.loops:
            if row[0] == "loop" and row[1] == function and row[2] in text:
                self.used.add(row)
                if self.lines.setdefault(row, text) != text:
                    raise NotBounded(f"{self.path}: `{row[2]}` is in two loops of {function}: {self.lines[row].strip()} and {text.strip()}")
                return row[3]
        return None

    def of_function(self, kind, function):
        for row in self.loops:
            if row[0] == kind and row[1] == function:
                self.used.add(row)
                return row[2]
        return None



class Analyser:
    """Longest paths for one set of parameters, e.g. {"heaps": 6}."""

    def __init__(self, program, bounds, parameters, without=()):
        """without: functions that the calls in question do not come to, an assumption of the caller's."""
        self.program, self.bounds, self.parameters = program, bounds, parameters
        self.never = frozenset(bounds.never | set(without))
        self.done, self.busy, self.seen = {}, [], []
        self.texts = {}

    def value(self, expression):
        return int(eval(expression, {"__builtins__": {}, "max": max, "min": min}, self.parameters))  # of loops.txt, not of strangers

    def longest(self, name):
        """Instructions of a call of the function, the calling instruction not included."""
        if name not in self.program.named:
            raise NotBounded(f"{name}: no such function in {self.program.elf}")
        return self.function(self.program.named[name])

    def function(self, entry):
        if entry in self.done:
            return self.done[entry]
        if entry in self.busy:
            raise NotBounded(f"{self.program.entries[entry]} calls itself")
        self.busy.append(entry)
        graph = Graph(self, entry)
        dist = graph.paths(set(graph.cost), {entry: 0}, set())
        ends = [dist[block] for block in graph.ends if dist.get(block, NOTHING) > NOTHING]
        if not ends:
            raise NotBounded(f"{self.program.entries[entry]} does not return; is it to be `never` in {self.bounds.path}?")
        self.busy.pop()
        self.done[entry] = max(ends) + self.together(graph.apart)
        return self.done[entry]

    def together(self, apart):
        """Calls whose number is known in total, {(caller, callee): instructions}."""
        groups = {}
        for key, cost in apart.items():  # alternatives of one line: the dearest of them each time
            groups[self.bounds.totals[key]] = max(cost, groups.get(self.bounds.totals[key], 0))
        return sum(self.value(calls) * cost for (_, calls), cost in groups.items())

    def text(self, file, line):
        if file not in self.texts:
            try:
                self.texts[file] = Path(file).read_text().splitlines()
            except OSError:
                self.texts[file] = []
        rows = self.texts[file]
        return rows[line - 1] if 0 < line <= len(rows) else ""


class Graph:
    """The basic blocks that are reached from one function's entry without a call."""

    def __init__(self, analyser, entry):
        self.analyser, self.entry = analyser, entry
        self.cost, self.next, self.ends, self.inside = {}, defaultdict(set), set(), {}
        self.apart = {}  # calls whose number is known in total: {(caller, callee): instructions}
        self.explore()
        self.analyser.program.locate([i for block in self.inside.values() for i in block])

    # ---------------------------------------------------------------------------------------- from instructions to blocks

    def successors(self, i):
        """Where an instruction can go on without a call; None: the function returns there, []: nobody comes back."""
        program, bounds, never = self.analyser.program, self.analyser.bounds, self.analyser.never
        after = program.following.get(i.address)
        if i.kind == "return":
            return None
        if i.kind == "trap":
            return []
        if i.kind == "branch":
            return [after, i.target]
        if i.kind == "jump":
            name = program.entries.get(i.target)
            if base_of(name) in never:
                return []
            return None if name in bounds.costs else [i.target]
        if i.kind == "call" and base_of(program.entries.get(i.target)) in never:
            return []
        if i.kind.startswith("indirect"):
            name = self.owner(i.address)
            if f"*{name}" not in bounds.costs:
                raise NotBounded(f"{name}: {i.kind} at {i.address:#x}: say what it costs, `cost | *{name} | ...` in {bounds.path}")
            return None if i.kind == "indirect jump" else [after]
        return [after]

    def owner(self, address):
        return self.analyser.program.owner(address)

    def price(self, i):
        """Instructions of one instruction with what it calls."""
        program, analyser = self.analyser.program, self.analyser
        name = program.entries.get(i.target) if i.kind in ("call", "jump") else f"*{self.owner(i.address)}" if "indirect" in i.kind else None
        if name in analyser.bounds.costs and i.kind != "plain":
            return 1 + analyser.value(analyser.bounds.costs[name])
        if i.kind != "call":
            return 1
        key = (self.owner(i.address), name)
        if key in analyser.bounds.totals:
            self.apart[key] = analyser.function(i.target)
            return 1
        return 1 + analyser.function(i.target)

    def explore(self):
        memory, key = self.analyser.program.memory, (self.entry, self.analyser.never)
        if key not in memory:
            memory[key] = self.reach()
        reached, joins = memory[key]
        for start in joins:
            self.block(start, reached, joins)

    def reach(self):
        """{instruction: where it can go on} from the entry, and the instructions that blocks start with."""
        code, reached, todo, joins = self.analyser.program.code, {}, [self.entry], {self.entry}
        while todo:
            at = todo.pop()
            if at in reached:
                continue
            if at not in code:
                raise NotBounded(f"{self.owner(self.entry)}: the code goes on where there is none; does a called function not return?")
            reached[at] = self.successors(code[at])
            todo += reached[at] or []
            if not reached[at] or code[at].kind in ("branch", "jump"):
                joins.update(reached[at] or [])
        reached = self.returning(reached)
        came = defaultdict(int)
        for targets in reached.values():
            for target in targets or []:
                came[target] += 1
        joins |= {a for a, n in came.items() if n > 1}
        return reached, joins & set(reached)

    @staticmethod
    def returning(reached):
        """Without what only leads to functions that do not return: neither that nor what is called there counts."""
        before, todo, alive = defaultdict(list), [], set()
        for at, targets in reached.items():
            for target in targets or []:
                before[target].append(at)
            if targets is None:
                todo.append(at)
        while todo:
            at = todo.pop()
            if at not in alive:
                alive.add(at)
                todo += before[at]
        return {at: targets and [target for target in targets if target in alive] for at, targets in reached.items() if at in alive}

    def block(self, start, reached, joins):
        at, inside, cost = start, [], 0
        while True:
            inside.append(at)
            targets = reached[at]
            cost += self.price(self.analyser.program.code[at])
            if targets is None:
                self.ends.add(start)
            if targets is None or len(targets) != 1 or targets[0] in joins:
                self.next[start] = set(targets or [])
                break
            at = targets[0]
        self.cost[start], self.inside[start] = cost, inside

    # ---------------------------------------------------------------------------------------- longest paths

    def paths(self, nodes, begin, cut):
        """{block: longest way to its end} within nodes, from the blocks of begin (with what was before), no edge into `cut`."""
        dist = {node: NOTHING for node in nodes}
        before = dict(begin)
        for part in self.parts(nodes, cut):
            entries = {node: before[node] for node in part if before.get(node, NOTHING) > NOTHING}
            if not entries:
                continue
            node = next(iter(part))
            if len(part) == 1 and (node not in self.next[node] or node in cut):
                dist[node] = before[node] + self.cost[node]
            else:
                dist.update(self.loop(part, entries))
            for node in part:
                for target in self.next[node]:
                    if target in nodes and target not in part and target not in cut and dist[node] > NOTHING:
                        before[target] = max(before.get(target, NOTHING), dist[node])
        return dist

    def loop(self, part, entries):
        """The same for a loop: all its rounds come through one of its heads, and through all of them together at most `bound` times."""
        heads, bound = self.heads(part, entries)
        first = self.paths(part, entries, heads)
        rounds = [self.paths(part, {head: 0}, heads) for head in heads]
        back = [node for node in part if heads & self.next[node]]
        arrival = max([entries.get(head, NOTHING) for head in heads] + [first[node] for node in back])
        around = max(ways[node] for ways in rounds for node in back)
        return {node: max([first[node]] + [arrival + (bound - 1) * around + ways[node] for ways in rounds]) for node in part}

    def heads(self, part, entries):
        program, bounds = self.analyser.program, self.analyser.bounds
        for node in sorted(part):
            if (bound := bounds.of_function("tail", program.entries.get(node, ""))) is not None:
                return {node}, self.analyser.value(bound) + (node in entries)
        self.check_flat(part)
        # The block that leaves least to go round in without it; with one entry it is that.
        heads = {self.head(part, entries)}
        lines = self.statements(part, heads)
        # The compiler may make two loops of one: rounds of both count together.
        for inner in self.parts(part, heads):
            if self.is_circular(inner, heads):
                node = self.head(inner, {n: 0 for n in inner})
                if self.statements(inner, {node}) == lines:
                    heads.add(node)
        known = {line: bounds.of_line(line[0], line[3]) for line in lines} or self.lost(part - self.circular(part, heads) or part)
        if not known or None in known.values():
            h = min(heads)
            unknown = [f"{f} ({Path(file).name}:{n}: {text.strip()})" for (f, file, n, text), b in known.items() if b is None]
            names = sorted({frames[0][0] for a in self.inside[h] if (frames := program.frames.get(a))})
            raise NotBounded(f"{self.owner(h)}: a loop at {h:#x} without a bound: {'; '.join(unknown) or 'no source line, in ' + str(names)}; "
                             f"add a line `loop | function | part of the source line | bound | why` to {bounds.path}")
        bound = max(self.analyser.value(bound) for bound in known.values())
        self.analyser.seen.append((self.owner(min(heads)), sorted((line[0], line[2]) for line in known), bound, len(part)))
        return heads, bound

    def check_flat(self, part):
        """No loop may be left of a function that is said to have none in the compiled code: one that all of is the function's."""
        for name in self.analyser.bounds.flat:
            own = {node for node in part if all(any(f[0] == name for f in self.analyser.program.frames.get(a, [])) for a in self.inside[node])}
            if any(len(piece) > 1 or next(iter(piece)) in self.next[next(iter(piece))] for piece in self.parts(own, set())):
                raise NotBounded(f"{self.owner(min(own))}: a loop of {name}, which is `flat` in {self.analyser.bounds.path}")

    def head(self, part, entries):
        return min(sorted(entries) + (sorted(part) if len(entries) > 1 else []), key=lambda node: len(self.circular(part, {node})))

    def statements(self, part, heads):
        """The loop statements that a loop may be made of."""
        inner = self.circular(part, heads)
        lines = self.lines(part - inner or part)
        return lines - self.lines(inner) or lines  # less what is left of the test of an inner loop, which was entered by it

    def is_circular(self, piece, cut):
        node = next(iter(piece))
        return len(piece) > 1 or (node in self.next[node] and node not in cut)

    def circular(self, part, cut):
        """The blocks that still are in a loop when no edge leads to `cut`."""
        return set().union(*[piece for piece in self.parts(part, cut) if self.is_circular(piece, cut)])

    def lost(self, part):
        """Where no instruction has the loop's line: functions that are said to have such loops."""
        names = {frame[0] for node in part for address in self.inside[node] for frame in self.analyser.program.frames.get(address, [])}
        return {(name, "", 0, "lost"): bound for name in names if (bound := self.analyser.bounds.of_function("lost", name)) is not None}

    def lines(self, part):
        """
        The loop statements that blocks of a loop may belong to: {(function, file, line, text)}. An instruction can come from the test of another
        loop, inlined into this one. So a statement counts if its function, inlined or not, has three quarters of the instructions, the
        innermost such; and any whose function has two fifths.
        """
        memory, key = self.analyser.program.memory, ("lines", frozenset(part))
        if key not in memory:
            memory[key] = self.lines_of(part)
        return memory[key]

    def lines_of(self, part):
        found, share, depth, total = set(), defaultdict(int), defaultdict(int), 0
        for address in (a for node in part for a in self.inside[node]):
            total += 1
            frames = [f for f in self.analyser.program.frames.get(address, []) if f[0] not in self.analyser.bounds.flat]
            for level, (function, *_) in enumerate(frames):
                share[function] += 1
                depth[function] += level
            for function, file, number in frames:
                text = self.analyser.text(file, number)
                if LOOP.search(text):
                    found.add((function, file, number, text))
                    break
        whole = {line[0] for line in found if share[line[0]] * 4 >= total * 3}
        inner = min(whole, key=lambda name: depth[name] / share[name], default=None)
        return {line for line in found if line[0] == inner or (line[0] not in whole and share[line[0]] * 5 >= total * 2)} or found

    def parts(self, nodes, cut):
        """Strongly connected parts in the order of the paths, edges into `cut` left out."""
        memory, key = self.analyser.program.memory, (self.analyser.never, frozenset(nodes), frozenset(cut))
        if key not in memory:
            memory[key] = self.connected(nodes, cut)
        return memory[key]

    def connected(self, nodes, cut):
        """The same (Tarjan's algorithm, without recursion)."""
        index, low, stack, on, order = {}, {}, [], set(), []
        for root in sorted(nodes):
            if root in index:
                continue
            work = [(root, iter(sorted(self.next[root])))]
            index[root] = low[root] = len(index)
            stack.append(root), on.add(root)
            while work:
                node, targets = work[-1]
                for target in targets:
                    if target not in nodes or target in cut:
                        continue
                    if target not in index:
                        index[target] = low[target] = len(index)
                        stack.append(target), on.add(target)
                        work.append((target, iter(sorted(self.next[target]))))
                        break
                    if target in on:
                        low[node] = min(low[node], index[target])
                else:
                    work.pop()
                    if work:
                        low[work[-1][0]] = min(low[work[-1][0]], low[node])
                    if low[node] == index[node]:
                        part = set()
                        while node not in part:
                            part.add(last := stack.pop())
                            on.discard(last)
                        order.append(part)
        return order[::-1]
