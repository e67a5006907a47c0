"""The short formulas that people use for a derivative: p − y below a softmax, p·(1 − p), (o − t)·x.

They are found, not listed: a formula of one or two factors a, 1 − a and a − t (a a name, t a given) that is the
derivative at every generic point, up to a constant. A figure without a formula on its line may come from any of them,
or from the chain rule below one of them.
"""

from __future__ import annotations

from itertools import islice, product
from typing import TYPE_CHECKING, NamedTuple

from autograd.claims.sampling import agree
from autograd.claims.tree import NOWHERE, BinaryNode, CallNode, NameNode, walk, whole_number
from autograd.errors import ChalkgradError
from autograd.marking.chain_rule import ChainRule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from autograd.claims.claims import Subject
    from autograd.claims.sampling import SamplePoints
    from autograd.claims.tree import Node
    from autograd.engine.value import Value
    from autograd.marking.own_figures import OwnFigures

MAX_NAMES = 60  # below an output; the differences are as many as their square
MAX_FORMS = 4  # that are tried for one derivative
MAX_CHOICES = 16  # of a form for each derivative that another one comes from
LOGARITHMS = {"exp", "log", "ln"}
DIGITS = 9  # to which proportional numbers agree

Numbers = tuple[float, ...]


class Form(NamedTuple):
    """A formula for a derivative: a constant times a tree."""

    constant: float
    tree: Node


class UsualForms:
    """The short formulas for the derivatives in a worksheet, each found when it is first asked for."""

    def __init__(self, samples: SamplePoints) -> None:
        self.samples = samples
        self._factors: dict[str, tuple[list[tuple[Numbers, Node]], dict[Numbers, list[tuple[Numbers, Node]]]]] = {}
        self._has_logarithms: dict[str, bool] = {}
        self._forms: dict[tuple[str, str, int], list[Form]] = {}

    def of(self, of: str, by: str, factors: int = 2) -> list[Form]:
        """Return the short formulas for dY/dX with at most so many factors, one or two, the shortest first.

        >>> from autograd.claims.sampling import SamplePoints
        >>> from autograd.marking.messages import formula_text
        >>> from autograd.sheet.sheet import Sheet
        >>> sheet = Sheet.parse("z = 0.4; y = 1; p = sigmoid(z); L = -y*ln(p) - (1 - y)*ln(1 - p)")
        >>> [(round(c, 9), formula_text(tree)) for c, tree in UsualForms(SamplePoints(sheet)).of("L", "z")]
        [(1.0, 'p − y')]
        """
        if (of, by, factors) not in self._forms:
            self._forms[of, by, factors] = list(islice(self._find(of, by, factors), MAX_FORMS))
        return self._forms[of, by, factors]

    def may_be_shorter(self, of: str) -> bool:
        """Return whether exponentials or logarithms lie below a name, of which a derivative may leave nothing."""
        if of not in self._has_logarithms:
            definitions = self.samples.worksheet.definitions
            trees = [definitions[name].tree for name in self.samples.worksheet.below([of]) if name in definitions]
            calls = (node.function for tree in trees for node in walk(tree) if isinstance(node, CallNode))
            self._has_logarithms[of] = not LOGARITHMS.isdisjoint(calls)
        return self._has_logarithms[of]

    def _find(self, of: str, by: str, factors: int) -> Iterator[Form]:
        truth = [point.try_derivative(of, by) for point in self.samples.points]
        numbers = tuple(number for number in truth if number)
        if len(numbers) < max(2, len(truth)):
            return
        if of not in self._factors:
            self._factors[of] = self._factors_below(of)
        single, by_direction = self._factors[of]
        for times, factor in [((1.0,) * len(numbers), None), *(single if factors > 1 else ())]:
            rest = tuple(number / other for number, other in zip(numbers, times))
            for others, tree in by_direction.get(_direction(rest), ()) if all(rest) else ():  # none has vanished
                constant = rest[0] / others[0]
                if all(agree(number, constant * other) for number, other in zip(rest, others)):
                    yield Form(constant, tree if factor is None else BinaryNode("*", tree, factor, NOWHERE))

    def _factors_below(self, of: str) -> tuple[list[tuple[Numbers, Node]], dict[Numbers, list[tuple[Numbers, Node]]]]:
        """Return the factors a and 1 − a, and these and a − t by the direction of their numbers.

        The a are names that Y depends on, and those defined by these alone: p1 beside the p2 of Y = −ln(p2).
        """
        sheet, points = self.samples.worksheet, self.samples.points
        below = sheet.below([of])
        users = {user for name in below for user in sheet.users(name) if not sheet.derivatives_in(user)}
        beside = {user for user in users if below.issuperset(sheet.mentioned_by(user))}
        names = [name for name in sheet.order if name in below or name in beside][-MAX_NAMES:]
        values = {name: tuple(float(point.values[name].data) for point in points) for name in names}
        single: list[tuple[Numbers, Node]] = [(values[name], NameNode(name, NOWHERE)) for name in names]
        worked_out = [name for name in names if name in sheet.definitions]
        for name in worked_out:
            tree = BinaryNode("-", whole_number(1), NameNode(name, NOWHERE), NOWHERE)
            single.append((tuple(1 - x for x in values[name]), tree))
        factors = list(single)
        together = [line for name in worked_out if len(line := sheet.mentioned_by(name)) <= MAX_NAMES]  # o and t
        pairs = {(name, given) for inside in together for name in inside for given in inside if given in sheet.givens}
        for name, given in sorted(pairs):
            if name in sheet.definitions and name in values and given in values:
                tree = BinaryNode("-", NameNode(name, NOWHERE), NameNode(given, NOWHERE), NOWHERE)
                factors.append((tuple(x - t for x, t in zip(values[name], values[given])), tree))
        by_direction: dict[Numbers, list[tuple[Numbers, Node]]] = {}
        for numbers, factor in factors:
            if all(numbers):
                by_direction.setdefault(_direction(numbers), []).append((numbers, factor))
        return [(numbers, factor) for numbers, factor in single if all(numbers)], by_direction


def usual_readings(own: OwnFigures, forms: UsualForms, subject: Subject) -> Iterator[Value]:
    """Yield what the own figures give for a derivative by its short formulas, and by the chain rule below such ones."""
    of, by = subject.of, subject.by
    if not of or subject.name or (of, by) in own.derivatives or not forms.may_be_shorter(of):
        return
    for form in forms.of(of, by):
        result = _computed(own, form)
        if result is not None:
            yield result
    between = own.sheet.between(by, of)
    if len(between) > MAX_NAMES:
        return
    short = {name: [_computed(own, form) for form in forms.of(of, name, 1)] for name in between[:-1]}
    short = {name: [value for value in values if value is not None] for name, values in short.items()}
    names = [name for name, values in short.items() if values and (of, name) not in own.derivatives]
    for chosen in islice(product(*[short[name] for name in names]), MAX_CHOICES) if names else ():
        known = {**own.derivatives, **{(of, name): value for name, value in zip(names, chosen)}}
        try:
            yield ChainRule(own.samples, own.samples.at_givens, own.figure, known).derivative(of, by)
        except ChalkgradError:
            continue


def _computed(own: OwnFigures, form: Form) -> Value | None:
    result = own.compute(form.tree)
    return None if result is None else result * form.constant


def _direction(numbers: Sequence[float]) -> Numbers:
    """Return numbers as multiples of the first, rounded: the same for all that are proportional."""
    return tuple(round(number / numbers[0], DIGITS) for number in numbers)
