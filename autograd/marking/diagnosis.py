"""What kind of mistake it is: the small change that explains a root.

A wrong formula is put right, one small edit at a time (`edits`): an edit that makes it the truth at
every generic point names the mistake; so does a wrong way through the graph (`routes`) or another
gradient that gives the formula at every one of them. For a wrong number see `slips`. Two mistakes
that fit are both named; where none fits, none is.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING

from autograd.claims import tree as syntax
from autograd.claims.sampling import agree
from autograd.claims.tree import NOWHERE, BinaryNode, CallNode, DerivativeNode, NameNode, NumberNode
from autograd.errors import ChalkgradError
from autograd.marking.chainrule import ChainRule, number_of
from autograd.marking.expected_formula import derivative_by_output, expected_formula
from autograd.marking.formula_edits import edits
from autograd.marking.messages import Mistake, formula_text
from autograd.marking.number_mistakes import explain_arithmetic, explain_number, likely_edits, right_formula
from autograd.marking.tree_parts import share_repeated
from autograd.marking.wrong_paths import find_wrong_paths
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from autograd.claims.claims import Claim
    from autograd.claims.sampling import SamplePoints
    from autograd.claims.tree import Node
    from autograd.engine.value import Value
    from autograd.marking.intervals import Interval
    from autograd.marking.own_figures import OwnFigures

MAX_NAMED = 2  # names of a mistake that are given
MAX_EDITS = 4000
MAX_PARTS = 300  # of a formula of which every part is looked at
MAX_NAMES = 60  # that may have been meant

SLOPES_BY_OUTPUT = (ops.sigmoid, ops.tanh)  # h·(1 − h) and 1 − h², which are taken for one another


@dataclass(frozen=True)
class DiagnosisCase:
    """What a diagnosis looks at: the claim, the sheet's samples, the writer's own figures.

    `source` is the member of the chain that the claim should come from, `result` and `window` what
    that, or the figures, give. `wanted` is what a formula should give at the generic points: by what
    stands before it on the line, by the truth, by an earlier mistake carried on.
    """

    claim: Claim
    samples: SamplePoints
    own: OwnFigures
    source: Node | None
    result: Value | None
    window: Interval
    wanted: Sequence[Sequence[float | None]]

    def alike(self, name: str) -> list[str]:
        """The names that one is easily mistaken for: h1 for h2, and its pre-activation, its updated self."""
        return [other for other in self.samples.worksheet.similar_names(name) if other in self.own.names]

    def beside(self, name: str) -> list[str]:
        """The names like one, and those that stand beside it in a definition: w for x and b in w·x + b."""
        sheet = self.samples.worksheet
        users = [user for user in sheet.users(name) if not sheet.derivatives_in(user)]
        found = [*self.alike(name), *(other for user in users for other in sheet.mentioned_by(user))]
        return [other for other in dict.fromkeys(found) if other != name and other in self.own.names]

    def is_circular(self, tree: Node) -> bool:
        """Whether a formula for a derivative has that derivative in it, or one for a name that name."""
        subject = self.claim.subject
        return any(
            (isinstance(part, DerivativeNode) and (part.of, part.by) == (subject.of, subject.by))
            or (isinstance(part, NameNode) and part.key == subject.name)
            for part in syntax.walk(tree)
        )

    def near(self) -> list[str]:
        """The names that may have been meant: those of the claim, those it is made of, and what is like them."""
        sheet, subject = self.samples.worksheet, self.claim.subject
        found = [part.key for part in syntax.walk(self.claim.segment.tree) if isinstance(part, NameNode)]
        if subject.of:
            inside = [subject.by, *sheet.between(subject.by, subject.of)]
            found += inside
            found += [below for name in inside for below in sheet.mentioned_by(name)]
        elif subject.name:
            found += [subject.name, *sheet.mentioned_by(subject.name)]
        found = list(dict.fromkeys(found))[:MAX_NAMES]
        found += [other for name in found for other in self.alike(name)]
        found += list(self.own.names) if len(self.own.names) <= MAX_NAMES else []
        known = [
            name for name in dict.fromkeys(found) if name in self.own.names and name not in self.samples.class_labels
        ]
        return known[: 2 * MAX_NAMES]


def diagnose(case: DiagnosisCase) -> tuple[Mistake, ...]:
    """The mistakes that explain a root, the simplest first."""
    if case.claim.kind == "number":
        found: Iterable[Mistake] = explain_number(case)
    elif case.claim.kind == "formula" and case.wanted:
        found = _of_formula(case)
    else:
        found = explain_arithmetic(case)
    unique: dict[str, Mistake] = {}
    for mistake in found:
        unique.setdefault(mistake.kind, mistake)
        if len(unique) == MAX_NAMED:
            break
    if not unique and case.claim.kind == "formula" and case.claim.subject.of:
        return tuple(_of_another_name(case))[:1]
    return tuple(unique.values())


def _of_formula(case: DiagnosisCase) -> Iterator[Mistake]:
    yield from _of_no_path(case)
    nothing = list(_of_nothing(case))
    yield from nothing
    if nothing:
        return  # whatever is 0 would explain it
    trees = [case.claim.segment.tree, *islice(case.samples.worksheet.with_givens_named(case.claim.segment.tree), 2)]
    for tree in trees:
        explained = False
        for mistake in chain(_of_edits(case, tree), _of_edits(case, share_repeated(tree))):
            explained = True
            yield mistake
        if explained:
            break  # the 2 in it is no given that happens to be 2
    if case.claim.subject.of:
        yield from _of_other_function(case)
    given = case.samples.numbers(case.claim.segment.tree)
    right = right_formula(case)
    for edit in () if right is None else islice(likely_edits(case, right), MAX_EDITS):
        if all(agree(number, point.try_number(edit.tree)) for number, point in zip(given, case.samples.points)):
            yield edit.done
    if case.claim.subject.of:
        yield from _of_routes(case, given)
        yield from _of_other_gradient(case, given)


def _of_nothing(case: DiagnosisCase) -> Iterator[Mistake]:
    """What is 0 on the way, a relu at rest, where the derivative is 0 and the formula is not."""
    claim, samples = case.claim, case.samples
    if not claim.subject.of or any(samples.truths(claim)) or not all(samples.numbers(claim.segment.tree)):
        return
    between = samples.worksheet.between(claim.subject.by, claim.subject.of)
    for name in between:
        for below in samples.worksheet.mentioned_by(name):
            if below in (claim.subject.by, *between) and not any(
                point.try_derivative(name, below) for point in (samples.at_givens, *samples.points)
            ):
                text = f"d{name}/d{below} is 0 here, and what is multiplied by it is 0"
                yield Mistake("a factor left out", text)
                return


def _of_no_path(case: DiagnosisCase) -> Iterator[Mistake]:
    """A derivative in the formula that makes it 0, as nothing leads from the one name to the other."""
    if any(case.samples.numbers(case.claim.segment.tree)):
        return
    for part in syntax.walk(case.claim.segment.tree):
        if (
            isinstance(part, DerivativeNode)
            and part.of != part.by
            and not case.samples.worksheet.between(part.by, part.of)
        ):
            yield Mistake("no path", f"{formula_text(part)} is 0: {part.of} does not depend on {part.by}")


def _of_edits(case: DiagnosisCase, tree: Node | None) -> Iterator[Mistake]:
    """The edits that give what is wanted, at every generic point."""
    if tree is None or sum(1 for _ in syntax.walk(tree)) > MAX_PARTS:
        return
    near = case.near()
    subject = case.claim.subject
    inside = [subject.by, *case.samples.worksheet.between(subject.by, subject.of)] if subject.of else near
    made = edits(tree, case.samples.worksheet, near, _factors(case, near), lambda factor: _shown(case, factor), inside)
    for count, edit in enumerate(made):
        if count > MAX_EDITS:
            return
        wanted = list(case.wanted)
        for at, point in enumerate(case.samples.points):
            number = point.try_number(edit.tree)
            wanted = [numbers for numbers in wanted if agree(number, numbers[at])]
            if not wanted:
                break
        if wanted and not case.is_circular(edit.tree):
            yield edit.undone


def _factors(case: DiagnosisCase, near: Sequence[str]) -> list[Node]:
    """What the chain rule could have there: local derivatives, names, 1 less an activation."""
    sheet = case.samples.worksheet
    found: list[Node] = []
    if case.claim.subject.of:
        top = case.claim.subject.of
        for name in sheet.between(case.claim.subject.by, top)[:-1]:
            constant = case.samples.is_constant(top, name)
            found.append(
                _constant(case.samples.at_givens.derivative(top, name))
                if constant
                else DerivativeNode(top, name, NOWHERE)
            )
        for name in sheet.between(case.claim.subject.by, top):
            found.extend(
                DerivativeNode(name, below, NOWHERE)
                for below in sheet.mentioned_by(name)
                if not case.samples.is_plain(name, below)
            )
    found.extend(NameNode(name, NOWHERE) for name in near)
    for name in near:
        found.extend(_slopes(case, name))
    return found


def _slopes(case: DiagnosisCase, name: str) -> Iterator[Node]:
    """Part of the slope of an activation, 1 − h, or all of it where the line has its input in it: tanh(w·x)."""
    one, out = NumberNode("1", 1.0, 1.0), NameNode(name, NOWHERE)
    if case.samples.activation(name) is not None:
        yield BinaryNode("-", one, out, NOWHERE)
    segment = case.samples.worksheet.definitions.get(name)
    if segment is not None and isinstance(segment.tree, CallNode) and not isinstance(segment.tree.args[0], NameNode):
        slope = derivative_by_output(segment.tree.function, name)
        if slope is not None:
            yield slope


def _constant(number: float) -> Node:
    """A number as a factor: 1/3 where it is one by a whole number."""
    whole = round(1 / number) if number else 0
    if whole > 1 and agree(whole * number, 1.0):
        return BinaryNode("/", NumberNode("1", 1.0, 1.0), NumberNode(str(whole), float(whole), 1.0), NOWHERE)
    text = f"{number:.6g}"
    return NumberNode(text, number, 1.0)


def _shown(case: DiagnosisCase, factor: Node) -> str:
    """A factor by name, and what it is where it is the slope of an activation."""
    if isinstance(factor, DerivativeNode) and case.samples.activation(factor.of) is not None:
        tree = expected_formula(case.samples, factor.of, factor.by)
        return formula_text(factor) if tree is None else f"{formula_text(factor)} = {formula_text(tree)}"
    return formula_text(factor)


def _of_other_gradient(case: DiagnosisCase, given: Sequence[float | None]) -> Iterator[Mistake]:
    of, by = case.claim.subject.of, case.claim.subject.by
    if all(number == 0 for number in given):
        return
    for name in dict.fromkeys([*case.alike(by), *case.samples.worksheet.order]):
        if name != by and all(
            agree(number, point.try_derivative(of, name)) for number, point in zip(given, case.samples.points)
        ):
            yield Mistake("another gradient", f"this is d{of}/d{name}, the gradient of {name}")


def _of_another_name(case: DiagnosisCase) -> Iterator[Mistake]:
    """The derivative of a name on the way: dp/dz where dL/dz belongs."""
    of, by = case.claim.subject.of, case.claim.subject.by
    given = case.samples.numbers(case.claim.segment.tree)
    between = case.samples.worksheet.between(by, of)
    for name in between if any(given) else ():
        if (
            name != of
            and not case.samples.is_constant(name, by)
            and all(agree(number, point.try_derivative(name, by)) for number, point in zip(given, case.samples.points))
        ):
            yield Mistake("another gradient", f"this is d{name}/d{by}: what leads from {name} to {of} is left out")


def _of_other_function(case: DiagnosisCase) -> Iterator[Mistake]:
    """The slope of another activation than the one that stands there: h·(1 − h) for a tanh."""
    samples, subject = case.samples, case.claim.subject
    given = samples.numbers(case.claim.segment.tree)
    for name in samples.worksheet.between(subject.by, subject.of):
        op = samples.outermost(name)
        if op is None or op not in SLOPES_BY_OUTPUT:
            continue
        for other in SLOPES_BY_OUTPUT:
            ratios = [_ratio(op, other, float(point.values[name].data)) for point in samples.points]
            put_right = [None if number is None else number * ratio for number, ratio in zip(given, ratios)]
            if other is not op and any(all(map(agree, put_right, wanted)) for wanted in case.wanted):
                here, belongs = (_called_slope(each, name) for each in (other, op))
                text = f"{here} is the slope of a {other.name}; {name} is a {op.name}: {belongs} belongs"
                yield Mistake("another function", text)


def _called_slope(op: ops.Op, name: str) -> str:
    slope = derivative_by_output(op.name, name)
    return "" if slope is None else formula_text(slope)


def _ratio(op: ops.Op, other: ops.Op, output: float) -> float:
    """How much the slope of one activation is of that of another, at the same output."""
    return float(op.partials[0](output, output) / other.partials[0](output, output))


def _of_routes(case: DiagnosisCase, given: Sequence[float | None]) -> Iterator[Mistake]:
    of, by = case.claim.subject.of, case.claim.subject.by
    rules = [ChainRule(case.samples, point, point.values.__getitem__, {}) for point in case.samples.points]
    for route in find_wrong_paths(case.own.rule(written=False), of, by):
        try:
            if all(agree(number, number_of(route.follow(rule))) for number, rule in zip(given, rules)):
                yield route.mistake
        except ChalkgradError:
            continue


__all__ = ["DiagnosisCase", "Mistake", "diagnose"]
