"""The parts of a formula, and a formula with some of its parts replaced.

A sum `for i in 1..n` is written once and stands for n terms: what is changed in one is changed in all of them.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from autograd.claims import tree as syntax
from autograd.claims.tree import NOWHERE, BinaryNode, CallNode, DerivativeNode, NameNode, NegativeNode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from autograd.claims.tree import Node, TextPlace

Replaced: TypeAlias = "Mapping[int, Node]"  # by the `id` of a part, what stands in its place


class FormulaParts:
    """The parts of one formula: each tree object once, its operands before it, and where it is used.

    `distinct` lists each part as it is written: what stands in every term of a sum `for i in 1..n` is listed with the
    first term, names excepted.
    """

    def __init__(self, tree: Node) -> None:
        self.tree = tree
        walked = syntax.walk(tree)
        once = list({id(part): part for part in walked}.values())
        self.order = list({id(part): part for part in reversed(walked)}.values())
        self.position = {id(part): at for at, part in enumerate(self.order)}
        self.users: list[list[int]] = [[] for _ in self.order]
        for at, part in enumerate(self.order):
            for operand in operands(part):
                self.users[self.position[id(operand)]].append(at)
        self._written: dict[object, list[Node]] = {}  # in one place: the terms of a sum
        for part in once:
            self._written.setdefault(_written_at(part), []).append(part)
        self.distinct = [
            part for part in once if isinstance(part, NameNode) or self._written[_written_at(part)][0] is part
        ]
        self._names = [part for part in once if isinstance(part, NameNode)]

    @cached_property
    def repeated(self) -> set[int]:
        """Return the parts that stand in the formula more than once as one object, see `share_repeated`."""
        times = [0] * len(self.order)
        times[-1] = 1
        for at in range(len(self.order) - 1, -1, -1):
            for operand in operands(self.order[at]):
                times[self.position[id(operand)]] += min(times[at], 2)
        return {id(part) for part, count in zip(self.order, times) if count > 1}

    @cached_property
    def terms(self) -> list[Node]:
        """Return what is added or subtracted somewhere in the formula."""
        found: list[Node] = []
        for part in self.distinct:
            if isinstance(part, BinaryNode) and part.operator in "+-":
                found += [part.left, part.right]
            elif isinstance(part, CallNode) and part.function == "sum":
                found += {getattr(term, "place", term): term for term in reversed(part.args)}.values()
        return found

    def replacing(self, spot: Node, new: Node) -> Replaced:
        """Return what is replaced where a part is: that part, in every term of a sum `for i in 1..n`."""
        terms = self._written[_written_at(spot)]
        found = {id(spot): new}
        if len(terms) > 1 and terms[0] is spot and getattr(spot, "place", NOWHERE) != NOWHERE:
            for at, term in enumerate(terms[1:], start=1):
                found[id(term)] = syntax.map_nodes(new, self._in_term(at, len(terms)))
        return found

    def _in_term(self, at: int, terms: int) -> Callable[[Node], Node]:
        """Return a function that renames what stands in the first term of a sum as it is in another term."""
        places: dict[TextPlace, list[str]] = {}
        for part in self._names:
            places.setdefault(part.place, []).append(part.key)
        keys = {same[0]: same[at] for same in places.values() if len(same) == terms}
        indices = {first.partition("[")[2]: other.partition("[")[2] for first, other in keys.items()}

        def moved(part: Node) -> Node:
            if not isinstance(part, NameNode):
                return part
            base, bracket, index = part.key.partition("[")
            return NameNode(keys.get(part.key, base + bracket + indices.get(index, index)), part.place)

        return moved

    def with_replaced(self, replaced: Replaced) -> Node:
        """Return the formula with parts replaced."""
        made = dict(replaced)
        for at in self.above([self.position[spot] for spot in replaced]):
            part = self.order[at]
            below = [made.get(id(operand), operand) for operand in reversed(operands(part))]
            made.setdefault(id(part), syntax.rebuild(part, below))
        return made.get(id(self.tree), self.tree)

    def above(self, parts: Sequence[int]) -> list[int]:
        """Return the positions of all parts that contain one of these, in order: the spine."""
        found: set[int] = set()
        waiting = list(parts)
        while waiting:
            new = [user for user in self.users[waiting.pop()] if user not in found]
            found.update(new)
            waiting += new
        return sorted(found)


def _written_at(part: Node) -> object:
    """Return what the parts have in common that were read at one place of the text; no other part, without a place."""
    place = getattr(part, "place", NOWHERE)
    return id(part) if place == NOWHERE else (type(part), place)


def operands(part: Node) -> Sequence[Node]:
    """Return the operands of a part, in order."""
    if isinstance(part, BinaryNode):
        return part.left, part.right
    if isinstance(part, CallNode):
        return part.args
    return (part.operand,) if isinstance(part, NegativeNode) else ()


def share_repeated(tree: Node) -> Node | None:
    """Return the tree with equal parts as one object, so that one edit changes them all.

    None where nothing is: (o − t)·a + (o − t)·b has o − t twice.
    """
    known: dict[object, Node] = {}
    done: list[tuple[Node, object]] = []
    found = False
    for part in reversed(syntax.walk(tree)):
        below = [done.pop() for _ in operands(part)]
        key = _key(part, [key for _, key in below])
        made = syntax.rebuild(part, [node for node, _ in reversed(below)]) if below else part
        if isinstance(part, (BinaryNode, CallNode)) and key in known:
            found = True
            made = known[key]
        done.append((made, key))
        known.setdefault(key, made)
    return done.pop()[0] if found else None


def tree_key(tree: Node) -> object:
    """Return a key that equal trees have in common, wherever they stand in the text."""
    done: list[object] = []
    for part in reversed(syntax.walk(tree)):
        done.append(_key(part, [done.pop() for _ in operands(part)]))
    return done.pop()


def _key(part: Node, below: list[object]) -> object:
    if isinstance(part, NameNode):
        return part.key
    if isinstance(part, DerivativeNode):
        return part.of, part.by
    if isinstance(part, CallNode):
        return part.function, part.primes, *below
    return getattr(part, "operator", getattr(part, "text", type(part).__name__)), *below
