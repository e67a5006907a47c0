"""Early stopping: end a training when the validation loss no longer improves."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from autograd import ArgumentError, OperandError, Value
from autograd.table.plain_numbers import plain_number
from nn.arguments import integer, nonnegative, parameter_list
from nn.buffers import named_buffers, set_buffers
from nn.layers import Module

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nn.training.history import Epoch


class EarlyStopping:
    """Stops a training when the loss has not improved for `patience` epochs in a row.

    It is a callback of `fit`, and watches the validation loss, or without validation the loss. In a loop of your own,
    call `update`. An improvement is a loss below the best one by more than `min_delta`; NaN is none. With `parameters`
    it keeps their best values, and `restore()` brings them back (L. Prechelt, 1998, Early stopping — but when?). They
    may be a model; then its buffers, such as running means, are kept and brought back, too.

    >>> w = Value(1.0)
    >>> stopping = EarlyStopping(2, parameters=[w])
    >>> for step, loss in enumerate([0.5, 0.3, 0.4, 0.35]):
    ...     w.data = loss
    ...     print(stopping.update(loss, step), end=" ")
    False False False True
    >>> stopping.restore(); stopping.best_step, w.data
    (1, 0.3)

    Raises ArgumentError for a patience below 1 or a negative `min_delta`.
    """

    def __init__(
        self, patience: int, min_delta: float = 0.0, *, parameters: Iterable[Value] | Module | None = None
    ) -> None:
        self.patience = integer("patience", patience, 1)
        self.min_delta = nonnegative("min_delta", min_delta)
        self.best_loss = math.inf
        self.best_step: int | None = None
        self.waited = 0
        self.model = parameters if isinstance(parameters, Module) else None
        parameters = parameters.parameters() if isinstance(parameters, Module) else parameters
        self.parameters = [] if parameters is None else parameter_list(parameters, "EarlyStopping")
        self._best: list[Any] = []
        self._best_buffers: dict[str, Any] = {}

    def __call__(self, epoch: Epoch) -> bool:
        """Return True if the training should stop after this epoch."""
        return self.update(epoch.loss if epoch.validation is None else epoch.validation, epoch.number)

    def update(self, loss: Any, step: int) -> bool:
        """Record the loss after this step or epoch, and return True if the training should stop."""
        number = plain_number(loss.data if isinstance(loss, Value) else loss)
        if number is None:
            raise OperandError(f"a loss must be a number or a Value, not {loss!r}")
        if number < self.best_loss - self.min_delta or (self.best_step is None and number < math.inf):
            self.best_loss, self.best_step, self.waited = float(number), step, 0
            self._best = [parameter.data for parameter in self.parameters]
            self._best_buffers = {} if self.model is None else named_buffers(self.model)
        else:
            self.waited += 1
        return self.waited >= self.patience

    def restore(self) -> None:
        """Set the parameters to their values at the best loss.

        Raises ArgumentError if no values are kept.
        """
        if not self._best:
            raise ArgumentError(
                "no parameters are kept: make it as EarlyStopping(patience, parameters=model.parameters())"
            )
        for parameter, data in zip(self.parameters, self._best):
            parameter.data = data
        if self.model is not None:
            set_buffers(self.model, self._best_buffers)

    def __repr__(self) -> str:
        best = "no loss yet" if self.best_step is None else f"best loss {self.best_loss:.6g} at step {self.best_step}"
        return f"EarlyStopping({self.patience}, {self.min_delta!r}): {best}, waited {self.waited}"
