"""Regularization against overfitting: L1 and L2 penalties, and dropout. `EarlyStopping` is in `nn.training`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from autograd import Value, affine, total
from nn.arguments import fraction, nonnegative, parameter_list
from nn.initialization import random_generator
from nn.layers import Module

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Values = TypeVar("Values")  # a value, or a list of values


def l1(parameters: Iterable[Value], strength: float) -> Value:
    """Return strength·Σ|p|, a penalty to add to the loss: it pulls small parameters to exactly 0.

    R. Tibshirani, 1996, Regression shrinkage and selection via the lasso.

    >>> l1([Value(3.0), Value(-4.0)], 0.5).data
    3.5

    Raises ArgumentError for a negative strength or an empty list.
    """
    return total([abs(p) for p in parameter_list(parameters, "l1")]) * nonnegative("strength", strength)


def l2(parameters: Iterable[Value], strength: float) -> Value:
    """Return strength·Σp², a penalty to add to the loss: it shrinks large parameters; its derivative is 2·strength·p.

    There is no ½, as in micrograd's demo and unlike the `weight_decay` of an optimizer, whose λ
    is twice the strength (A. E. Hoerl and R. W. Kennard, 1970, Ridge regression).

    >>> l2([Value(3.0), Value(-4.0)], 0.5).data
    12.5

    Raises ArgumentError for a negative strength or an empty list.
    """
    listed = parameter_list(parameters, "l2")
    return affine(listed, listed) * nonnegative("strength", strength)


class RegularizedLoss(NamedTuple):
    """A loss with a penalty on the parameters: `fit` minimizes the mean loss of a batch plus the penalty.

    Called with outputs and target it returns the loss of one row without the penalty, as validation uses it.

    >>> from nn import half_squared_error
    >>> loss = RegularizedLoss(half_squared_error, lambda parameters: l2(parameters, 0.5))
    >>> loss(Value(3.0), 1.0).data, loss.penalty([Value(3.0)]).data
    (2.0, 4.5)
    """

    loss: Callable[[Any, Any], Value]
    penalty: Callable[[list[Value]], Any]

    def __call__(self, outputs: Any, target: Any) -> Value:
        """Return the loss of one row."""
        return self.loss(outputs, target)


def dropout(values: Values, rate: float, seed: Any = None) -> Values:
    """Return each value times 0 with the probability `rate`, and otherwise times 1/(1 − rate): the mean is the same.

    `seed` is a seed or a `random.Random`; without it the module `random` is used. A single value needs no list
    (N. Srivastava et al., 2014, Dropout: a simple way to prevent neural networks from overfitting).

    >>> [v.data for v in dropout([Value(1.0) for _ in range(6)], 0.5, seed=1)]
    [0.0, 2.0, 2.0, 0.0, 0.0, 0.0]

    Raises ArgumentError for a rate that is not from 0 to below 1.
    """
    rate = fraction("the rate of dropout", rate)
    if isinstance(values, Value) or not hasattr(values, "__iter__"):
        single: Values = dropout([values], rate, seed)[0]
        return single
    draw = random_generator(seed).random
    return [value * (0.0 if draw() < rate else 1 / (1 - rate)) for value in values]  # type: ignore[return-value]


class Dropout(Module):
    """A part of a network that applies `dropout` in training; after `eval()` it returns its values unchanged.

    >>> part = Dropout(0.5, seed=1)
    >>> part.eval()([1.0, 2.0])
    [1.0, 2.0]

    Raises ArgumentError for a rate that is not from 0 to below 1.
    """

    def __init__(self, rate: float, *, seed: Any = None) -> None:
        self.rate = fraction("the rate of dropout", rate)
        self.generator = random_generator(seed)

    def __call__(self, values: Values) -> Values:
        """Return the values, in training with dropout."""
        return dropout(values, self.rate, self.generator) if self.training else values

    def __repr__(self) -> str:
        return f"Dropout({self.rate!r})"
