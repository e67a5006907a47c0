"""The kinds of mistakes and the sentences that describe them, in formulas and names as written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from autograd.claims import tree as syntax
from autograd.claims.interpreter import FUNCTIONS
from autograd.claims.tree import (
    BinaryNode,
    CallNode,
    DerivativeNode,
    NameNode,
    NegativeNode,
    NumberNode,
    derivative_text,
)
from autograd.claims.versions import written_name
from autograd.formatting import escapes, figures
from autograd.table.ops import Op

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from autograd.claims.claims import Claim
    from autograd.claims.tree import Node
    from autograd.claims.worksheet import Worksheet


class Mistake(NamedTuple):
    """A kind of mistake, and the sentence that says which; `together` is set where it was made beside another one."""

    kind: str
    text: str
    together: bool = False

    def __str__(self) -> str:
        return self.text


def misplaced(kind: str, here: Node, belongs: Node) -> tuple[Mistake, Mistake]:
    """Return the mistakes of one part in place of another, and the other way round."""
    a, b = formula_text(here), formula_text(belongs)
    return Mistake(kind, f"{a} stands where {b} belongs"), Mistake(
        kind, f"this is what {b} would give; {a} belongs there"
    )


_CONFUSED = {  # a sentence for each kind of mistake
    "the updated weight": "the updated {} stands where the original {}",
    "the original weight": "the original {} stands where the updated {}",
    "pre-activation": "{}, the pre-activation, stands where the activation {}",
    "activation": "{}, the activation, stands where the pre-activation {}",
    "another name": "{} stands where {}",
}


def name_kind(sheet: Worksheet, name: str, other: str) -> str:
    """Return the kind of mistake that one name is where another belongs."""
    if sheet.is_update(name, other):
        return "the updated weight"
    if sheet.is_update(other, name):
        return "the original weight"
    if sheet.is_activation(other, of=name) and not _is_plain_function(sheet, other):
        return "pre-activation"
    is_activation = sheet.is_activation(name, of=other) and not _is_plain_function(sheet, name)
    return "activation" if is_activation else "another name"


def _is_plain_function(sheet: Worksheet, name: str) -> bool:
    """Return whether a name is a function that no neuron applies: a logarithm, a square root."""
    tree = sheet.definitions[name].tree
    op = FUNCTIONS.get(tree.function) if isinstance(tree, CallNode) else None
    return isinstance(op, Op) and not op.is_activation


def confused_names(sheet: Worksheet, name: str, other: str, a: str = "", b: str = "") -> str:
    """Return the two names (shown as a and b) in words, with how they are related where that is the mistake."""
    return _CONFUSED[name_kind(sheet, name, other)].format(a or name, b or other)


def with_written_index(spot: NameNode, other: str) -> tuple[str, str]:
    """Return a name and another one with the index as written, r[i], and not the number that i is there."""
    base, _, index = spot.key.partition("[")
    other_base, _, other_index = other.partition("[")
    if not spot.index_text:
        return spot.key, other
    shown = escapes.plain(spot.index_text)
    if other_index == index:
        return f"{base}[{shown}]", f"{other_base}[{shown}]"
    written = dict(zip(index.rstrip("]").split(","), (part.strip() for part in shown.split(","))))
    numbers = other_index.rstrip("]").split(",")
    if len(written) > 1 and all(written.get(number, number) != number for number in numbers):  # r[j,i] for r[i,j]
        other = f"{other_base}[{','.join(written[number] for number in numbers)}]"
    return f"{base}[{shown}]", other


MAX_TEXT = 60  # characters of a formula in a message, more only where one factor is longer
MAX_WHOLE = 160  # two lines of a terminal

_BINDS = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 4}
_SHOWN = {"+": " + ", "-": f" {figures.MINUS} ", "*": "·", "/": "/", "^": "^"}


def formula_text(tree: Node) -> str:
    """Return a tree as text for a message; of a long one as many whole terms or factors as fit, and at least one.

    >>> from autograd.sheet.program import read
    >>> formula_text(read("y = 2*(a - b)^2", ["a", "b"]).statements[0].segments[1].tree)
    '2·(a − b)^2'
    >>> long_sum = "y = " + " + ".join(["exp(a)*sin(b)"] * 9)
    >>> formula_text(read(long_sum, ["a", "b"]).statements[0].segments[1].tree)
    'exp(a)·sin(b) + exp(a)·sin(b) + exp(a)·sin(b) + …'
    """
    text = _text(tree, 0)
    while len(text) > MAX_TEXT and isinstance(tree, BinaryNode) and tree.operator != "^":
        operator, tree = tree.operator, tree.left
        text = _text(tree, _BINDS[operator]) + _SHOWN[operator] + "…"
    return text if len(text) <= MAX_WHOLE else "…"


def _text(tree: Node, level: int) -> str:
    if isinstance(tree, NumberNode):
        text = tree.text.replace("-", figures.MINUS)
        return f"({text})" if level and text.startswith(figures.MINUS) else text
    if isinstance(tree, NameNode):
        return tree.key
    if isinstance(tree, DerivativeNode):
        text = derivative_text(tree.of, tree.by)
        return text if level < 3 else f"({text})"
    if isinstance(tree, CallNode):
        return f"{tree.function}{chr(39) * tree.primes}({', '.join(_text(arg, 0) for arg in tree.args)})"
    if isinstance(tree, NegativeNode):
        text, binds = figures.MINUS + _text(tree.operand, 2), 1
    elif isinstance(tree, BinaryNode):
        binds = _BINDS[tree.operator]
        text = _text(tree.left, binds + (tree.operator == "^")) + _SHOWN[tree.operator] + _right_text(tree, binds)
        if isinstance(tree.left, NegativeNode) and tree.operator in "*/":  # −w·x and not (−w)·x
            without = BinaryNode(tree.operator, tree.left.operand, tree.right, tree.place)
            text, binds = figures.MINUS + _text(without, 2), 1
    else:
        return "?"
    return f"({text})" if binds < level else text


def _right_text(tree: BinaryNode, binds: int) -> str:
    if tree.operator == "*" and isinstance(tree.right, DerivativeNode):
        return _text(tree.right, 0)  # η·dE/dw
    exponent = syntax.single_number(tree.right) if tree.operator == "^" else None
    return _text(tree.right, binds + 1) if exponent is None else _text(exponent, 0)  # x^−2


MAX_ROUNDED = 0.05  # of what a line gives: it is shown with more digits where it would be rounded by more
MAX_PLACES = 5  # further lines that a message lists


def describe_place(claim: Claim) -> str:
    """Return where a claim stands, and what it says."""
    index = f" ({claim.index})" if claim.index else ""
    return f"line {claim.line}{index}, {written_name(claim.about)} = {shorten(claim.segment.own_text)}"


def describe_places(claims: Sequence[Claim]) -> str:
    """Return where several claims stand; only the first is shown in full."""
    lines = sorted({claim.line for claim in claims[1:]} - {claims[0].line})
    also = f", and line{'s' * (len(lines) > 1)} {', '.join(map(str, lines[:MAX_PLACES]))}" if lines else ""
    return describe_place(claims[0]) + also + (", …" if len(lines) > MAX_PLACES else "")


_TOKEN = re.compile(r"\d[\d.]*(?:[eE][-−+]?\d+)?|\w+(?:/d\w+)?|\s+|.")  # a number, a name or derivative, a sign
_SUMS, _PRODUCTS = frozenset("+-−–=≈"), frozenset("*·⋅×")


def describe_lines(claims: Iterable[Claim]) -> str:
    """Return the lines of claims: "line 4", "lines 4 and 6"."""
    lines = list(map(str, dict.fromkeys(claim.line for claim in claims)))
    return f"line {lines[0]}" if len(lines) == 1 else f"lines {', '.join(lines[:-1])} and {lines[-1]}"


def shorten(text: str, width: int = 40) -> str:
    """Return at most this many characters of a text: of a longer one, whole terms, or whole factors.

    >>> shorten("dE/dnet_o1*w5*h1*(1 - h1)*x1 + dE/dnet_o2*w7*h1*(1 - h1)*x1")
    'dE/dnet_o1*w5*h1*(1 - h1)*x1 +…'
    """
    text = escapes.plain(text)
    if len(text) <= width:
        return text
    ends: dict[tuple[int, bool], int] = {}  # by the open brackets and the operator, where the last such operator ends
    depth, after_operand = 0, False
    for token in _TOKEN.finditer(text, 0, width - 1):
        sign = token[0]
        if after_operand and (sign in _SUMS or sign in _PRODUCTS):
            ends[depth, sign in _PRODUCTS] = token.end()
        depth += (sign in "([") - (sign in ")]")
        if not sign.isspace():
            after_operand = sign.isalnum() or sign in ")]'?" or len(sign) > 1
    outer = [end for _, end in sorted(ends.items()) if 2 * end >= width]
    return text[: (outer or [max(ends.values(), default=width - 1)])[0]] + "…"


def to_same_digits(exact: float | Decimal, number: NumberNode, most: float = 1.0) -> str:
    """Return a number with as many decimals as another is written with.

    If that rounds it by `most` of itself or more, by all of it for example, it has significant digits instead.

    >>> from autograd.sheet.lexer import parse_number
    >>> to_same_digits(0.51234, parse_number("0.46")), to_same_digits(0.0001, parse_number("0.3"))
    ('0.51', '0.0001')
    >>> to_same_digits(0.06, parse_number("0.3")), to_same_digits(0.06, parse_number("0.3"), MAX_ROUNDED)
    ('0.1', '0.06')
    """
    mantissa, _, exponent = number.text.partition("e")
    if number.exact:
        return figures.number(float(exact), min(max(figures.DIGITS, number.digits), figures.MAX_DIGITS))
    decimals = len(mantissa.partition(".")[2])
    if exponent and exact == 0:
        return "0"  # it has no power of ten
    text = f"{exact:.{decimals}{'e' if exponent else 'f'}}"
    if abs(float(text) - float(exact)) >= most * abs(float(exact)) > 0:
        return figures.number(float(exact), min(max(2, number.digits), figures.MAX_DIGITS))
    return text.replace("-", figures.MINUS)
