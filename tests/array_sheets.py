"""Networks written as sheets of arrays and as sheets of scalars, with and without mistakes of whole arrays.

    python tests/array_sheets.py --right 1000 --planted 500

prints how many right sheets are marked as right, at how many of each kind of planted mistake the first mistake is found
where it is, and how often it is named. The numbers come from NumPy, and not from the engine.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from autograd import mark


@dataclass
class Line:
    """One line: what it is about, its formula for arrays and for one entry, and how NumPy computes it."""

    about: str
    formula: str
    entry: str  # with {i} and {j}
    compute: Any
    is_claim: bool = True


@dataclass
class Network:
    """The lines of one network, and the numbers of its givens."""

    givens: dict[str, np.ndarray]
    lines: list[Line]
    batch: int
    digits: int = 6
    computed: dict[str, Any] = field(default_factory=dict)

    def values(self) -> dict[str, Any]:
        """Return every number, each line computed from those before it."""
        known: dict[str, Any] = dict(self.givens)
        for line in self.lines:
            known[line.about] = line.compute(known)
        return known

    def as_arrays(self, change=lambda _about, array: array) -> str:
        """Return the sheet with arrays; `change` may change the numbers that are claimed."""
        known = self.values()
        rows = [f"{name} = {nested(array, self.digits)}" for name, array in self.givens.items()]
        for line in self.lines:
            claim = f" = {nested(change(line.about, known[line.about]), self.digits)}" if line.is_claim else ""
            rows.append(f"{line.about} = {line.formula}{claim}")
        return "\n".join([*rows, "loss: E"])

    def as_scalars(self, change=lambda _about, array: array) -> str:
        """Return the sheet with one line for each entry."""
        known = self.values()
        rows = []
        for name, array in self.givens.items():
            rows += [f"{name}{index(at)} = {number(x, self.digits)}" for at, x in np.ndenumerate(array)]
        for line in self.lines:
            claimed = change(line.about, known[line.about])
            for at, _ in np.ndenumerate(known[line.about]):
                places = {"i": at[0] + 1, "j": at[-1] + 1} if at else {}
                claim = f" = {number(claimed[at], self.digits)}" if line.is_claim else ""
                rows.append(f"{line.about}{index(at)} = {line.entry.format(**places)}{claim}")
        return "\n".join([*rows, "loss: E"])


def index(at: tuple[int, ...]) -> str:
    return f"[{','.join(str(each + 1) for each in at)}]" if at else ""


def number(x: float, digits: int) -> str:
    return f"{x:.{digits}g}" if x == 0 or abs(x) >= 1e-4 else f"{x:.{digits - 1}e}"


def nested(array: Any, digits: int) -> str:
    if np.ndim(array) == 0:
        return number(float(array), digits)
    return f"[{', '.join(nested(part, digits) for part in array)}]"


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def rows_network(draw: random.Random, sizes: list[int], batch: int) -> Network:
    """Return a network whose examples are rows: Z = A W + b."""
    givens = {"A0": sample(draw, batch, sizes[0]), "T": sample(draw, batch, sizes[-1], low=0.1)}
    last, n = len(sizes) - 1, batch
    for at in range(1, last + 1):
        givens |= {f"W{at}": sample(draw, sizes[at - 1], sizes[at]), f"b{at}": sample(draw, sizes[at])}
    lines = []
    for at in range(1, last + 1):
        a, w, b, z = f"A{at - 1}", f"W{at}", f"b{at}", f"Z{at}"
        body = f"sum({a}[{{i}},k]*{w}[k,{{j}}] for k in 1..{sizes[at - 1]}) + {b}[{{j}}]"
        lines.append(Line(z, f"{a} {w} + {b}", body, lambda v, a=a, w=w, b=b: v[a] @ v[w] + v[b]))
        lines.append(Line(f"A{at}", f"σ({z})", f"σ({z}[{{i}},{{j}}])", lambda v, z=z: sigmoid(v[z])))
    o = f"A{last}"
    squares = f"sum(({o}[p,q] - T[p,q])^2 for p in 1..{n}, q in 1..{sizes[-1]})/(2*{n})"
    lines.append(Line("E", f"sum(({o} - T)^2)/(2*{n})", squares, lambda v: ((v[o] - v["T"]) ** 2).sum() / (2 * n)))
    d = f"δ{last}"
    lines.append(
        Line(
            d,
            f"({o} - T)/{n} ⊙ {o} ⊙ (1 - {o})",
            f"({o}[{{i}},{{j}}] - T[{{i}},{{j}}])/{n} * {o}[{{i}},{{j}}] * (1 - {o}[{{i}},{{j}}])",
            lambda v: (v[o] - v["T"]) / n * v[o] * (1 - v[o]),
        )
    )
    for at in range(last - 1, 0, -1):
        a, w, up = f"A{at}", f"W{at + 1}", f"δ{at + 1}"
        body = f"sum({up}[{{i}},k]*{w}[{{j}},k] for k in 1..{sizes[at + 1]})*{a}[{{i}},{{j}}]*(1 - {a}[{{i}},{{j}}])"
        back = f"({up} {w}ᵀ) ⊙ {a} ⊙ (1 - {a})"
        lines.append(Line(f"δ{at}", back, body, lambda v, a=a, w=w, up=up: (v[up] @ v[w].T) * v[a] * (1 - v[a])))
    for at in range(last, 0, -1):
        a, d = f"A{at - 1}", f"δ{at}"
        body = f"sum({a}[k,{{i}}]*{d}[k,{{j}}] for k in 1..{n})"
        lines.append(Line(f"dE/dW{at}", f"{a}ᵀ {d}", body, lambda v, a=a, d=d: v[a].T @ v[d]))
        body = f"sum({d}[k,{{i}}] for k in 1..{n})"
        lines.append(Line(f"dE/db{at}", f"sum({d}, axis=0)", body, lambda v, d=d: v[d].sum(axis=0)))
    return Network(givens, lines, batch)


def column_network(draw: random.Random, sizes: list[int]) -> Network:
    """Return a network of one example, which is a column: z = W a + b."""
    givens = {"a0": sample(draw, sizes[0]), "t": sample(draw, sizes[-1], low=0.1)}
    last = len(sizes) - 1
    for at in range(1, last + 1):
        givens |= {f"W{at}": sample(draw, sizes[at], sizes[at - 1]), f"b{at}": sample(draw, sizes[at])}
    lines = []
    for at in range(1, last + 1):
        a, w, b, z = f"a{at - 1}", f"W{at}", f"b{at}", f"z{at}"
        body = f"sum({w}[{{i}},k]*{a}[k] for k in 1..{sizes[at - 1]}) + {b}[{{i}}]"
        lines.append(Line(z, f"{w} {a} + {b}", body, lambda v, a=a, w=w, b=b: v[w] @ v[a] + v[b]))
        lines.append(Line(f"a{at}", f"σ({z})", f"σ({z}[{{i}}])", lambda v, z=z: sigmoid(v[z])))
    o, d = f"a{last}", f"δ{last}"
    squares = f"sum(({o}[p] - t[p])^2 for p in 1..{sizes[-1]})/2"
    lines.append(Line("E", f"‖{o} - t‖²/2", squares, lambda v: ((v[o] - v["t"]) ** 2).sum() / 2))
    body = f"({o}[{{i}}] - t[{{i}}]) * {o}[{{i}}] * (1 - {o}[{{i}}])"
    lines.append(Line(d, f"({o} - t) ⊙ {o} ⊙ (1 - {o})", body, lambda v: (v[o] - v["t"]) * v[o] * (1 - v[o])))
    for at in range(last - 1, 0, -1):
        a, w, up = f"a{at}", f"W{at + 1}", f"δ{at + 1}"
        body = f"sum({w}[k,{{i}}]*{up}[k] for k in 1..{sizes[at + 1]}) * {a}[{{i}}] * (1 - {a}[{{i}}])"
        back = f"({w}ᵀ {up}) ⊙ {a} ⊙ (1 - {a})"
        lines.append(Line(f"δ{at}", back, body, lambda v, a=a, w=w, up=up: (v[w].T @ v[up]) * v[a] * (1 - v[a])))
    for at in range(last, 0, -1):
        a, d = f"a{at - 1}", f"δ{at}"
        body = f"{d}[{{i}}]*{a}[{{j}}]"
        lines.append(Line(f"dE/dW{at}", f"{d} {a}ᵀ", body, lambda v, a=a, d=d: np.outer(v[d], v[a])))
        lines.append(Line(f"dE/db{at}", d, f"{d}[{{i}}]", lambda v, d=d: v[d]))
    return Network(givens, lines, 1)


def sample(draw: random.Random, *shape: int, low: float = -0.9) -> np.ndarray:
    """Return numbers of two or three decimals, all different from 0."""
    found = [round(draw.uniform(low, 0.9), 3) or 0.5 for _ in range(int(np.prod(shape)))]
    return np.array(found).reshape(shape)


def network(draw: random.Random, least: int = 1) -> Network:
    """Return a random network of 1 to 4 layers with a batch of 1 to 8."""
    layers = draw.randint(1, 4)
    if draw.random() < 0.4:
        return column_network(draw, [draw.randint(2, 4) for _ in range(layers + 1)])
    batch = draw.randint(1, 8)
    return rows_network(draw, [draw.randint(max(least, 1 + (batch == 1)), 4) for _ in range(layers + 1)], batch)


# -- Mistakes of whole arrays -----------------------------------------------------------------------


def line_of(net: Network, about: str) -> Line:
    return next(line for line in net.lines if line.about == about)


def changed(net: Network, about: str, formula: str, compute: Any) -> str:
    line = line_of(net, about)
    line.formula, line.compute = formula, compute
    return net.as_arrays()


def rows(draw: random.Random) -> Network:
    """Return a network with a batch, two layers or more, and no two equal lengths."""
    return rows_network(draw, draw.sample([2, 3, 4, 5], draw.randint(3, 4)), draw.choice([6, 7, 8]))


def square(draw: random.Random) -> Network:
    """Return a network in which shapes show nothing: all lengths are equal."""
    n = draw.randint(2, 4)
    return rows_network(draw, [n] * draw.randint(3, 4), n)


def column(draw: random.Random) -> Network:
    n = draw.randint(2, 4)
    return column_network(draw, [n] * draw.randint(3, 4))


def either(draw: random.Random) -> Network:
    return draw.choice([rows, square])(draw)


def transposed(draw):
    net = either(draw)
    return changed(net, "dE/dW1", "(A0ᵀ δ1)ᵀ", lambda v: (v["A0"].T @ v["δ1"]).T), "dE/dW1"


def outer_turned(draw):
    net = column_network(draw, draw.choice([[3, 3, 3], [2, 2, 2], [3, 2, 4]]))
    return changed(net, "dE/dW1", "a0 δ1ᵀ", lambda v: np.outer(v["a0"], v["δ1"])), "dE/dW1"


def not_turned(draw):
    net = column(draw)
    formula = "(W2 δ2) ⊙ a1 ⊙ (1 - a1)"
    return changed(net, "δ1", formula, lambda v: (v["W2"] @ v["δ2"]) * v["a1"] * (1 - v["a1"])), "δ1"


def wrong_axis(draw):
    net = square(draw)
    return changed(net, "dE/db1", "sum(δ1, axis=1)", lambda v: v["δ1"].sum(axis=1)), "dE/db1"


def product_for_entries(draw):
    net = square(draw)
    formula = "(δ2 W2ᵀ) @ A1 ⊙ (1 - A1)"
    return changed(net, "δ1", formula, lambda v: (v["δ2"] @ v["W2"].T) @ v["A1"] * (1 - v["A1"])), "δ1"


def entries_for_product(draw):
    net = square(draw)
    return changed(net, "dE/dW1", "A0ᵀ ⊙ δ1", lambda v: v["A0"].T * v["δ1"]), "dE/dW1"


def not_summed(draw):
    net = either(draw)
    return changed(net, "dE/db1", "δ1", lambda v: v["δ1"]), "dE/db1"


def divided_twice(draw):
    net = either(draw)
    n = net.batch
    return changed(net, "dE/dW1", f"(A0ᵀ δ1)/{n}", lambda v: (v["A0"].T @ v["δ1"]) / n), "dE/dW1"


def not_divided(draw):
    net = either(draw)
    n, last = net.batch, max(int(line.about[1:]) for line in net.lines if line.about.startswith("A"))
    o, about = f"A{last}", f"dE/dA{last}"
    at = net.lines.index(line_of(net, f"δ{last}"))
    claim = Line(about, f"{o} - T", "", lambda v: v[o] - v["T"])
    net.lines.insert(at, claim)
    assert n > 1
    return net.as_arrays(), about


def moved(draw, change):
    net = either(draw)
    names = [line.about for line in net.lines if line.about.startswith(("δ", "Z", "dE/dW"))]
    about = draw.choice(names)
    return net.as_arrays(lambda name, array: change(array) if name == about else array), about


def columns_swapped(draw):
    return moved(draw, lambda array: array[:, [1, 0, *range(2, array.shape[1])]])


def rows_shifted(draw):
    return moved(draw, lambda array: np.roll(array, 1, axis=0))


def numbers_transposed(draw):
    net = square(draw)
    about = draw.choice([line.about for line in net.lines if line.about.startswith(("Z", "dE/dW"))])
    return net.as_arrays(lambda name, array: array.T if name == about else array), about


def wrong_slice(draw):
    net = rows(draw)
    width = net.givens["W2"].shape[0]
    net.lines.append(
        Line(
            "dE/dW1[:,1]",
            f"A0ᵀ δ1[:,{draw.randint(2, width)}]",
            "",
            lambda v: v["A0"].T @ v["δ1"][:, 1],
            is_claim=False,
        )
    )
    return net.as_arrays(), "dE/dW1[:,1]"


PLANTED = {
    transposed: {"the transpose"},
    outer_turned: {"the wrong way round"},
    not_turned: {"the transpose"},
    wrong_axis: {"the wrong axis"},
    product_for_entries: {"a matrix product"},
    entries_for_product: {"entry by entry"},
    not_summed: {"not summed"},
    divided_twice: {"divided by n"},
    not_divided: {"not divided by n"},
    columns_swapped: {"swapped rows or columns"},
    rows_shifted: {"shifted", "swapped rows or columns"},
    numbers_transposed: {"the transpose"},
    wrong_slice: {"another row or column"},
}


def outcome(text: str, about: str, kinds: set[str]) -> str:
    """Return "named" if the one first mistake is the planted one and has its kind, "root" without the kind, or why."""
    marking = mark(text)
    roots = marking.first_mistakes
    if len(roots) != 1 or marking.unreadable:
        return "unreadable" if marking.unreadable else f"{len(roots)} roots"
    if not text.split("\n")[roots[0].claim.line - 1].startswith(f"{about} ="):
        return "elsewhere"
    return "named" if kinds & {mistake.kind for mistake in roots[0].diagnosis} else "root"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--right", type=int, default=100, help="right sheets")
    parser.add_argument("--planted", type=int, default=130, help="planted mistakes, of all kinds together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true", help="print the sheets that are marked otherwise than planned")
    chosen = parser.parse_args()
    alarms = 0
    for at in range(chosen.right):
        marking = mark(network(random.Random(f"{chosen.seed} right {at}")).as_arrays())
        if not marking.ok or {verdict.word for verdict in marking.every} - {"right", "rounded"}:
            alarms += 1
            print(marking if chosen.show else f"a false alarm in the right sheet {at}")
    print(f"{chosen.right} right sheets: {alarms} false alarms")
    every: Counter[str] = Counter()
    for plant, kinds in PLANTED.items():
        found: Counter[str] = Counter()
        for at in range(-(-chosen.planted // len(PLANTED))):
            text, about = plant(random.Random(f"{chosen.seed} {plant.__name__} {at}"))
            result = outcome(text, about, kinds)
            found[result] += 1
            if chosen.show and result != "named":
                print(text, mark(text), sep="\n")
        every += found
        print(f"{plant.__name__:20} {dict(found)}")
    total = sum(every.values())
    roots = every["named"] + every["root"]
    print(f"{total} planted mistakes: root {roots / total:.1%}, named {every['named'] / total:.1%}")


if __name__ == "__main__":
    main()
