"""The order of a graph, and the backward pass over it, one node at a time.

A `Step` is one node of the backward pass. Its gradient is complete and is called *upstream*; each
parent receives one *contribution*, upstream × local derivative. `backward_pass` is the only place
in the engine where contributions are added up: `backward()`, gradients of gradients and every view
stand on it. (`fast` has the same loop on the slots of a `Value`, and can be deleted.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    Edges = Callable[[Any], Iterable[tuple[Any, Any]]]


class Term(NamedTuple):
    """The contribution that one parent receives in a step: upstream × local = contribution, and its total after it.

    >>> from autograd import Value, steps
    >>> w = Value(3.0, label="w")
    >>> [term[1:] for step in steps(w * w) for term in step.terms]
    [(3.0, 3.0, 3.0), (3.0, 3.0, 6.0)]
    """

    parent: Any
    local: Any
    contribution: Any
    total: Any


class Step(NamedTuple):
    """One node of the backward pass: its complete gradient, and what it passes to its parents.

    >>> from autograd import Value, steps
    >>> w = Value(3.0, label="w")
    >>> [square] = steps(w * w)
    >>> square.upstream, [term.total for term in square.terms]
    (1.0, [3.0, 6.0])
    """

    node: Any
    upstream: Any
    terms: tuple[Term, ...]


def order_below(output: Any, edges: Edges) -> list[Any]:
    """Return every node below the output, each after all of its parents; the output is the last.

    Reversed it is the order of the backward pass, in which the first operand's branch comes first.
    """
    order, seen, waiting = [], set(), [output]
    while waiting:
        node = waiting.pop()
        if node is None:  # everything below the node under this mark is in the order
            order.append(waiting.pop())
        elif node not in seen:
            seen.add(node)
            waiting += [node, None]
            waiting += [parent for parent, _ in edges(node)]
    return order


def backward_pass(order: Sequence[Any], one: Any, zero: Any, edges: Edges) -> Iterator[tuple[Any, Any, list[Any]]]:
    """Yield each node of an order from the output on: node, upstream, and what it passes on as (parent, local, …).

    These are the fields of a `Step` and its `Term`s as plain tuples, which cost less where only sums are
    wanted. `one` is the gradient of the output, `zero` what a sum of contributions begins with. A leaf
    passes nothing on; a node that nothing flows to is left out.
    """
    totals: dict[Any, Any] = {order[-1]: one}
    for node in reversed(order):
        if node not in totals:
            continue
        upstream = totals.pop(node)
        terms = []
        for parent, local in edges(node):
            contribution = upstream * local
            total = totals[parent] = totals.get(parent, zero) + contribution
            terms.append((parent, local, contribution, total))
        yield node, upstream, terms
