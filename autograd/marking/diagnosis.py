"""The kind of a first mistake: the small change that explains it.

A wrong formula is put right by one small edit at a time (`formula_edits`). An edit that makes it the truth at every
generic point names the mistake; so does a wrong path through the graph (`wrong_paths`) or another gradient that gives
the writer's formula there. For wrong numbers see `number_mistakes`. Where two mistakes fit, both are named; where none
fits, none is.
"""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING

from autograd.claims.sampling import agree
from autograd.claims.tree import NOWHERE, BinaryNode, CallNode, DerivativeNode, NameNode, NumberNode, walk, whole_number
from autograd.errors import ChalkgradError
from autograd.marking.case import another_gradient
from autograd.marking.expected_formula import derivative_by_output, expected_formula
from autograd.marking.formula_edits import edits
from autograd.marking.messages import Mistake, formula_text
from autograd.marking.number_mistakes import explain_arithmetic, explain_number
from autograd.marking.own_figures import ChainRule, number_of
from autograd.marking.tree_parts import share_repeated
from autograd.marking.wrong_paths import find_wrong_paths
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from autograd.claims.tree import Node
    from autograd.marking.case import DiagnosisCase

MAX_NAMED = 2  # mistakes that are named
MAX_EDITS = 4000
MAX_PARTS = 300  # of a formula that is edited

CONFUSED_ACTIVATIONS = (ops.sigmoid, ops.tanh)  # whose derivatives h·(1 − h) and 1 − h² are taken for each other


def diagnose(case: DiagnosisCase) -> tuple[Mistake, ...]:
    """Return the mistakes that explain a wrong claim, the simplest first."""
    claim = case.claim
    if claim.kind == "number":
        found: Iterable[Mistake] = explain_number(case)
    elif claim.kind == "formula" and case.wanted:
        found = _explain_formula(case)
    else:
        found = explain_arithmetic(case)
    unique: dict[str, Mistake] = {}
    for mistake in found:
        unique.setdefault(mistake.kind, mistake)
        if len(unique) == MAX_NAMED:
            break
    if not unique and claim.kind == "formula" and claim.subject.of:
        return tuple(_derivative_of_another_name(case))[:1]
    return tuple(unique.values())


def _explain_formula(case: DiagnosisCase) -> Iterator[Mistake]:
    tree, samples, subject = case.claim.segment.tree, case.samples, case.claim.subject
    given = samples.numbers(tree)
    yield from _no_path(case, given)
    zeros = list(_zero_factor(case, given))
    yield from zeros
    if zeros:
        return  # multiplied by 0, any other factor would explain it too
    for reading in chain([tree], islice(case.sheet.with_givens_named(tree), 2)):
        explained = False
        for mistake in chain(_by_edits(case, reading), _by_edits(case, share_repeated(reading))):
            explained = True
            yield mistake
        if explained:
            break  # a literal 2 matched: do not also suggest a given whose value is 2
    if subject.of:
        yield from _another_activation(case, given)
    right = case.right_formula()
    for edit in () if right is None else islice(case.likely_edits(right), MAX_EDITS):
        if all(agree(number, point.try_number(edit.tree)) for number, point in zip(given, samples.points)):
            yield edit.done
    if subject.of:
        yield from _by_wrong_paths(case, given)
        yield from _another_gradient(case, given)


def _no_path(case: DiagnosisCase, given: Sequence[float | None]) -> Iterator[Mistake]:
    """Yield a derivative in the formula that makes it 0, because one name does not depend on the other."""
    for node in () if any(given) else walk(case.claim.segment.tree):
        if isinstance(node, DerivativeNode) and node.of != node.by and not case.sheet.between(node.by, node.of):
            yield Mistake("no path", f"{formula_text(node)} is 0: {node.of} does not depend on {node.by}")


def _zero_factor(case: DiagnosisCase, given: Sequence[float | None]) -> Iterator[Mistake]:
    """Yield the local derivative that is 0, a relu at rest, where the truth is 0 and the formula is not."""
    samples, subject = case.samples, case.claim.subject
    if not subject.of or any(samples.truths(case.claim)) or not all(given):
        return
    between = case.sheet.between(subject.by, subject.of)
    for name in between:
        for below in case.sheet.mentioned_by(name):
            if below in (subject.by, *between) and not any(
                point.try_derivative(name, below) for point in samples.everywhere
            ):
                text = f"d{name}/d{below} is 0 here, and what is multiplied by it is 0"
                yield Mistake("a factor left out", text)
                return


def _by_edits(case: DiagnosisCase, tree: Node | None) -> Iterator[Mistake]:
    """Yield the edits of a formula that give what is wanted at every generic point."""
    if tree is None or len(walk(tree)) > MAX_PARTS:
        return
    names = case.plausible_names()
    subject = case.claim.subject
    inside = [subject.by, *case.sheet.between(subject.by, subject.of)] if subject.of else names
    made = edits(tree, case.sheet, names, _factors(case, names), lambda factor: _factor_text(case, factor), inside)
    for edit in islice(made, MAX_EDITS + 1):
        wanted = list(case.wanted)
        for at, point in enumerate(case.samples.points):
            number = point.try_number(edit.tree)
            wanted = [numbers for numbers in wanted if agree(number, numbers[at])]
            if not wanted:
                break
        if wanted and not case.is_circular(edit.tree):
            yield edit.undone


def _factors(case: DiagnosisCase, names: Sequence[str]) -> list[Node]:
    """Return the factors that the chain rule could have there: derivatives, names, 1 less an activation."""
    sheet, of, by = case.sheet, case.claim.subject.of, case.claim.subject.by
    found: list[Node] = []
    between = sheet.between(by, of) if of else []
    for name in between[:-1]:
        if case.samples.is_constant(of, name):
            found.append(_constant(case.samples.at_givens.derivative(of, name)))
        else:
            found.append(DerivativeNode(of, name, NOWHERE))
    for name in between:
        below = [other for other in sheet.mentioned_by(name) if not case.samples.is_plain(name, other)]
        found += [DerivativeNode(name, other, NOWHERE) for other in below]
    found += [NameNode(name, NOWHERE) for name in names]
    for name in names:
        found.extend(_parts_of_derivative(case, name))
    return found


def _parts_of_derivative(case: DiagnosisCase, name: str) -> Iterator[Node]:
    """Yield 1 − h for an activation h; its whole derivative where its line has the net input inside, tanh(w·x)."""
    if case.samples.activation(name) is not None:
        yield BinaryNode("-", whole_number(1), NameNode(name, NOWHERE), NOWHERE)
    segment = case.sheet.definitions.get(name)
    if segment is not None and isinstance(segment.tree, CallNode) and not isinstance(segment.tree.args[0], NameNode):
        derivative = derivative_by_output(segment.tree.function, name)
        if derivative is not None:
            yield derivative


def _constant(number: float) -> Node:
    """Return a number as a factor: as 1/3 where it is 1 by a whole number."""
    whole = round(1 / number) if number else 0
    if whole > 1 and agree(whole * number, 1.0):
        return BinaryNode("/", whole_number(1), whole_number(whole), NOWHERE)
    return NumberNode(f"{number:.6g}", number, 1.0)


def _factor_text(case: DiagnosisCase, factor: Node) -> str:
    """Return a factor as text; that of an activation with its formula."""
    if isinstance(factor, DerivativeNode) and case.samples.activation(factor.of) is not None:
        tree = expected_formula(case.samples, factor.of, factor.by)
        if tree is not None:
            return f"{formula_text(factor)} = {formula_text(tree)}"
    return formula_text(factor)


def _another_gradient(case: DiagnosisCase, given: Sequence[float | None]) -> Iterator[Mistake]:
    of, by = case.claim.subject.of, case.claim.subject.by
    for name in dict.fromkeys([*case.similar(by), *case.sheet.order]) if any(given) else ():
        if name != by and _is_derivative(case, given, of, name):
            yield another_gradient(of, name)


def _derivative_of_another_name(case: DiagnosisCase) -> Iterator[Mistake]:
    """Yield the derivative of a name between the two: dp/dz where dL/dz belongs."""
    of, by = case.claim.subject.of, case.claim.subject.by
    given = case.samples.numbers(case.claim.segment.tree)
    for name in case.sheet.between(by, of) if any(given) else ():
        if name != of and not case.samples.is_constant(name, by) and _is_derivative(case, given, name, by):
            yield Mistake("another gradient", f"this is d{name}/d{by}: what leads from {name} to {of} is left out")


def _is_derivative(case: DiagnosisCase, given: Sequence[float | None], of: str, by: str) -> bool:
    return all(agree(number, point.try_derivative(of, by)) for number, point in zip(given, case.samples.points))


def _another_activation(case: DiagnosisCase, given: Sequence[float | None]) -> Iterator[Mistake]:
    """Yield the derivative of another activation than the one that is there: h·(1 − h) for a tanh."""
    for name in case.sheet.between(case.claim.subject.by, case.claim.subject.of):
        op = case.samples.outermost(name)
        for other in CONFUSED_ACTIVATIONS if op in CONFUSED_ACTIVATIONS else ():
            if op is None or other is op:
                continue
            outputs = [float(point.values[name].data) for point in case.samples.points]
            slopes = [(op.partials[0](y, y), other.partials[0](y, y)) for y in outputs]
            put_right = [x * right / wrong if x and wrong else None for x, (right, wrong) in zip(given, slopes)]
            if any(all(map(agree, put_right, wanted)) for wanted in case.wanted):
                trees = [derivative_by_output(each.name, name) for each in (other, op)]
                here, belongs = ("" if tree is None else formula_text(tree) for tree in trees)
                text = f"{here} is the slope of a {other.name}; {name} is a {op.name}: {belongs} belongs"
                yield Mistake("another function", text)


def _by_wrong_paths(case: DiagnosisCase, given: Sequence[float | None]) -> Iterator[Mistake]:
    of, by = case.claim.subject.of, case.claim.subject.by
    rules = [ChainRule(case.samples, point, point.values.__getitem__, {}) for point in case.samples.points]
    for path in find_wrong_paths(case.own.rule(use_written=False), of, by):
        try:
            if all(agree(number, number_of(path.follow(rule))) for number, rule in zip(given, rules)):
                yield path.mistake
        except ChalkgradError:
            continue
