"""Copies of graphs, and graphs in pickles, without recursion: a graph may be a million nodes deep.

`copy.deepcopy` and `pickle` go from an object to its parts by calling themselves. Therefore the copies of all nodes are
made empty first and filled afterwards, and a pickle holds the nodes below an output in order, each after its parents.
"""

from __future__ import annotations

import copy
from threading import get_ident
from typing import Any
from weakref import WeakValueDictionary

from autograd.engine.backward import order_below


def deep_copy(output: Any, memo: dict[int, Any]) -> Any:
    """Return a copy of a node and of every node below it; `memo` has what the same `copy.deepcopy` copied before."""
    new = _order_without(output, memo)
    for node in new:
        memo[id(node)] = node.__class__.__new__(node.__class__)
    for node in new:
        _, _, (attributes, slots) = _reduced(node)
        copied = {name: copy.deepcopy(value, memo) for name, value in slots.items()}
        memo[id(node)].__setstate__((copy.deepcopy(attributes, memo), copied))
    return memo[id(output)]


def reduced(node: Any) -> tuple[Any, ...]:
    """Return what `pickle` saves of a node: how to make an empty one; what comes before its parents; its own state."""
    make, arguments, state = _reduced(node)
    if node.op is None:
        return make, arguments, state
    saved = _saved.get(get_ident())
    if saved is None:
        saved = _saved[get_ident()] = _Saved()
    return make, arguments, (saved, _Below(node, saved), *state)


def _reduced(node: Any) -> tuple[Any, Any, tuple[dict[str, Any] | None, dict[str, Any]]]:
    """Return how an empty node is made, its attributes and its slots; a gradient that was not computed is left out."""
    default: Any = object.__reduce_ex__(node, 2)
    make, arguments, (attributes, slots), *_ = default
    if node.grad is not None and not node.has_grad:
        del slots["grad"]
    return make, arguments, (attributes, slots)


def _order_without(output: Any, known: Any) -> list[Any]:
    """Return in order the output and the nodes below it, without those whose id is known and what only they need."""
    order = order_below(output, lambda node: () if id(node) in known else node.edges())
    return [node for node in order if id(node) not in known]


class _Saved(set[int]):
    """The ids of the nodes that a pickler saves in order.

    This set is itself in the pickle. So a pickler asks once how to save it, which is when it begins, and then keeps it
    as long as it keeps the nodes. Where two picklers are at work in turn, the set may be wrong. What they save is right
    all the same: a `_Below` only makes nodes come before their children.
    """

    def __reduce__(self) -> tuple[Any, ...]:
        self.clear()
        return set, ()


class _Below:
    """The nodes below an output that are not saved yet, as a list that no one reads."""

    def __init__(self, output: Any, saved: _Saved) -> None:
        self.output = output
        self.saved = saved

    def __reduce__(self) -> tuple[Any, ...]:
        order = _order_without(self.output, self.saved)
        self.saved.update(map(id, order))
        return list, (), None, iter(order[:-1])


_saved: WeakValueDictionary[int, _Saved] = WeakValueDictionary()  # by thread
