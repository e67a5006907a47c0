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
class Place:
    """Where in the text something stands: line and column, both from 1."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}"


NOWHERE = Place(0, 0)  # of what stands in no text


@dataclass(frozen=True, slots=True)
class Number:
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
class Name:
    """A name, with its index if it has one: `w`, `w[1,3]`."""

    key: str
    place: Place


@dataclass(frozen=True, slots=True)
class Derivative:
    """dY/dX, the total derivative of one name with respect to another."""

    of: str
    by: str
    place: Place


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the table or of the sheet, applied; `primes` counts its derivatives."""

    function: str
    args: tuple[Node, ...]
    place: Place
    primes: int = 0


@dataclass(frozen=True, slots=True)
class Binary:
    """Two expressions joined by one of + - * / ^."""

    operator: str
    left: Node
    right: Node
    place: Place


@dataclass(frozen=True, slots=True)
class Negative:
    """Minus an expression."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The question mark: a claim not made yet."""


Node: TypeAlias = Number | Name | Derivative | Call | Binary | Negative | Unanswered


@dataclass(frozen=True, eq=False, slots=True)
class Segment:
    """One member of a chain of `=`: its tree, its text as it was written, where it begins."""

    tree: Node
    text: str
    place: Place


@dataclass(frozen=True, eq=False, slots=True)
class Statement:
    """A chain `a = b = c`, its indices filled in; `index` says which of a quantified line."""

    segments: tuple[Segment, ...]
    place: Place
    index: str = ""


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the sheet: `f(z) = …`."""

    name: str
    argument: str
    body: Node
    place: Place


@dataclass(frozen=True, slots=True)
class Text:
    """A sheet taken apart: its statements in order, its functions, its loss."""

    statements: tuple[Statement, ...]
    functions: Mapping[str, Function]
    loss: str | None
    lines: tuple[str, ...]


def walk(tree: Node) -> Iterator[Node]:
    """Every part of the tree, itself first."""
    stack = [tree]
    while stack:
        part = stack.pop()
        yield part
        if isinstance(part, Call):
            stack.extend(reversed(part.args))
        elif isinstance(part, Binary):
            stack.extend((part.right, part.left))
        elif isinstance(part, Negative):
            stack.append(part.operand)


def rebuilt(part: Node, done: list[Node]) -> Node:
    """The part over its own parts as they are now, taken from the end of `done`, the first last."""
    if isinstance(part, Negative):
        return Negative(done.pop())
    if isinstance(part, Binary):
        return Binary(part.operator, done.pop(), done.pop(), part.place)
    if isinstance(part, Call):
        return Call(part.function, tuple(done.pop() for _ in part.args), part.place, part.primes)
    return part


def replaced(tree: Node, change: Callable[[Node], Node]) -> Node:
    """The tree with `change` applied to every part of it, the innermost first."""
    done: list[Node] = []
    for part in reversed(list(walk(tree))):
        done.append(change(rebuilt(part, done)))
    return done.pop()


def arithmetic(tree: Node) -> bool:
    """Whether the tree is made of numbers alone, and of what is done with them."""
    return all(isinstance(part, (Number, Binary, Negative, Call)) for part in walk(tree))


def written(tree: Node) -> Number | None:
    """The number that the tree is, if it is a single one, sign included."""
    if isinstance(tree, Number):
        return tree
    if isinstance(tree, Negative) and isinstance(tree.operand, Number):
        inner = tree.operand
        return Number("-" + inner.text, -inner.value, inner.unit)
    return None
