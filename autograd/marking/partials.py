"""What each ∂Y/∂X of a derivation is: the total derivative, or the slope of Y's own line.

In calculus books and in notes on recurrent networks, ∂z/∂x is the slope of the line of z with every other name in it
held fixed, and dz/dx = ∂z/∂x + ∂z/∂y·dy/dx. Elsewhere ∂ is just another d. What the writer meant is seen from the lines
that use a ∂Y/∂X: they are right with one of the two readings. Where that is the slope, marking reads the worksheet
with a name for it (`Worksheet.take_as_slopes`). A `d`, and the ∂ of the name after `loss:`, is the total derivative.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from autograd.claims import tree as syntax
from autograd.claims.sampling import SamplePoints, agree
from autograd.claims.tree import BinaryNode, DerivativeNode, NameNode, NumberNode, single_number
from autograd.marking.intervals import half_unit
from autograd.marking.messages import formula_text
from autograd.marking.slopes import find_slope, may_be_slope
from autograd.marking.verdicts import NOT_JUDGED, RIGHT, ROUNDED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from autograd.claims.claims import Claim
    from autograd.claims.interpreter import Evaluation
    from autograd.claims.tree import Node
    from autograd.claims.worksheet import Pair, Worksheet
    from autograd.marking.slopes import Slope
    from autograd.marking.verdicts import Verdict

Reading: TypeAlias = "Mapping[Pair, bool]"  # whether each ∂Y/∂X is the slope

MAX_TOGETHER = 8  # derivatives in one line whose readings are tried in every combination
MAX_PARTS = 5_000  # of a line with its helpers written out
NEAR = 0.01  # relative difference within which a rounded figure counts as the number of a reading


class ClaimedEquality(NamedTuple):
    """A claim as two trees that should be equal, with the names that depend on a reading written out."""

    claim: Claim
    left: Node
    right: Node
    pairs: tuple[Pair, ...]  # the ∂Y/∂X in it


class MistakenDerivative(NamedTuple):
    """A claim about dY/dX that is wrong, with Y and X; `is_local` where it is about the slope of Y's own line."""

    claim: Claim
    pair: Pair
    is_local: bool = False


class UnreadSlope(NamedTuple):
    """The slope that a ∂Y/∂X is not read as: whether it is claimed, and the line that needs the total, if one does."""

    slope: Slope
    is_claimed: bool
    line: int


@dataclass
class PartialReadings:
    """The worksheet as it is read, with what each ∂Y/∂X is in it.

    `slopes` are those that are read as slopes, by their names; the `open` ones may be totals as well. `totals` are the
    slopes of those that are read as total derivatives.
    """

    worksheet: Worksheet
    samples: SamplePoints | None = None  # of the worksheet, where they were made
    slopes: dict[str, Slope] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)
    totals: dict[Pair, UnreadSlope] = field(default_factory=dict)

    def explained(self, verdict: Verdict) -> Verdict:
        """Return a verdict on a ∂Y/∂X with the reading in its reason; *not judged* where both are possible."""
        if not self.slopes and not self.totals:
            return verdict
        name = self._slope(verdict.claim.subject.name)
        if name in self.open and verdict.word in (RIGHT, ROUNDED):
            reason = f"{self.slopes[name]}, and not the total derivative; no other line shows which one is meant"
            return verdict._replace(word=NOT_JUDGED, reason=reason)
        if name in self.slopes and verdict.word == RIGHT and not verdict.reason:
            return verdict._replace(reason=str(self.slopes[name]))
        other = self._other_reading(verdict.claim)
        if other is None or not verdict.is_first_mistake or len(verdict.claim.before) > 1:
            return verdict
        note = f"{other.slope}, would be {formula_text(other.slope.formula)}"
        if other.is_claimed:
            who = f"line {other.line} needs" if other.line else "a d stands for"
            note = f"it is {other.slope}, and {who} the total derivative"
        return verdict._replace(reason=f"{verdict.reason}; {note}")

    def as_derivatives(self, mistake: Claim) -> Iterator[MistakenDerivative]:
        """Yield what a mistaken claim is in the chain rule: a total derivative, or the slope of a line."""
        pair = (mistake.subject.of, mistake.subject.by)
        if mistake.subject.of:
            yield MistakenDerivative(mistake, pair)
        if self.other_formula(mistake) is not None:
            yield MistakenDerivative(mistake, pair, is_local=True)
        for pair, name in self.worksheet.slopes.items():
            if name == mistake.subject.name:
                yield MistakenDerivative(mistake, pair, is_local=True)

    def formula(self, name: str) -> Node | None:
        """Return the formula of a name that is a slope; None for any other name."""
        return self.slopes[name].formula if name in self.slopes else None

    def other_formula(self, claim: Claim) -> Node | None:
        """Return the formula of the slope that the claim could be about, where it is read as one about the total."""
        other = self._other_reading(claim)
        return None if other is None or other.is_claimed else other.slope.formula

    def _other_reading(self, claim: Claim) -> UnreadSlope | None:
        first, pair = claim.before[0].tree, (claim.subject.of, claim.subject.by)
        is_total = isinstance(first, DerivativeNode) and first.sign == "d"
        return None if is_total else self.totals.get(pair)

    def _slope(self, name: str) -> str:
        """Return the name of the slope that a name is or stands for, δ = ∂z/∂x; any other name as it is."""
        segment = self.worksheet.definitions.get(name)
        other = segment.tree.key if segment is not None and isinstance(segment.tree, NameNode) else name
        return other if other in self.slopes else name


def read_partials(sheet: Worksheet) -> PartialReadings:
    """Return the sheet with each ∂Y/∂X read as the lines that use it show; the sheet itself is not changed."""
    signs = _signs(sheet)
    if not signs:
        return PartialReadings(sheet)
    return _Reader(sheet, signs).read()


def _signs(sheet: Worksheet) -> dict[Pair, str]:
    """Return each ∂Y/∂X that may be a slope, with the sign that it has: "∂", or "_" where no ∂ is written for it."""
    found: dict[Pair, str] = {}
    losses = sheet.losses()
    for node in _derivatives(sheet):
        pair = (node.of, node.by)
        if node.sign == "d" or node.of in losses or found.get(pair) == "∂":
            continue
        if pair in found or may_be_slope(sheet, *pair):
            found[pair] = node.sign
    return found


def _derivatives(sheet: Worksheet) -> Iterator[DerivativeNode]:
    for name in sheet.definitions:
        yield from sheet.derivatives_in(name)
    for claim in sheet.claims:
        if isinstance(claim.before[0].tree, DerivativeNode):
            yield claim.before[0].tree
        if claim.kind == "formula":
            yield from (node for node in syntax.walk(claim.segment.tree) if isinstance(node, DerivativeNode))


class _Reader:
    """The search for the readings with which the lines of a sheet are right."""

    def __init__(self, sheet: Worksheet, signs: Mapping[Pair, str]) -> None:
        self.sheet = sheet
        self.signs = signs
        self.samples = SamplePoints(sheet)
        slopes = {pair: find_slope(self.samples, *pair) for pair in signs}
        self.slopes = {pair: slope for pair, slope in slopes.items() if slope is not None}
        self.helpers: dict[str, Node] = {}  # names that depend on a reading, written out
        for name in sheet.order if self.slopes else ():
            uses_one = any(map(self._pair, sheet.derivatives_in(name)))
            if uses_one or not self.helpers.keys().isdisjoint(sheet.mentioned_by(name)):
                self.helpers[name] = self._write_out(sheet.definitions[name].tree)

    def read(self) -> PartialReadings:
        """Return the readings that the lines show."""
        equations = list(filter(None, map(self._equation, self.sheet.claims))) if self.slopes else []
        claimed = {pair: self._claimed_reading(pair, equations) for pair in self.slopes}
        as_slope: set[Pair] = {pair for pair in self.slopes if claimed[pair] and self._has_another_total(pair)}
        as_total = self._updates()
        for equation in equations:
            for pair, is_slope, is_needed in self._uses(equation, claimed):
                if is_slope and (is_needed or (claimed[pair] and self._is_plainly_a_slope(pair))):
                    as_slope.add(pair)
                elif is_needed:
                    as_total.setdefault(pair, equation.claim.line)
        found = [pair for pair in self.slopes if pair not in as_total]
        found = [pair for pair in found if pair in as_slope or (claimed[pair] and self._is_plainly_a_slope(pair))]
        totals = {
            pair: UnreadSlope(slope, bool(claimed[pair]), as_total.get(pair, 0))
            for pair, slope in self.slopes.items()
            if pair not in found and slope.is_own_line
        }
        formulas: dict[Pair, Node | None] = {pair: self.slopes[pair].formula for pair in found}
        divided = [pair for pair, other in totals.items() if other.is_claimed and self._has_another_total(pair)]
        formulas.update(dict.fromkeys(divided))
        if not formulas:
            return PartialReadings(self.sheet, self.samples, totals=totals)
        worksheet = self.sheet.copy()
        worksheet.take_as_slopes(formulas, self.signs)
        slopes = {worksheet.slopes[pair]: self.slopes[pair] for pair in found}
        still_open = {worksheet.slopes[pair] for pair in found if pair not in as_slope}
        return PartialReadings(worksheet, None, slopes, still_open, totals)

    def _is_plainly_a_slope(self, pair: Pair) -> bool:
        """Return whether textbooks would write ∂Y/∂X for it, even if no line shows that it is meant."""
        return self.signs[pair] == "∂" and self.slopes[pair].is_own_line

    def _has_another_total(self, pair: Pair) -> bool:
        """Return whether the sheet has a line for dY/dX too, so that ∂Y/∂X is not that."""
        firsts = (claim.before[0].tree for claim in self.sheet.claims if (claim.subject.of, claim.subject.by) == pair)
        return any(isinstance(first, DerivativeNode) and first.sign != self.signs[pair] for first in firsts)

    # -- Claims as equations --------------------------------------------------------------------

    def _pair(self, node: Node) -> Pair | None:
        """Return the names of a derivative that may be a slope; None for any other node."""
        if not isinstance(node, DerivativeNode):
            return None
        pair = (node.of, node.by)
        return pair if pair in self.slopes and self.signs[pair] == node.sign else None

    def _write_out(self, tree: Node) -> Node:
        """Return a formula with the formulas of names that depend on a reading in their places."""
        if self.helpers.keys().isdisjoint(syntax.names_in(tree)):
            return tree
        return syntax.map_nodes(tree, lambda n: self.helpers.get(n.key, n) if isinstance(n, NameNode) else n)

    def _equation(self, claim: Claim) -> ClaimedEquality | None:
        """Return a claim as an equation, if a ∂Y/∂X is in it."""
        if claim.kind == "unanswered":
            return None
        left, right = self._write_out(claim.before[0].tree), self._write_out(claim.segment.tree)
        nodes = [*syntax.walk(left), *syntax.walk(right)]
        pairs = dict.fromkeys(pair for pair in map(self._pair, nodes) if pair)
        return ClaimedEquality(claim, left, right, tuple(pairs)) if pairs and len(nodes) <= MAX_PARTS else None

    def _holds(self, equation: ClaimedEquality, reading: Reading) -> bool:
        """Return whether a claim is true in a reading."""

        def read(node: Node) -> Node:
            pair = self._pair(node)
            return self.slopes[pair].formula if pair and reading.get(pair) else node

        left, right = syntax.map_nodes(equation.left, read), syntax.map_nodes(equation.right, read)
        if equation.claim.kind == "formula":
            trees = [right, *self.sheet.with_givens_named(right)]
            if any(_are_equal(left, tree, self.samples.points) for tree in trees):
                return True
            if all(node.exact for node in syntax.walk(right) if isinstance(node, NumberNode)):
                return False  # no rounded figure in it
        return _distance(left, right, self.samples.at_givens) < NEAR

    # -- What the lines show --------------------------------------------------------------------

    def _claimed_reading(self, pair: Pair, equations: Sequence[ClaimedEquality]) -> bool | None:
        """Return whether ∂Y/∂X is claimed to be the slope (True) or the total derivative (False); None for neither."""
        at = self.samples.at_givens
        for equation in equations:
            if self._pair(equation.left) != pair:
                continue
            slope, total = (self._holds(equation, {pair: is_slope}) for is_slope in (True, False))
            if slope and total:  # the nearer one, of rounded figures
                slope = _distance(self.slopes[pair].formula, equation.right, at) < _distance(
                    equation.left, equation.right, at
                )
            if slope or total:
                return slope
        return None

    def _uses(
        self, equation: ClaimedEquality, claimed: Mapping[Pair, bool | None]
    ) -> Iterator[tuple[Pair, bool, bool]]:
        """Yield the derivatives that a line uses, if it is right: whether each is a slope, and whether it has to be."""
        subject = self._pair(equation.left)
        used = [pair for pair in equation.pairs if pair != subject]
        readings = self._readings(equation, claimed) if used else ()
        reading = next((reading for reading in readings if self._holds(equation, reading)), {})
        for pair in used if reading else ():
            yield pair, reading[pair], not self._holds(equation, {**reading, pair: not reading[pair]})

    def _readings(self, equation: ClaimedEquality, claimed: Mapping[Pair, bool | None]) -> Iterator[Reading]:
        """Yield the readings of a line, those first that differ least from what is claimed."""
        about = (self._pair(equation.left), (equation.claim.subject.of, equation.claim.subject.by))
        fixed = {pair: is_slope for pair in equation.pairs if pair in about and (is_slope := claimed[pair]) is not None}
        if fixed.get(about[1]) is False and about[0] != about[1]:
            del fixed[about[1]]  # what stands in a formula for dY/dX
        rest = [pair for pair in equation.pairs if pair not in fixed]
        if len(rest) > MAX_TOGETHER:
            for unknown in (False, True):
                known = ((pair, claimed[pair]) for pair in rest)
                yield {**fixed, **{pair: unknown if is_slope is None else is_slope for pair, is_slope in known}}
            choices = [(True,) * len(rest), (False,) * len(rest)]
        else:
            choices = sorted(
                product((False, True), repeat=len(rest)),
                key=lambda choice: sum(
                    claimed[p] is not None and claimed[p] != is_slope for p, is_slope in zip(rest, choice)
                ),
            )
        for choice in choices:
            yield {**fixed, **dict(zip(rest, choice))}

    def _updates(self) -> dict[Pair, int]:
        """Return the derivatives in updates, w − η·∂E/∂w, which are total, each with the line of the update."""
        found: dict[Pair, int] = {}
        for name, tree in self.helpers.items():
            if isinstance(tree, BinaryNode) and tree.operator in "+-" and isinstance(tree.left, NameNode):
                for pair in filter(None, map(self._pair, syntax.walk(tree.right))):
                    if pair[1] == tree.left.key:
                        found.setdefault(pair, self.sheet.definitions[name].place.line)
        return found


def _are_equal(left: Node, right: Node, points: Sequence[Evaluation]) -> bool:
    return bool(points) and all(agree(point.try_number(left), point.try_number(right)) for point in points)


def _distance(left: Node, right: Node, point: Evaluation) -> float:
    """Return the relative difference of two formulas at a point, without half a unit of a figure."""
    a, b, figure = point.try_number(left), point.try_number(right), single_number(right)
    if a is None or b is None:
        return math.inf
    difference = max(0.0, abs(a - b) - (0.0 if figure is None or figure.exact else half_unit(figure)))
    return difference / max(abs(a), abs(b)) if difference else 0.0
