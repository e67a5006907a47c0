"""Wrong numbers: the small mistake that would give this number.

A number has no generic points: it is one number, and the fewer digits it has, the more mistakes
would give it by chance. So mistakes are tried in the order in which people make them, each with its
window by the writer's own figures, and only as many as the digits of the number can tell apart: the
chances of a coincidence add up, and beyond `RISK` nothing is named.
"""

from __future__ import annotations

import math
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from autograd.claims import tree as syntax
from autograd.claims.tree import NOWHERE, Binary, Derivative, Name, Negative, Number
from autograd.engine.graph import topological_order
from autograd.engine.value import Value
from autograd.errors import ChalkgradError
from autograd.formatting import figures as number_format
from autograd.marking.expected_formula import natural_formula
from autograd.marking.formula_edits import (
    fewer_factors,
    fewer_terms,
    interchanged,
    more_factors,
    other_functions,
    other_names,
    other_slopes,
    signs,
    swaps,
)
from autograd.marking.intervals import Window, half_unit, written_window
from autograd.marking.messages import Mistake
from autograd.marking.own_figures import telling
from autograd.marking.substitution import misrendered, renders
from autograd.marking.wrong_paths import wrong_routes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from autograd.claims.tree import Node
    from autograd.marking.diagnosis import Case
    from autograd.marking.formula_edits import Edit
    from autograd.sheet.sheet import Sheet

MOST_GUESSES = 500
LEAST_DIGITS = 4  # of a number in which one wrong digit is told from chance
MOST_NEAR = 20  # figures that a number may be miscopied from
NEAR = 0.1  # how far a miscopied figure is from the one it is of
RISK = 0.10  # how likely a coincidence may be before nothing more is tried
MOST_PARTS = 120  # of a formula that is looked at

FIRST = {"a factor left out", "a path left out", "a term left out", "a constant"}

Guess = tuple["Window | None", Mistake]  # what a mistake would give


def of_number(case: Case) -> Iterator[Mistake]:
    """The mistakes that would give a wrong number."""
    number = case.claim.number
    assert number is not None
    yield from _of_the_pen(case, number)
    yield from _copied(case, number)
    yield from _on_the_other_key(case, number)
    yield from told_apart(case, written_window(number), _guesses(case))


def of_arithmetic(case: Case) -> Iterator[Mistake]:
    """The mistakes in wrong arithmetic: in what it renders, or in one number of it."""
    tree = case.claim.segment.tree
    source = _source(case)
    result = case.own.compute(tree, near=case.result)
    if result is None:
        return
    mine = case.own.window(result)
    found = None if case.result is None else misrendered(tree, case.result, case.own)
    copied = found is not None and ", the figure of " in found.text
    for guessed, mistake in _renderings(case, source):
        if copied and found and mistake.kind != found.kind:
            continue  # digit for digit, it is no chance product of two others
        other = case.own.compute(guessed)
        window = None if other is None else case.own.guessed(other)
        if other is None or window is None or window.meets(case.window) or not window.meets(mine):
            continue
        if renders(tree, other, case.own):
            yield mistake
    if found:
        yield found
    if copied:
        return
    guesses = list(told_apart(case, mine, _guesses(case)))
    yield from guesses
    if not found and not guesses:
        yield from _one_number(case, tree)


def _one_number(case: Case, tree: Node) -> Iterator[Mistake]:
    """A number of the arithmetic that is a figure miscopied, or has the wrong sign: also inside e^0.1."""
    if case.result is None or sum(1 for _ in syntax.walk(tree)) > MOST_PARTS:
        return
    figures = {v.label: float(v.data) for v in topological_order(case.result) if v.label}
    for number in dict.fromkeys(part for part in syntax.walk(tree) if isinstance(part, Number) and not part.exact):
        near = [name for name, figure in figures.items() if 0 < abs(figure - number.value) <= NEAR * abs(figure)]
        for name in near[:MOST_NEAR]:
            if name in case.own.names and _puts_right(case, tree, number, Name(name, NOWHERE)):
                belongs = number_format.apart(number.value, figures[name], max(number_format.DIGITS, number.digits))[1]
                yield Mistake("a figure", f"{number.text} stands where {name} = {belongs} belongs")
        if _puts_right(case, tree, number, Negative(number)):
            yield Mistake("sign", f"the sign of {number.text} is the other way round")


def _puts_right(case: Case, tree: Node, number: Number, other: Node) -> bool:
    """Whether the arithmetic is what it should be with another number in the place of one of its numbers."""
    new = syntax.replaced(tree, lambda part: other if part == number else part)
    result = case.own.compute(new, near=case.result)
    return result is not None and case.own.guessed(result).meets(case.window)


def _renderings(case: Case, source: Node | None) -> Iterator[tuple[Node, Mistake]]:
    """The formulas that may have been put in figures instead."""
    for edit in () if source is None else misread(case, source):
        yield edit.tree, edit.done
    for name, mistake in _other_gradients(case):
        tree = natural_formula(case.worlds, case.claim.subject.of, name)
        if tree is not None:
            yield tree, mistake


def _other_gradients(case: Case) -> Iterator[tuple[str, Mistake]]:
    of, by = case.claim.subject.of, case.claim.subject.by
    for name in case.beside(by) if of else ():
        yield name, Mistake("another gradient", f"this is d{of}/d{name}, the gradient of {name}")


def told_apart(case: Case, mine: Window, guesses: Iterator[Guess]) -> Iterator[Mistake]:
    """The guesses that give what was written, as long as that is not likely to be chance."""
    risk = 0.0
    for window, mistake in islice(guesses, MOST_GUESSES):
        if window is None or window.meets(case.window):
            continue  # it would not show
        width = window.high - window.low + mine.high - mine.low
        risk += width / (2 * max(abs(mine.middle), abs(window.middle)) or 1.0)
        if risk > RISK:
            return
        if window.meets(mine):
            yield mistake


# -- The pen ------------------------------------------------------------------------------------


def _of_the_pen(case: Case, number: Number) -> Iterator[Mistake]:
    """A sign, digits cut off or transposed, the decimal point."""
    base, mine, half = case.window, written_window(number), half_unit(number)
    if not mine.holds(0.0) and _times(base, -1.0).meets(mine):
        yield Mistake("sign", "the sign is the other way round")
    unit = math.copysign(number.unit, number.value)
    if half and base.meets(Window(min(mine.middle, mine.middle + unit), 0.0, max(mine.middle, mine.middle + unit))):
        yield Mistake("truncated", "the digits were cut off where they are to be rounded")
    for digits, text in _transposed(number):
        if base.meets(Window(digits - half, digits, digits + half)):
            yield Mistake("transposed", text)
    for shift in (1, -1, 2, -2, 3, -3):
        moved, wide = number.value * 10.0**shift, half * max(1.0, 10.0**shift)
        if not (mine.holds(0.0) or base.holds(0.0)) and base.meets(Window(moved - wide, moved, moved + wide)):
            yield Mistake("decimal point", f"the decimal point is {abs(shift)} place{'s' * (abs(shift) > 1)} off")
    if telling(number) and base.high - base.low <= 2 * number.unit:
        less = number.value - unit
        if abs(base.middle - less) <= half:
            yield Mistake("rounded up", "the last digit is one too large")
        for digits, text in _misspelt(number):
            if base.meets(Window(digits - half, digits, digits + half)):
                yield Mistake("a digit", text)


def _copied(case: Case, number: Number) -> Iterator[Mistake]:
    """A figure that was written before, digit for digit, for something else."""
    for figure in case.own.written.get(number.value, ()) if telling(number) else ():
        if figure.label and figure.label != str(case.claim.subject):
            kind = "another gradient" if "/" in figure.label else "another name"
            yield Mistake(kind, f"this is the figure of {figure.label}")


def _on_the_other_key(case: Case, number: Number) -> Iterator[Mistake]:
    """Degrees, or a logarithm to the base 10: few enough to be told from chance by any digits."""
    source = _source(case)
    for edit in () if source is None else other_functions(source):
        window = _window(case, edit)
        if window is not None and window.meets(written_window(number)):
            yield edit.done


def _times(window: Window, factor: float) -> Window:
    ends = sorted((window.low * factor, window.high * factor))
    return Window(ends[0], window.middle * factor, ends[1])


def _transposed(number: Number) -> Iterator[tuple[float, str]]:
    mantissa, _, exponent = number.text.partition("e")
    for at in range(len(mantissa) - 1):
        a, b = mantissa[at], mantissa[at + 1]
        if a.isdigit() and b.isdigit() and a != b:
            swapped = mantissa[:at] + b + a + mantissa[at + 2 :] + (f"e{exponent}" if exponent else "")
            yield float(swapped), f"two digits are transposed: {a}{b} stands where {b}{a} belongs"


def _misspelt(number: Number) -> Iterator[tuple[float, str]]:
    """The number with one of its digits, not the last, put as another; of four digits and more."""
    mantissa, _, exponent = number.text.partition("e")
    first = next((at for at, digit in enumerate(mantissa) if digit in "123456789"), len(mantissa))
    digits = [at for at in range(first, len(mantissa)) if mantissa[at].isdigit()]
    for at in digits[:-1] if len(digits) >= LEAST_DIGITS else ():
        for other in "0123456789".replace(mantissa[at], ""):
            text = mantissa[:at] + other + mantissa[at + 1 :]
            shown = text.replace("-", number_format.MINUS)
            said = f"one digit is another: {mantissa[at]} stands where {other} belongs, in {shown}"
            yield float(text + (f"e{exponent}" if exponent else "")), said


# -- What was worked out ------------------------------------------------------------------------


def _source(case: Case) -> Node | None:
    """The formula that should have been worked out: the one on the line, else that of the subject."""
    tree = case.source if case.source is not None else right_formula(case)
    return tree if tree is not None and sum(1 for _ in syntax.walk(tree)) <= MOST_PARTS else None


def right_formula(case: Case) -> Node | None:
    """What belongs there: the chain rule's formula of a derivative, the definition (by a key) of a name."""
    subject = case.claim.subject
    if subject.of:
        return natural_formula(case.worlds, subject.of, subject.by)
    segment = case.worlds.sheet.definitions.get(subject.name)
    return None if segment is None else segment.tree


def _guesses(case: Case) -> Iterator[Guess]:
    source = _source(case)
    yield _times(case.window, 2.0), Mistake("a constant", "a factor 2 is one too many, or ½ is left out")
    yield _times(case.window, 0.5), Mistake("a constant", "a factor 2 is left out, or ½ is one too many")
    others = _other_gradients(case)
    for edit in () if source is None else misread(case, source):
        if edit.done.kind not in FIRST:  # what is left out comes first, then another gradient, then the rest
            yield from _followed_each(case, others)
        yield _window(case, edit), edit.done
    yield from _followed_each(case, others)
    if case.source is None and case.claim.subject.of:
        yield from _of_routes(case)
    for count in sorted(case.worlds.sheet.counts()):
        if count > 2:
            yield _times(case.window, count), Mistake("a constant", f"a factor 1/{count} is left out")
            yield _times(case.window, 1 / count), Mistake("a constant", f"a factor 1/{count} is one too many")


def _followed_each(case: Case, others: Iterator[tuple[str, Mistake]]) -> Iterator[Guess]:
    for name, mistake in others:
        yield _followed(case, lambda name=name: case.own.slope(case.claim.subject.of, name)), mistake


def misread(case: Case, tree: Node) -> Iterator[Edit]:
    """The formula that should have been worked out with one thing changed."""
    sheet = case.worlds.sheet
    names = list(dict.fromkeys(part.key for part in syntax.walk(tree) if isinstance(part, Name)))
    alike = list(dict.fromkeys(other for name in names for other in case.alike(name)))
    slopes = list(dict.fromkeys(part.by for part in syntax.walk(tree) if isinstance(part, Derivative)))
    alike += [other for name in slopes for other in case.alike(name) if other not in alike]
    is_sum = isinstance(tree, Binary) and tree.operator in "+-"
    for edit in chain(
        *((fewer_terms(tree), fewer_factors(tree)) if is_sum else (fewer_factors(tree), fewer_terms(tree))),
        signs(tree),
        swaps(tree),
        other_names(tree, sheet, alike),
        interchanged(tree),
        other_slopes(tree, [name for name in alike if _leads(sheet, tree, name)]),
        more_factors(tree, [*_factors(tree), *(Name(name, NOWHERE) for name in alike)]),
    ):
        if not case.is_circular(edit.tree):
            yield edit


def _leads(sheet: Sheet, tree: Node, name: str) -> bool:
    """Whether a derivative in the tree could be by this name, and not be 0."""
    tops = dict.fromkeys(part.of for part in syntax.walk(tree) if isinstance(part, Derivative))
    return any(name == top or sheet.between(name, top) for top in tops)


def _factors(tree: Node) -> list[Node]:
    """Every factor in the formula once: what may have been multiplied in again."""
    found: dict[Node, Node] = {}
    for part in syntax.walk(tree):
        if isinstance(part, (Name, Derivative)):
            found.setdefault(_unplaced(part), part)
        elif isinstance(part, Binary) and part.operator == "*":
            for factor in (part.left, part.right):
                found.setdefault(factor, factor)
    return [factor for factor in found if not isinstance(factor, Number)]


def _unplaced(part: Node) -> Node:
    """A name or derivative wherever it stands, so that it is met once."""
    if isinstance(part, Name):
        return Name(part.key, NOWHERE)
    assert isinstance(part, Derivative)
    return Derivative(part.of, part.by, NOWHERE)


def _window(case: Case, edit: Edit) -> Window | None:
    result = case.own.compute(edit.tree)
    return None if result is None else case.own.guessed(result)


def _of_routes(case: Case) -> Iterator[Guess]:
    """A number for a gradient, with no formula: which wrong way through the graph leads to it."""
    of, by = case.claim.subject.of, case.claim.subject.by
    own = case.own
    routes = list(wrong_routes(own.rule(written=False), of, by))
    for route in routes:
        if route.mistake.kind == "a path left out":
            yield _followed(case, lambda route=route: route.follow(own.rule())), route.mistake
    for route in routes:
        if route.mistake.kind != "a path left out":
            yield _followed(case, lambda route=route: route.follow(own.rule())), route.mistake
    for name, other in _renamings(case):
        mistake = next(iter(other_names(Name(name, NOWHERE), case.worlds.sheet, [other]))).done
        yield _followed(case, lambda name=name, other=other: own.renamed(name, other).derivative(of, by)), mistake


def _renamings(case: Case) -> Iterator[tuple[str, str]]:
    """Names that the derivative is made of, each with one that it is easily mistaken for."""
    sheet = case.worlds.sheet
    of, by = case.claim.subject.of, case.claim.subject.by
    inside = sheet.between(by, of)
    for name in dict.fromkeys(other for at in inside for other in (*sheet.mentioned_by(at), at)):
        for other in case.alike(name):
            yield name, other


def _followed(case: Case, follow: Any) -> Window | None:
    try:
        result = follow()
    except ChalkgradError:
        return None
    return case.own.guessed(result if isinstance(result, Value) else Value(float(result)))
