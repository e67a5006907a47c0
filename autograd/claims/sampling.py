"""Sample points at which formulas are compared: the worksheet's own givens, and generic points near them.

Two formulas that agree at every generic point are the same formula. Generic points are drawn at random, the same ones
every time, so that no coincidence of the worksheet's own numbers holds at them.
"""

from __future__ import annotations

import math
import random
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

from autograd.claims import tree as syntax
from autograd.claims.bounded import TINY
from autograd.claims.certainty import Certainty
from autograd.claims.interpreter import FUNCTIONS, Evaluation
from autograd.claims.soft_labels import soft_labels
from autograd.claims.tree import BinaryNode, CallNode, NameNode, NumberNode
from autograd.engine.value import Value
from autograd.errors import ChalkgradError, SheetError
from autograd.formatting import figures
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from autograd.claims.certainty import Quantity
    from autograd.claims.claims import Claim, Subject
    from autograd.claims.tree import Node, Segment
    from autograd.claims.worksheet import Worksheet

POINTS = 3  # generic points at which a formula is tested
SPREAD = 0.3  # distance of a generic point from the worksheet's own, relative to each given
CLOSE = figures.SAME  # relative difference below which two numbers agree
LONG = 7  # digits of a written number: twice as many are nearly all that a float has

MAX_DRAWN = 50 * POINTS  # points of which some may be outside the domain of a line
MAX_EVALUATED = 1_000_000  # numbers, names and operations at all of them together: a second's work
NEAR_ZERO = 1e-6  # ordinary numbers are larger; a number below its square counts as vanished
MAX_ZEROS = 20  # givens of 0 that are looked at one by one
LARGE = 2.0  # a larger given is first moved nearer to 1, where no σ is flat

_OF_A_BIAS = re.compile(r"(?<!\d)0\D*$")  # x0, x[2,0]
_SMOOTH = (ops.sigmoid, ops.tanh, ops.softplus, ops.exp, ops.log, ops.sqrt)


class SamplePoints:
    """A worksheet evaluated `at_givens`, its own, and at the generic `points`."""

    def __init__(self, worksheet: Worksheet) -> None:
        self.worksheet = worksheet
        self.certainty = Certainty()
        self.at_givens = Evaluation(worksheet, worksheet.givens, rescue=self._rescue)
        self.soft_labels = soft_labels(worksheet)
        self.points = generic_points(worksheet, self.at_givens, sums=self.soft_labels, rescue=self._rescue)
        self.everywhere = [self.at_givens, *self.points]
        self.class_labels = _class_labels(worksheet)
        self._activations: dict[str, ops.Op | None] = {}
        self._is_truth: dict[Claim, bool | None] = {}
        self._truth_at_givens: dict[Subject | Segment, float] = {}
        self._numbers: dict[str, float] = {}
        self._subjects: dict[Subject | Segment, Quantity] = {}
        self.uncertain: set[Subject | Segment] = set()  # topics whose truth at the givens may be far off
        self._truths: dict[Subject | Segment, list[float | None]] = {}
        self._with_fixed: dict[frozenset[str], list[Evaluation]] = {}
        self._plain: dict[tuple[str, str], bool] = {}
        self._constant: dict[tuple[str, str], bool] = {}

    def numbers(self, tree: Node) -> list[float | None]:
        """Return what a formula gives at each generic point."""
        return [point.try_number(tree) for point in self.points]

    def truths(self, claim: Claim) -> list[float | None]:
        """Return what the subject of a claim is at each generic point."""
        if claim.topic not in self._truths:
            self._truths[claim.topic] = [self._truth(claim, point) for point in self.points]
        return self._truths[claim.topic]

    def truth(self, claim: Claim) -> float:
        """Return what the subject of a claim is at the worksheet's own givens, right to the last digits of a float.

        Raises SheetError where it has no value there.
        """
        if claim.topic not in self._truth_at_givens:
            subject = self.subject(claim)
            number = self.certainty.nearest_float(self.at_givens, subject)
            if number is None:
                self.uncertain.add(claim.topic)
            if number is None or (claim.subject.of and self.certainty.in_floats(self.at_givens, subject)):
                number = self.worksheet.truth(claim, self.at_givens)
            self._truth_at_givens[claim.topic] = number
        return self._truth_at_givens[claim.topic]

    def number(self, name: str) -> float:
        """Return a name at the worksheet's own givens, right to the last digits of a float."""
        if name not in self._numbers:
            number = self.certainty.nearest_float(self.at_givens, lambda reading: reading.value(name))
            self._numbers[name] = self.at_givens.value(name) if number is None else number
        return self._numbers[name]

    def subject(self, claim: Claim) -> Quantity:
        """Return the subject of a claim as a number of any reading of the worksheet."""
        topic = claim.topic
        if topic not in self._subjects:
            known: dict[Any, Any] = {}

            def read(reading: Any) -> Any:
                if reading not in known:
                    known[reading] = self.worksheet.read_subject(claim, reading)
                return known[reading]

            self._subjects[topic] = read
        return self._subjects[topic]

    def _rescue(self, name: str, point: Evaluation, error: SheetError) -> Value:
        """Return a name that floats cannot compute by as many digits as it takes."""
        try:
            return self.certainty.float_node(name, point)
        except ChalkgradError:
            raise error from None  # floats are right: it has no value

    def _truth(self, claim: Claim, point: Evaluation) -> float | None:
        try:
            return self.worksheet.truth(claim, point)
        except ChalkgradError:
            return None

    def is_truth(self, claim: Claim) -> bool | None:
        """Return whether a formula is the truth at every point, as it stands or with its numbers read as givens.

        None where the arithmetic cannot tell.
        """
        if claim not in self._is_truth:
            self._is_truth[claim] = self._is_truth_at(claim)
        return self._is_truth[claim]

    def _is_truth_at(self, claim: Claim, points: list[Evaluation] | None = None) -> bool | None:
        tree = claim.segment.tree
        found = self.holds(claim, tree, points)
        if found:
            return True
        others = [self.holds(claim, reading, points) for reading in self.worksheet.with_givens_named(tree)]
        return True if True in others else None if None in (found, *others) else False

    def holds(self, claim: Claim, tree: Node, points: list[Evaluation] | None = None) -> bool | None:
        """Return whether a formula is the truth at each of the points, and at the givens if it has a value there.

        Floats that agree at every point are sure if their bounds at the givens show it. None where nobody can tell.
        """
        if points is None:
            points, truths = self.points, self.truths(claim)
        else:
            truths = [self._truth(claim, point) for point in points]
        sides = self.subject(claim), lambda reading: reading.number(tree)
        exactly = max(written_digits(tree), default=0) >= LONG
        is_sure = None if exactly else self.certainty.equal_floats(self.at_givens, *sides)
        if is_sure is False:
            return False
        if not points:
            return None if self._holds_at_givens(sides) else False
        compared = 0
        for point, truth in zip(points, truths):
            if not (is_sure and is_ordinary(truth) and agree(point.try_number(tree), truth)):
                found = self.certainty.equal(point, *sides, exactly=exactly)
                if not found and (truth is not None or self.certainty.has_value(point, sides[0])):
                    return found
                if not found:  # outside the domain of what is claimed: x^(1/3) below 0
                    continue
            compared += 1
        if not compared:
            return None if self._holds_at_givens(sides) else False
        return True if is_sure else self._holds_at_givens(sides)

    def _holds_at_givens(self, sides: tuple[Quantity, Quantity]) -> bool | None:
        """Return whether the two are equal at the givens, if the second has a value there."""
        try:
            sides[1](self.at_givens)
        except ChalkgradError:
            return True
        return self.certainty.equal(self.at_givens, *sides)

    def simplified_by(self, claim: Claim) -> list[str]:
        """Return the givens that a formula leaves out because of their numbers, if it is the truth at those numbers.

        A 0 or a class label may be left out, p − y where y is 0 or −1/p where it is 1, and so may the x0 = 1 that a
        bias is multiplied by; y³ may be written as 8 beside an x. A given that stands in the formula is not left out.
        """
        tree, givens = claim.segment.tree, self.at_givens.givens
        written = syntax.names_in(tree)
        whole = [name for name in self._zeros_and_ones if name not in written]
        zeros = [name for name in whole if givens[name] == 0]
        for name in zeros[:MAX_ZEROS]:  # p stands for p − y, where that is right for any class
            for sign in "-+":
                if self.holds(claim, BinaryNode(sign, tree, NameNode(name, claim.place), claim.place)):
                    return [name]
        classes = [name for name in whole if self._is_target(name, claim.subject.of)]
        classes += [name for name in whole if givens[name] == 1 and _OF_A_BIAS.search(name)]
        substituted: list[str] = []
        if any(isinstance(node, NumberNode) and node.value > 2 for node in syntax.walk(tree)):
            below = self.worksheet.below(written)
            substituted = [n for n, given in givens.items() if given not in (0, 1) and n not in below]
        for fixed in dict.fromkeys(map(frozenset, (zeros, [*zeros, *classes], substituted))):
            if fixed and len(fixed) < len(givens) and self._holds_with_fixed(claim, fixed):
                return self._necessary(claim, [name for name in givens if name in fixed])
        return []

    @cached_property
    def _zeros_and_ones(self) -> list[str]:
        return [name for name, given in self.at_givens.givens.items() if given in (0, 1)]

    def _holds_with_fixed(self, claim: Claim, fixed: frozenset[str]) -> bool | None:
        """Return whether a formula is the truth wherever these givens keep their numbers."""
        if fixed not in self._with_fixed:
            sums, rescue = self.soft_labels, self._rescue
            points = generic_points(self.worksheet, self.at_givens, fixed=fixed, sums=sums, rescue=rescue)
            self._with_fixed[fixed] = points
        return self.holds(claim, claim.segment.tree, self._with_fixed[fixed])

    def _necessary(self, claim: Claim, names: list[str]) -> list[str]:
        """Return those of the fixed givens without which the formula would be wrong."""
        found = list(names)
        for name in names if len(names) <= MAX_ZEROS else ():
            rest = frozenset(found) - {name}
            if rest and self._holds_with_fixed(claim, rest):
                found.remove(name)
        return found

    def sums_relied_on(self, claim: Claim) -> list[list[str]]:
        """Return the soft labels without whose sum of 1 a formula would not be the truth: p1 − t1 after a softmax."""
        return [names for names, points in self._without_sums if not self._is_truth_at(claim, points)]

    @cached_property
    def _without_sums(self) -> list[tuple[list[str], list[Evaluation]]]:
        groups = self.soft_labels
        rest = [[other for other in groups if other is not names] for names in groups]
        return [(names, generic_points(self.worksheet, self.at_givens, sums=kept)) for names, kept in zip(groups, rest)]

    def _is_target(self, name: str, of: str) -> bool:
        """Return whether a given stands only in the loss, or in names that the loss is a plain sum of."""
        users = self.worksheet.users(name)
        return bool(of and users) and all(user == of or self.is_constant(of, user) for user in users)

    def same_subject(self, claim: Claim, other: Claim) -> bool:
        """Return whether two claims are about the same quantity, however it is written."""
        return all(map(agree, self.truths(claim), self.truths(other)))

    def same(self, tree: Node, other: Node) -> bool:
        """Return whether two formulas agree at every generic point."""
        pairs = [(point.try_number(tree), point.try_number(other)) for point in self.points]
        if all(map(is_ordinary, (number for pair in pairs for number in pair))):
            return all(agree(*pair) for pair in pairs)
        sides = (lambda reading: reading.number(tree)), (lambda reading: reading.number(other))
        return all(self.certainty.equal(point, *sides) for point in self.points)

    def is_constant(self, name: str, below: str) -> bool:
        """Return whether a derivative is the same number at every point."""
        if (name, below) not in self._constant:
            first, *rest = [point.try_derivative(name, below) for point in self.everywhere]
            self._constant[name, below] = all(agree(first, number) for number in rest)
        return self._constant[name, below]

    def is_plain(self, name: str, below: str) -> bool:
        """Return whether a derivative is one number, or one of the names in the definition, at every point."""
        if (name, below) not in self._plain:
            numbers = [point.try_derivative(name, below) for point in self.everywhere]
            is_plain = all(agree(numbers[0], number) for number in numbers)
            for other in self.worksheet.mentioned_by(name):
                values = [float(point.values[other].data) for point in self.everywhere]
                is_plain = is_plain or all(map(agree, numbers, values))
            self._plain[name, below] = is_plain
        return self._plain[name, below]

    def activation(self, name: str) -> ops.Op | None:
        """Return the function of the table that a name is of the one name in its definition, however it is written."""
        if name not in self._activations:
            below = self.worksheet.mentioned_by(name)
            found = None
            if len(below) == 1 and not self.worksheet.derivatives_in(name):
                pairs = [(point.values[below[0]].data, point.values[name].data) for point in self.everywhere]
                found = next((op for op in _SMOOTH if _fits(op, pairs)), None)
            self._activations[name] = found
        return self._activations[name]

    def outermost(self, name: str) -> ops.Op | None:
        """Return the function of the table that the definition of a name applies last."""
        segment = self.worksheet.definitions.get(name)
        if segment is not None and isinstance(segment.tree, CallNode) and not segment.tree.primes:
            found = FUNCTIONS.get(segment.tree.function)
            if isinstance(found, ops.Op) and segment.tree.function not in self.worksheet.functions:
                return found
        return self.activation(name)


def _fits(op: ops.Op, pairs: Iterable[tuple[Any, Any]]) -> bool:
    try:
        return all(agree(op.forward(x), y) for x, y in pairs)
    except (ArithmeticError, ValueError):
        return False


def generic_points(
    worksheet: Worksheet,
    own: Evaluation,
    count: int = POINTS,
    fixed: Collection[str] = (),
    sums: Collection[list[str]] = (),
    rescue: Callable[[str, Evaluation, SheetError], Value] | None = None,
) -> list[Evaluation]:
    """Return the worksheet at points near its `own` where no coincidence holds; the same ones every time.

    Every given moves by up to `SPREAD` of itself (a zero by up to `SPREAD`), and large ones nearer to 1. The members of
    a class, one 1 among zeros, keep their sum, on which p − y relies, and so do those of each of the `sums`. A
    point outside the domain of a line, or on another side of a kink, is drawn again: first with the large givens where
    they are, then nearer and nearer. The `fixed` givens keep their numbers, and so do class labels and whole exponents.
    A name that floats cannot compute is asked of `rescue`, if one was at the own point.
    """
    draw = random.Random(20_240_601)  # noqa: S311 -- reproducible points, no secret
    sides = _sides_of_kinks(own)
    fixed = _exponents(worksheet) | _class_labels(worksheet) | set(fixed)
    by_size = (sorted(names, key=lambda name: -own.givens[name]) for names in sums)
    classes = [names for names in [*one_hot(own.givens), *by_size] if fixed.isdisjoint(names)]
    found: list[Evaluation] = []
    spread, large = SPREAD, LARGE
    size = sum(len(syntax.walk(segment.tree)) for segment in worksheet.definitions.values())
    for _ in range(max(2 * count, min(MAX_DRAWN, MAX_EVALUATED // (size + 1)))):
        moved = {
            name: given if name in fixed else _moved(given, large, spread * draw.uniform(-1, 1))
            for name, given in own.givens.items()
        }
        for one, *others in classes:
            moved[one] = 1 - sum(moved[name] for name in others)
        try:
            point = Evaluation(worksheet, moved, rescue=rescue if own.rescued else None)
            fits = _same_sides(sides, _sides_of_kinks(point)) and not (large == LARGE and _vanishes(point, own))
        except ChalkgradError:
            fits = False
        if fits:
            found.append(point)
            if len(found) == count:
                break
        else:
            spread, large = (spread, math.inf) if large == LARGE else (spread * 0.9, large)
    return found


def _moved(given: float, large: float, by: float) -> float:
    return math.copysign(min(abs(given), large), given) * (1 + by) if given else by


def _sides_of_kinks(point: Evaluation) -> list[int]:
    """Return on which side of its kink each operation that has one is."""
    found = []
    for node in point.nodes:
        if node.op is not None and node.op.kink is not None:
            side = node.op.kink(*[v.data if isinstance(v, Value) else v for v in node.operands])
            found.append((side > 0) - (side < 0))
    return found


def _same_sides(own: list[int], moved: list[int]) -> bool:
    """Return whether each kink is on its own side; one that the worksheet is just at has both."""
    return len(own) == len(moved) and all(a in (b, 0) for a, b in zip(own, moved))


def _vanishes(point: Evaluation, own: Evaluation) -> bool:
    """Return whether an ordinary number is almost 0 at the point, where formulas cannot be told apart."""
    pairs = zip(point.nodes, own.nodes)
    return any(NEAR_ZERO < abs(b.data) < 1 / NEAR_ZERO and abs(a.data) < NEAR_ZERO**2 for a, b in pairs)


def _exponents(worksheet: Worksheet) -> set[str]:
    """Return the whole givens that stand in an exponent: x^n has a domain of its own for n = 2.3."""
    nodes = (node for segment in worksheet.definitions.values() for node in syntax.walk(segment.tree))
    powers = (node for node in nodes if isinstance(node, BinaryNode) and node.operator == "^")
    names = (name for power in powers for name in syntax.names_in(power.right))
    return {name for name in names if worksheet.givens.get(name, 0.5) % 1 == 0}


def _class_labels(worksheet: Worksheet) -> set[str]:
    """Return the givens of 0 or 1 that no differentiated name depends on.

    A loss written for its class, −ln(p1), has no y1 in it, and p1 − y1 is right where y1 is 1.
    """
    outputs = worksheet.differentiated()
    known = worksheet.below(outputs)
    return {name for name, given in worksheet.givens.items() if outputs and given in (0, 1) and name not in known}


def one_hot(givens: Mapping[str, float]) -> list[list[str]]:
    """Return the groups of givens that name a class, one 1 among zeros, the 1 first.

    Names belong together that differ in their last number: y1 and y2, y[3,1] and y[3,2].

    >>> one_hot({"y[1]": 0, "y[2]": 1, "y[3]": 0, "x1": 1, "x2": 1, "b": 1})
    [['y[2]', 'y[1]', 'y[3]']]
    """
    families: dict[str, list[str]] = {}
    for name in givens:
        families.setdefault(re.sub(r"\d+(?=\D*$)", "#", name), []).append(name)
    found = []
    for names in families.values():
        names.sort(key=lambda name: -givens[name])  # a stable sort: equal ones keep their order
        if len(names) > 1 and [givens[name] for name in names] == [1] + [0] * (len(names) - 1):
            found.append(names)
    return found


def written_digits(tree: Node) -> list[int]:
    """Return how many digits each number in a tree is written with; many of them may differ in what no float shows."""
    return [node.digits for node in syntax.walk(tree) if isinstance(node, NumberNode)]


def is_ordinary(number: float | None) -> bool:
    """Return whether a number is far from those that no float holds."""
    return number is not None and TINY < abs(number) < 1 / TINY


def agree(a: float | None, b: float | None) -> bool:
    """Return whether both are numbers and equal up to the rounding of floats."""
    return a is not None and b is not None and (a == b or abs(a - b) <= CLOSE * max(abs(a), abs(b)))
