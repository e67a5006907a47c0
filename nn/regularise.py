"""What keeps a network from learning its examples by heart: L1, L2, dropout, early stopping."""

from __future__ import annotations

import math
from numbers import Real
from typing import TYPE_CHECKING, Any

from autograd import ArgumentError, OperandError, Value, affine, total
from nn.checks import amount, fraction, whole
from nn.initialise import dice_of
from nn.module import Module

if TYPE_CHECKING:
    from collections.abc import Iterable


def l1(parameters: Iterable[Value], strength: float) -> Value:
    """strength·Σ|p|, to be added to the loss: small parameters go to 0 altogether.

    R. Tibshirani, 1996, Regression shrinkage and selection via the lasso.

    >>> l1([Value(3.0), Value(-4.0)], 0.5).data
    3.5

    Raises ArgumentError for a negative strength or no parameters.
    """
    penalty: Value = total([abs(p) for p in _some(parameters)]) * amount("strength", strength)
    return penalty


def l2(parameters: Iterable[Value], strength: float) -> Value:
    """strength·Σp², to be added to the loss: large parameters shrink; its derivative is 2·strength·p.

    There is no ½, as in micrograd's demo and unlike the `weight_decay` of an optimiser, whose λ
    is twice the strength (A. E. Hoerl and R. W. Kennard, 1970, Ridge regression).

    >>> l2([Value(3.0), Value(-4.0)], 0.5).data
    12.5

    Raises ArgumentError for a negative strength or no parameters.
    """
    listed = _some(parameters)
    penalty: Value = affine(listed, listed) * amount("strength", strength)
    return penalty


def dropout(values: Any, rate: float, dice: Any = None) -> Any:
    """Each value times 0 with the probability `rate`, and else times 1/(1 − rate), so that the mean stays.

    `dice` is what draws: a seed or a `random.Random`; without it the module `random`. A single
    value may go without a list (N. Srivastava et al., 2014, Dropout: a simple way to prevent neural
    networks from overfitting).

    >>> [v.data for v in dropout([Value(1.0) for _ in range(6)], 0.5, dice=1)]
    [0.0, 2.0, 2.0, 0.0, 0.0, 0.0]

    Raises ArgumentError for a rate that is not from 0 to below 1.
    """
    fraction("the rate of a dropout", rate)
    if isinstance(values, Value) or not hasattr(values, "__iter__"):
        return dropout([values], rate, dice)[0]
    draw = dice_of(dice).random
    return [value * (0.0 if draw() < rate else 1 / (1 - rate)) for value in values]


class Dropout(Module):
    """`dropout` as a part of a network: in training it drops, after `eval()` it lets everything through.

    >>> part = Dropout(0.5, seed=1)
    >>> part.eval()([1.0, 2.0])
    [1.0, 2.0]

    Raises ArgumentError for a rate that is not from 0 to below 1.
    """

    def __init__(self, rate: float, *, seed: Any = None) -> None:
        self.rate = fraction("the rate of a dropout", rate)
        self.dice = dice_of(seed)

    def __call__(self, values: Any) -> Any:
        """The values, some of them dropped."""
        return dropout(values, self.rate, self.dice) if self.training else values

    def __repr__(self) -> str:
        return f"Dropout({self.rate!r})"


class EarlyStopping:
    """Stops when the loss on the validation data has not improved for `patience` updates in a row.

    An improvement is a loss below the best one by more than `least_improvement`; NaN is none. With
    `parameters`, given here or to `watch`, the best ones are kept, and `restore()` brings them back
    (L. Prechelt, 1998, Early stopping — but when?).

    >>> w = Value(1.0)
    >>> stopping = EarlyStopping(2, parameters=[w])
    >>> for step, loss in enumerate([0.5, 0.3, 0.4, 0.35]):
    ...     w.data = loss
    ...     print(stopping.update(loss, step), end=" ")
    False False False True
    >>> stopping.restore(); stopping.best_step, w.data
    (1, 0.3)

    Raises ArgumentError for a patience below 1 or a negative improvement.
    """

    def __init__(
        self, patience: int, least_improvement: float = 0.0, *, parameters: Iterable[Value] | None = None
    ) -> None:
        self.patience = whole("patience, how many updates are waited for,", patience, 1)
        self.least_improvement = amount("least_improvement", least_improvement)
        self.best_loss = math.inf
        self.best_step: int | None = None
        self.waited = 0
        self.parameters: list[Value] = []
        self._best: list[Any] = []
        if parameters is not None:
            self.watch(parameters)

    def watch(self, parameters: Iterable[Value]) -> None:
        """Keep these parameters from the next improvement on."""
        self.parameters = _some(parameters)

    def update(self, loss: Any, step: int) -> bool:
        """Take note of the loss after this step; whether it is time to stop."""
        number = loss.data if isinstance(loss, Value) else loss
        if not isinstance(number, Real):
            raise OperandError(f"a loss is a number or a Value, not {loss!r}")
        if number < self.best_loss - self.least_improvement or (self.best_step is None and number < math.inf):
            self.best_loss, self.best_step, self.waited = float(number), step, 0
            self._best = [parameter.data for parameter in self.parameters]
        else:
            self.waited += 1
        return self.waited >= self.patience

    def restore(self) -> None:
        """Set the parameters to what they were at the best loss.

        Raises ArgumentError if none are kept.
        """
        if not self._best:
            raise ArgumentError("no parameters are kept: give EarlyStopping the parameters before its first update")
        for parameter, data in zip(self.parameters, self._best):
            parameter.data = data

    def __repr__(self) -> str:
        best = "no loss yet" if self.best_step is None else f"best loss {self.best_loss:.6g} at step {self.best_step}"
        return f"EarlyStopping({self.patience}, {self.least_improvement!r}): {best}, waited {self.waited}"


def _some(parameters: Iterable[Value]) -> list[Value]:
    if isinstance(parameters, Value) or not hasattr(parameters, "__iter__"):
        raise OperandError(f"a list of parameters is wanted, such as model.parameters(), not {parameters!r}")
    listed = list(parameters)
    if not listed:
        raise ArgumentError("at least one parameter is wanted, and there is none")
    return listed
