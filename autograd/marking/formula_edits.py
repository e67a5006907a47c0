"""Small edits of a formula: the mistakes that people make.

An `Edit` can be read in two ways. Where the writer's formula is wrong and the edited one is right, the edit *undoes*
a mistake: its message says what stands there and what belongs there. Where the formula is right and the edited one
gives the writer's number, the mistake was *done*: its message says what was computed instead.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from autograd.claims import tree as syntax
from autograd.claims.dependencies import without_digits
from autograd.claims.tree import NOWHERE, BinaryNode, CallNode, DerivativeNode, NameNode, NegativeNode, NumberNode
from autograd.marking.messages import Mistake, confused_names, formula_text, misplaced, name_kind, with_written_index
from autograd.marking.tree_parts import distinct_parts, replace_part, terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from autograd.claims.tree import Node
    from autograd.claims.worksheet import Worksheet

MAX_INTERCHANGED = 12  # names of which every pair is exchanged


@dataclass(frozen=True)
class Edit:
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
    yield from other_derivatives(tree, inside)
    yield from operations(tree)


def signs(tree: Node) -> Iterator[Edit]:
    """Yield the formula with one sign changed: of the whole, of a term, of a factor."""
    turned = Mistake("sign", "the sign is the other way round")
    yield Edit(NegativeNode(tree), turned, turned)
    for part in distinct_parts(tree):
        if isinstance(part, BinaryNode) and part.operator in "+-":
            new: Node = BinaryNode("-" if part.operator == "+" else "+", part.left, part.right, part.place)
            yield Edit(replace_part(tree, part, new), *misplaced("sign", part, new))
            new = BinaryNode(part.operator, NegativeNode(part.left), part.right, part.place)
            yield Edit(replace_part(tree, part, new), *misplaced("sign", part, new))
        elif isinstance(part, NegativeNode) and part is not tree:
            yield Edit(replace_part(tree, part, part.operand), *misplaced("sign", part, part.operand))


def swaps(tree: Node) -> Iterator[Edit]:
    """Yield it with the operands of a difference, quotient or power swapped."""
    for part in distinct_parts(tree):
        if isinstance(part, BinaryNode) and part.operator in "-/^":
            new = BinaryNode(part.operator, part.right, part.left, part.place)
            yield Edit(replace_part(tree, part, new), *misplaced("swapped", part, new))


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
                new = BinaryNode(other, part.left, part.right, part.place)
                yield Edit(replace_part(tree, part, new), *misplaced("operation", part, new))


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
            constant = syntax.is_arithmetic(extra)
            yield Edit(
                replace_part(tree, part, rest),
                Mistake("a constant" if constant else "a factor too many", f"{shown} is one too many"),
                Mistake("a constant" if constant else "a factor left out", f"{shown} is left out"),
            )


def fewer_terms(tree: Node) -> Iterator[Edit]:
    """Yield it without one term of a sum."""
    for part in distinct_parts(tree):
        terms: Iterable[tuple[Node, Node]] = ()
        if isinstance(part, BinaryNode) and part.operator in "+-":
            left = part.left if part.operator == "+" else NegativeNode(part.right)
            terms = ((part.right, part.left), (part.left, part.right if part.operator == "+" else left))
        elif isinstance(part, CallNode) and part.function == "sum" and 1 < len(part.args) <= 8:
            terms = [
                (term, CallNode("sum", part.args[:at] + part.args[at + 1 :], part.place))
                for at, term in enumerate(part.args)
            ]
        for term, rest in terms:
            path = not syntax.is_arithmetic(term) and not syntax.is_arithmetic(rest)
            yield Edit(
                replace_part(tree, part, rest),
                Mistake("a term too many", f"the term {formula_text(term)} is one too many"),
                Mistake("a path left out" if path else "a term left out", f"the term {formula_text(term)} is left out"),
            )


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
        number = NumberNode(str(count), float(count), 1.0)
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
            confused_names = (shown or formula_text)(factor)
            constant = "a constant" if syntax.is_arithmetic(factor) else ""
            yield Edit(
                replace_part(tree, spot, BinaryNode("*", spot, factor, NOWHERE)),
                Mistake(constant or "a factor left out", f"the factor {confused_names}{of} is left out"),
                Mistake(constant or "a factor too many", f"the factor {confused_names}{of} is one too many"),
            )


def other_names(tree: Node, sheet: Worksheet, known: Sequence[str]) -> Iterator[Edit]:
    """Yield it with one name replaced by another, at one place or at all of them."""
    for name in dict.fromkeys(part.key for part in distinct_parts(tree) if isinstance(part, NameNode)):
        spots = [part for part in distinct_parts(tree) if isinstance(part, NameNode) and part.key == name]
        for other in known:
            if other == name:
                continue
            both = (
                Mistake(
                    name_kind(sheet, name, other),
                    f"{confused_names(sheet, name, other, *with_written_index(spots[0], other))} belongs",
                ),
                Mistake(name_kind(sheet, other, name), f"{confused_names(sheet, other, name)} belongs"),
            )
            if len(spots) > 1:
                yield Edit(syntax.map_nodes(tree, lambda part, a=name, b=other: _renamed(part, a, b)), *both)  # type: ignore[misc] # the defaults
            for spot in spots:
                yield Edit(replace_part(tree, spot, NameNode(other, NOWHERE)), *both)


def other_derivatives(tree: Node, inside: Sequence[str]) -> Iterator[Edit]:
    """Yield it with one derivative replaced by that with respect to another of these names."""
    for part in distinct_parts(tree):
        if isinstance(part, DerivativeNode):
            for other in inside:
                if other not in (part.by, part.of):
                    new = DerivativeNode(part.of, other, part.place)
                    yield Edit(replace_part(tree, part, new), *misplaced("another gradient", part, new))


def interchanged(tree: Node) -> Iterator[Edit]:
    """Yield it with two similar names in each other's place: g1·x2 + g2·x1."""
    names = list(dict.fromkeys(part.key for part in distinct_parts(tree) if isinstance(part, NameNode)))[
        :MAX_INTERCHANGED
    ]
    for a, b in combinations(names, 2):
        if without_digits(a) == without_digits(b):
            new = syntax.map_nodes(
                tree,
                lambda part, a=a, b=b: _renamed(part, b, a) if _is_name(part, b) else _renamed(part, a, b),  # type: ignore[misc] # the defaults
            )
            mistake = Mistake("another name", f"{a} and {b} stand in one another's place")
            yield Edit(new, mistake, mistake)


def exponents(tree: Node) -> Iterator[Edit]:
    """Yield it with h² or 1 − h in place of h, xⁿ⁻¹ or xⁿ⁺¹ in place of xⁿ, and a divisor squared."""
    for part in distinct_parts(tree):
        if isinstance(part, NameNode):
            square = BinaryNode("^", part, NumberNode("2", 2.0, 1.0), NOWHERE)
            yield Edit(replace_part(tree, part, square), *misplaced("an exponent", part, square))
            less = BinaryNode("-", NumberNode("1", 1.0, 1.0), part, NOWHERE)
            yield Edit(replace_part(tree, part, less), *misplaced("a term", part, less))
        elif isinstance(part, BinaryNode) and part.operator == "/" and not syntax.is_arithmetic(part.right):
            square = BinaryNode("^", part.right, NumberNode("2", 2.0, 1.0), NOWHERE)
            new: Node = BinaryNode("/", part.left, square, part.place)
            yield Edit(replace_part(tree, part, new), *misplaced("an exponent", part.right, square))
        elif isinstance(part, BinaryNode) and part.operator == "^":
            for sign in "-+":
                exponent = BinaryNode(sign, part.right, NumberNode("1", 1.0, 1.0), NOWHERE)
                new = BinaryNode("^", part.left, _shorter(exponent), part.place)
                yield Edit(replace_part(tree, part, new), *misplaced("an exponent", part, new))


def _shorter(exponent: BinaryNode) -> Node:
    """Return 3 − 1 as 2."""
    if not isinstance(exponent.left, NumberNode) or not exponent.left.exact:
        return exponent
    value = exponent.left.value + (1 if exponent.operator == "+" else -1)
    return NumberNode(str(int(value)), value, 1.0)


def _is_name(part: Node, name: str) -> bool:
    return isinstance(part, NameNode) and part.key == name


def other_functions(tree: Node) -> Iterator[Edit]:
    """Yield it as a calculator in another mode computes it: an angle in degrees, a logarithm to the base 10."""
    for functions, change, said in (
        (("sin", "cos", "tan"), _in_degrees, "the angle is taken in degrees: {} is meant in radians"),
        (("ln", "log"), _to_base_10, "the logarithm is taken to the base 10: {} is the natural one"),
    ):
        found = [part for part in distinct_parts(tree) if _calls(part, functions)]
        if found:
            new = syntax.map_nodes(
                tree,
                lambda part, functions=functions, change=change: change(part) if _calls(part, functions) else part,  # type: ignore[misc] # the defaults
            )
            mistake = Mistake("the calculator", said.format(formula_text(found[0])))
            yield Edit(new, mistake, mistake)


def _calls(part: Node, functions: tuple[str, ...]) -> bool:
    return isinstance(part, CallNode) and part.function in functions and not part.primes


def _in_degrees(part: Node) -> Node:
    assert isinstance(part, CallNode)
    radian = NumberNode("0.017453292519943295", math.pi / 180, 1e-18)
    return CallNode(part.function, (BinaryNode("*", part.args[0], radian, NOWHERE),), part.place)


def _to_base_10(part: Node) -> Node:
    return BinaryNode("/", part, NumberNode("2.302585092994046", math.log(10), 1e-15), NOWHERE)


def _renamed(part: Node, name: str, other: str) -> Node:
    return NameNode(other, part.place) if isinstance(part, NameNode) and part.key == name else part
