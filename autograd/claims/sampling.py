"""Worlds in which formulas are put to the test: the sheet's own point, and generic ones near it.

Two formulas that are the same at every generic point are the same formula. A point is generic where
no coincidence holds that the sheet's own numbers may have: it is drawn at random, the same every time.
"""

from __future__ import annotations

import math
import random
import re
from typing import TYPE_CHECKING, Any

from autograd.claims import tree as syntax
from autograd.claims.interpreter import FUNCTIONS, World
from autograd.claims.tree import Binary, Call, Name, Number
from autograd.engine.value import Value
from autograd.errors import ChalkgradError
from autograd.formatting import figures
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from autograd.claims.claims import Claim
    from autograd.claims.tree import Node
    from autograd.sheet.sheet import Sheet

POINTS = 4  # how many generic points a formula is tested at
SPREAD = 0.3  # how far from the sheet's own point, relative to each given
CLOSE = figures.SAME  # the relative difference below which two formulas agree

NEAR_ZERO = 1e-6  # what is of ordinary size is above it, and next to nothing below its square
MOST_ZEROS = 20  # givens of 0 that are looked at one by one
LARGE = 2.0  # a given beyond it is brought nearer first, where no σ is flat

_OF_A_BIAS = re.compile(r"(?<!\d)0\D*$")  # x0, x[2,0]


class Worlds:
    """A sheet at its own point, `home`, and at generic ones, `points`."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.home = sheet.world()
        self.points = generic_worlds(self.home)
        self.labels = _labels(self.home)
        self._activations: dict[str, ops.Op | None] = {}
        self._right: dict[Claim, bool] = {}
        self._where: dict[frozenset[str], list[World]] = {}
        self._plain: dict[tuple[str, str], bool] = {}

    def numbers(self, tree: Node) -> list[float | None]:
        """What a formula gives at each generic point."""
        return [world.try_number(tree) for world in self.points]

    def truths(self, claim: Claim) -> list[float | None]:
        """What the subject of a claim is at each generic point."""
        return [self._truth(claim, world) for world in self.points]

    def _truth(self, claim: Claim, world: World) -> float | None:
        try:
            return self.sheet.truth(claim, world)
        except ChalkgradError:
            return None

    def is_truth(self, claim: Claim) -> bool:
        """Whether a formula, or it with numbers read as the givens they are, is the truth everywhere."""
        if claim not in self._right:
            readings = (claim.segment.tree, *self.sheet.lifted(claim.segment.tree))
            self._right[claim] = any(self._holds(claim, tree) for tree in readings)
        return self._right[claim]

    def _holds(self, claim: Claim, tree: Node, points: list[World] | None = None) -> bool:
        points = self.points if points is None else points
        return bool(points) and all(agree(world.try_number(tree), self._truth(claim, world)) for world in points)

    def simplified_by(self, claim: Claim) -> list[str]:
        """The givens whose numbers a formula has put in and left out, if it is the truth at those numbers.

        A 0 or a class may be left out, p − y where y is 0, −1/p where it is 1, and so may the x0 = 1 that
        a bias is multiplied by; y³ may be put as 8 beside an x. What stands in the formula is not put in.
        """
        tree, givens = claim.segment.tree, self.home.givens
        written = {part.key for part in syntax.walk(tree) if isinstance(part, Name)}
        left_out = [name for name in givens if name not in written]
        zeros = [name for name in left_out if givens[name] == 0]
        for name in zeros[:MOST_ZEROS]:  # p is p − y, where that is right for any class
            for sign in "-+":
                if self._holds(claim, Binary(sign, tree, Name(name, claim.place), claim.place)):
                    return [name]
        classes = [name for name in left_out if givens[name] in (0, 1) and self._is_target(name, claim.subject.of)]
        classes += [name for name in left_out if givens[name] == 1 and _OF_A_BIAS.search(name)]
        put_in: list[str] = []
        if any(isinstance(part, Number) and part.value > 2 for part in syntax.walk(tree)):
            below = self.sheet.below(written)
            put_in = [name for name in left_out if givens[name] not in (0, 1) and name not in below]
        for still in dict.fromkeys(map(frozenset, (zeros, [*zeros, *classes], put_in))):
            if still and len(still) < len(givens) and self._holds_with(claim, still):
                return self._needed(claim, [name for name in left_out if name in still])
        return []

    def _holds_with(self, claim: Claim, still: frozenset[str]) -> bool:
        """Whether a formula is the truth wherever these givens are what they are."""
        if still not in self._where:
            self._where[still] = generic_worlds(self.home, still=still)
        return self._holds(claim, claim.segment.tree, self._where[still])

    def _needed(self, claim: Claim, names: list[str]) -> list[str]:
        """Those of the givens without which the formula would be wrong."""
        found = list(names)
        for name in names if len(names) <= MOST_ZEROS else ():
            rest = frozenset(found) - {name}
            if rest and self._holds_with(claim, rest):
                found.remove(name)
        return found

    def _is_target(self, name: str, of: str) -> bool:
        """Whether a given stands nowhere but in the loss, or in what the loss is a plain sum of."""
        users = self.sheet.users(name)
        return bool(of and users) and all(user == of or self.is_constant(of, user) for user in users)

    def same_subject(self, claim: Claim, other: Claim) -> bool:
        """Whether two claims are about the same thing, in whatever words."""
        return all(agree(a, b) for a, b in zip(self.truths(claim), self.truths(other)))

    def same(self, tree: Node, other: Node) -> bool:
        """Whether two formulas agree at every generic point."""
        return all(agree(world.try_number(tree), world.try_number(other)) for world in self.points)

    def is_constant(self, name: str, below: str) -> bool:
        """Whether ∂Y/∂n is the same number at every point."""
        first, *rest = [world.try_derivative(name, below) for world in (self.home, *self.points)]
        return all(agree(first, slope) for slope in rest)

    def is_plain(self, name: str, below: str) -> bool:
        """Whether ∂Y/∂n is a number, or one of the names that Y is made of, at every point."""
        if (name, below) not in self._plain:
            slopes = [world.try_derivative(name, below) for world in (self.home, *self.points)]
            found = all(agree(slopes[0], slope) for slope in slopes)
            for other in self.sheet.mentioned_by(name):
                values = [float(world.values[other].data) for world in (self.home, *self.points)]
                found = found or all(agree(slope, value) for slope, value in zip(slopes, values))
            self._plain[name, below] = found
        return self._plain[name, below]

    def activation(self, name: str) -> ops.Op | None:
        """The row of the table that a name is of the one name in its definition, however it is written."""
        if name not in self._activations:
            below = self.sheet.mentioned_by(name)
            found = None
            if len(below) == 1 and not self.sheet.slopes_in(name):
                pairs = [(world.values[below[0]].data, world.values[name].data) for world in [self.home, *self.points]]
                found = next((op for op in _SMOOTH if _takes(op, pairs)), None)
            self._activations[name] = found
        return self._activations[name]

    def outermost(self, name: str) -> ops.Op | None:
        """The row of the table that the line of a name applies last, to whatever stands in it."""
        segment = self.sheet.definitions.get(name)
        if segment is not None and isinstance(segment.tree, Call) and not segment.tree.primes:
            found = FUNCTIONS.get(segment.tree.function)
            if isinstance(found, ops.Op) and segment.tree.function not in self.sheet.functions:
                return found
        return self.activation(name)


_SMOOTH = (ops.sigmoid, ops.tanh, ops.softplus, ops.exp, ops.log, ops.sqrt)


def _takes(op: ops.Op, pairs: list[tuple[Any, Any]]) -> bool:
    try:
        return all(agree(op.forward(x), y) for x, y in pairs)
    except (ArithmeticError, ValueError):
        return False


def _nodes(world: World) -> Iterator[Value]:
    """Every node of a world once; in every world in the same order."""
    seen: set[Value] = set()
    for named in world.values.values():
        stack = [named]
        while stack:
            node = stack.pop()
            if node not in seen:
                seen.add(node)
                yield node
                stack.extend(node.parents)


def _branches(world: World) -> list[int]:
    """Return the side of its kink, −1, 0 or 1, for every operation that has one."""
    found = []
    for node in _nodes(world):
        if node.op is not None and node.op.kink is not None:
            side = node.op.kink(*[v.data if isinstance(v, Value) else v for v in node.operands])
            found.append((side > 0) - (side < 0))
    return found


def _vanishes(world: World, home: World) -> bool:
    """Whether something of ordinary size is next to nothing there, where formulas cannot be told apart."""
    pairs = zip(_nodes(world), _nodes(home))
    return any(NEAR_ZERO < abs(there.data) < 1 / NEAR_ZERO and abs(here.data) < NEAR_ZERO**2 for here, there in pairs)


def _exponents(world: World) -> set[str]:
    """Whole givens that stand in an exponent: x^n has a domain of its own for n = 2.3."""
    return {
        part.key
        for segment in world.sheet.definitions.values()
        for power in syntax.walk(segment.tree)
        if isinstance(power, Binary) and power.operator == "^"
        for part in syntax.walk(power.right)
        if isinstance(part, Name) and world.givens.get(part.key, 0.5) % 1 == 0
    }


def _labels(world: World) -> set[str]:
    """Givens of 0 or 1 that nothing depends on of which a derivative is taken.

    A loss written for its class, −ln(p1), has no y1 in it, and p1 − y1 is right where y1 is 1.
    """
    sheet = world.sheet
    tops = [claim.subject.of for claim in sheet.claims if claim.subject.of]
    tops += [part.of for name in sheet.definitions for part in sheet.slopes_in(name)]
    known = sheet.below(tops)
    return {name for name, given in world.givens.items() if tops and given in (0, 1) and name not in known}


def generic_worlds(world: World, points: int = POINTS, still: Collection[str] = ()) -> list[World]:
    """The sheet at points near its own where no coincidence holds; the same ones every time.

    Every given moves by up to `SPREAD` of itself (a zero by up to `SPREAD`), large ones nearer to
    1 too; the members of a class, one 1 among zeros, keep their sum, which p − y is right by. A point
    outside the domain of a line, or on another side of a kink, is drawn again: without large ones
    nearer, then nearer altogether. Those that are to be `still` keep their numbers, and so do labels.
    """
    draw = random.Random(20_240_601)  # noqa: S311 -- reproducible points, no secret
    home = _branches(world)
    fixed = _exponents(world) | _labels(world) | set(still)
    classes = [names for names in one_hot(world.givens) if fixed.isdisjoint(names)]
    found: list[World] = []
    spread, large = SPREAD, LARGE
    for _ in range(50 * points):
        moved = {
            name: given if name in fixed else _moved(given, large, spread * draw.uniform(-1, 1))
            for name, given in world.givens.items()
        }
        for one, *others in classes:
            moved[one] = 1 - sum(moved[name] for name in others)
        candidate = _world_at(world, moved)
        if candidate is None or _branches(candidate) != home or (large == LARGE and _vanishes(candidate, world)):
            spread, large = (spread, math.inf) if large == LARGE else (spread * 0.9, large)
            continue
        found.append(candidate)
        if len(found) == points:
            break
    return found


def one_hot(givens: Mapping[str, float]) -> list[list[str]]:
    """The givens that name a class, one 1 among zeros, the 1 first.

    Names belong together that differ in their last number: y1 and y2, y[3,1] and y[3,2].

    >>> one_hot({"y[1]": 0, "y[2]": 1, "y[3]": 0, "x1": 1, "x2": 1, "b": 1})
    [['y[2]', 'y[1]', 'y[3]']]
    """
    families: dict[str, list[str]] = {}
    for name in givens:
        families.setdefault(re.sub(r"\d+(?=\D*$)", "#", name), []).append(name)
    found = []
    for names in families.values():
        names.sort(key=lambda name: -givens[name])  # the order of the sheet where they are equal
        if len(names) > 1 and [givens[name] for name in names] == [1] + [0] * (len(names) - 1):
            found.append(names)
    return found


def _moved(given: float, large: float, by: float) -> float:
    return math.copysign(min(abs(given), large), given) * (1 + by) if given else by


def _world_at(world: World, givens: Mapping[str, float]) -> World | None:
    try:
        return World(world.sheet, givens)
    except ChalkgradError:
        return None


def agree(a: float | None, b: float | None) -> bool:
    """Whether two numbers are there and are the same up to the rounding of floats."""
    return a is not None and b is not None and (a == b or abs(a - b) <= CLOSE * max(abs(a), abs(b)))
