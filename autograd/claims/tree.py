"""The tree of an expression, and where it stands in the text.

A front end fills in the indices of quantified lines and sums. Trees may be very long (a sum of a hundred thousand
terms), so nothing here recurses. Nodes are never changed; they are not frozen because that makes them slow to make.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable


class TextPlace(NamedTuple):
    """A place in the text: line and column, both from 1."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}"


_fraction = lru_cache(maxsize=4096)(Fraction)  # of a text

_PLAIN_NAME = re.compile(r"[\w'⁺]+(?:\[[\d,]*\])?")
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")

NOWHERE = TextPlace(0, 0)  # of a node that stands in no text


@dataclass(slots=True, unsafe_hash=True)
class NumberNode:
    """A number as it was written; `unit` is the place value of its last digit."""

    text: str
    value: float
    unit: float

    @property
    def exact(self) -> bool:
        """Return whether the number has no decimal point: a 2 in a formula is two, not 1.5 to 2.5."""
        return "." not in self.text and "e" not in self.text

    @property
    def fraction(self) -> Fraction:
        """Return the exact decimal that is written: 1/10 for 0.1."""
        return _fraction(self.text) if self.value else Fraction(0)  # not for 0e999999999

    @property
    def digits(self) -> int:
        """Return how many significant digits are written: 3 in 0.0250."""
        return len(self.text.partition("e")[0].replace(".", "").lstrip("-0"))


@dataclass(slots=True, unsafe_hash=True)
class NameNode:
    """A name with its index, if it has one: `w`, `w[1,3]`; `index_text` is the index as written: `i,3`."""

    key: str
    place: TextPlace
    index_text: str = field(default="", compare=False)


@dataclass(slots=True, unsafe_hash=True)
class DerivativeNode:
    """The derivative of one name with respect to another; `sign` is how it was written: "d", "∂", or "_" for dY_dX."""

    of: str
    by: str
    place: TextPlace
    sign: str = field(default="d", compare=False)


@dataclass(slots=True, unsafe_hash=True)
class CallNode:
    """A function applied to arguments; `primes` counts its derivatives, as in f'(z)."""

    function: str
    args: tuple[Node, ...]
    place: TextPlace
    primes: int = 0
    _below: list[Node] | None = field(default=None, init=False, repr=False, compare=False)  # see `walk`


@dataclass(slots=True, unsafe_hash=True)
class BinaryNode:
    """Two expressions joined by one of + - * / ^."""

    operator: str
    left: Node
    right: Node
    place: TextPlace
    _below: list[Node] | None = field(default=None, init=False, repr=False, compare=False)  # see `walk`


@dataclass(slots=True, unsafe_hash=True)
class NegativeNode:
    """Minus an expression."""

    operand: Node


@dataclass(slots=True, unsafe_hash=True)
class UnansweredNode:
    """The question mark: a claim that is not made yet."""


@dataclass(slots=True, unsafe_hash=True)
class UnreadableNode:
    """A member that cannot be read, with the reason; or one that `needs` a line which cannot be read: its number."""

    reason: str
    needs: int = 0


Node: TypeAlias = (
    NumberNode | NameNode | DerivativeNode | CallNode | BinaryNode | NegativeNode | UnansweredNode | UnreadableNode
)


@dataclass(slots=True, unsafe_hash=True)
class MisshapenNode(UnreadableNode):
    """A member that is an array of another shape than what it is said to be."""


@dataclass(eq=False, slots=True)
class ArrayMember:
    """One member of a chain of arrays as written; each of its entries is a member of a chain of its own."""

    about: str  # what is claimed to be this array
    shape: tuple[int, ...]
    tree: Node
    source: Node | None  # the formula of arrays before it on the line


@dataclass(eq=False, slots=True)
class ArrayEntry:
    """One entry of an array: its `index` from 1, as it is written; its own text and place, if it is written out."""

    member: ArrayMember
    index: str
    text: str
    place: TextPlace


@dataclass(eq=False, slots=True)
class Segment:
    """One member of a chain of `=`: its tree, its text as written, the place where it begins.

    If it is one `entry` of an array, text and place are those of the whole array.
    """

    tree: Node
    text: str
    place: TextPlace
    entry: ArrayEntry | None = None

    def with_tree(self, tree: Node) -> Segment:
        """Return the same member with another tree."""
        return Segment(tree, self.text, self.place, self.entry)

    @property
    def own_text(self) -> str:
        """Return the text; of an entry that is written out, that of the entry."""
        return self.entry.text if self.entry is not None else self.text

    @property
    def own_place(self) -> TextPlace:
        """Return the place of that text."""
        return self.entry.place if self.entry is not None else self.place


class FunctionDefinition(NamedTuple):
    """A function that the writer defines: `f(z) = …`, or `f(x, y) = …` with `more` arguments."""

    name: str
    argument: str
    body: Node
    place: TextPlace
    more: tuple[str, ...] = ()

    @property
    def arguments(self) -> tuple[str, ...]:
        """Return the names of all arguments."""
        return (self.argument, *self.more)

    @property
    def is_closed(self) -> bool:
        """Return whether it is made of its one argument alone."""
        return not self.more and all(name == self.argument for name in names_in(self.body))


ARITHMETIC = frozenset((NumberNode, NegativeNode, BinaryNode, CallNode))


def whole_number(value: int) -> NumberNode:
    """Return a whole number as a node that was read nowhere."""
    return NumberNode(str(value), float(value), 1.0)


def normalized_name(name: str) -> str:
    """Return the one spelling of a name: w₁ becomes w1, ∂E becomes dE, ∂E_∂w becomes dE_dw."""
    if name.isascii():
        return name
    bare = name.rstrip("⁺")  # of w⁺, which is a name of its own
    return unicodedata.normalize("NFKC", bare.replace("∂", "d")) + name[len(bare) :]


def walk(tree: Node) -> list[Node]:
    """Return every node of the tree, each before its operands, the first operand first."""
    if not isinstance(tree, (BinaryNode, CallNode)):
        return _walk([tree]) if isinstance(tree, NegativeNode) else [tree]
    if tree._below is None:  # kept, because most trees are walked several times
        tree._below = _walk([tree.right, tree.left] if isinstance(tree, BinaryNode) else [*reversed(tree.args)])
    return [tree, *tree._below]


def _walk(stack: list[Node]) -> list[Node]:
    found = []
    while stack:
        node = stack.pop()
        found.append(node)
        kind = node.__class__
        if kind is BinaryNode:
            stack.append(node.right)  # type: ignore[union-attr]
            stack.append(node.left)  # type: ignore[union-attr]
        elif kind is CallNode:
            stack.extend(reversed(node.args))  # type: ignore[union-attr]
        elif kind is NegativeNode:
            stack.append(node.operand)  # type: ignore[union-attr]
    return found


def derivative_text(of: str, by: str) -> str:
    """Return a derivative as it is written; of a derivative it is one of second order, of a formula it has brackets.

    >>> derivative_text("E", "w"), derivative_text("dy/dx", "x"), derivative_text("x^2", "x")
    ('dE/dw', 'd²y/dx²', 'd(x^2)/dx')
    """
    order, name = 1, of
    while name.startswith("d") and name.endswith(f"/d{by}"):
        name, order = name[1 : -len(by) - 2], order + 1
    if order > 1:
        power = str(order).translate(_RAISED)
        return f"d{power}{name}/d{by}{power}"
    return f"d{of}/d{by}" if _PLAIN_NAME.fullmatch(of) else f"d({of})/d{by}"


def names_in(tree: Node) -> list[str]:
    """Return each name in the tree once, in order."""
    return list(dict.fromkeys(node.key for node in walk(tree) if isinstance(node, NameNode)))


def rebuild(node: Node, done: list[Node]) -> Node:
    """Return the node with new operands, which are taken from the end of `done`, the first operand last."""
    if isinstance(node, NegativeNode):
        return NegativeNode(done.pop())
    if isinstance(node, BinaryNode):
        return BinaryNode(node.operator, done.pop(), done.pop(), node.place)
    if isinstance(node, CallNode):
        return CallNode(node.function, tuple(done.pop() for _ in node.args), node.place, node.primes)
    return node


def map_nodes(tree: Node, change: Callable[[Node], Node]) -> Node:
    """Return the tree with `change` applied to every node, operands first."""
    done: list[Node] = []
    for node in reversed(walk(tree)):
        done.append(change(rebuild(node, done)))
    return done.pop()


def signed_terms(tree: Node) -> list[tuple[Node, int]]:
    """Return what is added in a formula, each with its sign."""
    found: list[tuple[Node, int]] = []
    waiting = [(tree, 1)]
    while waiting:
        node, sign = waiting.pop()
        if isinstance(node, BinaryNode) and node.operator in "+-":
            waiting += [(node.right, sign if node.operator == "+" else -sign), (node.left, sign)]
        elif isinstance(node, NegativeNode):
            waiting.append((node.operand, -sign))
        else:
            found.append((node, sign))
    return found


def is_arithmetic(tree: Node) -> bool:
    """Return whether the tree holds numbers and operations only, and no name."""
    return ARITHMETIC.issuperset(map(type, walk(tree)))


def constant_parts(tree: Node) -> list[Node]:
    """Return the largest operations in a tree that are on numbers alone: 2/3 in 2/3*x, but no 2."""
    nodes = walk(tree)
    kinds = [node.__class__ for node in nodes]
    if kinds.count(NumberNode) < 2 and CallNode not in kinds:
        return []
    found: list[Node] = []
    constant: list[Node | None] = []  # the operands so far, and None for one with a name in it
    for node in reversed(nodes):
        if isinstance(node, (BinaryNode, CallNode)):
            operands = [constant.pop() for _ in (node.args if isinstance(node, CallNode) else "ab")]
            if None in operands:
                found += [part for part in operands if isinstance(part, (BinaryNode, CallNode))]
                constant.append(None)
            else:
                constant.append(node)
        elif not isinstance(node, NegativeNode):  # which is as its operand is
            constant.append(node if isinstance(node, NumberNode) else None)
    return found + [part for part in constant if isinstance(part, (BinaryNode, CallNode))]


def single_number(tree: Node) -> NumberNode | None:
    """Return the number that is the whole tree, with its sign; None for any other tree."""
    if isinstance(tree, NumberNode):
        return tree
    if isinstance(tree, NegativeNode) and isinstance(tree.operand, NumberNode):
        inner = tree.operand
        return NumberNode("-" + inner.text, -inner.value, inner.unit)
    return None


def claim_kind(tree: Node) -> str:
    """Return the kind of a claim: "formula" (it has names), "arithmetic", "number", "unanswered" or "unreadable"."""
    if single_number(tree) is not None:
        return "number"
    if isinstance(tree, UnansweredNode):
        return "unanswered"
    if isinstance(tree, UnreadableNode):
        return "unreadable"
    return "arithmetic" if is_arithmetic(tree) else "formula"
