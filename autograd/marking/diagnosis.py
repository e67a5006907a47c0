"""The kind of a first mistake: the small change that explains it.

A wrong formula is put right by one small edit at a time (`formula_edits`). An edit that makes it the truth at every
generic point names the mistake; so does a wrong path through the graph (`wrong_paths`) or another gradient that gives
the writer's formula there. For wrong numbers see `number_mistakes`. Where two mistakes fit, both are named; where none
fits, none is.
"""

from __future__ import annotations

from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING

from autograd.claims.sampling import agree
from autograd.claims.tree import NOWHERE, BinaryNode, CallNode, DerivativeNode, NameNode, NumberNode, walk, whole_number
from autograd.errors import ChalkgradError
from autograd.marking.calculator_modes import other_functions
from autograd.marking.case import NAMES, another_gradient
from autograd.marking.chain_rule import ChainRule, number_of
from autograd.marking.expected_formula import derivative_by_output, expected_formula
from autograd.marking.formula_edits import edits_as_written, further_edits
from autograd.marking.messages import Mistake, formula_text
from autograd.marking.number_mistakes import explain_arithmetic, explain_number
from autograd.marking.rule_mistakes import misapplied_rules
from autograd.marking.wrong_paths import find_wrong_paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from autograd.claims.tree import Node
    from autograd.marking.case import DiagnosisCase
    from autograd.marking.edited_formula import Edit, EditedFormula

MAX_NAMED = 2  # mistakes that are named
MAX_EDITS = 4000
MAX_PARTS = 300  # of a formula that is edited

OF_FACTORS = frozenset({"a factor left out", "a factor too many", "a constant"})
OF_RULES = frozenset({"the product rule", "the quotient rule", "the power rule"})
# Kinds that say nothing more beside others; a kind that is not here says nothing more beside a wrong rule.
INCLUDED_IN = {
    "the chain rule": OF_FACTORS,
    "a factor left out": OF_RULES | {"an exponent", "the chain rule", "the calculator"},
    "a factor too many": OF_RULES | {"an exponent", "the chain rule", "the calculator"},
    "a constant": OF_RULES | {"an exponent", "the chain rule", "the calculator"},
    "an exponent": OF_RULES,
    "another gradient": frozenset(),
    "another name": frozenset(),
    "sign": frozenset({"the product rule", "the power rule", "an exponent"}),
    **dict.fromkeys(OF_RULES, frozenset[str]()),
}


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
        if unique.keys().isdisjoint(INCLUDED_IN.get(mistake.kind, OF_RULES | {"an exponent"})):
            unique.setdefault(mistake.kind, mistake)
        if len(unique) == MAX_NAMED:
            break
    if not unique and claim.kind == "formula" and case.wanted:
        return tuple(_last_resort(case))[:1] or _with_sign(case)
    return tuple(unique.values())


def _explain_formula(case: DiagnosisCase) -> Iterator[Mistake]:
    tree, samples, subject = case.claim.segment.tree, case.samples, case.claim.subject
    given = samples.numbers(tree)
    yield from _no_path(case, given)
    zeros = list(_zero_factor(case, given))
    yield from zeros
    if zeros:
        return  # multiplied by 0, any other factor would explain it too
    rules = list(_by_rules(case, given)) if subject.of else []
    yield from (mistake for mistake in rules if mistake.kind == "the calculator")
    turned = [mistake for mistake in rules if mistake.kind == "the quotient rule"]
    plain = [mistake for mistake in rules if _is_plain(mistake)]
    explained = False
    for mistake in chain(_by_edits(case, tree, as_written=True), plain, _by_edits(case, tree)):
        explained = True
        yield from turned if mistake.kind == "swapped" else ()
        yield mistake
    if not explained:  # a literal 2 matched: do not also suggest a given whose value is 2
        for reading in islice(case.sheet.with_givens_named(tree), 2):
            yield from _by_edits(case, reading, as_written=True)
            yield from _by_edits(case, reading)
    for right in case.right_formulas:
        likely = chain(case.likely_edits(right), other_functions(case.edited(right)[0]))
        for edit in islice(likely, MAX_EDITS):
            if _gives(case, edit, given):
                yield edit.done
    if subject.of:
        yield from _by_wrong_paths(case, given)
        yield from _another_gradient(case, given)
        yield from rules


def _is_plain(mistake: Mistake) -> bool:
    """Return whether a wrong rule is how anybody would put it: the divisor 4 left out, and not a factor 4 too many."""
    plain = mistake.kind in ("an exponent", "the chain rule")
    return plain or mistake.text.startswith(("the inner derivative", "the divisor"))


def _gives(case: DiagnosisCase, edit: Edit, given: Sequence[float | None]) -> bool:
    """Return whether an edited formula gives at every generic point what the writer's formula does."""
    return all(agree(number, edit.number(point)) for number, point in zip(given, case.samples.points))


def _by_rules(case: DiagnosisCase, given: Sequence[float | None]) -> Iterator[Mistake]:
    """Yield the rules of differentiation that, taken wrongly, give the writer's formula.

    Where an earlier mistake is carried forward, the wrong rule changes the formula by the same factor.
    """
    subject, truths = case.claim.subject, case.samples.truths(case.claim)
    for edit in misapplied_rules(case.samples, subject.of, subject.by, case.budget):
        wanted = list(case.wanted)
        for at, point in enumerate(case.samples.points):
            number, truth, mine = edit.number(point), truths[at], given[at]
            if number is None or truth is None or mine is None:
                break
            wanted = [numbers for numbers in wanted if _same_ratio(mine, truth, number, numbers[at])]
            if not wanted:
                break
        else:
            yield edit.done


def _same_ratio(mine: float, truth: float, number: float, wanted: float | None) -> bool:
    """Return whether mine/wanted is number/truth."""
    return wanted is not None and agree(mine * truth, number * wanted)


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


def _by_edits(case: DiagnosisCase, tree: Node, *, as_written: bool = False) -> Iterator[Mistake]:
    """Yield the edits of a formula that give what is wanted at every generic point.

    Those that give minus that are kept in `case.turned`.
    """
    if len(walk(tree)) > MAX_PARTS:
        return
    plain, *shared = case.edited(tree)
    again = (edit for formula in shared for edit in _edits(case, formula, as_written=as_written) if edit.is_repeated)
    for found in (_edits(case, plain, as_written=as_written), again):
        for edit in islice(found, MAX_EDITS):
            sign = _sign_to_wanted(case, edit)
            if sign and not case.is_circular(edit.tree):
                if sign > 0:
                    yield edit.undone
                else:
                    case.turned.append(edit)


def _edits(case: DiagnosisCase, formula: EditedFormula, *, as_written: bool) -> Iterator[Edit]:
    names = case.plausible_names
    if as_written:
        return edits_as_written(formula, case.sheet, names)
    subject = case.claim.subject
    inside = [subject.by, *case.sheet.between(subject.by, subject.of)] if subject.of else names
    slopes = {name: slope for name in names if (slope := _slope(case, name)) is not None} if subject.of else {}
    return further_edits(formula, case.sheet, _factors(case, names), partial(_factor_text, case), inside, slopes)


def _slope(case: DiagnosisCase, name: str) -> Node | None:
    """Return the derivative of an activation by its output, 1 − h² for a tanh; of h·(1 − h), 1 − h is a factor."""
    op = case.samples.outermost(name)
    slope = derivative_by_output(op.name, name) if op is not None and op.is_activation else None
    return None if isinstance(slope, BinaryNode) and slope.operator == "*" else slope


def _sign_to_wanted(case: DiagnosisCase, edit: Edit) -> int:
    """Return 1 if an edited formula gives what is wanted at every generic point, −1 if minus that, 0 if neither."""
    left = [(1, numbers) for numbers in case.wanted]
    for at, point in enumerate(case.samples.points):
        number = edit.number(point)
        if number is None:
            return 0
        if at == 0:
            left += [(-1, numbers) for _, numbers in left]
        left = [(sign, numbers) for sign, numbers in left if agree(sign * number, numbers[at])]
        if not left:
            return 0
    return left[0][0] if left else 0


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
        if name not in (by, of) and _is_derivative(case, given, of, name):
            yield another_gradient(of, name)


def _last_resort(case: DiagnosisCase) -> Iterator[Mistake]:
    """Yield the derivative of a name between the two: dp/dz where dL/dz belongs."""
    of, by = case.claim.subject.of, case.claim.subject.by
    given = case.samples.numbers(case.claim.segment.tree)
    for name in case.sheet.between(by, of) if of and any(given) else ():
        if name != of and not case.samples.is_constant(name, by) and _is_derivative(case, given, name, by):
            yield Mistake("another gradient", f"this is d{name}/d{by}: what leads from {name} to {of} is left out")


def _with_sign(case: DiagnosisCase) -> tuple[Mistake, ...]:
    """Return one mistake and a wrong sign, if the two together explain a formula: t − o for 2·(o − t)."""
    for edit in case.turned[:1]:
        return Mistake("sign", "the sign is the other way round"), edit.undone._replace(together=True)
    return ()


def _is_derivative(case: DiagnosisCase, given: Sequence[float | None], of: str, by: str) -> bool:
    points = case.samples.points
    return all(agree(number, case.try_derivative(point, of, by)) for number, point in zip(given, points))


def _by_wrong_paths(case: DiagnosisCase, given: Sequence[float | None]) -> Iterator[Mistake]:
    of, by = case.claim.subject.of, case.claim.subject.by
    rules = [ChainRule(case.samples, point, point.values.__getitem__, {}) for point in case.samples.points]
    length = len(case.sheet.between(by, of))
    for path in find_wrong_paths(case.own.rule(use_written=False), of, by):
        case.budget.spend(NAMES * length * len(rules))
        try:
            if all(agree(number, number_of(path.follow(rule))) for number, rule in zip(given, rules)):
                yield path.mistake
        except ChalkgradError:
            continue
