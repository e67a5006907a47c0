"""What a neuron does to its weighted sum: an operation of the table by its name, or your own function.

What the user asks for is read once, when the neuron is made, into an `Activation`. The derivatives
are the table's; there is none here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce
from operator import methodcaller
from typing import Any, NamedTuple

import autograd
from autograd import ArgumentError, OperandError, Scope, Value

Wanted = str | Callable[[Value], Value] | None  # how an activation may be asked for

# Every operation of the table that is offered by name and needs one argument.
NAMES = sorted(
    name
    for name, thing in vars(autograd).items()
    if isinstance(thing, type(autograd.tanh)) and thing.arity - len(thing.defaults) == 1
)


class Activation(NamedTuple):
    """What it is called, what it does to a pre-activation, and whether that is one node of the table."""

    name: str
    apply: Callable[[Value], Any] | None
    one_node: bool = True


LINEAR = Activation("linear", None)


def read(wanted: Wanted) -> Activation:
    """Read what the user asked for; None is linear.

    >>> read("tanh").name, read(autograd.relu).name, read(None).name
    ('tanh', 'relu', 'linear')

    Raises ArgumentError for a name that is not in the table, OperandError for what cannot be called.
    """
    if wanted is None or wanted == LINEAR.name:
        return LINEAR
    for name in NAMES:
        if wanted == name or wanted is getattr(autograd, name):
            return Activation(name, methodcaller(name))
    if isinstance(wanted, str):
        whole = "; softmax is of all outputs of a layer: softmax(model(x))" if wanted == "softmax" else ""
        raise ArgumentError(
            f"there is no activation {wanted!r}; choose one of {', '.join([LINEAR.name, *NAMES])}, "
            f"or give a function of one Value{whole}"
        )
    if not callable(wanted):
        raise OperandError(f"an activation is a name or a function of one Value, not {wanted!r}")
    return Activation(getattr(wanted, "__name__", type(wanted).__name__), wanted, one_node=False)


def softmax(values: Iterable[Any]) -> list[Value]:
    """exp(zᵢ)/Σ exp(zⱼ) for each of the values: positive numbers that add up to 1.

    The largest is taken off first, so that nothing overflows; it cancels (J. S. Bridle, 1990,
    Probabilistic interpretation of feedforward classification network outputs). For a loss there is
    `cross_entropy_with_logits`, which keeps its digits also where a softmax is nearly 1.

    >>> [p.data for p in softmax([Value(1000.0), Value(1000.0)])]
    [0.5, 0.5]

    Raises ArgumentError for no values.
    """
    values = list(values)
    if not values:
        raise ArgumentError("softmax: of no values at all; give it at least one")
    largest = reduce(autograd.maximum, values)
    powers = [autograd.exp(z - largest) for z in values]
    whole = autograd.total(powers)
    return [power / whole for power in powers]


def tag_made(a: Any, scope: Scope) -> None:
    """Mark the nodes that an activation of the user's own made, down to its pre-activation, as the neuron's.

    Raises OperandError where it gave something else than a Value.
    """
    if not isinstance(a, Value):
        raise OperandError(f"an activation must give a Value, computed from the one it is given, not {a!r}")
    waiting = [a]
    while waiting:
        node = waiting.pop()
        if node.op is not None and node.scope is None:
            node.tag(node.label, scope)
            waiting.extend(node.parents)
