"""Small edits of a formula: the mistakes that people make.

An `Edit` can be read in two ways. Where the writer's formula is wrong and the edited one is right, the edit *undoes*
a mistake: its message says what stands there and what belongs there. Where the formula is right and the edited one
gives the writer's number, the mistake was *done*: its message says what was computed instead.
"""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from autograd.claims import tree as syntax
from autograd.claims.dependencies import without_digits
from autograd.claims.tree import NOWHERE, BinaryNode, CallNode, DerivativeNode, NameNode, NegativeNode, NumberNode
from autograd.marking.messages import Mistake, confused_names, formula_text, misplaced, name_kind, with_written_index
from autograd.marking.tree_parts import distinct_parts, replace_part, terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from autograd.claims.tree import Node
    from autograd.claims.worksheet import Worksheet

MAX_INTERCHANGED = 12  # names of which every pair is exchanged
ANGLES, LOGARITHMS = ("sin", "cos", "tan"), ("ln", "log")  # functions that a calculator has in two modes


class Edit(NamedTuple):
    """A formula with one small thing changed: the mistake that the edit undoes, and the mistake that it would make."""

    tree: Node
    undone: Mistake
    done: Mistake


def edits(
    tree: Node,
    sheet: Worksheet,
    known: Sequence[str],
    factors: Sequence[Node],
    shown: Callable[[Node], str] | None = None,
    inside: Sequence[str] = (),
) -> Iterator[Edit]:
    """Yield the formula with one small thing changed, the likeliest mistakes first.

    `known` are the names that may be meant, `factors` what may have been left out or put in, `inside`
    the names by which a derivative in it may be taken.
    """
    yield from signs(tree)
    yield from swaps(tree)
    yield from fewer_factors(tree)
    yield from fewer_terms(tree)
    yield from other_names(tree, sheet, known)
    yield from constants(tree, sheet)
    yield from brackets(tree)
    yield from exponents(tree)
    yield from more_factors(tree, factors, shown)
    yield from other_derivatives(tree, sheet, inside)
    yield from operations(tree)


def likely_edits(
    tree: Node, sheet: Worksheet, similar: Sequence[str], leading: Sequence[str], factors: Sequence[Node]
) -> Iterator[Edit]:
    """Yield the edits of a right formula that people make most often, the likeliest first.

    `similar` are names easily mistaken for its own, `leading` those of them by which a derivative in it may be taken.
    """
    is_sum = isinstance(tree, BinaryNode) and tree.operator in "+-"
    yield from fewer_terms(tree) if is_sum else fewer_factors(tree)
    yield from fewer_factors(tree) if is_sum else fewer_terms(tree)
    yield from signs(tree)
    yield from swaps(tree)
    yield from other_names(tree, sheet, similar)
    yield from interchanged(tree)
    yield from other_derivatives(tree, sheet, leading)
    yield from more_factors(tree, factors)


def signs(tree: Node) -> Iterator[Edit]:
    """Yield the formula with one sign changed: of the whole, of a term, of a factor."""
    turned = Mistake("sign", "the sign is the other way round")
    yield Edit(NegativeNode(tree), turned, turned)
    for part in distinct_parts(tree):
        if isinstance(part, BinaryNode) and part.operator in "+-":
            other = "-" if part.operator == "+" else "+"
            yield _put(tree, part, BinaryNode(other, part.left, part.right, part.place), "sign")
            yield _put(tree, part, BinaryNode(part.operator, NegativeNode(part.left), part.right, part.place), "sign")
        elif isinstance(part, NegativeNode) and part is not tree:
            yield _put(tree, part, part.operand, "sign")


def _put(tree: Node, part: Node, new: Node, kind: str) -> Edit:
    """Return the edit that puts something else in the place of a part."""
    return Edit(replace_part(tree, part, new), *misplaced(kind, part, new))


def swaps(tree: Node) -> Iterator[Edit]:
    """Yield it with the operands of a difference, quotient or power swapped."""
    for part in distinct_parts(tree):
        if isinstance(part, BinaryNode) and part.operator in "-/^":
            yield _put(tree, part, BinaryNode(part.operator, part.right, part.left, part.place), "swapped")


def brackets(tree: Node) -> Iterator[Edit]:
    """Yield it with brackets moved: a·b + c as a·(b + c), a + b·c as (a + b)·c."""
    for part in distinct_parts(tree):
        if not isinstance(part, BinaryNode) or part.operator not in "+-":
            continue
        for product in (part.left, part.right):
            if isinstance(product, BinaryNode) and product.operator == "*":
                left, right = product.left, product.right
                if product is part.left:
                    right = inner = BinaryNode(part.operator, right, part.right, part.place)
                else:
                    left = inner = BinaryNode(part.operator, part.left, left, part.place)
                missing = Mistake("brackets", f"brackets are missing around {formula_text(inner)}")
                unwanted = Mistake("brackets", f"there are no brackets around {formula_text(inner)}")
                yield Edit(replace_part(tree, part, BinaryNode("*", left, right, product.place)), missing, unwanted)


def operations(tree: Node) -> Iterator[Edit]:
    """Yield it with another operation: times for divided by, plus for times."""
    for part in distinct_parts(tree):
        if isinstance(part, BinaryNode) and part.operator in "*/+" and not syntax.is_arithmetic(part.right):
            for other in {"*": "/+", "/": "*", "+": "*"}[part.operator]:
                yield _put(tree, part, BinaryNode(other, part.left, part.right, part.place), "operation")


def fewer_factors(tree: Node) -> Iterator[Edit]:
    """Yield it without one factor, divisor or exponent."""
    for part in distinct_parts(tree):
        if not isinstance(part, BinaryNode) or part.operator not in "*/^":
            continue
        for extra, rest in ((part.right, part.left), (part.left, part.right)):
            if part.operator == "*":
                shown = f"the factor {formula_text(extra)}"
            elif rest is part.left:
                shown = f"the {'divisor' if part.operator == '/' else 'exponent'} {formula_text(extra)}"
            else:
                continue
            constant = "a constant" if syntax.is_arithmetic(extra) else ""
            more = Mistake(constant or "a factor too many", f"{shown} is one too many")
            yield Edit(
                replace_part(tree, part, rest), more, Mistake(constant or "a factor left out", f"{shown} is left out")
            )


def fewer_terms(tree: Node) -> Iterator[Edit]:
    """Yield it without one term of a sum."""
    for part in distinct_parts(tree):
        shorter: list[tuple[Node, Node]] = []
        if isinstance(part, BinaryNode) and part.operator in "+-":
            right = part.right if part.operator == "+" else NegativeNode(part.right)
            shorter = [(part.right, part.left), (part.left, right)]
        elif isinstance(part, CallNode) and part.function == "sum" and 1 < len(part.args) <= 8:
            rests = [part.args[:at] + part.args[at + 1 :] for at in range(len(part.args))]
            shorter = [(term, CallNode("sum", rest, part.place)) for term, rest in zip(part.args, rests)]
        for term, rest in shorter:
            path = not syntax.is_arithmetic(term) and not syntax.is_arithmetic(rest)
            text = f"the term {formula_text(term)} is"
            less = Mistake("a path left out" if path else "a term left out", f"{text} left out")
            yield Edit(replace_part(tree, part, rest), Mistake("a term too many", f"{text} one too many"), less)


def constants(tree: Node, sheet: Worksheet) -> Iterator[Edit]:
    """Yield it, or one of its terms, times or divided by 2 or by a count n."""
    counts = {2: "2"}
    for name, given in sheet.givens.items():
        if given == int(given) and 2 < given < 1000 and sheet.is_count(name):
            counts.setdefault(int(given), name)
    for whole in sorted({*sheet.term_counts(), *sheet.whole_numbers()}):
        if whole > 2:
            counts.setdefault(whole, str(whole))
    for count, shown in list(counts.items())[:4]:
        number = syntax.whole_number(count)
        half = "½" if count == 2 else f"1/{shown}"
        for spot in (tree, *terms(tree)):
            of = "" if spot is tree else f" of {formula_text(spot)}"
            less = Mistake("a constant", f"a factor {shown}{of} is left out, or {half} is one too many")
            more = Mistake("a constant", f"a factor {shown}{of} is one too many, or {half} is left out")
            yield Edit(replace_part(tree, spot, BinaryNode("*", number, spot, NOWHERE)), less, more)
            yield Edit(replace_part(tree, spot, BinaryNode("/", spot, number, NOWHERE)), more, less)


def more_factors(tree: Node, factors: Sequence[Node], shown: Callable[[Node], str] | None = None) -> Iterator[Edit]:
    """Yield it, or one of its terms, times one of these factors; `shown` returns the text of a factor."""
    for spot in (tree, *terms(tree)):
        if spot is not tree and syntax.is_arithmetic(spot):
            continue  # 1 − h made h − h
        of = "" if spot is tree else f" of {formula_text(spot)}"
        for factor in factors:
            if isinstance(spot, NameNode) and isinstance(factor, NameNode) and spot.key == factor.key:
                continue  # a square, see `exponents`
            text = f"the factor {(shown or formula_text)(factor)}{of} is"
            constant = "a constant" if syntax.is_arithmetic(factor) else ""
            less = Mistake(constant or "a factor left out", f"{text} left out")
            more = Mistake(constant or "a factor too many", f"{text} one too many")
            yield Edit(replace_part(tree, spot, BinaryNode("*", spot, factor, NOWHERE)), less, more)


def other_names(tree: Node, sheet: Worksheet, known: Sequence[str]) -> Iterator[Edit]:
    """Yield it with one name replaced by another, at one place or at all of them."""
    for name in _names(tree):
        spots = [part for part in distinct_parts(tree) if isinstance(part, NameNode) and part.key == name]
        for other in known:
            if other == name:
                continue
            here = confused_names(sheet, name, other, *with_written_index(spots[0], other))
            undone = Mistake(name_kind(sheet, name, other), f"{here} belongs")
            done = Mistake(name_kind(sheet, other, name), f"{confused_names(sheet, other, name)} belongs")
            if len(spots) > 1:
                yield Edit(_renamed(tree, {name: other}), undone, done)
            for spot in spots:
                yield Edit(replace_part(tree, spot, NameNode(other, NOWHERE)), undone, done)


def other_derivatives(tree: Node, sheet: Worksheet, inside: Sequence[str]) -> Iterator[Edit]:
    """Yield it with one derivative, or a name for one, replaced by that with respect to another of these names."""
    for part in distinct_parts(tree):
        defined = sheet.definitions.get(part.key) if isinstance(part, NameNode) else None
        derivative = part if defined is None else defined.tree
        if isinstance(derivative, DerivativeNode):
            for other in inside:
                if other not in (derivative.by, derivative.of):
                    belongs = DerivativeNode(derivative.of, other, NOWHERE)
                    yield _put(tree, part, belongs, "another gradient")


def interchanged(tree: Node) -> Iterator[Edit]:
    """Yield it with two similar names in each other's place: g1·x2 + g2·x1."""
    for a, b in combinations(_names(tree)[:MAX_INTERCHANGED], 2):
        if without_digits(a) == without_digits(b):
            mistake = Mistake("another name", f"{a} and {b} stand in one another's place")
            yield Edit(_renamed(tree, {a: b, b: a}), mistake, mistake)


def _names(tree: Node) -> list[str]:
    return list(dict.fromkeys(part.key for part in distinct_parts(tree) if isinstance(part, NameNode)))


def _renamed(tree: Node, names: Mapping[str, str]) -> Node:
    def renamed(part: Node) -> Node:
        return NameNode(names[part.key], part.place) if isinstance(part, NameNode) and part.key in names else part

    return syntax.map_nodes(tree, renamed)


def exponents(tree: Node) -> Iterator[Edit]:
    """Yield it with h² or 1 − h in place of h, xⁿ⁻¹ or xⁿ⁺¹ in place of xⁿ, and a divisor squared."""
    for part in distinct_parts(tree):
        if isinstance(part, NameNode):
            yield _put(tree, part, BinaryNode("^", part, syntax.whole_number(2), NOWHERE), "an exponent")
            yield _put(tree, part, BinaryNode("-", syntax.whole_number(1), part, NOWHERE), "a term")
        elif isinstance(part, BinaryNode) and part.operator == "/" and not syntax.is_arithmetic(part.right):
            square = BinaryNode("^", part.right, syntax.whole_number(2), NOWHERE)
            new = replace_part(tree, part, BinaryNode("/", part.left, square, part.place))
            yield Edit(new, *misplaced("an exponent", part.right, square))
        elif isinstance(part, BinaryNode) and part.operator == "^":
            for step in (-1, 1):
                yield _put(
                    tree, part, BinaryNode("^", part.left, _shifted(part.right, step), part.place), "an exponent"
                )


def _shifted(exponent: Node, step: int) -> Node:
    """Return 3 − 1 as 2, and n − 1 as it is."""
    if isinstance(exponent, NumberNode) and exponent.exact:
        return syntax.whole_number(int(exponent.value) + step)
    return BinaryNode("-" if step < 0 else "+", exponent, syntax.whole_number(1), NOWHERE)


def other_functions(tree: Node) -> Iterator[Edit]:
    """Yield it as a calculator in another mode computes it: an angle in degrees, a logarithm to the base 10."""
    for functions, change, said in (
        (ANGLES, _in_degrees, "the angle is taken in degrees: {} is meant in radians"),
        (LOGARITHMS, _to_base_10, "the logarithm is taken to the base 10: {} is the natural one"),
    ):
        found = [
            p for p in distinct_parts(tree) if isinstance(p, CallNode) and p.function in functions and not p.primes
        ]
        if found:
            mistake = Mistake("the calculator", said.format(formula_text(found[0])))
            yield Edit(syntax.map_nodes(tree, change), mistake, mistake)


def _in_degrees(part: Node) -> Node:
    if not isinstance(part, CallNode) or part.function not in ANGLES or part.primes:
        return part
    radian = NumberNode("0.017453292519943295", math.pi / 180, 1e-18)
    return CallNode(part.function, (BinaryNode("*", part.args[0], radian, NOWHERE),), part.place)


def _to_base_10(part: Node) -> Node:
    if not isinstance(part, CallNode) or part.function not in LOGARITHMS or part.primes:
        return part
    return BinaryNode("/", part, NumberNode("2.302585092994046", math.log(10), 1e-15), NOWHERE)
