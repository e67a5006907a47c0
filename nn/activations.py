"""Activation functions: an operation of autograd by its name, or a function of the user's own.

A neuron reads its activation once, when it is made, into an `Activation`. All derivatives are those
of autograd's operations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce
from operator import methodcaller
from typing import TYPE_CHECKING, Any, NamedTuple, SupportsFloat

import autograd
from autograd import ArgumentError, OperandError, Value

if TYPE_CHECKING:
    from autograd.engine.origins import Scope

ActivationLike = str | Callable[[Value], Value] | None  # what a user may give


class Activation(NamedTuple):
    """An activation: its name, its function, and whether the function makes a single node."""

    name: str
    apply: Callable[[Value], Any] | None
    one_node: bool = True


LINEAR = Activation("linear", None)


def names() -> list[str]:
    """Return the names of the public operations of autograd that need one argument only.

    >>> names()[:5]
    ['cos', 'elu', 'exp', 'leaky_relu', 'log']
    """
    return sorted(name for name in dir(autograd) if _is_activation(getattr(autograd, name)))


def _is_activation(thing: Any) -> bool:
    return isinstance(thing, type(autograd.tanh)) and thing.arity - len(thing.defaults) == 1


def as_activation(wanted: ActivationLike) -> Activation:
    """Return the activation for a name, an operation of autograd or a function; None is linear.

    >>> as_activation("tanh").name, as_activation(autograd.relu).name, as_activation(None).name
    ('tanh', 'relu', 'linear')

    Raises ArgumentError for an unknown name, OperandError for what is not callable.
    """
    if wanted is None or wanted == LINEAR.name:
        return LINEAR
    name = wanted if isinstance(wanted, str) else getattr(wanted, "name", None)
    operation = getattr(autograd, name, None) if isinstance(name, str) else None
    if _is_activation(operation) and (isinstance(wanted, str) or wanted is operation):
        return Activation(str(name), methodcaller(str(name)))
    if isinstance(wanted, str):
        softmax_hint = "; softmax takes all outputs of a layer: softmax(model(x))" if wanted == "softmax" else ""
        raise ArgumentError(
            f"there is no activation {wanted!r}; choose one of {', '.join([LINEAR.name, *names()])}, "
            f"or give a function of one Value{softmax_hint}"
        )
    if not callable(wanted):
        raise OperandError(f"an activation must be a name or a function of one Value, not {wanted!r}")
    return Activation(getattr(wanted, "__name__", type(wanted).__name__), wanted, one_node=False)


def tag_new_nodes(a: Any, scope: Scope) -> None:
    """Give the scope of a neuron to the nodes that a function of the user's own made, down to the pre-activation.

    Raises OperandError if the function returned something other than a Value.
    """
    if not isinstance(a, Value):
        raise OperandError(f"an activation must return a Value, computed from its argument, not {a!r}")
    waiting = [a]
    while waiting:
        node = waiting.pop()
        if node.op is not None and node.scope is None:
            node.tag(node.label, scope)
            waiting.extend(node.parents)


def softmax(values: Iterable[Value | SupportsFloat]) -> list[Value]:
    """Return exp(zᵢ)/Σ exp(zⱼ) for each of the values: positive numbers whose sum is 1.

    The largest value is subtracted first, so that nothing overflows; it cancels (J. S. Bridle, 1990,
    Probabilistic interpretation of feedforward classification network outputs). As a loss, use
    `cross_entropy_with_logits`, which stays accurate where a probability is nearly 1.

    >>> [p.data for p in softmax([Value(1000.0), Value(1000.0)])]
    [0.5, 0.5]

    Raises ArgumentError for an empty list.
    """
    listed: list[Any] = list(values)
    if not listed:
        raise ArgumentError("softmax: the list of values is empty; give it at least one")
    largest = reduce(autograd.maximum, listed)
    powers = [autograd.exp(z - largest) for z in listed]
    denominator = autograd.total(powers)
    return [power / denominator for power in powers]
