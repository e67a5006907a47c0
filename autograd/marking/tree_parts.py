"""The parts of a formula, and a formula with one of its parts replaced.

A sum `for i in 1..n` is written once and stands for n terms: what is changed in one is changed in all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd.claims import tree as syntax
from autograd.claims.tree import NOWHERE, BinaryNode, CallNode, DerivativeNode, NameNode, NegativeNode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from autograd.claims.tree import Node, TextPlace


def distinct_parts(tree: Node) -> Iterator[Node]:
    """Return each part of a tree once.

    Of what is written once in a sum `for i in 1..n`, only the first term's part is listed, and all names.
    """
    seen: set[object] = set()
    for part in syntax.walk(tree):
        place = NOWHERE if isinstance(part, NameNode) else getattr(part, "place", NOWHERE)
        known = id(part) if place == NOWHERE else (type(part), place)
        if known not in seen:
            seen.add(known)
            yield part


def share_repeated(tree: Node) -> Node | None:
    """Return the tree with equal parts as one object, so that one edit changes them all.

    None where nothing is: (o − t)·a + (o − t)·b has o − t twice.
    """
    known: dict[object, tuple[Node, object]] = {}
    done: list[tuple[Node, object]] = []
    found = False
    for part in reversed(list(syntax.walk(tree))):
        below = [done.pop() for _ in range(_arity(part))]
        key = _key(part, [key for _, key in below])
        made = syntax.rebuild(part, [node for node, _ in reversed(below)]) if below else part
        if isinstance(part, (BinaryNode, CallNode)) and key in known:
            found = True
            made = known[key][0]
        done.append((made, key))
        known.setdefault(key, done[-1])
    return done.pop()[0] if found else None


def _arity(part: Node) -> int:
    if isinstance(part, CallNode):
        return len(part.args)
    return 2 if isinstance(part, BinaryNode) else 1 if isinstance(part, NegativeNode) else 0


def _key(part: Node, below: list[object]) -> object:
    """Return a key that equal parts have in common, wherever they stand."""
    if isinstance(part, NameNode):
        return part.key
    if isinstance(part, DerivativeNode):
        return part.of, part.by
    if isinstance(part, CallNode):
        return part.function, part.primes, *below
    return getattr(part, "operator", getattr(part, "text", type(part).__name__)), *below


def replace_part(tree: Node, spot: Node, new: Node) -> Node:
    """Return the tree with one of its parts replaced, and that in every term of a sum `for i in 1..n`."""
    found = list(syntax.walk(tree))
    instead = {id(spot): new}
    terms = _same_place(found, spot)
    if len(terms) > 1 and terms[0] is spot:
        for at, term in enumerate(terms[1:], start=1):
            instead[id(term)] = syntax.map_nodes(new, _in_term(found, at, len(terms)))
    done: list[Node] = []
    for part in reversed(found):
        made = syntax.rebuild(part, done)
        done.append(instead.get(id(part), made))
    return done.pop()


def _same_place(found: Iterable[Node], spot: Node) -> list[Node]:
    """Return the parts that were read at the same place of the text: one for every term of a sum."""
    place = getattr(spot, "place", NOWHERE)
    if place == NOWHERE:
        return [spot]
    return [part for part in found if type(part) is type(spot) and getattr(part, "place", None) == place]


def _in_term(found: Iterable[Node], at: int, terms: int) -> Callable[[Node], Node]:
    """Return a function that renames what stands in the first term of a sum as it is in another term."""
    places: dict[TextPlace, list[str]] = {}
    for part in found:
        if isinstance(part, NameNode):
            places.setdefault(part.place, []).append(part.key)
    keys = {same[0]: same[at] for same in places.values() if len(same) == terms}
    indices = {first.partition("[")[2]: other.partition("[")[2] for first, other in keys.items()}

    def moved(part: Node) -> Node:
        if not isinstance(part, NameNode):
            return part
        base, bracket, index = part.key.partition("[")
        return NameNode(keys.get(part.key, base + bracket + indices.get(index, index)), part.place)

    return moved


def terms(tree: Node) -> Iterator[Node]:
    """Yield what is added or subtracted somewhere in the tree."""
    for part in distinct_parts(tree):
        if isinstance(part, BinaryNode) and part.operator in "+-":
            yield part.left
            yield part.right
        elif isinstance(part, CallNode) and part.function == "sum":
            yield from {getattr(term, "place", term): term for term in reversed(part.args)}.values()
