"""The kind of mistake in a wrong number or in wrong arithmetic: the small mistake that would give this number.

A number has no generic points: it is one number, and the fewer digits it has, the more mistakes would give it by
chance. So mistakes are tried in the order in which people make them, each with its interval by the writer's own
figures, and only as many as the digits of the number can tell apart: the chances of a coincidence add up, and beyond
`MAX_CHANCE` nothing is named.
"""

from __future__ import annotations

import math
from itertools import islice
from typing import TYPE_CHECKING, Any

from autograd.claims.sampling import agree
from autograd.claims.tree import NOWHERE, NameNode, NegativeNode, NumberNode, map_nodes, walk
from autograd.engine.value import Value
from autograd.errors import ChalkgradError
from autograd.formatting import figures
from autograd.marking.calculator_modes import other_functions
from autograd.marking.case import NAMES
from autograd.marking.expected_formula import chain_rule_step
from autograd.marking.formula_edits import name_confused
from autograd.marking.intervals import Interval, around, half_unit, written_interval
from autograd.marking.literals import is_significant
from autograd.marking.messages import Mistake
from autograd.marking.rule_mistakes import misapplied_rules
from autograd.marking.substitution import is_substitution, substitution_mistake
from autograd.marking.wrong_paths import find_wrong_paths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from autograd.claims.tree import Node
    from autograd.marking.case import DiagnosisCase
    from autograd.marking.edited_formula import Edit

MAX_GUESSES = 500
TWO_DIGITS, THREE_DIGITS = 0.05, 0.005  # largest relative half unit of a number with so many
WHOLE_DIGITS = 3  # significant ones that are suggested in place of a rounded whole number
MIN_DIGITS = 4  # of a number in which one wrong digit is no chance
MAX_COPIED = 20  # figures that a number may be miscopied from
NEAR = 0.1  # relative distance of a miscopied figure from the right one
MAX_CHANCE = 0.10  # of a coincidence, before nothing more is tried
MAX_PARTS = 120  # of a formula that is edited

DOUBLED = Mistake("a constant", "a factor 2 is one too many, or ½ is left out")
HALVED = Mistake("a constant", "a factor 2 is left out, or ½ is one too many")
TURNED = Mistake("sign", "the sign is the other way round")
CONSTANTS: Mapping[float, tuple[Mistake, ...]] = {  # what a number is multiplied by, and the mistakes that do it
    2.0: (DOUBLED,),
    0.5: (HALVED,),
    -2.0: (TURNED, DOUBLED._replace(together=True)),
    -0.5: (TURNED, HALVED._replace(together=True)),
}
RECIPROCAL = Mistake("swapped", "the quotient is the wrong way round: this is 1 divided by the right number")
TRIED_FIRST = {"a factor left out", "a path left out", "a term left out", "a constant"}

Guess = tuple["Interval | None", "Mistake | tuple[Mistake, ...]"]  # what a mistake would give, or several together


def explain_number(case: DiagnosisCase) -> Iterator[Mistake]:
    """Yield the mistakes that would give a wrong number, the likeliest first."""
    number = case.claim.number
    assert number is not None
    yield from _writing_mistakes(case, number)
    yield from _copied(case, number)
    yield from _calculator_mistakes(case, number)
    yield from _by_a_factor(case, number)
    source = _source(case)
    rules = _rules(case) if case.source is None else []
    edits = () if source is None else case.likely_edits(source)
    yield from beyond_chance(case, written_interval(number), _guesses(case, edits, rules))


def explain_arithmetic(case: DiagnosisCase) -> Iterator[Mistake]:
    """Yield the mistakes in wrong arithmetic: in the formula that it puts in numbers, or in one of its numbers."""
    tree = case.claim.segment.tree
    result = case.own.compute(tree, near=case.result)
    if result is None:
        return
    mine = case.own.interval(result)
    found = None if case.result is None else substitution_mistake(tree, case.result, case.own)
    copied = found is not None and ", the figure of " in found.text
    source = _source(case)
    edits = [] if source is None else list(case.likely_edits(source))  # listed, so that each is computed once
    rules = _rules(case) if case.source is None else []
    for guessed, mistake in _other_formulas(case, [*edits, *rules]):
        if copied and found and mistake.kind != found.kind:
            continue  # a figure that is right digit for digit is no chance product of two others
        other = case.own.compute(guessed)
        interval = None if other is None else case.rough_interval(other)
        if other is None or interval is None or interval.meets(case.interval) or not interval.meets(mine):
            continue
        if is_substitution(tree, other, case.own):
            yield mistake
    if found:
        yield found
    if copied:
        return
    guesses = list(beyond_chance(case, mine, _guesses(case, edits, rules)))
    yield from guesses
    if not found and not guesses:
        yield from _one_wrong_number(case, tree)


def _other_formulas(case: DiagnosisCase, edits: Iterable[Edit]) -> Iterator[tuple[Node, Mistake]]:
    """Yield the formulas that may have been put in numbers instead."""
    source = _source(case)
    modes = () if source is None else other_functions(case.edited(source)[0])
    for edit in (*edits, *modes):
        yield edit.tree, edit.done
    for name, mistake in case.other_gradients():
        tree = chain_rule_step(case.samples, case.claim.subject.of, name, case.budget)
        if tree is not None:
            yield tree, mistake


def _one_wrong_number(case: DiagnosisCase, tree: Node) -> Iterator[Mistake]:
    """Yield a number of the arithmetic that is miscopied from a figure, or has the wrong sign: also inside e^0.1."""
    if case.result is None or len(walk(tree)) > MAX_PARTS:
        return
    named = {v.label: float(v.data) for v in case.own.graph(case.result).order if v.label}
    for number in dict.fromkeys(node for node in walk(tree) if isinstance(node, NumberNode) and not node.exact):
        near = [name for name, figure in named.items() if 0 < abs(figure - number.value) <= NEAR * abs(figure)]
        for name in near[:MAX_COPIED]:
            if name in case.own.names and _puts_right(case, tree, number, NameNode(name, NOWHERE)):
                digits = max(figures.DIGITS, number.digits)
                belongs = figures.apart(number.value, named[name], digits)[1]
                yield Mistake("a figure", f"{number.text} stands where {name} = {belongs} belongs")
        if _puts_right(case, tree, number, NegativeNode(number)):
            yield Mistake("sign", f"the sign of {number.text} is the other way round")


def _puts_right(case: DiagnosisCase, tree: Node, number: NumberNode, other: Node) -> bool:
    """Return whether the arithmetic gives what it should with something else in the place of one of its numbers."""
    result = case.own.compute(map_nodes(tree, lambda node: other if node == number else node), near=case.result)
    return result is not None and case.rough_interval(result).meets(case.interval)


def beyond_chance(case: DiagnosisCase, mine: Interval, guesses: Iterator[Guess]) -> Iterator[Mistake]:
    """Yield the guesses that give what was written, as long as that is not likely to be chance."""
    chance = 0.0
    for interval, mistake in islice(guesses, MAX_GUESSES):
        if interval is None or interval.meets(case.interval):
            continue  # a mistake that would not show
        chance += (interval.width + mine.width) / (2 * max(abs(mine.middle), abs(interval.middle)) or 1.0)
        if chance > MAX_CHANCE:
            return
        if interval.meets(mine):
            yield from (mistake,) if isinstance(mistake, Mistake) else mistake


def _writing_mistakes(case: DiagnosisCase, number: NumberNode) -> Iterator[Mistake]:
    """Yield a wrong sign, digits cut off or transposed, a shifted decimal point, one wrong digit.

    Few digits agree by chance. So of a short number the digits must be those of the right one, to the last.
    """
    base, mine, half = case.interval, written_interval(number), half_unit(number)
    if not mine.holds(0.0) and case.gives(mine.times(-1.0)):
        yield Mistake("sign", "the sign is the other way round")
    yield from _cut_off(case, number)
    for digits, text in _transposed(number):
        if _has_digits(case, digits, half, TWO_DIGITS):
            yield Mistake("transposed", text)
    for shift in (1, -1, 2, -2, 3, -3) if number.value else ():
        enough = TWO_DIGITS if abs(shift) == 1 else THREE_DIGITS
        if _has_digits(case, number.value * 10.0**shift, half * 10.0**shift, enough):
            yield Mistake("decimal point", f"the decimal point is {abs(shift)} place{'s' * (abs(shift) > 1)} off")
    if is_significant(number) and base.width <= 2 * number.unit:
        if abs(base.middle - (number.value - _unit(number))) <= half:
            yield Mistake("rounded up", "the last digit is one too large")
        for digits, text in _one_digit_changed(number):
            if case.gives(around(digits, half)):
                yield Mistake("a digit", text)


def _has_digits(case: DiagnosisCase, number: float, half: float, enough: float) -> bool:
    """Return whether a number is the right one to its last digit: one of too few digits, only if it is exactly that."""
    return case.gives(around(number, half)) if half <= enough * abs(number) else agree(case.interval.middle, number)


def _unit(number: NumberNode) -> float:
    """Return one unit of the last digit, away from 0."""
    return math.copysign(number.unit, number.value)


def _cut_off(case: DiagnosisCase, number: NumberNode) -> Iterator[Mistake]:
    """Yield digits that were cut off, 1.9 for 1.96 but not for 2, or a result that was rounded to a whole number."""
    middle, base = case.interval.middle, case.interval.times(1.0 if number.value >= 0 else -1.0)
    size, unit = abs(number.value), number.unit
    if half_unit(number) < unit / 2:
        if number.value and abs(base.middle - size) < unit / 2:
            whole, shown = (t.replace("-", figures.MINUS) for t in (number.text, f"{middle:#.{WHOLE_DIGITS}g}"))
            yield Mistake("a rounded number", f"a whole number is taken as it stands: write ≈ {whole} or {shown}")
    elif (
        number.value
        and size + unit / 2 <= base.high
        and base.low < size + unit
        and not agree(base.low, size + unit)
        and case.gives(around(number.value + _unit(number) / 2, unit / 2))
    ):
        yield Mistake("truncated", "the digits were cut off where they are to be rounded")


def _transposed(number: NumberNode) -> Iterator[tuple[float, str]]:
    """Yield the number with two digits in each other's place; 0.50 for 0.05 has the same digits at another place."""
    mantissa, _, exponent = number.text.partition("e")
    for at in range(len(mantissa) - 1):
        a, b = mantissa[at], mantissa[at + 1]
        swapped = mantissa[:at] + b + a + mantissa[at + 2 :]
        if a.isdigit() and b.isdigit() and _digits(swapped) != _digits(mantissa):
            text = swapped + (f"e{exponent}" if exponent else "")
            yield float(text), f"two digits are transposed: {a}{b} stands where {b}{a} belongs"


def _digits(mantissa: str) -> str:
    return mantissa.replace(".", "").strip("-0")


def _first_digit(mantissa: str) -> int:
    """Return where the first digit is that is no 0."""
    return next((at for at, digit in enumerate(mantissa) if digit in "123456789"), len(mantissa))


def _one_digit_changed(number: NumberNode) -> Iterator[tuple[float, str]]:
    """Yield the number with one of its digits changed, the last excepted; only a number of four digits or more."""
    mantissa, _, exponent = number.text.partition("e")
    places = [at for at in range(_first_digit(mantissa), len(mantissa)) if mantissa[at].isdigit()]
    for at in places[:-1] if len(places) >= MIN_DIGITS else ():
        for other in "0123456789".replace(mantissa[at], "")[at == places[0] :]:  # a number does not begin with 0
            text = mantissa[:at] + other + mantissa[at + 1 :]
            shown = text.replace("-", figures.MINUS)
            message = f"one digit is another: {mantissa[at]} stands where {other} belongs, in {shown}"
            yield float(text + (f"e{exponent}" if exponent else "")), message


def _copied(case: DiagnosisCase, number: NumberNode) -> Iterator[Mistake]:
    """Yield the figures that were written before, digit for digit, for something else."""
    for figure in case.own.by_number.get(number.value, ()) if is_significant(number) else ():
        if figure.label and figure.label != str(case.claim.subject):
            kind = "another gradient" if "/" in figure.label else "another name"
            yield Mistake(kind, f"this is the figure of {figure.label}")


def _calculator_mistakes(case: DiagnosisCase, number: NumberNode) -> Iterator[Mistake]:
    """Yield degrees for radians, or a logarithm to another base: so few that two digits tell them from chance."""
    source = _source(case)
    for edit in () if source is None else other_functions(case.edited(source)[0]):
        interval = _interval(case, edit)
        is_sharp = number.digits > 1 or (interval is not None and agree(interval.middle, number.value))
        if is_sharp and interval is not None and interval.meets(written_interval(number)):
            yield edit.done


def _by_a_factor(case: DiagnosisCase, number: NumberNode) -> Iterator[Mistake]:
    """Yield a factor 2 or ½ in a number that nobody rounded, so that few digits are enough."""
    for factor, mistakes in CONSTANTS.items():
        if case.interval.width == 0 and agree(case.interval.middle * factor, number.value):
            yield from mistakes


def _source(case: DiagnosisCase) -> Node | None:
    """Return the formula that should have been computed: the one on the line, or else that of the subject."""
    tree = case.source if case.source is not None else case.right_formula
    return tree if tree is not None and len(walk(tree)) <= MAX_PARTS else None


def _rules(case: DiagnosisCase) -> list[Edit]:
    """Return the rules of differentiation taken wrongly, for a derivative without a formula."""
    subject = case.claim.subject
    return list(misapplied_rules(case.samples, subject.of, subject.by, case.budget)) if subject.of else []


def _guesses(case: DiagnosisCase, edits: Iterable[Edit], rules: Sequence[Edit]) -> Iterator[Guess]:
    """Yield mistakes with what they would give: what is left out first, then another gradient, then the rest."""
    for factor, mistakes in CONSTANTS.items():
        yield case.interval.times(factor), mistakes
    others = case.other_gradients()
    for edit in edits:
        if edit.done.kind not in TRIED_FIRST:
            yield from _gradients(case, others)
        yield _interval(case, edit), edit.done
    yield from _gradients(case, others)
    if case.source is None and case.claim.subject.of:
        yield from _by_wrong_paths(case)
    for edit in rules:
        yield _interval(case, edit), edit.done
    if not case.interval.holds(0.0):
        low, middle, high = case.interval
        yield Interval(*sorted((1 / high, 1 / middle, 1 / low))), RECIPROCAL
    for count in sorted(case.sheet.term_counts()):
        if count > 2:
            yield case.interval.times(count), Mistake("a constant", f"a factor 1/{count} is left out")
            yield case.interval.times(1 / count), Mistake("a constant", f"a factor 1/{count} is one too many")


def _gradients(case: DiagnosisCase, others: Iterator[tuple[str, Mistake]]) -> Iterator[Guess]:
    of = case.claim.subject.of
    for name, mistake in others:
        yield _guess(case, lambda name=name: case.derivative(of, name)), mistake  # type: ignore[misc] # the default


def _interval(case: DiagnosisCase, edit: Edit) -> Interval | None:
    result = case.own.compute(edit.tree)
    return None if result is None else case.rough_interval(result)


def _by_wrong_paths(case: DiagnosisCase) -> Iterator[Guess]:
    """Yield the wrong paths through the graph, paths left out first: for a gradient without a formula."""
    of, by = case.claim.subject.of, case.claim.subject.by
    own = case.own
    paths = list(find_wrong_paths(own.rule(use_written=False), of, by))
    for path in sorted(paths, key=lambda path: path.mistake.kind != "a path left out"):
        yield _guess(case, lambda path=path: path.follow(own.rule())), path.mistake  # type: ignore[misc] # the default
    inside = case.sheet.between(by, of)
    for name in dict.fromkeys(other for at in inside for other in (*case.sheet.mentioned_by(at), at)):
        for other in case.similar(name):
            _, mistake = name_confused(case.sheet, NameNode(name, NOWHERE), other)
            case.budget.spend(NAMES * len(inside))
            yield _guess(case, lambda name=name, other=other: own.renamed(name, other).derivative(of, by)), mistake  # type: ignore[misc] # the defaults


def _guess(case: DiagnosisCase, compute: Callable[[], Any]) -> Interval | None:
    try:
        result = compute()
    except ChalkgradError:
        return None
    return case.rough_interval(result if isinstance(result, Value) else Value(float(result)))
