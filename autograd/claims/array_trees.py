"""Expressions of arrays, computed entry by entry.

A tree of arrays is an ordinary tree with more products and functions in it:

- products: `*` entry by entry, `@` and `·` of matrices, and a space for one without a sign, `W x`;
- functions: `[]` of rows, `ᵀ`, `‖`, and `sum 0` or `softmax 1` for one along an axis.

`Reading.compute` computes it with entries of any kind. With trees as entries, the result is what a person would have
written with scalars; with floats, it is the number at one point. Vectors are columns: xᵀ is a row, and only a product
with a row makes a matrix of two vectors.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from autograd.claims.arrays import Array, combine, matmul, shape_text, stack
from autograd.claims.interpreter import FUNCTIONS, OPERATIONS
from autograd.claims.tree import BinaryNode, CallNode, DerivativeNode, NameNode, NegativeNode, NumberNode, walk
from autograd.errors import ShapeError, SheetError, TooLargeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from autograd.claims.tree import FunctionDefinition, Node, TextPlace

Shape: TypeAlias = tuple[int, ...]

MAX_SIZE = 400_000  # numbers, names and operations of one array, written out
MAX_SHORT = 4  # terms of a sum that is written with +

MAX_TEXT = 40  # characters of an expression in a message

_SIGNS = {" ": " ", "·": "·", "*": " ⊙ ", "/": "/", "^": "^"}
MATRIX_PRODUCTS = ("@", "·", " ")
_ALONG = {"sum": "sum", "Σ": "sum", "mean": "mean", "max": "max", "min": "min"}  # functions of all entries, or of some
_INDEX = re.compile(r"(.*)\[([^\]]*)\]$")


class Row(Array):
    """A vector that is lying down, as xᵀ is: a matrix of one row."""

    __slots__ = ()


class TreeEntries:
    """Entries that are trees: what a person would have written for each of them.

    `sizes` are how long they are when they are written out, where that is more than one name or number.
    """

    def __init__(self) -> None:
        self._sizes: dict[int, tuple[Node, int]] = {}  # every node that was made, so that no other has its id

    def _kept(self, made: Node, parts: Sequence[Node]) -> Node:
        size = 1 + sum(map(self.size, parts))
        if max(size, len(self._sizes)) > MAX_SIZE:
            raise TooLargeError(f"more than {MAX_SIZE:,} operations, written out; name what is inside on its own line")
        self._sizes[id(made)] = (made, size)
        return made

    def size(self, entry: Node) -> int:
        """Return how many numbers, names and operations an entry is made of."""
        return self._sizes[id(entry)][1] if id(entry) in self._sizes else 1

    def binary(self, operator: str, a: Node, b: Node, place: TextPlace) -> Node:
        """Return two entries joined by an operator."""
        return self._kept(BinaryNode(operator, a, b, place), (a, b))

    def negative(self, a: Node) -> Node:
        """Return minus an entry."""
        return self._kept(NegativeNode(a), (a,))

    def call(self, function: str, args: list[Node], place: TextPlace, primes: int = 0) -> Node:
        """Return a function of entries; a short sum is written with +."""
        if function == "sum" and not primes and 1 < len(args) <= MAX_SHORT:
            made, *rest = args
            for term in rest:
                made = self.binary("+", made, term, place)
            return made
        return (
            args[0]
            if function == "sum" and len(args) == 1
            else self._kept(CallNode(function, tuple(args), place, primes), args)
        )

    def number(self, node: NumberNode) -> Node:
        """Return a written number."""
        return node


class FloatEntries:
    """Entries that are numbers."""

    def __init__(self, functions: Mapping[str, FunctionDefinition]) -> None:
        self._functions = functions

    def binary(self, operator: str, a: float, b: float, _place: TextPlace) -> float:
        """Return the number that an operator gives."""
        return float(OPERATIONS[operator](a, b))

    def negative(self, a: float) -> float:
        """Return minus a number."""
        return -a

    def call(self, function: str, args: list[float], place: TextPlace, primes: int = 0) -> float:
        """Return the number that a function gives."""
        if function == "sum":
            return sum(args)
        if function in self._functions or primes:
            raise SheetError(f"{place}: {function} is not computed with arrays of numbers")
        return float(FUNCTIONS[function](*args))

    def number(self, node: NumberNode) -> float:
        """Return a written number."""
        return node.value


class Names(NamedTuple):
    """The names of a reading: the shapes of arrays, and what an entry of a name or of a derivative is."""

    shapes: Mapping[str, Shape]
    name: Callable[[str, TextPlace], Any]
    derivative: Callable[[str, str, TextPlace], Any]
    is_diagonal: Callable[[str, str], bool]
    layout: str = ""


class Reading:
    """A way to compute trees of arrays, with entries of one kind."""

    def __init__(self, entries: Any, names: Names) -> None:
        self.entries = entries
        self.names = names

    def compute(self, tree: Node) -> Any:
        """Return a tree as an Array, or as an entry where it has no axis.

        Raises SheetError, with line and column, where shapes do not go together.
        """
        done: list[Any] = []
        for node in reversed(walk(tree)):
            try:
                if isinstance(node, NameNode):
                    done.append(self._name(node))
                elif isinstance(node, DerivativeNode):
                    done.append(self._derivative(node))
                elif isinstance(node, NumberNode):
                    done.append(self.entries.number(node))
                elif isinstance(node, NegativeNode):
                    done.append(_each(self.entries.negative, done.pop()))
                elif isinstance(node, BinaryNode):
                    done.append(self._binary(node, done.pop(), done.pop()))
                elif isinstance(node, CallNode):
                    done.append(self._call(node, [done.pop() for _ in node.args]))
                else:
                    done.append(node)  # a ?
            except (ShapeError, TooLargeError) as error:
                place = getattr(node, "place", None)
                raise SheetError(f"{place}: {error}" if place else str(error)) from None
        return done.pop()

    # -- Names ------------------------------------------------------------------------------------

    def _name(self, node: NameNode) -> Any:
        keys = self.keys(node.key, node.place)
        return _each(lambda key: self.names.name(key, node.place), keys)

    def keys(self, key: str, place: TextPlace) -> Any:
        """Return the name, or an Array of the names of the entries that it has: `W`, `W[1,:]`."""
        shapes = self.names.shapes
        if key in shapes:
            return entry_names(key, shapes[key])
        found = _INDEX.match(key)
        if not found or found[1] not in shapes:
            return key
        return _at(entry_names(found[1], shapes[found[1]]), found[2], found[1], place)

    def _derivative(self, node: DerivativeNode) -> Any:
        of, by, layout = self.keys(node.of, node.place), self.keys(node.by, node.place), self.names.layout
        entry = self.names.derivative
        if isinstance(of, Array) and of.size == 1:
            of = of.entries[0]
        if not isinstance(of, Array):
            found = _each(lambda name: entry(of, name, node.place), by)
            turned = layout == "numerator" and isinstance(found, Array)
            return _transposed(found) if turned else found
        if not isinstance(by, Array):
            return _each(lambda name: entry(name, by, node.place), of)
        if of.shape == by.shape and self.names.is_diagonal(node.of, node.by):
            return Array(of.shape, [entry(a, b, node.place) for a, b in zip(of.entries, by.entries)])
        return self.jacobian(node)

    def jacobian(self, node: DerivativeNode) -> Array:
        """Return the derivative of each entry of one array by each of another, the former's axes first."""
        of, by = Array.of(self.keys(node.of, node.place)), Array.of(self.keys(node.by, node.place))
        if self.names.layout == "denominator":
            pairs = [(a, b) for b in by.entries for a in of.entries]
            return Array(by.shape + of.shape, [self.names.derivative(a, b, node.place) for a, b in pairs])
        pairs = [(a, b) for a in of.entries for b in by.entries]
        return Array(of.shape + by.shape, [self.names.derivative(a, b, node.place) for a, b in pairs])

    # -- Operations -------------------------------------------------------------------------------

    def _binary(self, node: BinaryNode, a: Any, b: Any) -> Any:
        operator, both = node.operator, isinstance(a, Array) and isinstance(b, Array)
        if operator == "@" and not both:
            raise ShapeError(f"{_said(node.left, a)} and {_said(node.right, b)}: @ is the product of two arrays")
        if operator in MATRIX_PRODUCTS and both:
            return self._product(node, a, b)
        operator = "*" if operator in MATRIX_PRODUCTS else operator
        if not isinstance(a, Array) and not isinstance(b, Array):
            return self.entries.binary(operator, a, b, node.place)
        if isinstance(a, Array) and isinstance(b, Array):
            a, b = _side_by_side(a, b)
        try:
            return combine(lambda x, y: self.entries.binary(operator, x, y, node.place), a, b)
        except ShapeError:
            if not both:
                raise
            raise ShapeError(
                f"{_said(node.left, a)} and {_said(node.right, b)}: entry by entry, both need the same shape"
            ) from None

    def _product(self, node: BinaryNode, a: Array, b: Array) -> Any:
        if a.ndim == b.ndim == 1 and node.operator == " ":
            x, y = _text(node.left) or "u", _text(node.right) or "v"
            raise ShapeError(
                f"{_said(node.left, a)} and {_said(node.right, b)}: write {x}ᵀ {y} for a number, "
                f"{x} {y}ᵀ for a matrix, {x} ⊙ {y} entry by entry"
            )
        left, right = a, b
        if a.ndim == 1 and (isinstance(b, Row) or (b.ndim == 2 and b.shape[0] == 1 != a.shape[0])):
            left = a.reshape(a.size, 1)  # a column
        try:
            found = matmul(left, right, lambda row, column: self._dot(row, column, node.place))
        except ShapeError:
            raise ShapeError(_product_needs(node, left, right)) from None
        if isinstance(a, Row) and isinstance(found, Array):
            return found.entries[0] if b.ndim == 1 else Row(found.shape, found.entries)
        return found

    def _dot(self, row: list[Any], column: list[Any], place: TextPlace) -> Any:
        binary = self.entries.binary
        return self.entries.call("sum", [binary("*", x, y, place) for x, y in zip(row, column)], place)

    def _call(self, node: CallNode, args: list[Any]) -> Any:
        name, _, axis = node.function.partition(" ")
        entries, place = self.entries, node.place
        arrays = [arg for arg in args if isinstance(arg, Array)]
        if name == "[]":
            return stack([Array.of(arg) for arg in args]) if arrays else Array((len(args),), args)
        if name == "at":
            return _at(args[0], axis, _shown(node.args[0]), place)
        if name == "ᵀ":
            return _transposed(args[0]) if arrays else args[0]
        if name == "‖":
            squares = [entries.binary("*", x, x, place) for x in Array.of(args[0]).entries]
            return entries.call("sqrt", [entries.call("sum", squares, place)], place)
        if name == "softmax":
            array = args[0] if arrays else Array((len(args),), args)
            return self._softmax(array, int(axis) if axis else array.ndim - 1, place)
        if name in _ALONG and len(args) == 1 and arrays:
            along, _, keep = axis.partition(" ")
            return arrays[0].reduce(
                lambda part: (
                    entries.call(_ALONG[name], part, place)
                    if name not in ("max", "min") or len(part) < 2
                    else _folded(lambda a, b: entries.call(name, [a, b], place), part)
                ),
                int(along) if along else None,
                keepdims=bool(keep),
            )
        if not arrays:
            return entries.call(node.function, args, place, node.primes)
        return combine(lambda *each: entries.call(node.function, list(each), place, node.primes), *args)

    def _softmax(self, array: Array, axis: int, place: TextPlace) -> Array:
        exps = array.map(lambda entry: self.entries.call("exp", [entry], place))
        sums = exps.reduce(lambda part: self.entries.call("sum", part, place), axis, keepdims=True)
        return combine(lambda top, below: self.entries.binary("/", top, below, place), exps, sums)


def entry_names(base: str, shape: Shape) -> Array:
    """Return the names of the entries of an array, which are counted from 1.

    >>> entry_names("W", (2, 2)).nested()
    [['W[1,1]', 'W[1,2]'], ['W[2,1]', 'W[2,2]']]
    """
    return Array(shape, [f"{base}[{text}]" for text in index_texts(shape)])


def index_texts(shape: Shape) -> list[str]:
    """Return the index of each entry of an array as it is written: `1,2`."""
    found = [""]
    for length in shape:
        found = [f"{before},{at}" if before else str(at) for before in found for at in range(1, length + 1)]
    return found


def _at(array: Any, index: str, said: str, place: TextPlace) -> Any:
    """Return an entry or a part of an array, of which the message says `said`, by an index such as `1,:`.

    Raises SheetError where the array has no such entry.
    """
    parts = index.split(",")
    shape = array.shape if isinstance(array, Array) else ()
    if len(parts) > len(shape):
        raise SheetError(f"{place}: {said}[{index}] has too many indices: {_of_shape(said, array)}")
    where = f"{place}: {said}[{index}]: {_of_shape(said, array)}"
    return array[tuple(_position(part, length, where) for part, length in zip(parts, shape))]


def _position(part: str, length: int, where: str) -> int | slice:
    first, dots, last = part.partition("..")
    if part == ":":
        return slice(None)
    if not 1 <= int(first) <= length or (dots and not int(first) <= int(last) <= length):
        raise SheetError(f"{where}, whose entries are counted from 1")
    return slice(int(first) - 1, int(last)) if dots else int(first) - 1


def _each(function: Callable[[Any], Any], operand: Any) -> Any:
    return operand.map(function) if isinstance(operand, Array) else function(operand)


def _folded(function: Callable[[Any, Any], Any], entries: list[Any]) -> Any:
    found, *rest = entries
    for entry in rest:
        found = function(found, entry)
    return found


def _transposed(array: Array) -> Array:
    if isinstance(array, Row):
        return array.reshape(array.size)
    return Row((1, array.size), array.entries) if array.ndim == 1 else array.T


def _side_by_side(a: Array, b: Array) -> tuple[Array, Array]:
    """Return two arrays with a vector as a column where only that fits the other: vectors are columns."""
    if {a.ndim, b.ndim} != {1, 2}:
        return a, b
    vector, matrix = (a, b) if a.ndim == 1 else (b, a)
    rows, columns = matrix.shape
    if vector.size == rows != columns and vector.size > 1 and not isinstance(matrix, Row):
        vector = vector.reshape(vector.size, 1)
    return (vector, matrix) if a.ndim == 1 else (matrix, vector)


def _text(node: Node) -> str:
    """Return a name, or its transpose, as it is written; empty for a longer expression."""
    if isinstance(node, CallNode) and node.function == "ᵀ":
        inner = _text(node.args[0])
        return f"{inner}ᵀ" if inner else ""
    return node.key if isinstance(node, NameNode) else ""


def array_text(node: Node) -> str:
    """Return an expression of arrays as text for a message."""
    text = _shown(node)
    return text[1:-1] if isinstance(node, BinaryNode) else text


def _shown(node: Node) -> str:
    if isinstance(node, DerivativeNode):
        return f"d{node.of}/d{node.by}"
    if isinstance(node, BinaryNode):
        sign = _SIGNS.get(node.operator, f" {node.operator} ")
        return f"({_shown(node.left)}{sign}{_shown(node.right)})"
    if isinstance(node, NumberNode):
        return node.text
    if isinstance(node, NegativeNode):
        return f"−{_shown(node.operand)}"
    if not isinstance(node, CallNode):
        return node.key if isinstance(node, NameNode) else "?"
    inside = ", ".join(map(_shown, node.args))
    if node.function == "ᵀ":
        return f"{inside}ᵀ"
    if node.function.startswith("at "):
        return f"{inside}[{node.function[3:]}]"
    if node.function in ("[]", "‖"):
        return f"{node.function[0]}{inside}{node.function[-1]}"
    return f"{node.function.partition(' ')[0]}({inside.removeprefix('(').removesuffix(')')})"


def _said(node: Node, value: Any) -> str:
    what = array_text(node)
    return _of_shape(what if len(what) <= MAX_TEXT else "one side", value)


def _of_shape(what: str, value: Any) -> str:
    if not isinstance(value, Array):
        return f"{what} is a single number"
    return f"{what} has {shape_text(value.shape)}" if value.ndim == 1 else f"{what} is {shape_text(value.shape)}"


def _product_needs(node: BinaryNode, a: Array, b: Array) -> str:
    sign = {"@": " @ ", "·": "·"}.get(node.operator, " ")
    x, y = (text if len(text) <= MAX_TEXT else "" for text in map(array_text, (node.left, node.right)))
    product = f"{x}{sign}{y}" if x and y else "the product"
    columns = "entries" if a.ndim == 1 else "columns"
    rows = "entries" if b.ndim == 1 else "rows"
    return (
        f"{_said(node.left, a)} and {_said(node.right, b)}: {product} needs {x or 'the left side'} to have as many "
        f"{columns} as {y or 'the right side'} has {rows}"
    )
