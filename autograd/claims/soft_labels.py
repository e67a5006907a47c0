"""Soft labels: givens such as t1 = 0.9 and t2 = 0.1, which weigh logarithms in a cross entropy and have the sum 1."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from autograd.claims.tree import BinaryNode, CallNode, NameNode, NegativeNode, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from autograd.claims.tree import Node
    from autograd.claims.worksheet import Worksheet

LOGARITHMS = ("ln", "log")


def soft_labels(sheet: Worksheet) -> list[list[str]]:
    """Return the groups of givens that weigh logarithms and have the sum 1; no given is in two of them.

    Names belong together that differ in one number, or that stand in one definition.

    >>> from autograd.sheet.sheet import Sheet
    >>> soft_labels(Sheet.parse("t1 = 0.1; t2 = 0.9; p = 0.3; L = -t1*ln(p) - t2*ln(1 - p)"))
    [['t1', 't2']]
    """
    families: dict[str, dict[str, None]] = {}
    for name, segment in sheet.definitions.items():
        for weight in _weights_of_logarithms(sheet, segment.tree):
            numbers = re.finditer(r"\d+", weight)
            for family in (f"in {name}", *(f"{weight[: n.start()]}#{weight[n.end() :]}" for n in numbers)):
                families.setdefault(family, {})[weight] = None
    found: list[list[str]] = []
    known: set[str] = set()
    for names in families.values():
        if len(names) > 1 and known.isdisjoint(names) and math.isclose(sum(map(sheet.givens.__getitem__, names)), 1):
            found.append(list(names))
            known.update(names)
    return found


def _weights_of_logarithms(sheet: Worksheet, tree: Node) -> Iterator[str]:
    """Yield the givens in products with a logarithm: t in −t·ln(p), in t·(z − ln(S)), in t·l where l = ln(p)."""
    inside: set[int] = set()  # products that are part of a longer one
    for node in walk(tree):
        if isinstance(node, BinaryNode) and node.operator == "*" and id(node) not in inside:
            factors = _parts(node, "*", inside)
            weights = [factor.key for factor in factors if isinstance(factor, NameNode) and factor.key in sheet.givens]
            if weights and any(_is_logarithm(sheet, factor) for factor in factors):
                yield from weights


def _is_logarithm(sheet: Worksheet, tree: Node) -> bool:
    """Return whether a factor is a logarithm, or a sum or difference with one, or a name for that."""
    defined = sheet.definitions.get(tree.key) if isinstance(tree, NameNode) else None
    parts = _parts(tree if defined is None else defined.tree, "+-")
    return any(isinstance(part, CallNode) and part.function in LOGARITHMS for part in parts)


def _parts(tree: Node, operators: str, joined: set[int] | None = None) -> list[Node]:
    """Return what these operators join, without signs; the ids of the nodes that join it are added to `joined`."""
    found: list[Node] = []
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, BinaryNode) and node.operator in operators:
            waiting += [node.right, node.left]
            if joined is not None:
                joined.add(id(node))
        elif isinstance(node, NegativeNode):
            waiting.append(node.operand)
        else:
            found.append(node)
    return found
