"""The backward pass one node at a time: the record that every view reads.

`steps(E)` gives what `backward()` does, in the same order and with the same numbers to the last
bit, and changes nothing. A `Step` is one node whose gradient is complete, its *upstream*, with one
`Term` for each parent: upstream × local = contribution, and the parent's total so far.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.engine.value import Value, describe, topological_order
from autograd.errors import ArgumentError, NotFoundError
from autograd.formatting import escapes, figures
from autograd.symbolic.expr import Formula, Symbol, derivative

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


UNTOUCHED, PARTIAL, COMPLETE = "untouched", "partial", "complete"


class Term(NamedTuple):
    """What one parent receives in a step: upstream × local = contribution; its total after it.

    >>> w = Value(3.0, label="w")
    >>> [term[1:] for step in steps(w * w) for term in step.terms]
    [(3.0, 3.0, 3.0), (3.0, 3.0, 6.0)]
    """

    parent: Value
    local: Any
    contribution: Any
    total: Any


class Step(NamedTuple):
    """One node of the backward pass: its finished gradient, and what it passes to its parents.

    >>> w = Value(3.0, label="w")
    >>> square, = steps(w * w)
    >>> square.upstream, [term.total for term in square.terms]
    (1.0, [3.0, 6.0])
    """

    node: Value
    upstream: Any
    terms: tuple[Term, ...]


def steps(root: Value, order: list[Value] | None = None) -> Iterator[Step]:
    """Yield the steps of `root.backward()`, leaves left out, without changing any gradient.

    `order` is another order of the same nodes, if it is wanted to see where that leads; only a
    topological one leads to the gradient.

    >>> x = Value(3.0, label="x")
    >>> for step in steps(x * x):
    ...     print(step.upstream, [(t.parent.label, t.local, t.contribution, t.total) for t in step.terms])
    1.0 [('x', 3.0, 3.0, 3.0), ('x', 3.0, 3.0, 6.0)]

    Raises DomainError at a step whose local derivative does not exist, OperandError for no Value.
    """
    return _steps(root, topological_order(root) if order is None else order)


def _steps(root: Value, order: list[Value]) -> Iterator[Step]:
    zero = type(root.data)()
    totals: dict[Value, Any] = {root: zero + 1}
    for node in reversed(order):
        upstream = totals.pop(node)
        if node.op is None:
            continue
        terms = []
        for parent, local in node.edges():
            contribution = upstream * local
            total = totals[parent] = totals.get(parent, zero) + contribution
            terms.append(Term(parent, local, contribution, total))
        yield Step(node, upstream, tuple(terms))


def gradients(root: Value) -> dict[Value, Any]:
    """The gradient of `root` with respect to every node below it, without changing any.

    >>> x = Value(3.0)
    >>> gradients(x * x)[x]
    6.0
    """
    order = topological_order(root)
    zero = type(root.data)()
    found: dict[Value, Any] = {root: zero + 1}
    so_far = found.get
    for node in reversed(order):
        da, db = node._da, node._db
        if da is None and db is None:
            continue
        upstream = found[node]
        if db.__class__ is tuple:
            for parent, local in zip(node._b, db):
                found[parent] = so_far(parent, zero) + upstream * local
            continue
        if da is not None:
            found[node._a] = so_far(node._a, zero) + upstream * da
        if db is not None:
            found[node._b] = so_far(node._b, zero) + upstream * db
    return found


def states(root: Value, at: Step | int) -> dict[Value, str]:
    """Which gradients are complete, partial or untouched after a step, given itself or by its number.

    >>> x = Value(3.0, label="x")
    >>> y = x * x + x
    >>> [states(y, k)[x] for k in (0, 1, 2)]
    ['untouched', 'partial', 'complete']

    Raises NotFoundError for a step of another graph, ArgumentError for a number that no step has.
    """
    order = topological_order(root)
    nodes = [node for node in reversed(order) if node.op is not None]
    if isinstance(at, Step):
        if at.node not in nodes:
            raise NotFoundError(f"the step of {describe(at.node)} is none of the graph of {describe(root)}")
        at = nodes.index(at.node) + 1
    if not 0 <= at <= len(nodes):
        raise ArgumentError(f"there is no step {at}; the steps are 1 to {len(nodes)}, and 0 is the start")
    touched = {parent for node in nodes[:at] for parent, _ in node.edges()}
    awaited = {parent for node in nodes[at:] for parent, _ in node.edges()}
    return {
        node: COMPLETE if node not in awaited else PARTIAL if node in touched else UNTOUCHED for node in reversed(order)
    }


def names(root: Value) -> dict[Value, str]:
    """What to call each node in a view: its label, else v1, v2, … in the order of computation.

    >>> a, b = Value(2.0, label="a"), Value(3.0)
    >>> list(names(a * b + 1).values())
    ['v1', 'a', 'v2', 'v3']
    """
    order = topological_order(root)
    taken = {node.label for node in order}
    found = {}
    count = 0
    for node in order:
        name = escapes.plain(node.label)
        while not name:
            count += 1
            name = f"v{count}" if f"v{count}" not in taken else ""
        found[node] = name
    return found


def local_formula(node: Value, index: int, called: Mapping[Value, str]) -> Formula:
    """The formula of the local derivative along the index-th edge, in the operands' names.

    >>> from autograd.symbolic import printer as printing
    >>> net = Value(0.4, label="net")
    >>> o = net.sigmoid(); o.label = "o"
    >>> printing.text(local_formula(o, 0, names(o)))
    'o·(1 − o)'
    """
    assert node.op is not None
    operands = node.operands
    args = [Symbol(called[v]) if isinstance(v, Value) else v for v in operands]
    positions = [place for place, operand in enumerate(operands) if isinstance(operand, Value)]
    try:
        return derivative(node.op, Symbol(called[node]), args, positions[index])
    except (ArithmeticError, ValueError):  # of plain numbers alone, and not defined: log(0) is written, not computed
        args = [arg if isinstance(arg, Symbol) else Symbol(figures.number(arg)) for arg in args]
        return derivative(node.op, Symbol(called[node]), args, positions[index])
