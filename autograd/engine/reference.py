"""The engine on one page: a number that records how it was computed, and the backward pass.

This file is the specification. `autograd.Value` gives the same numbers to the last bit, and a test says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd.table.operators import Operators

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd.table.ops import Op


class Value(Operators["Value"]):
    """A number, its gradient, and the edges to the values that it was computed from."""

    def __init__(self, data: Any) -> None:
        self.data = data
        self.grad: Any = 0
        self.op: Op | None = None  # None for a leaf: a value that was given, not computed
        self.edges: list[tuple[Value, Any]] = []  # each parent, and the local derivative with respect to it

    @staticmethod
    def read(op: Op, args: Sequence[Any]) -> Value:
        """Record `op(*args)`: compute it, and take the local derivatives from the table."""
        numbers = [arg.data if isinstance(arg, Value) else arg for arg in args]
        node = Value(op.forward(*numbers))
        node.op = op
        locals_ = op.local_derivatives(node.data, numbers)
        node.edges = [(arg, local) for arg, local in zip(args, locals_) if isinstance(arg, Value)]
        return node

    def backward(self) -> None:
        """Add the gradient of this value to every leaf; the values between are computed anew."""
        zero = type(self.data)()
        gradients = {self: zero + 1}
        for node in reversed(topological_order(self)):
            upstream = gradients[node]  # complete: all uses of the node come before it here
            for parent, local in node.edges:
                gradients[parent] = gradients.get(parent, zero) + upstream * local
            node.grad = upstream + node.grad if node.op is None else upstream


def topological_order(output: Value) -> list[Value]:
    """Return every value below the output, each after all of its parents; the output is the last."""
    order, seen, waiting = [], set(), [(output, False)]
    while waiting:
        node, parents_are_done = waiting.pop()
        if parents_are_done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            waiting.append((node, True))
            waiting.extend((parent, False) for parent, _ in node.edges)
    return order
