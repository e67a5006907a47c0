"""The tree of a sheet: what its expressions and statements are made of.

A *statement* is a chain of *segments* joined by `=`. Indices of quantified lines and sums are filled
in already. Trees may be very long (a sum of a hundred thousand terms), so nothing here recurses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


@dataclass(frozen=True, slots=True)
class TextPlace:
    """Where in the text something stands: line and column, both from 1."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}"


NOWHERE = TextPlace(0, 0)  # of what stands in no text


@dataclass(frozen=True, slots=True)
class NumberNode:
    """A number as it was written; `unit` is the place value of its last digit."""

    text: str
    value: float
    unit: float

    @property
    def exact(self) -> bool:
        """Whether it has no decimal point: a 2 in a formula is two, not 1.5 to 2.5."""
        return "." not in self.text and "e" not in self.text

    @property
    def digits(self) -> int:
        """How many significant digits it is written with: 3 in 0.0250."""
        return len(self.text.partition("e")[0].replace(".", "").lstrip("-0"))


@dataclass(frozen=True, slots=True)
class NameNode:
    """A name, with its index if it has one: `w`, `w[1,3]`."""

    key: str
    place: TextPlace


@dataclass(frozen=True, slots=True)
class DerivativeNode:
    """dY/dX, the total derivative of one name with respect to another."""

    of: str
    by: str
    place: TextPlace


@dataclass(frozen=True, slots=True)
class CallNode:
    """A function of the table or of the sheet, applied; `primes` counts its derivatives."""

    function: str
    args: tuple[Node, ...]
    place: TextPlace
    primes: int = 0


@dataclass(frozen=True, slots=True)
class BinaryNode:
    """Two expressions joined by one of + - * / ^."""

    operator: str
    left: Node
    right: Node
    place: TextPlace


@dataclass(frozen=True, slots=True)
class NegativeNode:
    """Minus an expression."""

    operand: Node


@dataclass(frozen=True, slots=True)
class UnansweredNode:
    """The question mark: a claim not made yet."""


Node: TypeAlias = NumberNode | NameNode | DerivativeNode | CallNode | BinaryNode | NegativeNode | UnansweredNode


@dataclass(frozen=True, eq=False, slots=True)
class Segment:
    """One member of a chain of `=`: its tree, its text as it was written, where it begins."""

    tree: Node
    text: str
    place: TextPlace


@dataclass(frozen=True, eq=False, slots=True)
class Statement:
    """A chain `a = b = c`, its indices filled in; `index` says which of a quantified line."""

    segments: tuple[Segment, ...]
    place: TextPlace
    index: str = ""


@dataclass(frozen=True, slots=True)
class FunctionDefinition:
    """A function of the sheet: `f(z) = …`."""

    name: str
    argument: str
    body: Node
    place: TextPlace


@dataclass(frozen=True, slots=True)
class ParsedSheet:
    """A sheet taken apart: its statements in order, its functions, its loss."""

    statements: tuple[Statement, ...]
    functions: Mapping[str, FunctionDefinition]
    loss: str | None
    lines: tuple[str, ...]


def walk(tree: Node) -> Iterator[Node]:
    """Every part of the tree, itself first."""
    stack = [tree]
    while stack:
        part = stack.pop()
        yield part
        if isinstance(part, CallNode):
            stack.extend(reversed(part.args))
        elif isinstance(part, BinaryNode):
            stack.extend((part.right, part.left))
        elif isinstance(part, NegativeNode):
            stack.append(part.operand)


def rebuild(part: Node, done: list[Node]) -> Node:
    """The part over its own parts as they are now, taken from the end of `done`, the first last."""
    if isinstance(part, NegativeNode):
        return NegativeNode(done.pop())
    if isinstance(part, BinaryNode):
        return BinaryNode(part.operator, done.pop(), done.pop(), part.place)
    if isinstance(part, CallNode):
        return CallNode(part.function, tuple(done.pop() for _ in part.args), part.place, part.primes)
    return part


def map_nodes(tree: Node, change: Callable[[Node], Node]) -> Node:
    """The tree with `change` applied to every part of it, the innermost first."""
    done: list[Node] = []
    for part in reversed(list(walk(tree))):
        done.append(change(rebuild(part, done)))
    return done.pop()


def is_arithmetic(tree: Node) -> bool:
    """Whether the tree is made of numbers alone, and of what is done with them."""
    return all(isinstance(part, (NumberNode, BinaryNode, NegativeNode, CallNode)) for part in walk(tree))


def single_number(tree: Node) -> NumberNode | None:
    """The number that the tree is, if it is a single one, sign included."""
    if isinstance(tree, NumberNode):
        return tree
    if isinstance(tree, NegativeNode) and isinstance(tree.operand, NumberNode):
        inner = tree.operand
        return NumberNode("-" + inner.text, -inner.value, inner.unit)
    return None
