"""Arrays, sums and indices written out: chains of arrays become a chain for each entry, templates one for each index.

An array is known from where the note writes it out: 𝐖 = [w1 w2; w3 w4]. Its entries are then those names or, where
it is computed, names of their own: 𝐳[1]. A vector is a column.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from autograd.claims import tree as syntax
from autograd.claims.arrays import Array
from autograd.claims.tree import BinaryNode, CallNode, DerivativeNode, NameNode, NegativeNode, NumberNode
from autograd.errors import ShapeError
from autograd.notes.names import filled_in, indices_in
from autograd.notes.token_reader import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from autograd.claims.tree import Node, TextPlace
    from autograd.notes.chains import FormulaChain, Member

MAX_TERMS = 150  # of one sum written out
MAX_ENTRIES = 400  # of one array

ARRAY_CALLS = ("ᵀ", "⊙")


def has_arrays(tree: Node) -> bool:
    """Return whether a tree has a matrix, a transpose or a Hadamard product in it."""
    return any(
        isinstance(n, CallNode) and (n.function in ARRAY_CALLS or n.function.startswith("matrix"))
        for n in syntax.walk(tree)
    )


def with_sums_written_out(tree: Node, whole: Mapping[str, int]) -> Node:
    """Return the tree with each sum over an index as its terms; `whole` are the names that are whole numbers.

    Raises Refused for a sum whose limits are not known.
    """
    calls = [n for n in syntax.walk(tree) if isinstance(n, CallNode)]
    if not any(n.function in ("Σ", "Π") for n in calls):
        return tree

    def change(node: Node) -> Node:
        if not isinstance(node, CallNode) or node.function not in ("Σ", "Π"):
            return node
        index, low, high, body = node.args
        assert isinstance(index, NameNode)
        first, last = _whole(low, whole), _whole(high, whole)
        if last - first >= MAX_TERMS:
            raise Refused(f"a sum of more than {MAX_TERMS:,} terms")
        terms = [at_index(body, {index.key: at}) for at in range(first, last + 1)]
        if not terms:
            raise Refused("a sum of no terms")
        joined = terms[0]
        for term in terms[1:]:
            joined = BinaryNode("+" if node.function == "Σ" else "*", joined, term, node.place)
        return joined

    return syntax.map_nodes(tree, change)


def _whole(tree: Node, whole: Mapping[str, int]) -> int:
    if isinstance(tree, NumberNode) and tree.text.isdigit():
        return int(tree.text)
    if isinstance(tree, NameNode) and tree.key in whole:
        return whole[tree.key]
    if isinstance(tree, BinaryNode) and tree.operator in "+-":
        left, right = _whole(tree.left, whole), _whole(tree.right, whole)
        return left + right if tree.operator == "+" else left - right
    raise Refused("the last index of the sum is not known")


def at_index(tree: Node, choice: Mapping[str, int]) -> Node:
    """Return the tree with numbers for index letters in its names; an index by itself is its number."""

    def change(node: Node) -> Node:
        if isinstance(node, NameNode):
            return (
                syntax.whole_number(choice[node.key])
                if node.key in choice
                else replace(node, key=filled_in(node.key, choice))
            )
        if isinstance(node, DerivativeNode):
            return replace(node, of=filled_in(node.of, choice), by=filled_in(node.by, choice))
        return node

    return syntax.map_nodes(tree, change)


def names_of(tree: Node) -> set[str]:
    """Return all names in a tree, those of derivatives included."""
    found: set[str] = set()
    for node in syntax.walk(tree):
        if isinstance(node, NameNode):
            found.add(node.key)
        elif isinstance(node, DerivativeNode):
            found.update((node.of, node.by))
    return found


def instances(chain: FormulaChain, known: Iterable[str]) -> list[FormulaChain]:
    """Return what a chain with an index letter says for each index that the note has: E_i = … for E1 and E2.

    A chain without an index, or with more than one, is returned as it is.
    """
    trees = [member.tree for member in chain.members if member.tree is not None]
    names = set().union(*map(names_of, trees)) if trees else set()
    letters = set().union(*map(indices_in, names)) if names else set()
    letters -= names
    if len(letters) != 1 or len(trees) < len(chain.members):
        return [chain]
    letter = letters.pop()
    known = set(known)
    choices: set[int] | None = None
    for name in names:
        if letter in indices_in(name):
            here = {at for at in range(10) if filled_in(name, {letter: at}) in known}
            choices = here if choices is None else choices & here
    found = []
    for at in sorted(choices or ()):
        members = [
            replace(m, tree=at_index(m.tree, {letter: at}) if m.tree is not None else None) for m in chain.members
        ]
        found.append(replace(chain, members=members))
    return found or [chain]


class Arrays:
    """The arrays of a scope: for each name its entries."""

    def __init__(self, spans: Mapping[int, list[tuple[int, int]]]) -> None:
        self.known: dict[str, Array] = {}
        self.inner: set[int] = set()  # the ids of inner products of vectors
        self.kept: list[Node] = []
        self.spans = spans  # where the entries of a written array stand, by the id of its node

    def value(self, tree: Node) -> Array | Node:
        """Return an array of trees, or the tree of what is no array.

        Raises Refused for an array of unknown shape and for shapes that do not go together.
        """
        try:
            return self._value(tree)
        except ShapeError as error:
            raise Refused(str(error)) from None

    def _value(self, tree: Node) -> Array | Node:
        if isinstance(tree, NameNode):
            return self.known.get(tree.key, tree)
        if isinstance(tree, NegativeNode):
            inside = self._value(tree.operand)
            return inside.map(NegativeNode) if isinstance(inside, Array) else NegativeNode(inside)
        if isinstance(tree, BinaryNode):
            left, right = self._value(tree.left), self._value(tree.right)
            if not isinstance(left, Array) and not isinstance(right, Array):
                return BinaryNode(tree.operator, left, right, tree.place)
            if tree.operator == "*" and (id(left) in self.inner or id(right) in self.inner):
                raise Refused("a product of vectors and another array can be read in two ways")
            if tree.operator == "*" and isinstance(left, Array) and isinstance(right, Array):
                return self._product(left, right, tree.place)
            if tree.operator == "^":
                raise Refused("a power of an array")
            return _combined(lambda a, b: BinaryNode(tree.operator, a, b, tree.place), left, right)
        if isinstance(tree, CallNode):
            return self._call(tree)
        if isinstance(tree, DerivativeNode) and (tree.by in self.known or tree.of in self.known):
            by = self.known.get(tree.by)
            if by is None or tree.of in self.known or not all(isinstance(e, NameNode) for e in by.entries):
                raise Refused("a derivative of an array by an array")
            return by.map(lambda entry: DerivativeNode(tree.of, entry.key, tree.place, tree.sign))
        return tree

    def _call(self, tree: CallNode) -> Array | Node:
        args = [self._value(arg) for arg in tree.args]
        if tree.function.startswith("matrix"):
            rows, columns = map(int, tree.function.split()[1].split("×"))
            if rows * columns > MAX_ENTRIES:
                raise Refused(f"an array of more than {MAX_ENTRIES} entries")
            if any(isinstance(arg, Array) for arg in args):
                raise Refused("an array of arrays")
            return Array((rows, columns), args)
        if tree.function == "ᵀ":
            if not isinstance(args[0], Array):
                raise Refused("the shape of what is transposed is not known")
            return args[0].T
        if tree.function == "⊙":
            if not any(isinstance(arg, Array) for arg in args):
                raise Refused("the shapes of a Hadamard product are not known")
            return _combined(lambda a, b: BinaryNode("*", a, b, tree.place), *args)
        arrays = [arg for arg in args if isinstance(arg, Array)]
        if not arrays:
            return CallNode(tree.function, tuple(args), tree.place, tree.primes)  # type: ignore[arg-type] # no array in it
        if len(args) != 1 or tree.function in ("∂/∂", "Σ", "Π", "abs"):
            raise Refused(f"{tree.function} of an array")
        return arrays[0].map(lambda entry: CallNode(tree.function, (entry,), tree.place, tree.primes))

    def _product(self, left: Array, right: Array, place: TextPlace) -> Array | Node:
        if len(left.shape) != 2 or len(right.shape) != 2 or left.shape[1] != right.shape[0]:
            raise Refused("the shapes of this product do not go together")
        rows, inner = left.shape
        columns = right.shape[1]
        entries = []
        for row in range(rows):
            for column in range(columns):
                terms = [
                    BinaryNode("*", left.entries[row * inner + k], right.entries[k * columns + column], place)
                    for k in range(inner)
                ]
                joined: Node = terms[0]
                for term in terms[1:]:
                    joined = BinaryNode("+", joined, term, place)
                entries.append(joined)
        if rows == columns == 1 and inner > 1:
            self.inner.add(id(entries[0]))
            self.kept.append(entries[0])
        return entries[0] if rows == columns == 1 else Array((rows, columns), entries)

    def unfolded(self, chain: FormulaChain) -> list[FormulaChain]:
        """Return a chain of arrays as one for each entry; any other chain as it is."""
        values: list[Array | Node | None] = []
        members: list[Member] = []
        shape: tuple[int, ...] | None = None
        for written in chain.members:
            value: Array | Node | None = None
            member = written
            if written.tree is not None:
                try:
                    value = self.value(written.tree)
                except Refused as refused:
                    member = replace(written, tree=None, reason=refused.reason)
            members.append(member)
            values.append(value)
            if isinstance(value, Array):
                shape = shape or value.shape
        if shape is None:
            trees = [v if not isinstance(v, Array) else None for v in values]
            return [replace(chain, members=[replace(m, tree=t) for m, t in zip(members, trees, strict=True)])]
        first = members[0].tree
        if isinstance(first, NameNode) and first.key not in self.known:
            values[0] = self._define(first, shape, values)
        found = []
        for at in range(len(self._entries(values, shape))):
            row = []
            for member, value in zip(members, values, strict=True):
                if isinstance(value, Array) and value.shape == shape:
                    start, end = self._span(member, at, len(value.entries))
                    row.append(replace(member, tree=value.entries[at], start=start, end=end))
                elif value is None:
                    row.append(replace(member, tree=None))
                else:
                    row.append(replace(member, tree=None, reason="its shape is not that of what it is equal to"))
            found.append(replace(chain, members=row, is_entry=True))
        return found

    def _entries(self, values: list[Array | Node | None], shape: tuple[int, ...]) -> list[Node]:
        return next(v.entries for v in values if isinstance(v, Array) and v.shape == shape)

    def _span(self, member: Member, at: int, count: int) -> tuple[int, int]:
        """Return where an entry stands, if the member is an array that is written out."""
        spans = self.spans.get(id(member.tree), [])
        return spans[at] if len(spans) == count else (member.start, member.end)

    def _define(self, name: NameNode, shape: tuple[int, ...], values: list[Array | Node | None]) -> Array:
        """Take a name as an array: of the names that it is written with, or of names of its own."""
        for value in values:
            if (
                isinstance(value, Array)
                and value.shape == shape
                and all(isinstance(e, NameNode) for e in value.entries)
            ):
                self.known[name.key] = value
                return value
        rows, columns = shape
        keys = [
            f"{name.key}[{row}]" if columns == 1 else f"{name.key}[{row},{column}]"
            for row in range(1, rows + 1)
            for column in range(1, columns + 1)
        ]
        self.known[name.key] = Array(shape, [NameNode(key, name.place) for key in keys])
        return self.known[name.key]


def _combined(function: Callable[[Node, Node], Node], left: Array | Node, right: Array | Node) -> Array:
    """Return two arrays of one shape, or an array and a single number, put together entry by entry."""
    if isinstance(left, Array) and isinstance(right, Array):
        if left.shape != right.shape:
            raise Refused("the shapes do not go together")
        return Array(left.shape, [function(a, b) for a, b in zip(left.entries, right.entries, strict=True)])
    if isinstance(left, Array):
        return left.map(lambda entry: function(entry, right))  # type: ignore[arg-type] # no array
    assert isinstance(right, Array)
    return right.map(lambda entry: function(left, entry))


def stem(name: str) -> str:
    """Return a name without its numbers: what h1 and h2 have in common."""
    return re.sub(r"\d+", "#", name)
