"""How far the engine is from the truth: every operation of the table against fifty digits that know nothing of it.

`MEANING`, in `jets`, says what each row means in ordinary mathematics, written anew, with all derivatives to third
order. Here random graphs are computed both ways, and what floats cannot help is told from what is wrong.

    python tests/oracles.py --minutes 5        prints the table of cases and largest errors
    python tests/oracles.py --seed 17          one graph again, with its numbers

What is asserted. `u` is half a unit in the last place of 1. Each number of a graph carries a bound of its error,
found while it is computed: an operation adds a few `u` times the largest sum it forms (for a sum, the sum of
|terms|), and passes on its operands' bounds times |local derivative|. This is the error that no
way of computing with floats in this order can avoid, so an error is stated as a fraction of it ("bounds"),
and beside it in units in the last place of the true number ("ulps"), which cancellation makes large. A graph with an
operand so uncertain that a bound of first order says nothing has that line left out, and counts as such.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from mpmath import mp

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a script, from anywhere

from jets import DIGITS, KINKS, MEANING, Jet, UndefinedError, constant, halves
from strategies import Node, Recipe, apply

from autograd import ChalkgradError, DomainError, Value, grad, gradients, topological_order
from autograd.engine.undefined import Undefined
from autograd.table.ops import TABLE, VARIADIC

ORDERS = (0, 1, 2, 3)
U = 2.0**-53
TINY = 5e-324
LARGEST = 1.7976931348623157e308
UNCERTAIN = 1e-6  # a bound this large, beside the number, and first order says nothing

# -- What floats can do ----------------------------------------------------------------------------


def size(name: str, args: list[float], y: float) -> float:
    """The largest sum that the operation forms: of |terms|."""
    if name == "affine":
        products = [abs(w * x) for w, x in zip(args[0::2], args[1::2])]
        return sum(products) + abs(sum(args[len(products) * 2 :]))
    if name == "total":
        return sum(map(abs, args))
    if name == "mean":
        return sum(map(abs, args[:-1])) / (abs(args[-1]) or TINY)
    if name == "max_margin":
        return sum(1 + abs(s * t) for s, t in zip(*halves(args))) / (len(args) // 2)
    if name == "binary_cross_entropy":
        return sum((1 + 2 * abs(t)) * (abs(z) + 1) for z, t in zip(*halves(args))) / (len(args) // 2)
    if name == "cross_entropy":
        logits, targets = halves(args)
        terms = 1 + max(map(abs, logits)) + sum(abs(z * t) for z, t in zip(logits, targets))
        return (1 + sum(map(abs, targets))) * terms
    if name in ("logsumexp", "logaddexp"):
        return 1 + max(map(abs, args))
    if name == "bell":  # the rounding of x² counts x² times
        return abs(y) and abs(y) * (1 + args[0] * args[0])  # far out it is 0
    if name == "exp_less":
        return abs(1 - args[1]) * math.exp(args[0]) + abs(args[1] * math.expm1(args[0]))
    if name == "sigmoid_less":
        return abs(1 - args[1]) / (1 + math.exp(min(-args[0], 700))) + abs(args[1]) / (1 + math.exp(min(args[0], 700)))
    return abs(y)


def roundings(name: str, args: list[float]) -> int:
    """How many `u` of its size an operation may add: one for each rounding in it, one ulp for a function of libm."""
    if name in ("neg", "abs", "relu", "maximum", "minimum", "sign", "step", "above"):
        return 0
    if name in ("add", "sub", "mul", "div", "sqrt"):
        return 1
    if TABLE[name].arity == VARIADIC:
        return len(args) + (10 if name in BOUNDED else 3)
    return {"sigmoid": 6, "softplus": 6, "logaddexp": 6, "exp_less": 8, "sigmoid_less": 10, "bell": 6}.get(name, 4)


# In which of its operands an operation is not of first order however wrong they are.
SQUARES = {"half_squared_error", "mean_squared_error"}
LINEAR = {"add", "sub", "neg", "mul", "affine", "total", *SQUARES, *KINKS} - {"elu"}
RATIONAL = LINEAR - {"leaky_relu", "huber", "max_margin", *SQUARES}
BOUNDED = {"binary_cross_entropy", "cross_entropy", "logsumexp", "logaddexp", "exp_less", "sigmoid_less"}
ENTIRE = {"exp", "sin", "cos", "tanh", "sigmoid", "softplus", "expm1", "elu", "erf", "bell"}


def too_uncertain(name: str, args: list[float], bounds: list[float]) -> bool:
    """Whether a bound of first order says nothing, or a condition may have gone either way."""
    if name in ("max_margin", "huber"):
        largest = max(map(abs, args))
        scale = 1 + largest * largest
        if abs(KINKS[name](*args)) > 4 * U * scale + 2 * sum(bounds) * scale:
            return False
        return any(bounds) or KINKS[name](*map(Fraction, args)) != 0
    if not any(bounds):
        return False
    if name in KINKS:
        gap = abs(KINKS[name](*args))
        if gap <= 2 * sum(bounds):
            return True
    if name in BOUNDED:
        return max(bounds) * (1 + max(map(abs, args))) > UNCERTAIN
    if name in LINEAR:
        return False
    if name in ENTIRE:
        return max(bounds) > UNCERTAIN
    if name in ("pow", "monomial"):
        *_, a, b = args
        *_, error_a, error_b = bounds
        steep = abs(math.log(abs(a))) if a else 1000.0
        return (abs(b) + 4) * error_a > UNCERTAIN * abs(a) or error_b * max(steep, 1.0) > UNCERTAIN
    return any(error > UNCERTAIN * abs(arg) for arg, error in zip(args, bounds))


def exact(name: str, args: list[float], y: float, bounds: list[float]) -> bool:
    """Whether nothing was rounded, here or before."""
    return name in RATIONAL and not any(bounds) and TABLE[name].forward(*map(Fraction, args)) == Fraction(y)


def bound(name: str, args: list[float], y: float, locals_: list[float], bounds: list[float]) -> float:
    """The bound of a result's error, from those of the operands."""
    passed_on = sum(abs(local) * error for local, error in zip(locals_, bounds) if error)
    if name in ("mul", "affine"):
        passed_on += sum(a * b for a, b in zip(bounds[0::2], bounds[1::2]))
    elif TABLE[name].arity == VARIADIC:
        passed_on += sum(bounds) * sum(bounds)
    underflow = 2 * len(args) * TINY
    if name == "monomial":
        underflow *= 1 + abs(args[0])
    return passed_on + roundings(name, args) * U * size(name, args, y) + underflow


# -- A graph, twice --------------------------------------------------------------------------------


@dataclass
class Twice:
    """The nodes of a recipe beside what they are in truth, and the bound of each one's error."""

    nodes: list[Value]
    jets: list[Jet]
    bounds: dict[Value, float]
    kinks: set[Value] = field(default_factory=set)  # the nodes that lie on one
    left_out: Counter[str] = field(default_factory=Counter)


class Disagreement(AssertionError):  # noqa: N818 -- what it is
    """The engine and the truth are further apart than floats explain."""


def means(name: str, operands: list[Jet]) -> Jet:
    """What the row means, with the operands as a user gives them."""
    return MEANING[name](*operands, *[constant(len(operands))] * (name == "mean"))


def both(recipe: Recipe, moved: tuple[int, ...] = (0, 0, 0)) -> Twice:
    """Build the recipe with the engine and in truth; leaf `moved[k]` moves by ε of k + 1."""
    leaves = [Value(x, f"x{index}") for index, x in enumerate(recipe.leaves)]
    jets = [
        Jet(mp.mpf(x), {1 << k: mp.mpf(1) for k, leaf in enumerate(moved) if leaf == index})
        for index, x in enumerate(recipe.leaves)
    ]
    twice = Twice(list(leaves), jets, dict.fromkeys(leaves, 0.0))
    for name, line in recipe.lines:
        _add_line(twice, name, line)
    return twice


def _add_line(twice: Twice, name: str, line: tuple[Any, ...]) -> None:
    operands = [twice.nodes[v.number] if isinstance(v, Node) else v for v in line]
    true = [twice.jets[v.number] if isinstance(v, Node) else constant(v) for v in line]
    numbers = [v.data if isinstance(v, Value) else v for v in operands]
    bounds = [twice.bounds[v] if isinstance(v, Value) else 0.0 for v in operands]
    instead = next(v.number for v in line if isinstance(v, Node))

    def leave_out(why: str) -> None:
        twice.nodes.append(twice.nodes[instead])
        twice.jets.append(twice.jets[instead])
        twice.left_out[why] += 1

    try:
        alone = means(name, [constant(number) for number in numbers]).value  # of the floats as they are
    except UndefinedError:
        alone = None
    same = name in ("maximum", "minimum", "above", "sub") and operands[0] is operands[1]
    if too_uncertain(name, numbers, bounds) and not same:
        return leave_out("uncertain")
    try:
        node = apply(name, *operands)
    except DomainError as error:
        within = alone is not None and abs(alone) < LARGEST and "too large" not in str(error)
        if within:
            raise Disagreement(f"{name}{tuple(numbers)} is {mp.nstr(alone, 17)}, but: {error}") from None
        return leave_out("undefined" if alone is None else "too large")
    if alone is None:
        raise Disagreement(f"{name}{tuple(numbers)} is not defined, but gave {node.data}")
    args = [float(v) for v in numbers] + [float(len(numbers))] * (name == "mean")
    largest = size(name, args, node.data)
    if not math.isfinite(node.data):
        if largest < LARGEST and name not in SQUARES and name != "huber" and abs(alone) < LARGEST:
            raise Disagreement(f"{name}{tuple(numbers)} is {mp.nstr(alone, 17)}, but gave {node.data}")
        return leave_out("too large")
    allowed = bound(name, args, node.data, [], [])
    if abs(node.data - alone) > allowed:
        raise Disagreement(
            f"{name}{tuple(numbers)} is {mp.nstr(alone, 20)}, but gave {node.data!r}: "
            f"{mp.nstr(abs(node.data - alone) / allowed, 3)} times what rounding explains"
        )
    try:
        jet = means(name, true)
        locals_ = [float(v) for v in node.op.local_derivatives(node.data, args)] if any(bounds) else []
    except (UndefinedError, ArithmeticError, ValueError):
        return leave_out("uncertain")
    error = 0.0 if exact(name, args, node.data, bounds) else bound(name, args, node.data, locals_, [*bounds, 0.0])
    if not math.isfinite(error):
        return leave_out("uncertain")
    twice.nodes.append(node)
    twice.jets.append(jet)
    twice.bounds[node] = error
    if name in KINKS and KINKS[name](*numbers) == 0:
        twice.kinks.add(node)
    return None


def stated_error(root: Value) -> float:
    """How far a plain number in the derivative's graph may be off: the table states it, and the pass adds it up.

    As many roundings as the graph has edges, of the largest sum of |products| along paths.
    """
    order = topological_order(root)
    plain = [(node.op.name, v) for node in order if node.op for v in node.operands if not isinstance(v, Value)]
    if not any(name in ("mean", "div", "elu", "xlogy", "monomial") or v != round(v, 0) for name, v in plain):
        return 0.0  # whole numbers, added and multiplied
    upstream: dict[Value, float] = {root: 1.0}
    edges = 2
    for node in reversed(order):
        for parent, local in node.edges():
            edges += 1
            if not isinstance(local, Undefined):
                upstream[parent] = upstream.get(parent, 0.0) + upstream.get(node, 0.0) * abs(local)
    return edges * U * max(upstream.values())


def bound_of(root: Value, known: dict[Value, float], stated: float) -> float | None:
    """The bound of a derivative's error: it is a graph of the table's operations itself. None if it is uncertain."""

    def of_number(number: Any) -> float:
        return 0.0 if isinstance(number, int) else max(stated, 2 * U * abs(number))

    bounds = dict(known)
    for node in topological_order(root):
        if node in bounds:
            continue
        if node.op is None:
            bounds[node] = of_number(node.data)
            continue
        args = [v.data if isinstance(v, Value) else v for v in node.operands]
        mine = [bounds[v] if isinstance(v, Value) else of_number(v) for v in node.operands]
        same = len(args) == 2 and node.operands[0] is node.operands[1]
        if too_uncertain(node.op.name, args, mine) and not same:
            return None
        try:
            locals_ = [float(v) for v in node.op.local_derivatives(node.data, args)] if any(mine) else []
        except (ArithmeticError, ValueError):
            return None
        if math.isfinite(node.data) and exact(node.op.name, args, node.data, mine):
            bounds[node] = 0.0
            continue
        bounds[node] = bound(node.op.name, args, node.data, locals_, mine)
        if not math.isfinite(bounds[node]):
            return None
    return bounds[root]


def ulps(found: float, true: Any) -> float:
    """The distance in units in the last place of the true number; from 2⁵² no digit is right."""
    return float(min(abs(found - true) / math.ulp(float(true)), mp.mpf(2) ** 53))


@dataclass
class Figures:
    """What was compared, and the largest errors: in units in the last place, and as a fraction of the bound."""

    cases: Counter[int] = field(default_factory=Counter)
    uncertain: Counter[int] = field(default_factory=Counter)
    sharp: Counter[int] = field(default_factory=Counter)  # cases whose bound is below 1e-9 of the number
    ulps: dict[int, Counter[int]] = field(default_factory=lambda: {order: Counter() for order in ORDERS})
    share: dict[int, float] = field(default_factory=lambda: dict.fromkeys(ORDERS, 0.0))
    left_out: Counter[str] = field(default_factory=Counter)

    def compare(self, order: int, found: float, true: Any, allowed: float | None, what: str, noise: Any = 0) -> None:
        """Count one number; Disagreement if it is off by more than allowed; `noise` is the oracle's own."""
        if allowed is None:
            self.uncertain[order] += 1
            return
        error = abs(found - true)
        if not error <= allowed + TINY + noise:  # a NaN is wrong too
            times = mp.nstr(error / allowed, 3) if allowed else "infinitely many"
            raise Disagreement(f"{what}: found {found!r}, in truth {mp.nstr(true, 20)}: {times} times the bound")
        self.cases[order] += 1
        self.sharp[order] += allowed <= max(1e-9 * abs(found), 1e-300)
        off = ulps(found, true) if error else 0.0
        self.ulps[order][math.ceil(math.log2(max(off, 0.25)))] += 1
        self.share[order] = max(
            self.share[order], float((error - noise) / allowed) if allowed and error > noise else 0.0
        )

    def add(self, other: Figures) -> None:
        """Take in what another has found."""
        self.cases += other.cases
        self.uncertain += other.uncertain
        self.sharp += other.sharp
        self.left_out += other.left_out
        for order in ORDERS:
            self.ulps[order] += other.ulps[order]
            self.share[order] = max(self.share[order], other.share[order])

    def within(self, order: int, part: float) -> float:
        """In how many ulps this part of the cases lies, as a power of two."""
        wanted = part * self.cases[order]
        for power in sorted(self.ulps[order]):
            wanted -= self.ulps[order][power]
            if wanted <= 0:
                return 2.0**power
        return 0.0


def check(recipe: Recipe, moved: tuple[int, ...] = (0, 0, 0), highest: int = 3) -> Figures:
    """Hold a graph's value, and derivatives up to the third by the moved leaves, against the truth.

    Raises Disagreement with the numbers where they are too far apart.
    """
    figures = Figures()
    with mp.workdps(DIGITS + 10):
        twice = both(recipe, moved)
        figures.left_out = twice.left_out
        root, true = twice.nodes[-1], twice.jets[-1]
        figures.compare(0, root.data, true.value, twice.bounds[root] * 2, "the value")
        parts = [part for jet in twice.jets if jet.parts for part in jet.parts.values()]
        noise = max(map(abs, parts), default=mp.mpf(0)) * mp.mpf(10) ** (5 - mp.dps)
        y: Value = root
        stated = 0.0
        for order in range(1, highest + 1):
            if true.parts is None:
                break  # there is none, and whether it must be refused depends on the way
            leaf = twice.nodes[moved[order - 1]]
            if order > 1 and twice.kinks.intersection(topological_order(root)):
                break  # past a kink the derivatives jump
            named = f"the derivative by {', '.join(twice.nodes[index].label for index in moved[:order])}"
            expected = true.parts.get((1 << order) - 1, mp.mpf(0))
            try:
                stated = max(stated, stated_error(y))
                filled = gradients(y).get(leaf, 0.0) if order == 1 else None
                y = grad(y, leaf)
            except DomainError as error:
                if "too large" not in str(error) and "not defined" not in str(error):
                    raise Disagreement(f"{named} is {mp.nstr(expected, 17)}, but: {error}") from None
                figures.left_out["refused"] += 1
                break
            if not math.isfinite(y.data):
                figures.left_out["too large"] += 1
                break
            allowed = bound_of(y, twice.bounds, stated)
            allowed = None if allowed is None else 2 * allowed
            figures.compare(order, y.data, expected, allowed, named, noise)
            if filled is not None and math.isfinite(filled):
                figures.compare(order, filled, expected, allowed, f"{named}, of backward(),", noise)
    return figures


# -- Random graphs ---------------------------------------------------------------------------------

EXTREME = [
    0.0, -0.0, 1.0, -1.0, 2.0, 0.5, 5e-324, -5e-324, 2.2250738585072014e-308, 1e-300, -1e-300, 1e-160, 1e-17,
    0.1, 1 / 3, math.pi, 20.0, -40.0, 709.0, -745.0, 1e8, 1e16, 9007199254740993.0, 1e150, -1e160, 1e300, LARGEST,
]  # fmt: skip
SHAPES = ("ordinary", "ordinary", "ordinary", "kinks", "extreme", "wide", "deep")
ROWS = tuple(TABLE)


def random_number(rng: random.Random, shape: str) -> float:
    if shape == "extreme":
        return max(-LARGEST, min(LARGEST, rng.choice(EXTREME) * rng.choice((1.0, 1.0, rng.uniform(0.5, 2.0)))))
    if shape == "kinks":
        return float(rng.randint(-2, 2))
    if rng.random() < 0.2:
        return float(rng.randint(-3, 3))
    return rng.choice((-1, 1)) * 10 ** rng.uniform(-2.5, 0.6)


def operands_of(rng: random.Random, name: str, shape: str) -> int:
    if TABLE[name].arity != VARIADIC:
        return TABLE[name].arity
    count = rng.randint(12, 40) if shape == "wide" else rng.randint(1, 5)
    return count + count % 2 + (name == "huber") if name in PAIRED else count


# As many of one as of the other; huber has its delta, a positive number, behind them.
PAIRED = {*SQUARES, "max_margin", "binary_cross_entropy", "cross_entropy", "huber"}


def random_recipe(rng: random.Random, rows: tuple[str, ...] = ROWS) -> tuple[Recipe, tuple[int, ...], int]:
    """A graph, three of its leaves to differentiate by, and the highest order that is worth its while."""
    shape = rng.choice(SHAPES)
    leaves = [random_number(rng, shape) for _ in range(rng.randint(1, 4))]
    count = rng.randint(40, 120) if shape == "deep" else rng.randint(1, 4) if shape == "wide" else rng.randint(1, 10)
    lines: list[tuple[str, tuple[Any, ...]]] = []
    for made in range(len(leaves), len(leaves) + count):
        name = rng.choice(rows)
        recent = max(0, made - 4) if shape == "deep" else 0
        line: list[Any] = [
            Node(rng.randrange(recent, made)) if rng.random() < 0.75 else random_number(rng, shape)
            for _ in range(operands_of(rng, name, shape))
        ]
        line[rng.randrange(len(line))] = Node(rng.randrange(recent, made))
        if name == "huber":
            line[0], line[-1] = Node(rng.randrange(recent, made)), abs(random_number(rng, shape)) or 1.0
        lines.append((name, tuple(line)))
    moved = tuple(rng.randrange(len(leaves)) for _ in range(3))
    return Recipe(tuple(leaves), tuple(lines)), moved, 1 if shape == "deep" else 2 if shape == "wide" else 3


def check_seed(seed: int) -> Figures:
    """One random graph; Disagreement that says how to see it again."""
    recipe, moved, highest = random_recipe(random.Random(seed))
    try:
        return check(recipe, moved, highest)
    except ChalkgradError as error:
        raise Disagreement(f"{type(error).__name__}: {error} -- seed {seed}: {recipe}") from error
    except Disagreement as error:
        raise Disagreement(f"{error} -- again with: python tests/oracles.py --seed {seed}") from None


def random_row(rng: random.Random, name: str) -> tuple[Recipe, tuple[int, ...]]:
    """One operation at a random point."""
    shape = rng.choice(("ordinary", "ordinary", "ordinary", "extreme"))
    leaves = [random_number(rng, shape) for _ in range(operands_of(rng, name, shape))]
    if name == "huber":
        leaves[-1] = abs(leaves[-1]) or 1.0
    moved = tuple(rng.randrange(len(leaves)) for _ in range(3))
    return Recipe(tuple(leaves), ((name, tuple(map(Node, range(len(leaves))))),)), moved


def check_row(name: str, seed: int) -> Figures:
    """One operation at one random point."""
    recipe, moved = random_row(random.Random(f"{name} {seed}"), name)
    try:
        return check(recipe, moved)
    except Disagreement as error:
        raise Disagreement(f"{name} at {recipe.leaves}, {error}") from None


# -- The longer run --------------------------------------------------------------------------------


HEAD = f"{'':<20} order   compared uncertain  sharp   half    99 %       all  bounds"
EXPLAINED = f"""\
compared: numbers held against {DIGITS} digits; uncertain: left out, because a bound of first order says nothing;
sharp: with a bound below 1e-9 of the number; half, 99 %, all: of them lie within so many ulps (units in the last
place of the true number, powers of two; 9.0e+15: it cancels until no digit is right); bounds: the largest error as a
fraction of what is asserted."""


def line_of(title: str, figures: Figures, order: int) -> str:
    cases = figures.cases[order]
    return (
        f"{title:<20} {order:>5} {cases:>10,} {figures.uncertain[order]:>9,} "
        f"{figures.sharp[order] / max(1, cases):>6.1%} "
        f"{figures.within(order, 0.5):>6g} {figures.within(order, 0.99):>7.3g} {figures.within(order, 1):>9.2g} "
        f"{figures.share[order]:>7.3f}"
    )


def run(minutes: float, start: int) -> None:
    """Operations one by one for a third of the time, then graphs; print the table."""
    begun = time.monotonic()
    rows = {name: Figures() for name in TABLE}
    graphs, seed = Figures(), start
    while time.monotonic() - begun < 20 * minutes:
        for name, figures in rows.items():
            figures.add(check_row(name, seed))
        seed += 1
    points, seed = (seed - start) * len(rows), start
    while time.monotonic() - begun < 60 * minutes:
        graphs.add(check_seed(seed))
        seed += 1
    print(HEAD)
    for name, figures in rows.items():
        for order in ORDERS:
            print(line_of(name if order == 0 else "", figures, order))
    for order in ORDERS:
        print(line_of("random graphs" if order == 0 else "", graphs, order))
    left_out = ", ".join(f"{why} {count:,}" for why, count in sorted(graphs.left_out.items()))
    print(f"{points:,} points of single operations and {seed - start:,} graphs; lines of graphs left out: {left_out}")
    print(EXPLAINED)


def show(seed: int) -> None:
    """One graph again."""
    recipe, moved, highest = random_recipe(random.Random(seed))
    print(recipe)
    print("by", ", ".join(f"x{index}" for index in moved[:highest]))
    print(check(recipe, moved, highest))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Hold the engine against fifty digits.")
    parser.add_argument("--minutes", type=float, default=1.0, help="how long")
    parser.add_argument("--start", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, help="this graph alone")
    chosen = parser.parse_args()
    if chosen.seed is not None:
        show(chosen.seed)
    else:
        run(chosen.minutes, chosen.start)
