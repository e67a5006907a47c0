"""Small edits of a formula: the mistakes that people make.

An `Edit` can be read in two ways. Where the writer's formula is wrong and the edited one is right, the edit *undoes*
a mistake: its message says what stands there and what belongs there. Where the formula is right and the edited one
gives the writer's number, the mistake was *done*: its message says what was computed instead.
"""

from __future__ import annotations

from functools import partial, reduce
from itertools import combinations, product
from typing import TYPE_CHECKING

from autograd.claims import tree as syntax
from autograd.claims.dependencies import without_digits
from autograd.claims.tree import NOWHERE, BinaryNode, CallNode, DerivativeNode, NameNode, NegativeNode, NumberNode
from autograd.marking.calculator_modes import in_radians
from autograd.marking.edited_formula import Edit
from autograd.marking.messages import Mistake, confused_names, formula_text, misplaced, name_kind, with_written_index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from autograd.claims.tree import Node
    from autograd.claims.worksheet import Worksheet
    from autograd.marking.edited_formula import Described, EditedFormula
    from autograd.marking.tree_parts import Replaced

MAX_BRACKETED = 12  # factors beside a + or −, between which brackets may be missing
MAX_INTERCHANGED = 12  # names of which every pair is exchanged


def edits_as_written(formula: EditedFormula, sheet: Worksheet, known: Sequence[str]) -> Iterator[Edit]:
    """Yield a wrong formula with one thing that is written changed: a sign, an order, a factor, a term, a name.

    `known` are the names that may be meant.
    """
    yield from signs(formula)
    yield from swaps(formula)
    yield from fewer_factors(formula)
    yield from fewer_terms(formula)
    yield from other_names(formula, sheet, known)


def further_edits(
    formula: EditedFormula,
    sheet: Worksheet,
    factors: Sequence[Node],
    shown: Callable[[Node], str] | None = None,
    inside: Sequence[str] = (),
    slopes: Mapping[str, Node] | None = None,
) -> Iterator[Edit]:
    """Yield a wrong formula with something put in or put differently, the likeliest mistakes first.

    `factors` are what may have been left out, `inside` the names that a derivative in it may be taken of and by, and
    `slopes` the derivatives of activations by their outputs: 1 − h² for h.
    """
    yield from constants(formula, sheet)
    yield from brackets(formula)
    yield from no_exponents(formula)
    yield from exponents(formula)
    yield from more_factors(formula, factors, shown)
    yield from differentiated(formula, slopes or {})
    yield from other_derivatives(formula, sheet, inside)
    yield from operations(formula)
    yield from reciprocals(formula)
    yield from in_radians(formula)


def likely_edits(
    formula: EditedFormula, sheet: Worksheet, similar: Sequence[str], leading: Sequence[str], factors: Sequence[Node]
) -> Iterator[Edit]:
    """Yield the edits of a right formula that people make most often, the likeliest first.

    `similar` are names easily mistaken for its own, `leading` those of them by which a derivative in it may be taken.
    """
    tree = formula.parts.tree
    is_sum = isinstance(tree, BinaryNode) and tree.operator in "+-"
    yield from fewer_terms(formula) if is_sum else fewer_factors(formula)
    yield from fewer_factors(formula) if is_sum else fewer_terms(formula)
    yield from no_exponents(formula)
    yield from signs(formula)
    yield from swaps(formula)
    yield from other_names(formula, sheet, similar)
    yield from interchanged(formula)
    yield from other_derivatives(formula, sheet, leading)
    yield from more_factors(formula, factors)
    yield from no_brackets(formula)


def _put(formula: EditedFormula, part: Node, new: Node, kind: str) -> Edit:
    """Return the edit that puts something else in the place of a part."""
    return Edit(formula, formula.parts.replacing(part, new), partial(misplaced, kind, part, new))


def signs(formula: EditedFormula) -> Iterator[Edit]:
    """Yield the formula with one sign changed: of the whole, of a term, of a factor."""
    tree = formula.parts.tree
    turned = Mistake("sign", "the sign is the other way round")
    yield Edit(formula, {id(tree): NegativeNode(tree)}, lambda: (turned, turned))
    for part in formula.parts.distinct:
        if isinstance(part, BinaryNode) and part.operator in "+-":
            other = "-" if part.operator == "+" else "+"
            yield _put(formula, part, BinaryNode(other, part.left, part.right, part.place), "sign")
            negative = NegativeNode(part.left)
            yield _put(formula, part, BinaryNode(part.operator, negative, part.right, part.place), "sign")
        elif isinstance(part, NegativeNode) and part is not tree:
            yield _put(formula, part, part.operand, "sign")


def swaps(formula: EditedFormula) -> Iterator[Edit]:
    """Yield it with the operands of a difference, quotient or power swapped."""
    for part in formula.parts.distinct:
        if isinstance(part, BinaryNode) and part.operator == "/":
            yield _put(formula, part, _reciprocal(part), "swapped")
        elif isinstance(part, BinaryNode) and part.operator in "-^":
            yield _put(formula, part, BinaryNode(part.operator, part.right, part.left, part.place), "swapped")


def brackets(formula: EditedFormula) -> Iterator[Edit]:
    """Yield it with brackets put in: a·b + c as a·(b + c), a + b·c as (a + b)·c, h·1 − h·x as h·(1 − h)·x."""
    for part in formula.parts.distinct:
        if not isinstance(part, BinaryNode) or part.operator not in "+-":
            continue
        left, right = factors_of(part.left), factors_of(part.right)
        for start, end in product(range(len(left)), range(1, len(right) + 1)):
            if len(left) + len(right) <= MAX_BRACKETED and (start > 0 or end < len(right)):
                below = multiplied(left[start:]), multiplied(right[:end])
                inner = BinaryNode(part.operator, *below, part.place)
                new = multiplied([*left[:start], inner, *right[end:]])
                yield Edit(formula, formula.parts.replacing(part, new), partial(_brackets_moved, inner))


def no_brackets(formula: EditedFormula) -> Iterator[Edit]:
    """Yield it without the brackets of a factor: h·1 − h·x for h·(1 − h)·x; and h − (1 − h), minus for times."""
    for part in formula.parts.distinct:
        factors = factors_of(part)
        for at, inner in enumerate(factors) if len(factors) > 1 else ():
            if isinstance(inner, BinaryNode) and inner.operator in "+-":
                left, right = multiplied([*factors[:at], inner.left]), multiplied([inner.right, *factors[at + 1 :]])
                new = BinaryNode(inner.operator, left, right, NOWHERE)
                without = partial(_brackets_moved, inner)
                yield Edit(formula, formula.parts.replacing(part, new), lambda without=without: without()[::-1])  # type: ignore[misc] # the default
                if at:
                    minus = multiplied([BinaryNode("-", multiplied(factors[:at]), inner, NOWHERE), *factors[at + 1 :]])
                    yield _put(formula, part, minus, "operation")


def factors_of(tree: Node) -> list[Node]:
    """Return the factors of a product, in order; any other formula is its own factor."""
    factors: list[Node] = []
    while isinstance(tree, BinaryNode) and tree.operator == "*":
        factors.append(tree.right)
        tree = tree.left
    return [tree, *reversed(factors)]


def multiplied(factors: Sequence[Node]) -> Node:
    """Return the product of one factor or more."""
    return reduce(lambda whole, factor: BinaryNode("*", whole, factor, NOWHERE), factors)


def _brackets_moved(inner: Node) -> Described:
    text = formula_text(inner)
    return (
        Mistake("brackets", f"brackets are missing around {text}"),
        Mistake("brackets", f"there are no brackets around {text}"),
    )


def operations(formula: EditedFormula) -> Iterator[Edit]:
    """Yield it with another operation: times for divided by, times for plus or minus."""
    for part in formula.parts.distinct:
        if isinstance(part, BinaryNode) and not syntax.is_arithmetic(part.right):
            for other in {"*": "/+", "/": "*", "+": "*", "-": "*"}.get(part.operator, ""):
                yield _put(formula, part, BinaryNode(other, part.left, part.right, part.place), "operation")


def reciprocals(formula: EditedFormula) -> Iterator[Edit]:
    """Yield it turned upside down, and with 1/p in place of p; a quotient is in `swaps`."""
    tree = formula.parts.tree
    for part in formula.parts.distinct:
        if isinstance(part, (NameNode, DerivativeNode, CallNode)):
            yield _put(formula, part, _reciprocal(part), "swapped")
    if isinstance(tree, NegativeNode):
        yield _put(formula, tree, NegativeNode(_reciprocal(tree.operand)), "swapped")
    elif isinstance(tree, BinaryNode):
        yield _put(formula, tree, _reciprocal(tree), "swapped")


def _reciprocal(tree: Node) -> Node:
    """Return 1/p for p, and p for 1/p."""
    if isinstance(tree, BinaryNode) and tree.operator == "/":
        top = tree.left
        return (
            tree.right if isinstance(top, NumberNode) and top.value == 1 else BinaryNode("/", tree.right, top, NOWHERE)
        )
    return BinaryNode("/", syntax.whole_number(1), tree, NOWHERE)


def fewer_factors(formula: EditedFormula) -> Iterator[Edit]:
    """Yield it without one factor or divisor."""
    for part in formula.parts.distinct:
        if not isinstance(part, BinaryNode) or part.operator not in "*/":
            continue
        shown = "factor" if part.operator == "*" else "divisor"
        for extra, rest in ((part.right, part.left), (part.left, part.right)):
            if part.operator == "*" or rest is part.left:
                yield Edit(formula, formula.parts.replacing(part, rest), partial(_factor_removed, extra, shown))


def _factor_removed(extra: Node, what: str, shown: Callable[[Node], str] = formula_text, of: str = "") -> Described:
    """Return the mistakes that a factor is one too many, and that it is left out."""
    text = f"the {what} {shown(extra)}{of} is"
    constant = "a constant" if syntax.is_arithmetic(extra) else ""
    return (
        Mistake(constant or "a factor too many", f"{text} one too many"),
        Mistake(constant or "a factor left out", f"{text} left out"),
    )


def fewer_terms(formula: EditedFormula) -> Iterator[Edit]:
    """Yield it without one term of a sum."""
    for part in formula.parts.distinct:
        shorter: list[tuple[Node, Node]] = []
        if isinstance(part, BinaryNode) and part.operator in "+-":
            right = part.right if part.operator == "+" else NegativeNode(part.right)
            shorter = [(part.right, part.left), (part.left, right)]
        elif isinstance(part, CallNode) and part.function == "sum" and 1 < len(part.args) <= 8:
            rests = [part.args[:at] + part.args[at + 1 :] for at in range(len(part.args))]
            shorter = [(term, CallNode("sum", rest, part.place)) for term, rest in zip(part.args, rests)]
        for term, rest in shorter:
            yield Edit(formula, formula.parts.replacing(part, rest), partial(_term_removed, term, rest))


def _term_removed(term: Node, rest: Node) -> Described:
    path = not syntax.is_arithmetic(term) and not syntax.is_arithmetic(rest)
    text = f"the term {formula_text(term)} is"
    less = Mistake("a path left out" if path else "a term left out", f"{text} left out")
    return Mistake("a term too many", f"{text} one too many"), less


def constants(formula: EditedFormula, sheet: Worksheet) -> Iterator[Edit]:
    """Yield it, or one of its terms, times or divided by 2 or by a count n."""
    counts = {2: "2"}
    for name, given in sheet.givens.items():
        if given == int(given) and 2 < given < 1000 and sheet.is_count(name):
            counts.setdefault(int(given), name)
    for whole in sorted({*sheet.term_counts(), *sheet.whole_numbers()}):
        if whole > 2:
            counts.setdefault(whole, str(whole))
    tree = formula.parts.tree
    for count, shown in list(counts.items())[:4]:
        number = syntax.whole_number(count)
        for spot in (tree, *formula.parts.terms):
            of = None if spot is tree else spot
            times, over = BinaryNode("*", number, spot, NOWHERE), BinaryNode("/", spot, number, NOWHERE)
            yield Edit(formula, formula.parts.replacing(spot, times), partial(_constant_put_in, shown, of, over=False))
            yield Edit(formula, formula.parts.replacing(spot, over), partial(_constant_put_in, shown, of, over=True))


def _constant_put_in(shown: str, spot: Node | None, *, over: bool) -> Described:
    """Return the mistakes for a term that is multiplied by a number, or divided by it."""
    half = "½" if shown == "2" else f"1/{shown}"
    of = "" if spot is None else f" of {formula_text(spot)}"
    less = Mistake("a constant", f"a factor {shown}{of} is left out, or {half} is one too many")
    more = Mistake("a constant", f"a factor {shown}{of} is one too many, or {half} is left out")
    return (more, less) if over else (less, more)


def more_factors(
    formula: EditedFormula, factors: Sequence[Node], shown: Callable[[Node], str] | None = None
) -> Iterator[Edit]:
    """Yield it, or one of its terms, times one of these factors; `shown` returns the text of a factor."""
    tree = formula.parts.tree
    for spot in (tree, *formula.parts.terms):
        if spot is not tree and syntax.is_arithmetic(spot):
            continue  # 1 − h made h − h
        for factor in factors:
            if isinstance(spot, NameNode) and isinstance(factor, NameNode) and spot.key == factor.key:
                continue  # a square, see `exponents`
            new = BinaryNode("*", spot, factor, NOWHERE)
            describe = partial(_factor_added, factor, None if spot is tree else spot, shown or formula_text)
            yield Edit(formula, formula.parts.replacing(spot, new), describe)


def _factor_added(factor: Node, spot: Node | None, shown: Callable[[Node], str]) -> Described:
    more, less = _factor_removed(factor, "factor", shown, "" if spot is None else f" of {formula_text(spot)}")
    return less, more


def other_names(formula: EditedFormula, sheet: Worksheet, known: Sequence[str]) -> Iterator[Edit]:
    """Yield it with one name replaced by another, at one place or at all of them."""
    for name, spots in _names(formula).items():
        for other in known:
            if other == name:
                continue
            describe = partial(name_confused, sheet, spots[0], other)
            if len(spots) > 1:
                yield Edit(formula, {id(spot): NameNode(other, spot.place) for spot in spots}, describe)
            for spot in spots:
                yield Edit(formula, formula.parts.replacing(spot, NameNode(other, NOWHERE)), describe)


def name_confused(sheet: Worksheet, spot: NameNode, other: str) -> Described:
    """Return the mistakes that a name stands where another belongs, and the other way round."""
    name = spot.key
    here = confused_names(sheet, name, other, *with_written_index(spot, other))
    there = confused_names(sheet, other, name)
    return (
        Mistake(name_kind(sheet, name, other), f"{here} belongs"),
        Mistake(name_kind(sheet, other, name), f"{there} belongs"),
    )


def differentiated(formula: EditedFormula, slopes: Mapping[str, Node]) -> Iterator[Edit]:
    """Yield it with the derivative of an activation in place of the activation: 1 − h² for h."""
    for name, spots in _names(formula).items():
        for spot in spots if name in slopes else ():
            describe = partial(_not_differentiated, name, slopes[name])
            yield Edit(formula, formula.parts.replacing(spot, slopes[name]), describe)


def _not_differentiated(name: str, slope: Node) -> Described:
    text = formula_text(slope)
    undone = Mistake("not differentiated", f"{name} itself stands where its derivative {text} belongs")
    return undone, Mistake("not differentiated", f"{text}, a derivative, stands where {name} belongs")


def other_derivatives(formula: EditedFormula, sheet: Worksheet, inside: Sequence[str]) -> Iterator[Edit]:
    """Yield it with one derivative, or a name for one, replaced by that by, or of, another of these names; not by 0."""
    for part in formula.parts.distinct:
        defined = sheet.definitions.get(part.key) if isinstance(part, NameNode) else None
        derivative = part if defined is None else defined.tree
        if not isinstance(derivative, DerivativeNode):
            continue
        for other in inside:
            for of, by in ((derivative.of, other), (other, derivative.by)):
                if other not in (derivative.by, derivative.of) and sheet.between(by, of):
                    yield _put(formula, part, DerivativeNode(of, by, NOWHERE), "another gradient")


def interchanged(formula: EditedFormula) -> Iterator[Edit]:
    """Yield it with two similar names in each other's place: g1·x2 + g2·x1."""
    for a, b in combinations(list(_names(formula))[:MAX_INTERCHANGED], 2):
        if without_digits(a) == without_digits(b):
            mistake = Mistake("another name", f"{a} and {b} stand in one another's place")
            yield Edit(formula, _renamed(formula, {a: b, b: a}), lambda mistake=mistake: (mistake, mistake))  # type: ignore[misc] # the default


def _names(formula: EditedFormula) -> dict[str, list[NameNode]]:
    """Return the places of each name, in the order in which they stand."""
    found: dict[str, list[NameNode]] = {}
    for part in formula.parts.distinct:
        if isinstance(part, NameNode):
            found.setdefault(part.key, []).append(part)
    return found


def _renamed(formula: EditedFormula, names: Mapping[str, str]) -> Replaced:
    spots = _names(formula)
    return {id(spot): NameNode(other, spot.place) for name, other in names.items() for spot in spots[name]}


def no_exponents(formula: EditedFormula) -> Iterator[Edit]:
    """Yield it with x in place of xⁿ."""
    for part in formula.parts.distinct:
        if isinstance(part, BinaryNode) and part.operator == "^":
            describe = partial(_factor_removed, part.right, "exponent")
            yield Edit(formula, formula.parts.replacing(part, part.left), describe)


def exponents(formula: EditedFormula) -> Iterator[Edit]:
    """Yield it with h² or 1 − h in place of h, 1 − h² of h², xⁿ⁻¹ or xⁿ⁺¹ of xⁿ, and a divisor squared."""
    for part in formula.parts.distinct:
        is_power = isinstance(part, BinaryNode) and part.operator == "^"
        if isinstance(part, NameNode):
            yield _put(formula, part, BinaryNode("^", part, syntax.whole_number(2), NOWHERE), "an exponent")
        if is_power or isinstance(part, NameNode):
            yield _put(formula, part, BinaryNode("-", syntax.whole_number(1), part, NOWHERE), "a term")
        if isinstance(part, BinaryNode) and part.operator == "/" and not syntax.is_arithmetic(part.right):
            square = BinaryNode("^", part.right, syntax.whole_number(2), NOWHERE)
            replaced = formula.parts.replacing(part, BinaryNode("/", part.left, square, part.place))
            yield Edit(formula, replaced, partial(misplaced, "an exponent", part.right, square))
        elif isinstance(part, BinaryNode) and part.operator == "^":
            for step in (-1, 1):
                new = BinaryNode("^", part.left, shifted(part.right, step), part.place)
                yield _put(formula, part, new, "an exponent")


def shifted(exponent: Node, step: int) -> Node:
    """Return an exponent with a whole number added: 3 − 1 as 2, and n − 1 as it is."""
    number = syntax.single_number(exponent)
    if number is not None and number.exact:
        shorter = int(number.value) + step
        return syntax.whole_number(shorter) if shorter >= 0 else NegativeNode(syntax.whole_number(-shorter))
    return BinaryNode("-" if step < 0 else "+", exponent, syntax.whole_number(abs(step)), NOWHERE)
